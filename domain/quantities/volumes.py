"""Commitments and swaps as they were agreed: whose calls count for them, to where, from when until when.

Minutes are billed ones, as invoices have them, and money is what calls are charged; a call counts by its start (its
connect, where it was answered), once it has ended, for every volume that covers it.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import ClassVar, NewType

from domain.errors import InputError
from domain.ids import DestinationId, PartnerId
from domain.money import UNITS_PER_ONE, Currency
from domain.points import LONGEST

VolumeKey = NewType("VolumeKey", str)
"""What is counted of a volume by: another one as soon as other calls count for it."""
MINUTE_S = 60
MOST_MINUTES = 10**12
MOST_UNITS = 2**62
MOST_NOTE = 200
MOST_WARN_PCT = 1_000


@dataclass(frozen=True, slots=True)
class Volume:
    """Calls of a partner to a destination, a country (ISO 3166-1 alpha-2), numbers that begin with a code, or all, that
    start in [from_ms, until_ms). `currency`: their money counts, of charges in it alone; None: their minutes.
    """

    noun: ClassVar[str] = "volume"
    id: str
    partner: PartnerId
    from_ms: int
    until_ms: int
    destination: DestinationId | None = None
    country: str = ""
    code: str = ""
    currency: Currency | None = None
    note: str = ""

    @property
    def title(self) -> str:
        """Its name with what it is: commitments and swaps may have the same names."""
        return f"{self.noun} {self.id}"

    @property
    def key(self) -> VolumeKey:
        """By what it is counted."""
        where = self.destination, self.country, self.code
        whose = self.noun, self.partner, where, self.from_ms, self.until_ms, self.currency
        return VolumeKey(f"{self.title}#{blake2b(repr(whose).encode(), digest_size=6).hexdigest()}")

    @property
    def per_one(self) -> int:
        """How many of what is counted (seconds, units of 10^-8) are one of what is spoken of (minutes, money)."""
        return MINUTE_S if self.currency is None else UNITS_PER_ONE

    def covers(self, number: str, destination: DestinationId, country: str) -> bool:
        """Say whether calls to a number are of those that it names; `country`: that of the destination."""
        if self.destination is not None and self.destination != destination:
            return False
        return self.country in ("", country) and number.startswith(self.code)

    def runs(self, at_ms: int) -> bool:
        """Say whether calls that start at a moment count."""
        return self.from_ms <= at_ms < self.until_ms


@dataclass(frozen=True, slots=True)
class Commitment(Volume):
    """What we promised to send to a vendor: `minutes`, or `units` of the `currency`.

    `true_up`: units of the vendor's currency that are owed for each minute that lacks at the end, None where none were
    agreed; of money all that lacks is owed. `warn_pct`: from how far behind on an alarm is raised.
    """

    noun: ClassVar[str] = "commitment"
    minutes: int | None = None
    units: int | None = None
    true_up: int | None = None
    warn_pct: int = 10

    @property
    def target(self) -> int:
        """How much is to be sent, seconds or units."""
        return MINUTE_S * (self.minutes or 0) if self.currency is None else self.units or 0


@dataclass(frozen=True, slots=True)
class Swap(Volume):
    """An exchange: what the partner sent us less what we sent him stays between `low` and `high`, minutes or units."""

    noun: ClassVar[str] = "swap"
    low: int = 0
    high: int = 0

    @property
    def band(self) -> tuple[int, int]:
        """Its ends, seconds or units."""
        by = MINUTE_S if self.currency is None else 1
        return by * self.low, by * self.high


def check(volume: Volume) -> None:
    """Raise InputError for a volume that cannot be; whether what it names is there is not looked at."""
    where = volume.title
    if volume.from_ms >= volume.until_ms:
        raise InputError("it ends before it begins", where=where, mend="Give an --until behind --from.")
    if sum((volume.destination is not None, bool(volume.country), bool(volume.code))) > 1:
        raise InputError(
            "more than one of destination, country and code are given", where=where, mend="Give one of them."
        )
    code = volume.code
    if code and not (code.isascii() and code.isdigit() and len(code) <= LONGEST):
        raise InputError(f"{code!r} is no code", where=where, mend=f"Give 1 to {LONGEST} digits.")
    if len(volume.note) > MOST_NOTE or not volume.note.isprintable():
        mend = f"Write one line of up to {MOST_NOTE} characters."
        raise InputError("the note cannot be that", where=where, mend=mend)
    if isinstance(volume, Commitment):
        _check_commitment(volume, where)
    if isinstance(volume, Swap):
        _check_swap(volume, where)


def _check_commitment(its: Commitment, where: str) -> None:
    if (its.minutes is None) == (its.units is None):
        raise InputError("a commitment is of minutes or of money", where=where, mend="Give one of minutes and money.")
    if (its.units is None) != (its.currency is None):
        raise InputError("money is in a currency, minutes in none", where=where, mend="Give money its currency.")
    most = MOST_MINUTES if its.currency is None else MOST_UNITS
    if not 0 < (its.minutes or its.units or 0) <= most:
        raise InputError("nothing is to be sent, or too much", where=where, mend="Give an amount above zero.")
    if its.true_up is not None and (its.true_up < 0 or its.units is not None):
        mend = "Give an amount from zero for a minute; of money all that lacks is owed."
        raise InputError("the true-up cannot be that", where=where, mend=mend)
    if not 0 <= its.warn_pct <= MOST_WARN_PCT:
        mend = f"Give per cent from 0 to {MOST_WARN_PCT:,}."
        raise InputError(f"a warning at {its.warn_pct} %", where=where, mend=mend)


def _check_swap(its: Swap, where: str) -> None:
    most = MOST_MINUTES if its.currency is None else MOST_UNITS
    if its.low >= its.high:
        raise InputError("the band has no room", where=where, mend="Give a low end below the high one: -1000 and 1000.")
    if max(abs(its.low), abs(its.high)) > most:
        raise InputError("the band is beyond all bounds", where=where, mend="Give smaller ends.")

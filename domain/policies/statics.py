"""Static entries: vendors that operators put first, last, alone or out of the way for some calls, whatever they cost.

Of the entries that fit a route the most specific counts: a longer code before a shorter one, then a destination, a
product, a client; a trunk before its vendor before any vendor. `never` and `only` filter before anything is ranked.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import NewType

from domain.errors import InputError
from domain.extent import Extent
from domain.ids import DestinationId, PartnerId, TrunkId
from domain.points import END, LONGEST, WIDTH, point
from domain.policies.spread import MOST_WEIGHT

StaticId = NewType("StaticId", str)
MOST_PRIORITY = 100


class Place(StrEnum):
    """Where an entry puts its routes. ANY: where the order does, but first for no more than `at_most_bp` of calls."""

    FIRST = "first"
    LAST = "last"
    ONLY = "only"
    NEVER = "never"
    ANY = "any"


Scope = tuple[int, bool, bool, bool]
"""How specific an entry's calls are: digits of its code, and whether destination, product and client are named."""


@dataclass(frozen=True, slots=True)
class Static:
    """An entry for the calls to which all that is named applies; None and "": any.

    `priority` (1 stands before 2) orders entries of one place; of those that are first with the same priority each is
    the first by its part of their `weight`. `at_most_bp`: of ten thousand calls the vendor is first for so many at
    most, and behind all others for the rest.
    """

    id: StaticId
    place: Place
    client: PartnerId | None = None
    product: str = ""
    destination: DestinationId | None = None
    code: str = ""
    vendor: PartnerId | None = None
    trunk: TrunkId | None = None
    priority: int = 1
    weight: int = 1
    at_most_bp: int | None = None

    @property
    def scope(self) -> Scope:
        """How specific its calls are."""
        return len(self.code), self.destination is not None, bool(self.product), self.client is not None

    @property
    def target(self) -> tuple[bool, bool]:
        """How specific its routes are."""
        return self.trunk is not None, self.vendor is not None

    def fits(self, vendor: PartnerId, trunk: TrunkId) -> bool:
        """Say whether a route is one of those that it is about."""
        return self.vendor in (None, vendor) and self.trunk in (None, trunk)


def check(entry: Static) -> None:
    """Raise InputError for an entry that cannot be; whether what it names is there is not looked at."""
    where = f"static entry {entry.id}"
    named = entry.vendor is not None or entry.trunk is not None
    if entry.place in (Place.FIRST, Place.LAST, Place.ONLY) and not named:
        mend = "Name a vendor or a trunk."
        raise InputError(f"any vendor cannot be {entry.place}", where=where, mend=mend)
    if entry.place is Place.ANY and entry.at_most_bp is None:
        raise InputError("it says nothing", where=where, mend="Give a place, or how many calls at most.")
    if entry.at_most_bp is not None:
        if entry.place in (Place.LAST, Place.NEVER):
            mend = "Give it a place of first, only or any."
            raise InputError(f"what is {entry.place} is not first for any part of calls", where=where, mend=mend)
        if not 1 <= entry.at_most_bp < 10_000:
            raise InputError(f"at most {entry.at_most_bp / 100:g} %", where=where, mend="Give 0.01 to 99.99 %.")
    if entry.code and not (entry.code.isascii() and entry.code.isdigit() and len(entry.code) <= LONGEST):
        raise InputError(f"{entry.code!r} is no code", where=where, mend=f"Give 1 to {LONGEST} digits.")
    if entry.code and entry.destination is not None:
        raise InputError("both a destination and a code are given", where=where, mend="Give one of them.")
    if not 1 <= entry.priority <= MOST_PRIORITY:
        raise InputError(f"priority {entry.priority}", where=where, mend=f"Give 1 to {MOST_PRIORITY}; 1 is first.")
    if not 1 <= entry.weight <= MOST_WEIGHT:
        raise InputError(f"weight {entry.weight}", where=where, mend=f"Give 1 to {MOST_WEIGHT:,}.")


def percent_bp(text: str) -> int:
    """Read per cent with up to two decimals into parts of ten thousand. Raises ValueError."""
    try:
        parts = Decimal(text.removesuffix("%").strip()) * 100
    except InvalidOperation:
        raise ValueError(f"{text!r} is no number; give per cent, such as 60 or 12.5") from None
    if not parts.is_finite() or parts != int(parts) or not 1 <= parts < 10_000:
        raise ValueError(f"{text} is none that can be kept; give 0.01 to 99.99 per cent")
    return int(parts)


class Fixed:
    """What entries fix of the routes of one number. `entries` is never empty, the most specific first."""

    __slots__ = ("_narrowed", "entries")

    def __init__(self, entries: tuple[Static, ...]) -> None:
        self.entries = entries
        alone = [entry for entry in entries if entry.place is Place.ONLY]
        self._narrowed = alone[0] if alone else None

    def of(self, vendor: PartnerId, trunk: TrunkId) -> Static | None:
        """Return the entry that counts for a route."""
        for entry in self.entries:
            if entry.fits(vendor, trunk):
                return entry
        return None

    def barred(self, vendor: PartnerId, trunk: TrunkId) -> str:
        """Return why a route may not be used; "" where it may."""
        entry, alone = self.of(vendor, trunk), self._narrowed
        if entry is not None and entry.place is Place.NEVER:
            return f"never, by static entry {entry.id}"
        if alone is None or (entry is not None and any(entry.target) and entry.scope >= alone.scope):
            return ""
        return f"not among the only ones, by static entry {alone.id}"


class Statics:
    """The entries for the calls of one client, product and destination, ready to be asked about numbers."""

    __slots__ = ("_bounds", "_entries")

    def __init__(self, entries: Iterable[Static]) -> None:
        self._entries = sorted(entries, key=lambda one: (one.scope, one.target, one.id), reverse=True)
        bounds = {0, END}
        for entry in self._entries:
            first = point(entry.code) if entry.code else None
            if first is not None:
                bounds |= {first, first + 10 ** (WIDTH - len(entry.code))}
        self._bounds = sorted(bounds)

    def fixed(self, number: str, within: Extent | None = None) -> Fixed | None:
        """Return what they say of a number; `within` is narrowed to numbers of which they say the same."""
        where = point(number)
        if within is not None and where is not None:
            after = bisect_right(self._bounds, where)
            within.narrow_numbers(self._bounds[after - 1], self._bounds[after])
        found = tuple(entry for entry in self._entries if number.startswith(entry.code))
        return Fixed(found) if found else None


NO_STATICS = Statics(())
"""Where there are none; it is this object then, so that to know it is to look for nothing."""


class StaticIndex:
    """The entries of one directory. Invariant: at most `limit` answers are kept."""

    def __init__(self, entries: Iterable[Static], limit: int = 50_000) -> None:
        self._entries, self._limit = tuple(entries), limit
        self._known: dict[tuple[PartnerId, str, DestinationId], Statics] = {}
        self._same: dict[tuple[Static, ...], Statics] = {(): NO_STATICS}

    def of(self, client: PartnerId, product: str, destination: DestinationId) -> Statics:
        """Return the entries for some calls; for calls with the same entries it is the same object."""
        if not self._entries:
            return NO_STATICS
        whose = client, product, destination
        known = self._known.get(whose)
        return known if known is not None else self._find(whose)

    def codes(self) -> set[str]:
        """Return the codes that entries are for."""
        return {entry.code for entry in self._entries if entry.code}

    def _find(self, whose: tuple[PartnerId, str, DestinationId]) -> Statics:
        client, product, destination = whose
        found = tuple(
            entry
            for entry in self._entries
            if entry.client in (None, client)
            and entry.product in ("", product)
            and entry.destination in (None, destination)
        )
        if len(self._known) >= self._limit:
            del self._known[next(iter(self._known))]
        if len(self._same) > self._limit:
            self._same = {(): NO_STATICS}
        known = self._same.get(found)
        if known is None:
            known = self._same[found] = Statics(found)
        self._known[whose] = known
        return known

"""Money: exact integers of 10^-8 of a currency unit, and every rounding rule that the trade uses.

No float touches money or rates. A product or quotient is kept as an exact rational until it is rounded once,
by a named rule (DESIGN: half away from zero unless a contract says otherwise).
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import NewType

from domain.errors import InputError

UNITS_PER_ONE = 100_000_000
"""Units in one currency unit: amounts and per-minute rates alike have eight decimals."""

Currency = NewType("Currency", str)
"""ISO 4217 alphabetic code, upper case."""

_NO_MINOR = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_MINOR_DIGITS = dict.fromkeys(_NO_MINOR.split(), 0)
_MINOR_DIGITS |= dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3) | {"CLF": 4, "UYW": 4}


def half_away(numerator: int, denominator: int) -> int:
    """Round the quotient to an integer, halves away from zero. Denominator > 0."""
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def half_even(numerator: int, denominator: int) -> int:
    """Round the quotient to an integer, halves to the even neighbour (banker's rounding). Denominator > 0."""
    floor, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and floor % 2):
        return floor + 1
    return floor


def away(numerator: int, denominator: int) -> int:
    """Round away from zero ("up" in contracts). Denominator > 0."""
    magnitude = -(-abs(numerator) // denominator)
    return magnitude if numerator >= 0 else -magnitude


def toward_zero(numerator: int, denominator: int) -> int:
    """Cut toward zero ("down" in contracts). Denominator > 0."""
    magnitude = abs(numerator) // denominator
    return magnitude if numerator >= 0 else -magnitude


ROUNDINGS: dict[str, Callable[[int, int], int]] = {
    "half_up": half_away,
    "half_even": half_even,
    "up": away,
    "down": toward_zero,
}
"""The rounding methods a contract may name; each maps (numerator, denominator > 0) to an integer."""


def minor_digits(currency: Currency) -> int:
    """Return how many decimals the currency's minor unit has (ISO 4217): JPY 0, USD 2, KWD 3."""
    return _MINOR_DIGITS.get(currency, 2)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in its currency: `units` of 10^-8. Invariant: arithmetic never mixes currencies."""

    units: int
    currency: Currency

    @classmethod
    def of(cls, text: str | int | Decimal, currency: str) -> "Money":
        """Read a decimal such as "12.345". Raises InputError on anything else or on more than 8 decimals."""
        return cls(units_of(text), Currency(currency))

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise InputError(f"{self.currency} and {other.currency} cannot be mixed", mend="Convert one of them first.")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.units + other.units, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.units - other.units, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.units, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.units < other.units

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.units <= other.units

    def rounded(self, decimals: int, method: str = "half_up") -> "Money":
        """Round once to `decimals` places by a method of ROUNDINGS."""
        step: int = 10 ** (8 - decimals)
        return Money(ROUNDINGS[method](self.units, step) * step, self.currency)

    def to_minor(self) -> "Money":
        """Round half up to the currency's minor unit, as invoice lines are."""
        return self.rounded(minor_digits(self.currency))

    def __str__(self) -> str:
        return f"{decimal_text(self.units)} {self.currency}"


def units_of(text: str | int | Decimal) -> int:
    """Read a decimal number into units of 10^-8. Raises InputError when it is none or has more than 8 decimals."""
    try:
        value = Decimal(text)
        if not value.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise InputError(f"{text!r} is not a decimal number", mend="Write it like 12.345.") from None
    scaled = value * UNITS_PER_ONE
    if scaled != scaled.to_integral_value():
        raise InputError(f"{text!r} has more than 8 decimals", mend="Round it to 8 decimals.")
    return int(scaled)


def decimal_text(units: int, least: int = 2) -> str:
    """Write units of 10^-8 as a decimal with at least `least` and at most 8 decimals: 2500000 -> "0.025"."""
    sign = "-" if units < 0 else ""
    whole, fraction = divmod(abs(units), UNITS_PER_ONE)
    digits = f"{fraction:08d}".rstrip("0").ljust(least, "0")
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"

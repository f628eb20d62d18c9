"""How findings write days, prices and money: as analysts do."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from domain.days import local_day, local_time
from domain.money import Currency, Money, decimal_text, minor_digits
from domain.rates import ANY_TIME

_MINUTE_MS = 60_000
_NAMED = 8

Row = Mapping[str, Any]
"""A row of a frame by the names of its columns."""


@lru_cache(maxsize=4_096)
def day_text(at_ms: int, zone: str, beside_ms: int) -> str:
    """Return a moment in a zone: "9 Nov"; its hour unless it is midnight, its year where it is not `beside_ms`'s."""
    local = local_time(at_ms, zone)
    year = f" {local.year}" if local.year != local_day(beside_ms, zone).year else ""
    hour = "" if (local.hour, local.minute, local.second) == (0, 0, 0) else f" {local:%H:%M}"
    return f"{local.day} {local:%b}{year}{hour}"


@lru_cache(maxsize=4_096)
def days_text(from_ms: int, to_ms: int, zone: str) -> str:
    """Return how many days of a zone lie between: "2 days after", "1 day before", "on the day of"."""
    days = (local_day(to_ms, zone) - local_day(from_ms, zone)).days
    if not days:
        return "on the day of"
    return f"{many(abs(days), 'day')} {'after' if days > 0 else 'before'}"


def price_text(units: int | None) -> str:
    """Return a price with at least four decimals; "none" for what has none."""
    return "none" if units is None else decimal_text(units, least=4)


def money_text(units: int, currency: Currency) -> str:
    """Return an amount rounded to the currency's minor unit: "35.20 USD"; whole where that would be nothing."""
    rounded = Money(units, currency).to_minor().units
    return f"{decimal_text(rounded or units, least=minor_digits(currency))} {currency}"


def minutes_text(talk_ms: int) -> str:
    """Return minutes of talk, rounded half up: "3,200 min"."""
    return f"{(2 * talk_ms + _MINUTE_MS) // (2 * _MINUTE_MS):,} min"


def many(count: int, noun: str) -> str:
    """Return a count with its noun: "1 row", "1,200 rows"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def told(row: Row) -> str:
    """Return how a rate is told from others: its code, and its rate type and origin group where it has them."""
    kind = f" {row['rate_type']}" if row["rate_type"] != ANY_TIME else ""
    return f"{row['code']}{kind}{' from ' + row['origin'] if row['origin'] else ''}"


def named(row: Row) -> str:
    """Return a rate as `told`, with the sheet's name for it."""
    return f"{told(row)} ({row['name']})" if row["name"] else told(row)


def some(codes: Sequence[str]) -> str:
    """Name some codes of callers, and count the others."""
    return ", ".join(codes[:_NAMED]) + (f" and {len(codes) - _NAMED:,} more" if len(codes) > _NAMED else "")

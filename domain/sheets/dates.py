"""Reading the dates of a rate sheet. Whether 09/10 is September or October is decided once for the whole file."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.days import local_ms
from domain.errors import InputError

_TIME = r"(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?)?"
_ISO = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}", re.ASCII)
_COMPACT = re.compile(r"(20\d{2})(\d{2})(\d{2})", re.ASCII)
_NUMERIC = re.compile(rf"(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}){_TIME}", re.ASCII)
_NAMED = re.compile(rf"(\d{{1,2}})[-/. ]([A-Za-z]{{3}})[a-z]*[-/. ,]+(\d{{4}}){_TIME}", re.ASCII)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_SERIAL = re.compile(r"[34567]\d{4}(?:\.0+)?", re.ASCII)
_SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - wall-clock time of the sheet's zone
"""Excel's day 0, from 1 March 1900 on (its 29 February 1900 never was)."""


@dataclass(frozen=True, slots=True)
class DateOrder:
    """How dates such as 09/10/2026 are read: "dmy", "mdy", or "" when the file does not tell; and why."""

    order: str
    why: str


def date_order(dates: Iterable[str], given: str = "") -> DateOrder:
    """Decide from all dates of the file; a number above 12 shows which one is the day."""
    if given:
        return DateOrder(given, f"Dates are read as {_words(given)}, as told.")
    found = [match for match in map(_NUMERIC.fullmatch, dict.fromkeys(text.strip() for text in dates)) if match]
    day_first = sum(int(match[1]) > 12 >= int(match[2]) for match in found)
    month_first = sum(int(match[2]) > 12 >= int(match[1]) for match in found)
    if day_first == month_first:
        return DateOrder("", "Dates such as 09/10/2026 do not tell day from month in this file." if found else "")
    order = "dmy" if day_first > month_first else "mdy"
    return DateOrder(
        order, f"Dates are read as {_words(order)} ({max(day_first, month_first)} different dates show it)."
    )


def read_date(text: str, order: DateOrder, zone: str) -> int:
    """Read a date, or a date and time, of a zone into UTC ms. Raises InputError when it is none or can be two."""
    text = text.strip()
    try:
        return local_ms(_local(text, order), zone)
    except ValueError:
        raise InputError(f"{text!r} is a day that does not exist") from None


def _local(text: str, order: DateOrder) -> datetime:
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        year, month, day, *time = match.groups()
        return _moment(int(year), int(month), int(day), time)
    if match := _NUMERIC.fullmatch(text):
        first, second, year, *time = match.groups()
        if not order.order and first != second:
            raise InputError(f"{text!r} could be two days", mend="Say the order of day and month, or write 2026-10-09.")
        day, month = (first, second) if order.order != "mdy" else (second, first)
        return _moment(int(year), int(month), int(day), time)
    if match := _NAMED.fullmatch(text):
        day, name, year, *time = match.groups()
        if name.lower() in _MONTHS:
            return _moment(int(year), _MONTHS.index(name.lower()) + 1, int(day), time)
    if _SERIAL.fullmatch(text):
        return _SERIAL_ZERO + timedelta(days=int(text.partition(".")[0]))
    raise InputError(f"{text!r} is no date", mend="Write dates like 2026-10-09.")


def _moment(year: int, month: int, day: int, time: list[str | None]) -> datetime:
    hour, minute, second = (int(part or 0) for part in (*time, None, None, None)[:3])
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - wall-clock time of the sheet's zone


def _words(order: str) -> str:
    return "day/month/year" if order == "dmy" else "month/day/year"

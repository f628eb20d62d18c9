"""Reading the dates of a rate sheet. Whether 09/10 is September or October is decided once for the whole file."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from domain.days import local_ms
from domain.errors import InputError
from domain.sheets.day_words import MONTHS, WEEKDAYS, folded

_CLOCK = (
    r"[t,\s]\s*(?:at )?(?P<hour>\d{1,2})[:h](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"(?: ?(?P<half>[ap])\.?m\b\.?)?(?: ?(?P<zone>z|utc|gmt))?(?: ?(?P<offset>[+-]\d{2}(?::?\d{2})?))?"
)
_PARTS = re.compile(rf"(?P<day>.*?)[.,]?(?:{_CLOCK}| (?P<only>utc|gmt))?", re.ASCII)
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
_COMPACT = re.compile(r"(20\d{2})()(\d{2})(\d{2})", re.ASCII)
_CHINESE = re.compile(r"(\d{4})()年(\d{1,2})月(\d{1,2})日", re.ASCII)
_NUMERIC = re.compile(r"(\d{1,2})(?:[-/]|\. ?| )(\d{1,2})(?:[-/]|\. ?| )(\d{4}|\d{2})", re.ASCII)
_WORD = r"([^\W\d_]+)"
_DAY_FIRST = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th|er)?[-/. ]*(?:de |of )?{_WORD}(?:[-/. ,']*(?:del? )?(\d{{4}}|\d\d))?"
)
_MONTH_FIRST = re.compile(rf"{_WORD}[-/. ]*(\d{{1,2}})(?:st|nd|rd|th)?(?:[-/. ,']+(\d{{4}}|\d\d))?")
_YEAR_FIRST = re.compile(rf"(\d{{4}})[-/. ]+{_WORD}[-/. ]+(\d{{1,2}})")
_SERIAL = re.compile(r"([34567]\d{4})(?:\.(\d+))?", re.ASCII)
_SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - wall-clock time of the sheet's zone
"""Excel's day 0, from 1 March 1900 on (its 29 February 1900 never was)."""
SHIFT_1904 = timedelta(days=1462)
"""What the same serial number means later in a workbook that counts from 1904."""
_NEAR = timedelta(days=120)
"""A day without a year is meant that near to the receipt of the sheet; those of other years are 245 days away."""
_CLEAR = timedelta(days=400)
"""Beyond that a day of two-digit years is not meant."""


@dataclass(frozen=True, slots=True)
class DateOrder:
    """How dates such as 09/10/2026 are read: "dmy", "mdy", or "" when the file does not tell; and why."""

    order: str
    why: str


def date_order(dates: Iterable[str], given: str = "") -> DateOrder:
    """Decide from all dates of the file; a number above 12 shows which one is the day."""
    if given:
        return DateOrder(given, f"Dates are read as {_words(given)}, as told.")
    found = [match for text in dict.fromkeys(dates) if text and (match := _shown(text))]
    day_first = sum(int(match[1]) > 12 >= int(match[2]) for match in found)
    month_first = sum(int(match[2]) > 12 >= int(match[1]) for match in found)
    if day_first == month_first:
        return DateOrder("", "Dates such as 09/10/2026 do not tell day from month in this file." if found else "")
    order = "dmy" if day_first > month_first else "mdy"
    return DateOrder(
        order, f"Dates are read as {_words(order)} ({max(day_first, month_first)} different dates show it)."
    )


def _shown(text: str) -> re.Match[str] | None:
    """Return the numbers of a date that tells day from month only by them; None for any other text."""
    try:
        return _NUMERIC.fullmatch(_split(text).day)
    except InputError:
        return None


def read_date(
    text: str, order: DateOrder, zone: str, near_ms: int | None = None, *, date_1904: bool = False, end: bool = False
) -> int:
    """Read a date, or a date and time, of a zone into UTC ms. Raises InputError when it is none or can be two.

    With `near_ms`, the receipt of the sheet, a year may have two digits, or be missing where a day is near it. `end`:
    one minute (or second) before midnight means midnight. A zone that the cell itself names (UTC, +02:00) counts.
    """
    near = None if near_ms is None else datetime.fromtimestamp(near_ms / 1000, UTC).replace(tzinfo=None)
    parts = _split(text)
    try:
        local = _serial(text.strip(), date_1904) or _day(parts, text.strip(), order, near) + parts.clock
        if end and local.time().isoformat() in ("23:59:00", "23:59:59"):
            local = local.replace(hour=0, minute=0, second=0) + timedelta(days=1)
        if parts.offset is not None:
            return local_ms(local.replace(tzinfo=timezone(parts.offset)).astimezone(UTC).replace(tzinfo=None), "UTC")
        return local_ms(local, zone)
    except (ValueError, OverflowError):
        raise InputError(f"{text.strip()!r} is a day that does not exist") from None


@dataclass(frozen=True, slots=True)
class _Split:
    """A date cell in its parts: the day's text, the weekday that it names, the time of day, the zone."""

    day: str
    weekday: int | None = None
    clock: timedelta = timedelta()
    offset: timedelta | None = None


def _split(text: str) -> _Split:
    whole = folded(text)
    found = _PARTS.fullmatch(whole)
    if found is None:
        return _Split(whole)
    day, weekday = _weekday(found["day"].strip())
    offset = None
    if found["zone"] or found["only"] or found["offset"]:
        offset = _offset(found["offset"] or "+00")
    return _Split(day, weekday, _clock(found) if found["hour"] else timedelta(), offset)


def _weekday(day: str) -> tuple[str, int | None]:
    """Part a day from the weekday in front of it. "Mar" is mardi before a day and a month, else March."""
    day = day.removesuffix(" г")
    first, _, rest = day.replace(",", " ", 1).partition(" ")
    first, rest = first.rstrip("."), rest.strip()
    if first not in WEEKDAYS or not any(map(str.isdigit, rest)):
        return day, None
    if first in MONTHS and not _DAY_FIRST.fullmatch(rest):
        return day, None
    return rest, WEEKDAYS[first]


def _clock(found: re.Match[str]) -> timedelta:
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if found["half"] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if found["half"] == "p" else 0)
    if minute > 59 or second > 59 or hour * 3600 + minute * 60 + second > 86_400:
        raise InputError(f"{found[0]!r} has a time that does not exist")
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _offset(text: str) -> timedelta:
    digits = text[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -ahead if text[0] == "-" else ahead


def _serial(text: str, date_1904: bool) -> datetime | None:
    match = _SERIAL.fullmatch(text)
    if match is None:
        return None
    fraction = match[2] or "0"
    seconds = (int(fraction) * 86_400 * 2 + 10 ** len(fraction)) // (2 * 10 ** len(fraction))
    start = _SERIAL_ZERO + SHIFT_1904 if date_1904 else _SERIAL_ZERO
    return start + timedelta(days=int(match[1]), seconds=seconds)


def _day(parts: _Split, text: str, order: DateOrder, near: datetime | None) -> datetime:
    day = _numbered(parts.day, text, order, near) or _named(parts.day, near)
    if day is None:
        raise InputError(f"{text!r} is no date", mend="Write dates like 2026-10-09.")
    if parts.weekday is not None and day.weekday() != parts.weekday:
        raise InputError(f"{text!r} names another weekday than that of {day:%Y-%m-%d}")
    return day


def _numbered(day: str, text: str, order: DateOrder, near: datetime | None) -> datetime | None:
    if match := _ISO.fullmatch(day) or _COMPACT.fullmatch(day) or _CHINESE.fullmatch(day):
        return _date(match[1], match[3], match[4])
    match = _NUMERIC.fullmatch(day)
    if match is None or (len(match[3]) == 2 and near is None):
        return None
    first, second, year = match.groups()
    if not order.order and int(first) != int(second):
        raise InputError(f"{text!r} could be two days", mend="Say the order of day and month, or write 2026-10-09.")
    read = _date(year, first, second) if order.order == "mdy" else _date(year, second, first)
    if len(year) == 2 and near is not None:
        _assert_clear(text, read, (first, second, year), near)
    return read


def _assert_clear(text: str, read: datetime, written: tuple[str, str, str], near: datetime) -> None:
    """Refuse a date of two-digit numbers whose first one could as well be the year."""
    try:
        other = _date(*written)
    except ValueError:
        return
    if other != read and abs(other - near) <= _CLEAR and abs(read - near) <= _CLEAR:
        raise InputError(f"{text!r} could be two days", mend="Write years with four digits.")


def _named(day: str, near: datetime | None) -> datetime | None:
    if match := _YEAR_FIRST.fullmatch(day):
        year, word, number = match.groups()
    elif match := _DAY_FIRST.fullmatch(day):
        number, word, year = match.groups()
    elif match := _MONTH_FIRST.fullmatch(day):
        word, number, year = match.groups()
        if year is None and near is not None and abs(2000 + int(number) - near.year) <= 2:
            raise InputError(f"{day!r} could be a day or a year", mend="Write dates like 2026-10-09.")
    else:
        return None
    month = MONTHS.get(word)
    if month is None or (near is None and len(year or "") < 4):
        return None
    if year is not None:
        return _date(year, str(month), number)
    assert near is not None, "a day without a year was refused above"
    return _nearest(month, int(number), day, near)


def _nearest(month: int, number: int, text: str, near: datetime) -> datetime:
    """Return that day of the year in which it is near the receipt."""
    for year in (near.year, near.year + 1, near.year - 1):
        day = _date(str(year), str(month), str(number))
        if abs(day - near) <= _NEAR:
            return day
    raise InputError(f"{text!r} names no year", mend="Write dates like 2026-10-09.")


def _date(year: str, month: str, day: str) -> datetime:
    whole = int(year) if len(year) == 4 else 2000 + int(year)
    return datetime(whole, int(month), int(day))  # noqa: DTZ001 - wall-clock time of the sheet's zone


def _words(order: str) -> str:
    return "day/month/year" if order == "dmy" else "month/day/year"

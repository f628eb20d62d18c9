"""Times as switches write them: Cisco's text `16:46:02.356 UTC Wed Dec 11 2002`, ISO 8601, seconds since 1970."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.errors import WireError

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
_MONTH_NUMBERS = {name.lower(): number for number, name in enumerate(_MONTHS, 1)}
_TIME = re.compile(
    r"\s*([*.]?)\s*(\d{1,2}):(\d\d):(\d\d)(?:\.(\d{1,6}))?"
    r"\s+(?:([A-Za-z0-9:+/_-]+)\s+)??(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s+)?([A-Za-z]{3})\s+(\d{1,2}),?\s+(\d{4})\s*",
    re.ASCII | re.IGNORECASE,
)
_ISO = re.compile(
    r"\s*(\d{4})-(\d\d)-(\d\d)[T ]+(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?\s*",
    re.ASCII | re.IGNORECASE,
)
_OFFSET = re.compile(r"(?:UTC|GMT)(?:([+-])(\d{1,2})(?::?(\d\d))?)?", re.ASCII | re.IGNORECASE)


class WireTime(NamedTuple):
    """A moment in UTC ms. `doubtful`: the clock was not synchronised, or the local time is one that a DST change
    repeats or skips.
    """

    ms: int
    doubtful: bool


def parse_any_time(text: str, zone: str) -> WireTime:
    """Read a time in whatever form it has; the forms cannot be taken for one another.

    Numbers are seconds (10 digits), milliseconds (13) or microseconds (16) since 1970, or `yyyymmddhhmmss` (14) in the
    zone. ISO 8601 with an offset is what it says, without one in the zone. Raises WireError `bad-time`.
    """
    text = text.strip(" \t\0")
    usual = _usual(text, zone) if text[12:13] == " " else None
    if usual is not None:
        return usual
    if text.isascii() and text.isdecimal():
        return _from_number(text, zone)
    iso = _ISO.fullmatch(text) if text[4:5] == "-" else None
    if iso is None:
        return parse_time(text, zone)
    year, month, day, hour, minute, second, fraction, offset = iso.groups()
    return _moment(text, (year, month, day, hour, minute, second, fraction or ""), _iso_offset_s(offset), zone)


def _usual(text: str, zone: str) -> WireTime | None:
    """Read `HH:MM:SS.mmm` and a zone and date that were read before; None for what has another form."""
    if text[2] != ":" or text[5] != ":" or text[8] != ".":
        return None
    minute, second, fraction = text[3:5], text[6:8], text[9:12]
    if not (digits := minute + second + fraction).isdecimal() or not digits.isascii():
        return None
    try:
        hour = _usual_hour(text[:2], text[12:], zone)
    except WireError:
        return None  # whoever reads it in full says what is wrong with it
    within_ms = int(minute) * 60_000 + int(second) * 1000 + int(fraction)
    return WireTime(hour.ms + within_ms, hour.doubtful) if minute < "60" and second <= "60" else None


@lru_cache(maxsize=4096)
def _usual_hour(hour: str, zone_and_date: str, zone: str) -> WireTime:
    """Return when an hour begins that a switch names in full; the hours of a day are in all its records."""
    return parse_time(f"{hour}:00:00{zone_and_date}", zone)


def _from_number(text: str, zone: str) -> WireTime:
    if len(text) == 14:
        parts = (text[:4], text[4:6], text[6:8], text[8:10], text[10:12], text[12:], "")
        return _moment(text, parts, None, zone)
    if len(text) in (9, 10):
        return WireTime(int(text) * 1000, doubtful=False)
    if len(text) in (13, 16):
        return WireTime(int(text[:13]), doubtful=False)
    raise WireError("bad-time", text[:40])


def _iso_offset_s(text: str | None) -> int | None:
    if text is None:
        return None
    if text[0] not in "+-":
        return 0
    seconds = int(text[1:3]) * 3600 + int(text[-2:]) * 60
    return -seconds if text[0] == "-" else seconds


def _moment(text: str, parts: tuple[str, ...], offset: int | None, zone: str) -> WireTime:
    """Put a date and time together: local in the zone where there is no offset (seconds east of UTC)."""
    year, month, day, hour, minute, second = map(int, parts[:6])
    try:
        start_ms, unsure = _hour_ms(zone if offset is None else "", year, month, day, hour)
    except (ValueError, OverflowError):
        raise WireError("bad-time", text[:40]) from None
    if minute > 59 or second > 60:
        raise WireError("bad-time", text[:40])
    within_ms = (minute * 60 + second - (offset or 0)) * 1000 + int((parts[6] + "000")[:3])
    return WireTime(start_ms + within_ms, unsure)


def parse_time(text: str, zone: str) -> WireTime:
    """Read a Cisco time. Its zone text counts for UTC, GMT and their offsets only; else `zone` (IANA) does.

    Abbreviations mean different things to different people (`GMT+4` is four hours ahead). Raises WireError `bad-time`.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise WireError("bad-time", text[:40])
    mark, hour, minute, second, fraction, zone_text, month, day, year = found.groups()
    number = _MONTH_NUMBERS.get(month.lower(), 0)
    read = _moment(text, (year, str(number), day, hour, minute, second, fraction or ""), _offset_s(zone_text), zone)
    return WireTime(read.ms, bool(mark) or read.doubtful)


def format_time(ms: int, zone: str = "UTC") -> str:
    """Write a moment (UTC ms) as a switch in the zone would."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    if zone != "UTC":
        at = at.astimezone(ZoneInfo(zone))
    clock = f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}"
    return f"{clock} {at.tzname()} {_DAYS[at.weekday()]} {_MONTHS[at.month - 1]} {at.day:02d} {at.year:04d}"


@lru_cache(maxsize=1024)
def _offset_s(zone_text: str | None) -> int | None:
    found = _OFFSET.fullmatch(zone_text) if zone_text else None
    if found is None:
        return None
    sign, hours, minutes = found.groups()
    offset = int(hours or 0) * 3600 + int(minutes or 0) * 60
    return -offset if sign == "-" else offset


@lru_cache(maxsize=4096)
def _hour_ms(zone: str, year: int, month: int, day: int, hour: int) -> tuple[int, bool]:
    """Return when a local hour begins in UTC ms ('' for UTC), and whether DST repeats or skips it.

    Zones change their offset on the hour (of all in use, Lord Howe's half hour included), so minutes just add.
    """
    local = datetime(year, month, day, hour, tzinfo=ZoneInfo(zone) if zone else UTC)
    twice = bool(zone) and local.utcoffset() != local.replace(fold=1).utcoffset()
    return int(local.timestamp()) * 1000, twice

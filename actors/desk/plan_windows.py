"""Time profiles of plans as text and back: "peak mon-fri 08:00-18:00", "holiday 00:00-24:00 holidays"."""

import re
from collections.abc import Iterable, Mapping
from datetime import date

from domain.errors import InputError
from domain.field_text import unknown_field
from domain.profiles import windows_of
from domain.rates import Window

FIELDS = ("windows", "holidays")
"""What can be set of a plan's rules once it is there."""
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOLIDAYS = "holidays"
_WINDOW = re.compile(
    rf"(\S+?)(?:\s+({_HOLIDAYS}|[a-z]{{3}}(?:[-,][a-z]{{3}})*))?\s+(\d\d):(\d\d)-(\d\d):(\d\d)(\s+{_HOLIDAYS})?"
)


def read_window(text: str) -> tuple[Window, ...]:
    """Read one line of a profile; one that crosses midnight is two windows. Raises InputError."""
    found = _WINDOW.fullmatch(" ".join(text.split()))
    mend = "Write it like: peak mon-fri 08:00-18:00."
    if found is None:
        raise InputError(f"window {text!r}", mend=mend)
    if _is_days(found[1]):
        mend = f"Name the rate type before its days, like: peak {text.strip()}."
        raise InputError(f"window {text.strip()!r} has no rate type", mend=mend)
    named, holidays = found[2] or "mon-sun", bool(found[7]) or found[2] == _HOLIDAYS
    try:
        days = range(7) if named == _HOLIDAYS else [day for part in named.split(",") for day in _days(part)]
    except ValueError:
        raise InputError(f"window {text!r}", mend=mend) from None
    minutes = [int(found[hour]) * 60 + int(found[hour + 1]) for hour in (3, 5)]
    return windows_of(found[1], days, minutes[0], minutes[1], on_holidays=holidays)


def read_windows(text: str) -> tuple[Window, ...]:
    """Read lines of profiles with semicolons between, as `plans show` writes them."""
    return tuple(window for line in text.split(";") if line.strip() for window in read_window(line))


def window_text(window: Window) -> str:
    """Write a window as `read_window` reads it."""
    days = ",".join(_DAYS[day] for day in sorted(window.weekdays))
    hours = f"{window.from_min // 60:02d}:{window.from_min % 60:02d}-{window.to_min // 60:02d}:{window.to_min % 60:02d}"
    return f"{window.rate_type} {_HOLIDAYS if window.on_holidays else days} {hours}"


def profile_texts(windows: Iterable[Window], holidays: Iterable[date]) -> dict[str, str]:
    """Return FIELDS as text."""
    return {"windows": "; ".join(map(window_text, windows)), "holidays": ",".join(sorted(map(str, holidays)))}


def read_profile(texts: Mapping[str, str], where: str) -> tuple[tuple[Window, ...] | None, frozenset[date] | None]:
    """Return the windows and holidays that are given, None for those that are not. Raises InputError."""
    for name in texts:
        if name not in FIELDS:
            raise unknown_field(name, FIELDS, where)
    windows = read_windows(texts["windows"]) if "windows" in texts else None
    if "holidays" not in texts:
        return windows, None
    try:
        days = frozenset(date.fromisoformat(day.strip()) for day in texts["holidays"].split(",") if day.strip())
    except ValueError as error:
        mend = "Write days with commas between: 2026-12-25,2027-01-01."
        raise InputError(str(error), where=f"{where}, holidays", mend=mend) from None
    return windows, days


def _is_days(word: str) -> bool:
    """Whether a word that stands in place of a rate type names days: mon, mon-fri, sat,sun, holidays."""
    said = word.lower()
    return said == _HOLIDAYS or all(part in _DAYS for part in re.split("[-,]", said))


def _days(part: str) -> list[int]:
    """Return the weekdays of "mon" or "fri-mon". Raises ValueError."""
    first, _, last = part.partition("-")
    start, end = _DAYS.index(first), _DAYS.index(last or first)
    return [(start + step) % 7 for step in range((end - start) % 7 + 1)]

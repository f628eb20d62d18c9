"""Time profiles: which rate type is in force at a moment of the plan's zone, and when it changes.

Windows are half-open parts of the local week or of holidays (rating facts §3); wall-clock time decides, so a day of
23 or 25 hours needs no rule of its own.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from domain.errors import InputError
from domain.rates import ANY_TIME, Window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_DAY = timedelta(days=1)
_DAY_MS = 86_400_000
_MIDNIGHT = 1440


class Timed(Protocol):
    """Something that has windows: a plan, or a time profile of policies. What is found is kept by it."""

    def __hash__(self) -> int:
        """Return what it is kept by."""
        ...

    @property
    def zone(self) -> str:
        """The zone of the windows."""
        ...

    @property
    def windows(self) -> tuple[Window, ...]:
        """When what is named by each window's rate type is in force; the first that fits."""
        ...

    @property
    def holidays(self) -> frozenset[date]:
        """Days on which windows of holidays take the place of the others."""
        ...


def windows_of(
    rate_type: str, weekdays: Iterable[int], from_min: int, to_min: int, *, on_holidays: bool = False
) -> tuple[Window, ...]:
    """Make the windows of one profile line; one that crosses midnight is split there into two.

    Minutes are of the local day, to_min at most 1440; weekdays count from Monday 0 and name the day it starts on.
    On holidays both halves belong to the holiday itself. Raises InputError on times or days that do not exist.
    """
    days = frozenset(weekdays)
    if not (0 <= from_min < _MIDNIGHT and 0 < to_min <= _MIDNIGHT and from_min != to_min):
        raise InputError(f"{from_min}-{to_min} is no window of a day", mend="Give 00:00-24:00 for a whole day.")
    if not days <= set(range(7)):
        raise InputError(f"weekdays {sorted(days)}", mend="Monday is 0, Sunday is 6.")
    if from_min < to_min:
        return (Window(rate_type, days, from_min, to_min, on_holidays),)
    after = days if on_holidays else frozenset((day + 1) % 7 for day in days)
    return (
        Window(rate_type, days, from_min, _MIDNIGHT, on_holidays),
        Window(rate_type, after, 0, to_min, on_holidays),
    )


def rate_type_at(rules: Timed, at_ms: int) -> str:
    """Return the rate type in force at the moment: that of the first matching window, else ANY_TIME."""
    if not rules.windows:
        return ANY_TIME
    local = _local(rules, at_ms)
    minute = local.hour * 60 + local.minute
    holiday = local.date() in rules.holidays
    for window in rules.windows:
        fits = window.on_holidays if holiday else not window.on_holidays and local.weekday() in window.weekdays
        if fits and window.from_min <= minute < window.to_min:
            return window.rate_type
    return ANY_TIME


def boundaries(rules: Timed, from_ms: int, to_ms: int) -> list[int]:
    """Return the moments m, from_ms < m < to_ms, ascending, at which the rate type differs from that just before."""
    if not rules.windows:
        return []
    days = range(from_ms // _DAY_MS, to_ms // _DAY_MS + 1)
    return [at for day in days for at in _changes(rules, day) if from_ms < at < to_ms]


def same_type(rules: Timed, at_ms: int) -> tuple[int, int]:
    """Return an interval [since, until) around a moment, within its UTC day, in which the rate type stays as it is."""
    day = at_ms // _DAY_MS
    edges = (day * _DAY_MS, *_changes(rules, day), (day + 1) * _DAY_MS)
    after = bisect_right(edges, at_ms)
    return edges[after - 1], edges[after]


@lru_cache(maxsize=1024)
def _changes(rules: Timed, utc_day: int) -> tuple[int, ...]:
    """Return the moments of one UTC day (counted from 1970) at which the rate type changes."""
    start_ms, end_ms = utc_day * _DAY_MS, (utc_day + 1) * _DAY_MS
    edges = {edge for window in rules.windows for edge in (window.from_min, window.to_min)} | {0}
    first = _local(rules, start_ms).date()
    candidates = {at for day in (first - _DAY, first, first + _DAY) for at in _edges_of(rules, day, edges)}
    inside = sorted(at for at in candidates if start_ms <= at < end_ms)
    return tuple(at for at in inside if rate_type_at(rules, at) != rate_type_at(rules, at - 1))


def _local(rules: Timed, at_ms: int) -> datetime:
    return (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(rules.zone))


def _edges_of(rules: Timed, day: date, edges: Iterable[int]) -> Iterator[int]:
    """Yield every moment of a local day at which a window may begin or end: its edges and a change of the clock."""
    zone = ZoneInfo(rules.zone)
    for edge in edges:
        local = datetime.combine(day + timedelta(days=edge // _MIDNIGHT), time(edge % _MIDNIGHT // 60, edge % 60))
        # an hour that comes twice has every edge twice
        for fold in (0, 1):
            yield (local.replace(tzinfo=zone, fold=fold) - _EPOCH) // _MS
    start, end = (datetime.combine(d, time(), zone).astimezone(UTC) for d in (day, day + _DAY))
    if start.astimezone(zone).utcoffset() != end.astimezone(zone).utcoffset():
        yield _clock_change(zone, (start - _EPOCH) // _MS, (end - _EPOCH) // _MS)


def _clock_change(zone: ZoneInfo, before_ms: int, after_ms: int) -> int:
    """Return the first moment of the new offset, by bisection between two moments with different offsets."""

    def offset(at_ms: int) -> timedelta | None:
        return (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(zone).utcoffset()

    old = offset(before_ms)
    while after_ms - before_ms > 1:
        middle = (before_ms + after_ms) // 2
        if offset(middle) == old:
            before_ms = middle
        else:
            after_ms = middle
    return after_ms

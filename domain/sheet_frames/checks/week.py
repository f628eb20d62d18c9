"""Whether the windows of a plan cover the week exactly once."""

from collections.abc import Callable
from itertools import pairwise

from domain.rates import PlanRules

_DAY_MIN = 1440
_WEEK = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_HOLIDAYS = "holidays"


def week_faults(rules: PlanRules) -> list[str]:
    """Return in words where two windows cover one hour; and holiday windows of a plan that names no holidays."""
    twice = [f"two time profiles cover {span}" for span in _spans(rules, lambda count: count > 1)]
    if any(window.on_holidays for window in rules.windows) and not rules.holidays:
        twice.append("a time profile is for holidays, but the plan names none")
    return twice


def uncovered(rules: PlanRules) -> list[str]:
    """Return in words which hours of the week, and of holidays where the plan names any, no window covers."""
    return [f"no time profile covers {span}" for span in _spans(rules, lambda count: count == 0)]


def _spans(rules: PlanRules, caught: Callable[[int], bool]) -> list[str]:
    days: dict[tuple[int, int], list[str]] = {}
    for number, day in enumerate([*_WEEK, _HOLIDAYS] if rules.holidays else _WEEK):
        counts = _covers(rules, number)
        edges = [0, *(at for at in range(1, _DAY_MIN) if caught(counts[at]) != caught(counts[at - 1])), _DAY_MIN]
        for start, end in pairwise(edges):
            if caught(counts[start]):
                days.setdefault((start, end), []).append(day)
    return [f"{_clock(start)}-{_clock(end)} on {_days(names)}" for (start, end), names in days.items()]


def _days(names: list[str]) -> str:
    return "all days" if names[:7] == _WEEK else ", ".join(names)


def _covers(rules: PlanRules, day: int) -> list[int]:
    """How many windows cover each minute of a weekday, or (7) of a holiday."""
    counts = [0] * _DAY_MIN
    for window in rules.windows:
        if window.on_holidays if day == len(_WEEK) else not window.on_holidays and day in window.weekdays:
            for minute in range(window.from_min, window.to_min):
                counts[minute] += 1
    return counts


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"

"""Which rate types two plans have at one time, and for how much of a week: peak here may be any time there."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

from domain.days import local_day, midnight_ms
from domain.profiles import boundaries, rate_type_at
from domain.rates import PlanRules

WEEK_MS = 7 * 86_400_000
_WEEKS_A_YEAR = 52
_AHEAD = timedelta(days=366)


def hours_together(one: PlanRules, other: PlanRules, until_ms: int) -> dict[tuple[str, str], int]:
    """Return each pair of rate types, of one plan and of the other, with the ms of a week in which both are in force.

    The week is the one before a moment (UTC ms). A holiday of the year after it counts as a 52nd of its day.
    """
    found: dict[tuple[str, str], int] = defaultdict(int)
    for pair, length_ms in _within(one, other, until_ms - WEEK_MS, until_ms):
        found[pair] += length_ms
    for first_ms, last_ms in _holidays(one, until_ms) + _holidays(other, until_ms):
        for pair, length_ms in _within(one, other, first_ms, last_ms):
            found[pair] += length_ms // _WEEKS_A_YEAR
    return dict(found)


def _within(one: PlanRules, other: PlanRules, from_ms: int, to_ms: int) -> list[tuple[tuple[str, str], int]]:
    edges = {from_ms, to_ms, *boundaries(one, from_ms, to_ms), *boundaries(other, from_ms, to_ms)}
    pairs = pairwise(sorted(edges))
    return [((rate_type_at(one, since), rate_type_at(other, since)), until - since) for since, until in pairs]


def _holidays(rules: PlanRules, now_ms: int) -> list[tuple[int, int]]:
    today: date = local_day(now_ms, rules.zone)
    ahead = sorted(day for day in rules.holidays if today <= day < today + _AHEAD) if rules.windows else []
    return [(midnight_ms(day, rules.zone), midnight_ms(day + timedelta(days=1), rules.zone)) for day in ahead]

"""Time profiles: windows of the local week, holidays, and the days on which clocks change."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InputError
from domain.profiles import boundaries, rate_type_at, windows_of
from domain.rates import ANY_TIME, PlanRules
from tests.domain.builders import any_rules, moments, ms, rules

WEEK = range(7)
PEAK = windows_of("peak", range(5), 8 * 60, 18 * 60)


def test_windows_are_half_open() -> None:
    plan = rules(windows=PEAK)
    friday = ms(2025, 10, 31)
    assert rate_type_at(plan, friday + 8 * 3_600_000 - 1) == ANY_TIME
    assert rate_type_at(plan, friday + 8 * 3_600_000) == "peak"
    assert rate_type_at(plan, friday + 18 * 3_600_000 - 1) == "peak"
    assert rate_type_at(plan, friday + 18 * 3_600_000) == ANY_TIME
    assert rate_type_at(plan, ms(2025, 11, 1, 12)) == ANY_TIME


def test_a_window_over_midnight_belongs_to_the_day_it_starts_on() -> None:
    plan = rules(windows=windows_of("night", [4], 22 * 60, 6 * 60))
    assert rate_type_at(plan, ms(2025, 10, 31, 23)) == "night"
    assert rate_type_at(plan, ms(2025, 11, 1, 5, 59, 59)) == "night"
    assert rate_type_at(plan, ms(2025, 11, 1, 6)) == ANY_TIME
    assert rate_type_at(plan, ms(2025, 10, 31, 5)) == ANY_TIME


def test_a_whole_day_is_one_window() -> None:
    assert [(w.from_min, w.to_min) for w in windows_of("all", WEEK, 0, 1440)] == [(0, 1440)]


@pytest.mark.parametrize(("start", "end"), [(0, 0), (600, 600), (-1, 5), (1440, 5), (5, 1441)])
def test_a_window_that_does_not_exist_is_refused(start: int, end: int) -> None:
    with pytest.raises(InputError):
        windows_of("x", WEEK, start, end)


def test_the_first_matching_window_wins() -> None:
    plan = rules(windows=(*windows_of("lunch", WEEK, 720, 780), *PEAK))
    assert rate_type_at(plan, ms(2025, 10, 31, 12)) == "lunch"


def test_a_holiday_has_only_its_own_windows() -> None:
    plan = rules(
        windows=(*PEAK, *windows_of("holiday", (), 0, 720, on_holidays=True)), holidays=frozenset({date(2025, 10, 31)})
    )
    assert rate_type_at(plan, ms(2025, 10, 31, 9)) == "holiday"
    assert rate_type_at(plan, ms(2025, 10, 31, 13)) == ANY_TIME
    assert rate_type_at(plan, ms(2025, 10, 30, 9)) == "peak"


def test_windows_follow_the_clock_of_the_plans_zone_in_summer_and_winter() -> None:
    plan = rules(windows=PEAK, zone="Europe/Berlin")
    assert boundaries(plan, ms(2025, 10, 24), ms(2025, 10, 25)) == [ms(2025, 10, 24, 6), ms(2025, 10, 24, 16)]
    assert boundaries(plan, ms(2025, 10, 27), ms(2025, 10, 28)) == [ms(2025, 10, 27, 7), ms(2025, 10, 27, 17)]


def test_an_hour_that_comes_twice_is_entered_twice() -> None:
    plan = rules(windows=windows_of("late", WEEK, 150, 170), zone="Europe/Berlin")
    night = ms(2025, 10, 26)
    twice = [night + minute * 60_000 for minute in (30, 50, 90, 110)]
    assert boundaries(plan, night - 1, night + 3 * 3_600_000) == twice


def test_a_window_inside_the_skipped_hour_changes_at_the_jump() -> None:
    plan = rules(windows=windows_of("late", WEEK, 150, 200), zone="Europe/Berlin")
    jump = ms(2026, 3, 29, 1)
    assert boundaries(plan, ms(2026, 3, 29), ms(2026, 3, 29, 12)) == [jump, jump + 20 * 60_000]


@settings(deadline=None)
@given(any_rules(), moments, st.integers(0, 2000))
def test_boundaries_are_the_minutes_at_which_the_type_changes(plan: PlanRules, start: int, minutes: int) -> None:
    minute = 60_000
    start -= start % minute
    end = start + minutes * minute
    steps = range(start + minute, end, minute)
    assert boundaries(plan, start, end) == [at for at in steps if rate_type_at(plan, at) != rate_type_at(plan, at - 1)]

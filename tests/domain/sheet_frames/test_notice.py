"""Notice is counted as contracts count it, in their zone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.days import local_time
from domain.sheet_frames.notice import days_of, earliest_by_kind, earliest_ms
from domain.sheets.terms import Notice, NoticeDays, RateTerms
from tests.domain.builders import ms

RECEIVED = ms(2026, 11, 2, 9, 41)
HOUR_MS = 3_600_000


def test_seven_calendar_days_end_at_the_midnight_that_begins_the_seventh_day() -> None:
    assert earliest_ms(RECEIVED, 7, NoticeDays.CALENDAR, "UTC") == ms(2026, 11, 9)


def test_seven_times_24_hours_end_at_the_time_of_receipt() -> None:
    assert earliest_ms(RECEIVED, 7, NoticeDays.HOURS, "Europe/Berlin") == ms(2026, 11, 9, 9, 41)


def test_days_are_those_of_the_zone_of_the_contract() -> None:
    late = ms(2026, 11, 2, 23, 30)
    assert earliest_ms(late, 1, NoticeDays.CALENDAR, "Africa/Nairobi") == ms(2026, 11, 3, 21)
    assert earliest_ms(late, 1, NoticeDays.CALENDAR, "America/New_York") == ms(2026, 11, 3, 5)


def test_days_of_23_and_25_hours_are_days() -> None:
    before_winter, before_summer = ms(2026, 10, 24, 10), ms(2026, 3, 28, 10)
    assert earliest_ms(before_winter, 2, NoticeDays.CALENDAR, "Europe/Berlin") == ms(2026, 10, 25, 23)
    assert earliest_ms(before_summer, 2, NoticeDays.CALENDAR, "Europe/Berlin") == ms(2026, 3, 29, 22)


@given(
    st.integers(ms(2024, 1, 1), ms(2028, 1, 1)),
    st.integers(0, 60),
    st.sampled_from(["UTC", "Europe/Berlin", "America/Santiago", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_calendar_days_begin_a_day_of_the_zone_so_many_days_later(received_ms: int, days: int, zone: str) -> None:
    begins, received = (
        local_time(earliest_ms(received_ms, days, NoticeDays.CALENDAR, zone), zone),
        local_time(received_ms, zone),
    )
    assert (begins.date() - received.date()).days == days
    # where clocks jump at midnight the day begins at one
    assert begins.hour <= 1
    assert local_time(earliest_ms(received_ms, days, NoticeDays.CALENDAR, zone) - 1, zone).date() < begins.date()


@pytest.mark.parametrize(
    ("kind", "days"),
    [("new", 1), ("increase", 14), ("decrease", 0), ("closed", 7), ("blocked", 3), ("unchanged", 0)],
)
def test_a_plan_has_its_own_days_before_those_of_the_contract(kind: str, days: int) -> None:
    assert days_of(kind, Notice(), RateTerms(increase_days=14, blocking_days=3)) == days


def test_no_days_of_notice_let_a_change_begin_with_the_day_of_receipt() -> None:
    earliest = earliest_by_kind(RECEIVED, Notice(), RateTerms(), "UTC")
    assert earliest["decrease"] == ms(2026, 11, 2)
    assert earliest["new"] == ms(2026, 11, 3)
    assert earliest["increase"] == earliest["closed"] == ms(2026, 11, 9)

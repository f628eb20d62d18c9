"""Days in a zone."""

from datetime import date

import pytest

from domain.days import day_that_begins, local_day, local_time, midnight_ms, whole_days_ms
from domain.errors import InputError

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 29), "Europe/Berlin", 23),
        (date(2026, 10, 25), "Europe/Berlin", 25),
        (date(2026, 10, 25), "UTC", 24),
        (date(2024, 4, 26), "Africa/Cairo", 23),  # Cairo's clocks jump at midnight itself
    ],
)
def test_a_day_is_as_long_as_its_zone_makes_it(day: date, zone: str, hours: int) -> None:
    first, after = whole_days_ms(day, day, zone)
    assert after - first == hours * HOUR
    assert local_day(first, zone) == day
    assert local_day(first - 1, zone) < day
    assert local_day(after - 1, zone) == day


def test_midnight_is_that_of_the_zone() -> None:
    assert midnight_ms(date(2026, 11, 1), "Asia/Riyadh") == midnight_ms(date(2026, 11, 1), "UTC") - 3 * HOUR


def test_local_time_keeps_milliseconds() -> None:
    assert local_time(1_793_610_000_123, "UTC").isoformat() == "2026-11-02T09:00:00.123000+00:00"


def test_an_unknown_zone_and_a_backward_period_are_named() -> None:
    for name in ("Mars/Base", "", "../etc/passwd"):
        with pytest.raises(InputError, match="there is no zone"):
            midnight_ms(date(2026, 1, 1), name)
    with pytest.raises(InputError, match="2026-01-01 is before 2026-01-02"):
        whole_days_ms(date(2026, 1, 2), date(2026, 1, 1), "UTC")


@pytest.mark.parametrize("zone", ["UTC", "Europe/Kyiv", "Africa/Cairo", "Asia/Kathmandu"])
def test_the_day_that_begins_at_a_midnight_is_that_day_and_nothing_else_is_rounded(zone: str) -> None:
    for day in (date(2024, 4, 26), date(2026, 10, 25), date(2026, 10, 26)):
        assert day_that_begins(midnight_ms(day, zone), zone, "here") == day
        with pytest.raises(InputError, match="no midnight"):
            day_that_begins(midnight_ms(day, zone) + 1, zone, "here")


def test_a_moment_that_begins_no_day_says_what_it_is_there_and_which_do() -> None:
    with pytest.raises(InputError) as refused:
        day_that_begins(1_790_812_800_000, "Europe/Kyiv", "the beginning")
    said = str(refused.value)
    assert "2026-10-01T00:00:00Z is 03:00:00 on 2026-10-01 in Europe/Kyiv, no midnight" in said
    assert "2026-09-30T21:00:00Z or 2026-10-01T21:00:00Z" in said

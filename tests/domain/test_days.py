"""Days in a zone."""

from datetime import date

import pytest

from domain.days import local_day, local_time, midnight_ms, whole_days_ms
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

"""The one Clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import Clock
from domain.errors import InputError

MS = st.integers(0, 4_000_000_000_000)
SPEEDS = st.sampled_from([0.000001, 0.3, 1.0, 1.1, 20.0, 1440.0])


def test_twenty_times_as_fast_makes_three_minutes_an_hour() -> None:
    clock = Clock(1_000_000, 5_000, speed=20.0)
    assert clock.business_ms(5_000 + 180_000) == 1_000_000 + 3_600_000


def test_at_real_time_machine_and_business_time_agree_to_the_millisecond() -> None:
    clock = Clock(7, 7)
    assert clock.business_ms(1_793_610_000_123) == 1_793_610_000_123


@given(MS, MS, SPEEDS, MS)
def test_the_machine_moment_of_a_business_moment_is_the_first_that_reaches_it(
    business: int, machine: int, speed: float, wanted: int
) -> None:
    clock = Clock(business, machine, speed)
    due = clock.machine_ms(wanted)
    assert due is not None
    assert clock.business_ms(due - 1) < wanted <= clock.business_ms(due)


def test_a_standing_clock_never_reaches_what_is_ahead() -> None:
    clock = Clock(1_000, 0, speed=0)
    assert clock.business_ms(999_999) == 1_000
    assert clock.machine_ms(1_001) is None
    assert clock.wait_ms(1_001, 50) is None
    assert clock.wait_ms(1_000, 50) == 0


def test_a_wait_shrinks_with_the_speed_and_is_never_negative() -> None:
    clock = Clock(0, 0, speed=20.0)
    assert clock.wait_ms(60_000, machine_ms=1_000) == 2_000
    assert clock.wait_ms(10_000, machine_ms=1_000) == 0


def test_setting_the_clock_moves_it_from_that_moment_on() -> None:
    clock = Clock(0, 0).set_to(business_ms=500, machine_ms=100, speed=2.0)
    assert [clock.business_ms(at) for at in (100, 101)] == [500, 502]
    assert clock.set_to(0, 0).speed == 2.0


@pytest.mark.parametrize("speed", [-1.0, 10_001.0, float("nan")])
def test_a_clock_cannot_go_back_or_wild(speed: float) -> None:
    with pytest.raises(InputError, match="speed"):
        Clock(0, 0, speed)

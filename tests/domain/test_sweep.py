"""What is looked through a little at a time, and which periods are over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.end_users import limit_name, user_of
from domain.ids import EndUserId, PartnerId
from domain.limits import ALL_TIMES_MS, Limit, LimitId, Period
from domain.sweep import AT_ONCE, EVERY_MS, OLD_MS, Sweep, over
from tests.domain.builders import NOON


def test_each_thing_is_looked_at_once_an_hour_and_a_few_at_a_time() -> None:
    things = list(range(2 * AT_ONCE + 7))
    sweep: Sweep[int] = Sweep()
    looked = [sweep.some(at_ms, lambda: things) for at_ms in range(NOON, NOON + 2 * EVERY_MS, 1000)]
    assert max(map(len, looked)) == AT_ONCE
    assert [one for some in looked for one in some] == things
    assert not any(looked[: EVERY_MS // 1000]), "nothing in the first hour"


def test_a_clock_that_goes_back_stops_no_sweep() -> None:
    sweep: Sweep[int] = Sweep()
    sweep.some(NOON, list)
    assert sweep.some(NOON - 10 * EVERY_MS, lambda: [1]) == [1]


@given(st.sampled_from(Period), st.integers(0, 400 * 86_400), st.integers(0, 100 * 86_400))
def test_this_period_and_the_one_before_it_are_never_over(period: Period, since_s: int, old_s: int) -> None:
    limit = Limit(LimitId("l"), max_minutes=1, period=period, zone="Europe/London")
    at_ms = NOON + 1000 * since_s
    periods = {limit.period_ms(at_ms), limit.before_ms(at_ms), limit.period_ms(at_ms - 1000 * old_s)}
    gone = set(over(limit, periods, at_ms))
    assert not gone & {limit.period_ms(at_ms), limit.before_ms(at_ms)}
    assert all(its >= at_ms - OLD_MS or its == 1 for its in periods - gone)


@pytest.mark.parametrize("period", Period)
def test_what_was_used_of_all_times_is_over_only_when_the_limit_is_gone(period: Period) -> None:
    limit = Limit(LimitId("l"), max_minutes=1, period=period)
    assert over(limit, [ALL_TIMES_MS], NOON) == []
    assert over(None, [ALL_TIMES_MS], NOON) == [ALL_TIMES_MS]


@pytest.mark.parametrize("user", ["alice", "bob@example.net", "+4420"])
def test_an_end_users_limit_says_whose_it_is(user: str) -> None:
    assert user_of(limit_name("orbita/west", EndUserId(user))) == (PartnerId("orbita/west"), user)
    assert user_of(LimitId("acme-day#12")) is None

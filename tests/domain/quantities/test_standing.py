"""How commitments and swaps stand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.quantities.standing import (
    DAY_MS,
    HOUR_MS,
    Counted,
    Verdict,
    commitment_standing,
    swap_standing,
)
from tests.domain.quantities.volumes import BEGIN, USD, commitment, swap

MINUTE = 60


def went(seconds: int, *, hour: int = BEGIN // HOUR_MS) -> Counted:
    return Counted(went=seconds, hours={hour: seconds})


def test_nothing_is_behind_at_the_beginning() -> None:
    its = commitment_standing(commitment(), Counted(), BEGIN)
    assert (its.remaining, its.due, its.behind_bp, its.verdict) == (300 * MINUTE, 0, 0, Verdict.ON_COURSE)


def test_what_is_behind_is_how_much_more_than_evenly_must_be_sent() -> None:
    its = commitment_standing(commitment(), Counted(), BEGIN + 10 * DAY_MS)
    assert (its.due, its.needed, its.behind_bp) == (100 * MINUTE, 15 * MINUTE, 5000)
    assert its.verdict is Verdict.BEHIND


def test_who_sends_evenly_is_on_course_and_fills_it() -> None:
    hours = {BEGIN // HOUR_MS + hour: 25 for hour in range(15 * 24)}
    its = commitment_standing(commitment(), Counted(went=sum(hours.values()), hours=hours), BEGIN + 15 * DAY_MS)
    assert (its.pace, its.missing, its.behind_bp, its.verdict) == (600, 0, 0, Verdict.ON_COURSE)


def test_a_late_one_that_catches_up_is_no_alarm() -> None:
    late = BEGIN // HOUR_MS + 14 * 24
    hours = {late + hour: 300 for hour in range(24)}
    its = commitment_standing(commitment(), Counted(went=7200, hours=hours), BEGIN + 15 * DAY_MS)
    assert its.behind_bp > 1000, "it is behind by more than it warns of"
    assert (its.missing, its.verdict) == (0, Verdict.ON_COURSE)


@pytest.mark.parametrize(("warn_pct", "verdict"), [(49, Verdict.BEHIND), (50, Verdict.ON_COURSE)])
def test_the_warning_comes_beyond_its_percentage(warn_pct: int, verdict: Verdict) -> None:
    its = commitment_standing(commitment(warn_pct=warn_pct), Counted(), BEGIN + 10 * DAY_MS)
    assert its.verdict is verdict


def test_a_filled_one_asks_for_nothing_more() -> None:
    its = commitment_standing(commitment(true_up=1_000_000), went(301 * MINUTE), BEGIN + DAY_MS)
    assert (its.remaining, its.behind_bp, its.needed, its.missing, its.at_risk) == (0, 0, 0, 0, 0)
    assert its.verdict is Verdict.FILLED


def test_what_lacks_at_the_end_is_owed_by_the_minute() -> None:
    its = commitment_standing(commitment(true_up=1_000_000), went(200 * MINUTE), BEGIN + 30 * DAY_MS)
    assert (its.missing, its.at_risk, its.verdict) == (100 * MINUTE, 100 * 1_000_000, Verdict.SHORT)


def test_where_no_true_up_was_agreed_nothing_is_at_risk() -> None:
    assert commitment_standing(commitment(), Counted(), BEGIN + 30 * DAY_MS).at_risk is None


def test_of_money_all_that_lacks_is_owed() -> None:
    of_money = commitment(units=500, currency=USD)
    assert commitment_standing(of_money, went(200), BEGIN + 30 * DAY_MS).at_risk == 300


def test_one_that_has_not_begun_waits() -> None:
    its = commitment_standing(commitment(true_up=1_000_000), Counted(), BEGIN - 1)
    assert (its.due, its.behind_bp, its.needed, its.verdict) == (0, 0, 10 * MINUTE, Verdict.WAITS)
    assert (its.missing, its.at_risk) == (0, 0), "no pace is known that could miss it"


@given(st.integers(0, 10**6), st.integers(-DAY_MS, 31 * DAY_MS))
def test_sent_and_remaining_are_the_whole_or_more(sent: int, after_ms: int) -> None:
    its = commitment_standing(commitment(), went(sent), BEGIN + after_ms)
    assert its.remaining >= 0
    assert its.remaining == max(0, its.target - its.sent)
    assert 0 <= its.missing <= its.remaining
    assert its.behind_bp == 0 or its.remaining > 0


@given(st.integers(0, 18_000), st.integers(0, 30 * DAY_MS - 1))
def test_what_is_needed_from_now_on_fills_it_and_less_does_not(sent: int, after_ms: int) -> None:
    its = commitment_standing(commitment(), went(sent), BEGIN + after_ms)
    left_ms = 30 * DAY_MS - after_ms
    assert its.needed * left_ms >= its.remaining * DAY_MS
    if its.needed:
        assert (its.needed - 1) * left_ms < its.remaining * DAY_MS


@given(st.integers(0, 29), st.integers(1, 50))
def test_a_policy_that_goes_by_it_fills_it_at_the_last_moment(late_days: int, threshold_pct: int) -> None:
    """Send two calls a minute while it is behind by more than a threshold, nothing otherwise: it is filled."""
    its, sent, step_ms = commitment(), 0, HOUR_MS
    for at_ms in range(BEGIN + late_days * DAY_MS, BEGIN + 30 * DAY_MS, step_ms):
        if commitment_standing(its, went(sent), at_ms).behind_bp > 100 * threshold_pct:
            sent += 120 * MINUTE
    assert its.target <= sent < its.target + 120 * MINUTE, "filled, and then let go"


def test_a_swap_stands_in_its_band_by_what_came_less_what_went() -> None:
    its = swap_standing(swap(low=-100, high=300), Counted(came=200 * MINUTE, went=100 * MINUTE), BEGIN)
    assert (its.balance, its.room, its.position_bp, its.verdict) == (6000, 12_000, 0, Verdict.IN_BAND)


@pytest.mark.parametrize(
    ("came", "sent", "position_bp", "verdict"),
    [
        (0, 100, -10_000, Verdict.IN_BAND),
        (0, 101, -10_100, Verdict.BELOW),
        (100, 0, 10_000, Verdict.IN_BAND),
        (101, 0, 10_100, Verdict.ABOVE),
    ],
)
def test_the_ends_of_the_band_are_within(came: int, sent: int, position_bp: int, verdict: Verdict) -> None:
    its = swap_standing(swap(), Counted(came * MINUTE, sent * MINUTE), BEGIN)
    assert (its.position_bp, its.verdict) == (position_bp, verdict)


def test_a_swap_says_when_it_is_not_yet_or_no_longer() -> None:
    its = swap()
    assert swap_standing(its, Counted(), BEGIN - 1).verdict is Verdict.WAITS
    assert swap_standing(its, Counted(), its.until_ms).verdict is Verdict.OVER


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_room_and_balance_agree(came: int, sent: int) -> None:
    its = swap_standing(swap(), Counted(came, sent), BEGIN)
    assert its.balance == came - sent
    assert (its.room < 0) == (its.verdict is Verdict.BELOW)


def test_money_of_a_swap_is_counted_in_units() -> None:
    its = replace(swap(), currency=USD, low=-5, high=5)
    assert its.band == (-5, 5)

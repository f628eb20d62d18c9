"""Times of legs: answered or not, how long, and what cannot be."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calls import CallReport, ReportKind
from domain.leg_times import LegTimes, times_of
from tests.domain.builders import DAY_MS, NOON
from tests.domain.reports import report


def times(**fields: Any) -> LegTimes:
    got = times_of(report(**fields))
    assert isinstance(got, LegTimes), got
    return got


def fault(**fields: Any) -> str:
    got = times_of(report(**fields))
    assert isinstance(got, str), got
    return got


def test_the_duration_is_what_the_switch_says_else_the_difference() -> None:
    assert times(connect_ms=NOON, disconnect_ms=NOON + 9_400, duration_ms=9_000).duration_ms == 9_000
    assert times(connect_ms=NOON, disconnect_ms=NOON + 9_400, duration_ms=None).duration_ms == 9_400


def test_a_connect_time_is_counted_back_from_the_end() -> None:
    got = times(connect_ms=None, disconnect_ms=NOON + 60_000, duration_ms=60_000)
    assert (got.connect_ms, got.duration_ms) == (NOON, 60_000)


def test_a_stop_without_connect_and_duration_was_never_answered() -> None:
    got = times(connect_ms=None, disconnect_ms=NOON + 5_000, duration_ms=0)
    assert (got.connect_ms, got.duration_ms) == (None, 0)


def test_a_connect_time_without_duration_or_later_release_is_no_answer() -> None:
    assert times(connect_ms=NOON, disconnect_ms=NOON, duration_ms=0).connect_ms is None
    assert times(connect_ms=NOON, disconnect_ms=NOON + 1, duration_ms=0).connect_ms == NOON


def test_an_attempt_is_never_answered() -> None:
    got = times(kind=ReportKind.ATTEMPT, connect_ms=NOON, disconnect_ms=NOON, duration_ms=7_000)
    assert (got.connect_ms, got.duration_ms) == (None, 0)


def test_a_started_leg_needs_no_end() -> None:
    got = times(kind=ReportKind.START, connect_ms=NOON, disconnect_ms=None, duration_ms=None)
    assert (got.connect_ms, got.disconnect_ms, got.duration_ms) == (NOON, None, 0)


def test_a_missing_setup_is_the_earliest_time_known_else_the_arrival() -> None:
    assert times(setup_ms=None, alert_ms=NOON - 2_000).setup_ms == NOON - 2_000
    assert times(setup_ms=None, alert_ms=None).setup_ms == NOON
    bare = times(
        kind=ReportKind.START, setup_ms=None, alert_ms=None, connect_ms=None, disconnect_ms=None, duration_ms=None
    )
    assert bare.setup_ms == NOON + 61_000


def test_times_by_the_second_only_are_no_fault() -> None:
    got = times(setup_ms=NOON + 999, alert_ms=NOON)
    assert (got.setup_ms, got.alert_ms) == (NOON, NOON)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"disconnect_ms": NOON - 1}, "ended 1 ms before it was answered"),
        ({"setup_ms": NOON + 1_000}, "set up 1000 ms after it was answered or over"),
        ({"duration_ms": -1}, "negative duration"),
        ({"setup_ms": 0}, "setup time before the year 2000"),
        ({"connect_ms": NOON + 2 * DAY_MS}, "connect time 172739 s after its report came"),
        ({"connect_ms": NOON - 32 * DAY_MS, "duration_ms": None}, "2764860000 ms long, longer than 31 days"),
        ({"connect_ms": None, "duration_ms": 2**62}, f"{2**62} ms long, longer than 31 days"),
        ({"duration_ms": 120_001}, "120001 ms long, but 60000 ms from answer to end"),
        ({"disconnect_ms": None, "duration_ms": None}, "answered and over, but neither an end nor a duration"),
        ({"connect_ms": None, "disconnect_ms": None}, "60000 ms long, but neither answered nor ended at any time"),
    ],
)
def test_times_that_cannot_be_are_named(fields: dict[str, Any], words: str) -> None:
    assert fault(**fields) == words


moment = st.one_of(st.none(), st.integers(NOON - 5_000, NOON + 5_000))


@given(
    st.builds(
        report, kind=st.sampled_from(ReportKind), setup_ms=moment, alert_ms=moment, connect_ms=moment,
        disconnect_ms=moment, duration_ms=st.one_of(st.none(), st.integers(-10, 70_000)),
    )
)  # fmt: skip
def test_whatever_is_reported_times_are_in_order_or_a_fault(drawn: CallReport) -> None:
    got = times_of(drawn)
    if isinstance(got, str):
        return
    in_order = [at_ms for at_ms in (got.setup_ms, got.connect_ms, got.disconnect_ms) if at_ms is not None]
    assert in_order == sorted(in_order)
    assert got.alert_ms is None or got.alert_ms >= got.setup_ms
    assert got.duration_ms >= 0
    assert got.connect_ms is not None or got.duration_ms == 0

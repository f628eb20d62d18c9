"""What quality hears of legs, a destination's durations, the totals of the sides, and the board."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calls import Side
from domain.durations import PRIOR, Histogram
from domain.ids import DestinationId, PartnerId
from domain.quality import BUCKET_MS, DAY_MS, Counts, DestinationQuality, LegSeen, SideTotals, leg_begun, leg_seen
from domain.quality_board import BoardChange, QualityBoard
from tests.domain.builders import NOON, leg

UK, KENYA = DestinationId(7), DestinationId(8)
KESTREL = PartnerId("kestrel")
HOUR_MS = 3_600_000


def seen(**fields: Any) -> LegSeen:
    """An answered vendor leg of 60 s just now, 2 s after dialling it rang."""
    values: dict[str, Any] = {
        "destination": UK, "side": Side.VENDOR, "partner": KESTREL, "setup_ms": NOON, "answered": True,
        "duration_ms": 60_000, "pdd_ms": 2_000, "cause": 16, "alerted": True,
    }  # fmt: skip
    return LegSeen(**(values | fields))


def failed(cause: int, **fields: Any) -> LegSeen:
    return seen(**({"answered": False, "duration_ms": 0, "pdd_ms": None, "alerted": False, "cause": cause} | fields))


def entity(*events: LegSeen, now_ms: int = NOON) -> DestinationQuality:
    made = DestinationQuality(UK)
    for event in events:
        made.apply(event, now_ms)
    return made


def totals(*events: LegSeen, now_ms: int = NOON) -> SideTotals:
    made = SideTotals()
    for event in events:
        made.apply(event, now_ms)
    return made


def figures(of: SideTotals, window_ms: int = HOUR_MS, now_ms: int = NOON, side: Side = Side.VENDOR) -> Counts:
    return of.total(side, window_ms, now_ms)


def test_asr_ner_acd_and_pdd_come_from_counts() -> None:
    got = figures(totals(seen(), seen(duration_ms=5_000, pdd_ms=4_000), failed(17), failed(34)))
    assert (got.attempts, got.answered, got.user_failures, got.short) == (4, 2, 1, 1)
    assert (got.asr_bp, got.ner_bp, got.acd_ms, got.mean_pdd_ms, got.short_bp) == (5000, 7500, 32_500, 3_000, 5000)


def test_nothing_has_no_ratios() -> None:
    got = figures(totals())
    assert (got.asr_bp, got.ner_bp, got.acd_ms, got.mean_pdd_ms, got.short_bp) == (None,) * 5


def test_a_caller_who_gave_up_after_ringing_counts_for_ner_and_for_pdd() -> None:
    got = figures(totals(failed(16, alerted=True, pdd_ms=1_000), failed(16)))
    assert (got.ner_bp, got.pdd_legs, got.mean_pdd_ms) == (5000, 1, 1_000)


def test_sides_are_kept_apart_and_partners_counted_together() -> None:
    one = totals(seen(), seen(side=Side.CLIENT), seen(partner=PartnerId("savanna")))
    assert figures(one).attempts == 2
    assert figures(one, side=Side.CLIENT).attempts == 1


def test_a_window_leaves_out_what_was_set_up_before_it() -> None:
    one = totals(seen(setup_ms=NOON - HOUR_MS - BUCKET_MS), seen(setup_ms=NOON - BUCKET_MS), seen())
    assert [figures(one, window).attempts for window in (BUCKET_MS, 2 * BUCKET_MS, HOUR_MS, 2 * HOUR_MS)] == [
        1,
        2,
        2,
        3,
    ]


def test_totals_of_more_than_a_day_ago_are_dropped() -> None:
    one = totals(seen())
    one.apply(seen(setup_ms=NOON + 2 * DAY_MS), NOON + 2 * DAY_MS)
    assert figures(one, 31 * DAY_MS, NOON + 2 * DAY_MS).attempts == 1
    assert figures(totals(seen(setup_ms=NOON - 2 * DAY_MS)), 31 * DAY_MS).attempts == 0


def test_legs_older_than_the_windows_and_from_the_future_are_passed_over() -> None:
    one = entity(*[seen(side=Side.CLIENT, setup_ms=NOON + days * DAY_MS) for days in (-31, -30, 0, 3)])
    assert one.histogram(NOON).calls == 2


def test_what_is_old_is_dropped() -> None:
    one = entity(seen(side=Side.CLIENT))
    later = NOON + 32 * DAY_MS
    one.apply(seen(side=Side.CLIENT, setup_ms=later), later)
    assert one.histogram(later).calls == one.histogram(NOON).calls == 1
    assert one.histogram(later + 32 * DAY_MS).calls == 0


def test_durations_are_counted_once_per_call_whatever_the_vendors_did() -> None:
    one = entity(seen(side=Side.CLIENT, duration_ms=59_001), seen(), failed(17, side=Side.CLIENT))
    assert one.histogram(NOON).bins == {60: 1}


@given(st.permutations([seen(), failed(17), seen(setup_ms=NOON - DAY_MS), seen(side=Side.CLIENT, duration_ms=7_000)]))
def test_the_order_of_legs_does_not_matter(events: list[LegSeen]) -> None:
    assert figures(totals(*events), DAY_MS).attempts == 2
    assert entity(*events).histogram(NOON).bins == {7: 1}


def test_a_leg_of_another_destination_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        entity(seen(destination=KENYA))


def test_a_leg_says_when_it_rang() -> None:
    got = leg_seen(leg())
    assert (got.answered, got.alerted, got.pdd_ms, got.duration_ms) == (True, True, 2_000, 60_000)
    silent = leg_seen(leg(alert_ms=None, connect_ms=None, duration_ms=0))
    assert (silent.answered, silent.alerted, silent.pdd_ms) == (False, False, None)


def test_an_open_leg_says_whether_it_was_answered() -> None:
    assert leg_begun(leg()).answered
    assert not leg_begun(leg(connect_ms=None)).answered


def board(*entities: DestinationQuality, since: int = 0, version: int = 1) -> BoardChange:
    return BoardChange(since, version, 50, {one.destination: one.histogram(NOON) for one in entities}, {})


def test_a_destination_of_few_calls_goes_by_the_prior() -> None:
    made = QualityBoard().changed(board(entity(*[seen(side=Side.CLIENT)] * 49)))
    assert made.durations(UK) is PRIOR
    assert made.durations(KENYA) is PRIOR
    full = QualityBoard().changed(board(entity(*[seen(side=Side.CLIENT)] * 50)))
    assert full.durations(UK).bins == {60: 50}


def test_answers_without_a_second_of_talk_do_not_divide_by_zero() -> None:
    made = QualityBoard().changed(board(entity(*[seen(side=Side.CLIENT, duration_ms=0)] * 60)))
    assert made.durations(UK) is PRIOR


def test_what_a_change_does_not_name_stays_the_same_object() -> None:
    first = QualityBoard(5, {UK: Histogram({60: 100}), KENYA: Histogram({9: 100})})
    second = first.changed(BoardChange(5, 6, 50, {KENYA: Histogram({8: 100})}, {}))
    assert (second.version, second.durations(UK)) == (6, first.histograms[UK])
    assert second.durations(KENYA).bins == {8: 100}
    third = second.changed(BoardChange(6, 7, 50, {KENYA: None}, {}))
    assert third.durations(KENYA) is PRIOR


def test_a_whole_board_keeps_durations_that_are_equal() -> None:
    first = QualityBoard(5, {UK: Histogram({60: 100}), KENYA: Histogram({9: 100})})
    second = first.changed(BoardChange(0, 900, 50, {UK: Histogram({60: 100})}, {}))
    assert second.durations(UK) is first.histograms[UK]
    assert second.durations(KENYA) is PRIOR


def test_a_change_of_another_board_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        QualityBoard(5).changed(BoardChange(4, 6, 50, {}, {}))

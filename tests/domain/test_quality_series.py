"""A series of calls against the plain list of them."""

from array import array
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calls import Side
from domain.ids import DestinationId, PartnerId
from domain.quality import LegSeen
from domain.quality_calls import (
    ANSWERED,
    CLASSES,
    PDD_BINS,
    PDD_UP_TO_MS,
    can_be_packed,
    outcome_of,
    packed,
    pdd_share,
    unpacked,
)
from domain.quality_series import PDD, SHORT, TALK, UNITS, Series, Tally, begins_s, horizon_s, width_s
from domain.quality_windows import MOST_CALLS, SPANS, Window
from tests.domain.builders import NOON, dice

DAY_MS = 86_400_000
WINDOWS = (*SPANS.values(), Window(calls=1), Window(calls=100), Window(calls=MOST_CALLS))


def a_call(dice: Random, now_ms: int, span_ms: int = 9 * DAY_MS) -> LegSeen:
    answered = dice.random() < 0.5
    talk_ms = dice.choice([0, 900, 6_000, 6_001, dice.randrange(20_000_000)]) if answered else 0
    setup_ms = now_ms - dice.choice([dice.randrange(span_ms), dice.randrange(3_600_000)])
    rang = dice.random() < 0.7
    gap_ms = dice.choice([0, 1_499, dice.randrange(900_000)])
    return LegSeen(
        DestinationId(7), Side.VENDOR, PartnerId("kestrel"), setup_ms, answered, talk_ms,
        dice.randrange(40_000) if rang else None, dice.choice([1, 16, 17, 19, 27, 34, 41]), rang,
        dice.choice([0, dice.randrange(10**9)]), setup_ms + talk_ms + gap_ms,
    )  # fmt: skip


def brute(calls: list[tuple[int, int]], window: Window, now_s: int) -> list[int]:
    """Add up a window from the list of all calls."""
    calls = sorted(one for one in calls if unpacked(one[0]).end_s >= horizon_s(now_s))
    if window.calls:
        chosen = calls[-window.calls :]
    else:
        chosen = [one for one in calls if unpacked(one[0]).setup_s >= begins_s(window, now_s)]
    sums = [0] * len(Tally().sums)
    for bits, units in chosen:
        its = unpacked(bits)
        sums[its.cause_class] += 1
        for place, number in ((TALK, its.talk_s), (SHORT, its.short), (UNITS, units)):
            sums[place] += number
        if its.pdd:
            sums[PDD + its.pdd - 1] += 1
    return sums


@settings(max_examples=40, deadline=None)
@given(dice, st.integers(1, 900))
def test_each_window_is_the_sum_over_its_calls_in_whatever_order_they_come(dice: Random, count: int) -> None:
    series, now_ms = Series(), NOON
    span_ms = dice.choice([3_600_000, DAY_MS, 9 * DAY_MS])
    calls: list[tuple[int, int]] = []
    for at in range(count):
        now_ms += dice.choice([0, 0, 1_000, 40_000, dice.randrange(3_600_000)])
        leg = a_call(dice, now_ms, span_ms)
        calls.append((packed(leg), leg.base_charge))
        series.add(*calls[-1], now_ms // 1000)
        if at % 150 == 0 or at == count - 1:
            for window in WINDOWS:
                tally = series.tally(window, now_ms // 1000)
                assert tally.sums == brute(calls, window, now_ms // 1000), window
                assert series.answers(window, now_ms // 1000) == (tally.attempts, tally.answered), window
    later_s = now_ms // 1000 + dice.randrange(2 * 86_400)
    for window in WINDOWS:
        assert series.tally(window, later_s).sums == brute(calls, window, later_s), window


def test_what_is_older_than_a_week_is_forgotten() -> None:
    series, leg = Series(), a_call(Random(1), NOON, 1_000)
    for _ in range(300):
        series.add(packed(leg), leg.base_charge, NOON // 1000)
    assert series.tally(SPANS["7d"], NOON // 1000).attempts == 300
    assert not series.old(NOON // 1000)
    later_s = NOON // 1000 + 9 * 86_400
    assert series.old(later_s)
    assert not any(series.tally(window, later_s).attempts for window in WINDOWS)


def test_a_window_is_a_little_longer_than_its_name_says_never_shorter() -> None:
    for text, most_s in (("5m", 360), ("15m", 960), ("1h", 3_900), ("24h", 90_000), ("7d", 626_400)):
        for now_s in range(NOON // 1000, NOON // 1000 + 21_600, 7):
            assert SPANS[text].span_ms // 1000 <= now_s - begins_s(SPANS[text], now_s) < most_s


@settings(max_examples=300)
@given(dice)
def test_a_packed_call_says_what_it_was(dice: Random) -> None:
    leg = a_call(dice, NOON)
    assert can_be_packed(leg)
    its = unpacked(packed(leg))
    assert its.setup_s == leg.setup_ms // 1000
    assert its.talk_s == min((leg.duration_ms + 500) // 1000, 16_383)
    assert (its.cause_class == ANSWERED) == leg.answered
    assert its.short == (leg.answered and leg.duration_ms <= 6_000)
    assert its.charged == (leg.base_charge != 0)
    assert (its.pdd == 0) == (leg.pdd_ms is None)
    outcome = outcome_of(packed(leg), leg.base_charge)
    assert (outcome.answered, outcome.short, outcome.units) == (leg.answered, its.short, leg.base_charge)
    if leg.pdd_ms is not None and leg.pdd_ms <= PDD_UP_TO_MS[-1]:
        assert outcome.pdd_ms is not None
        assert min(leg.pdd_ms / 1.19, max(0, leg.pdd_ms - 250)) <= outcome.pdd_ms <= leg.pdd_ms


def test_a_later_end_is_a_larger_number() -> None:
    calls = [a_call(Random(at), NOON) for at in range(500)]
    by_bits = sorted(packed(leg) for leg in calls)
    assert [unpacked(bits).end_s for bits in by_bits] == sorted(unpacked(bits).end_s for bits in by_bits)


def test_years_that_the_bits_do_not_reach_cannot_be_packed() -> None:
    leg = a_call(Random(1), NOON)
    assert not can_be_packed(LegSeen(leg.destination, leg.side, leg.partner, 0, False, 0, None, 16, False))


def test_delays_are_told_within_their_bin() -> None:
    bins = [0] * PDD_BINS
    assert pdd_share(bins, 0.5) is None
    bins[9] = 90
    bins[15] = 10
    half, most = pdd_share(bins, 0.5), pdd_share(bins, 0.95)
    assert half is not None
    assert most is not None
    assert PDD_UP_TO_MS[8] / 1000 < half < PDD_UP_TO_MS[9] / 1000
    assert PDD_UP_TO_MS[14] / 1000 < most < PDD_UP_TO_MS[15] / 1000


def test_rows_of_old_calls_are_counted_once() -> None:
    series, tally = Series(), Tally()
    tally.sums[ANSWERED] = 300
    start_s = NOON // 1000 // 21_600 * 21_600 - 2 * 86_400
    rows = [array("q", [at_s, *tally.sums]) for at_s in (start_s, start_s, start_s - 30 * 86_400)]
    series.fill(array("Q"), array("q"), [(3, row) for row in rows])
    assert series.tally(SPANS["7d"], NOON // 1000).answered == 600
    assert series.tally(SPANS["24h"], NOON // 1000).attempts == 0
    assert len(CLASSES) == 12


@settings(max_examples=30, deadline=None)
@given(dice, st.integers(1, 900), st.sampled_from(list(SPANS.values())))
def test_the_stretches_of_a_window_are_its_calls_each_in_its_own(dice: Random, count: int, window: Window) -> None:
    series, now_s, kept = Series(), NOON // 1000, list[tuple[int, int]]()
    for leg in sorted((a_call(dice, NOON) for _ in range(count)), key=lambda leg: leg.end_ms):
        if can_be_packed(leg) and leg.end_ms <= NOON:
            series.add(packed(leg), leg.base_charge, now_s)
            kept.append((packed(leg), leg.base_charge))
    width, whole = width_s(window), Tally()
    expected: dict[int, Tally] = {}
    for bits, units in kept:
        setup_s = unpacked(bits).setup_s
        if unpacked(bits).end_s >= horizon_s(now_s) and setup_s >= begins_s(window, now_s):
            expected.setdefault(setup_s // width * width, Tally()).add(bits, units)
    pieces = series.pieces(window, now_s)
    assert {start: one.sums for start, one in pieces.items()} == {start: one.sums for start, one in expected.items()}
    for one in pieces.values():
        whole.sums = [its + more for its, more in zip(whole.sums, one.sums, strict=True)]
    assert whole.sums == series.tally(window, now_s).sums

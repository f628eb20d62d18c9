"""How the period of a back-test is cut into parts."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.backtest_cuts import DAY_MS, SLOT_MS, cuts, steps

DAYS = st.integers(0, 5 * DAY_MS)


def test_a_period_is_cut_at_midnights() -> None:
    assert cuts(DAY_MS + 1, 3 * DAY_MS, {}) == [(DAY_MS + 1, 2 * DAY_MS), (2 * DAY_MS, 3 * DAY_MS)]
    assert cuts(DAY_MS, DAY_MS, {}) == []


def test_a_heavy_day_is_many_parts() -> None:
    parts = cuts(0, 2 * DAY_MS, {0: 24, 1: 3}, most=3)
    assert len(parts) == 8 + 1 and parts[0] == (0, 3 * 4 * SLOT_MS)
    assert len(cuts(0, DAY_MS, {0: 10**9}, most=1)) == 96


@given(DAYS, DAYS, st.dictionaries(st.integers(0, 5), st.integers(0, 1_000)), st.integers(1, 100))
def test_parts_are_the_period_without_gap_or_overlap(one: int, other: int, legs: dict[int, int], most: int) -> None:
    since, until = sorted((one, other))
    parts = cuts(since, until, legs, most)
    assert sum(end - begin for begin, end in parts) == until - since
    assert all(begin < end and end - begin <= DAY_MS for begin, end in parts)
    assert all(before[1] == after[0] for before, after in pairwise(parts))


@given(DAYS, st.integers(1, 5 * DAY_MS), st.dictionaries(st.integers(0, 5), st.integers(0, 1_000)), st.integers(1, 100))
def test_steps_are_the_part_without_gap_or_overlap(since: int, long: int, legs: dict[int, int], most: int) -> None:
    until = since + long
    found = steps(since, until, legs, most)
    assert (found[0][0], found[-1][1]) == (since, until)
    assert all(begin < end for begin, end in found)
    assert all(before[1] == after[0] for before, after in pairwise(found))


@given(st.integers(1, 5_000), st.integers(100, 1_000))
def test_a_part_as_a_day_is_cut_into_is_one_step_and_a_whole_day_as_many(legs: int, most: int) -> None:
    parts = cuts(0, DAY_MS, {0: legs}, most)
    assert all(steps(*part, {0: legs}, most) == [part] for part in parts)
    whole = steps(0, DAY_MS, {0: legs}, most)
    assert whole == (parts if legs >= 2 * most else [(0, DAY_MS)])

"""Histograms of answered durations."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.durations import PRIOR, Histogram, bin_of

bins = st.dictionaries(st.integers(0, 14_400), st.integers(1, 1000), max_size=8)


@pytest.mark.parametrize(
    ("ms", "seconds"),
    [(0, 0), (1, 1), (1000, 1), (1001, 2), (3_600_000, 3600), (3_600_001, 3660), (9**9, 14_400), (-5, 0)],
)
def test_begun_seconds_count_and_long_calls_are_kept_by_the_minute(ms: int, seconds: int) -> None:
    assert bin_of(ms) == seconds


@given(st.lists(st.integers(0, 10**8), min_size=1))
def test_a_histogram_is_bounded_and_counts_every_call(durations_ms: list[int]) -> None:
    histogram = Histogram.of(map(bin_of, durations_ms))
    assert histogram.calls == len(durations_ms)
    assert max(histogram.bins) <= 14_400


@given(bins, bins)
def test_merging_adds_calls_and_seconds(first: dict[int, int], second: dict[int, int]) -> None:
    one, other = Histogram(first), Histogram(second)
    both = one + other
    assert (both.calls, both.seconds) == (one.calls + other.calls, one.seconds + other.seconds)
    assert both.bins == (other + one).bins


def test_the_prior_is_25_minutes_of_ten_calls() -> None:
    assert (PRIOR.calls, PRIOR.seconds) == (10, 1500)


def test_a_histogram_that_hardly_changed_stays_the_same_object() -> None:
    before = Histogram({60: 1000})
    assert before.renewed(Histogram({60: 1005, 61: 5})) is before
    grown = Histogram({60: 1005, 61: 6})
    assert before.renewed(grown) is grown


def test_a_histogram_survives_pickling_and_cannot_be_changed() -> None:
    copy = pickle.loads(pickle.dumps(Histogram({60: 2})))
    assert (copy.bins, copy.calls, copy.seconds) == ({60: 2}, 2, 120)
    with pytest.raises(TypeError):
        copy.bins[60] = 3

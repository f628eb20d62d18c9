"""Periods of quality: their buckets, and what follows from sums."""

import pytest

from domain.calls import Side
from domain.cause_classes import CauseClass, ends_of
from domain.errors import InputError
from domain.quality_periods import CauseSeen, PeriodAsked, PeriodSums, bucket_ms_of, every_bucket

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
DAY_MS = 24 * HOUR_MS


@pytest.mark.parametrize(
    ("span_ms", "length_ms"),
    [(HOUR_MS, MINUTE_MS), (8 * HOUR_MS, 5 * MINUTE_MS), (DAY_MS, 15 * MINUTE_MS), (3 * DAY_MS, HOUR_MS),
     (60 * DAY_MS, DAY_MS)],
)  # fmt: skip
def test_buckets_are_as_short_as_96_of_them_allow(span_ms: int, length_ms: int) -> None:
    assert bucket_ms_of(0, span_ms, 0) == length_ms


@pytest.mark.parametrize(
    ("until_ms", "bucket_s", "says"),
    [(0, 0, "empty"), (400 * DAY_MS, 0, "longer than"), (DAY_MS, 7_000, "cannot be"), (DAY_MS, 30, "cannot be"),
     (DAY_MS, 60, "1,440 buckets")],
)  # fmt: skip
def test_periods_that_cannot_be_are_refused(until_ms: int, bucket_s: int, says: str) -> None:
    with pytest.raises(InputError, match=says):
        bucket_ms_of(0, until_ms, bucket_s)


def test_buckets_without_calls_are_there_and_the_outer_ones_are_cut_off() -> None:
    asked = PeriodAsked(Side.VENDOR, 10 * MINUTE_MS, 40 * MINUTE_MS, 15 * MINUTE_MS)
    known = PeriodSums(attempts=3)
    made = every_bucket(asked, {15 * MINUTE_MS: known})
    assert [(start // MINUTE_MS, end // MINUTE_MS, sums.attempts) for start, end, sums in made] == [
        (10, 15, 0),
        (15, 30, 3),
        (30, 40, 0),
    ]


def test_ner_and_number_errors_follow_from_the_classes() -> None:
    causes = (
        CauseSeen(16, CauseClass.ANSWERED, 10),
        CauseSeen(17, CauseClass.BUSY, 4),
        CauseSeen(1, CauseClass.NUMBER, 3),
        CauseSeen(34, CauseClass.NO_CIRCUIT, 2),
    )
    sums = PeriodSums(attempts=20, answered=11, open_calls=1, causes=causes)
    assert (sums.effective, sums.number_errors) == (15, 3)
    assert sums.classes[CauseClass.BUSY] == 4


def test_the_ends_of_a_class_tell_whether_it_rang() -> None:
    assert (16, True) in ends_of(CauseClass.NO_ANSWER)
    assert ends_of(CauseClass.ABANDONED) == {(16, False), (31, False)}
    assert ends_of(None, frozenset({34})) == {(34, False), (34, True)}
    assert not ends_of(CauseClass.BUSY, frozenset({34}))

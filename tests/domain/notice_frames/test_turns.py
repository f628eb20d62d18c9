"""Who was promised a price never pays more without a line that says so, with its notice."""

import itertools
from typing import Any

import polars as pl
from hypothesis import example, given

from domain.notice_frames.marks import codes_of, due, marked
from domain.sheet_frames.columns import KEY, TERMS
from domain.sheet_frames.notice import INCREASE, earliest_ms
from domain.sheets.terms import Notice
from tests.domain.notice_frames.plans import (
    AT,
    PRICED,
    at_moments,
    book,
    costs,
    day,
    moments_of,
    plans_and_told,
    prices_over_time,
    telling,
)
from tests.domain.sheet_frames.plans import rate, rates

Both = tuple[pl.DataFrame, pl.DataFrame | None]


def _raised(both: Both) -> list[tuple[tuple[Any, ...], int]]:
    """By brute force: keys and moments at which the plan costs more than was told to hold then."""
    plan, told = both
    assert told is not None
    moments = moments_of(plan, told)
    then, now = at_moments(told, moments), at_moments(plan, moments)
    dearer = []
    for at, was in then.items():
        paid = now.get(at)
        if paid is None or was[-1] or paid[-1]:
            continue
        if any(after > before for before, after in costs(was, paid)):
            dearer.append(at)
    return dearer


def _never_more_unsaid(both: Both) -> None:
    plan, told = both
    by = telling(notice=Notice(new=1, increase=7, decrease=0, closing=3, blocking=3))
    marks = marked(plan, told, by, book(*codes_of(plan, told)))
    increases = marks.changes.filter(pl.col("kind") == INCREASE).rows(named=True)
    days = earliest_ms(AT, 7, by.terms.counted, by.zone)
    for key, at_ms in _raised(both):
        lines = [one for one in increases if tuple(one[name] for name in KEY) == key and _holds(one, at_ms)]
        assert len(lines) == 1, (key, at_ms)
        assert lines[0]["earliest_ms"] == days
        assert at_ms >= days or due(marks, by).late > 0


def _holds(line: dict[str, Any], at_ms: int) -> bool:
    return bool(line["from_ms"] <= at_ms and (line["until_ms"] is None or at_ms < line["until_ms"]))


@given(plans_and_told(known=True).filter(lambda both: both[1] is not None and both[1].height > 0))
def test_a_client_never_pays_more_than_was_told_without_an_increase(both: Both) -> None:
    _never_more_unsaid(both)


@given(prices_over_time(), prices_over_time())
@example(
    rates(rate("1", "0.11", from_ms=day(1))),
    rates(rate("1", "0.12", from_ms=day(-5), until_ms=day(2)), rate("1", "0.01", from_ms=day(2))),
)
def test_a_price_promised_in_steps_is_never_passed_without_an_increase(plan: pl.DataFrame, told: pl.DataFrame) -> None:
    _never_more_unsaid((plan, told))


@given(prices_over_time(), prices_over_time())
def test_lines_that_follow_each_other_with_the_same_terms_are_other_changes(
    plan: pl.DataFrame, told: pl.DataFrame
) -> None:
    by = telling()
    marks = marked(plan, told, by, book("1"))
    rows = marks.changes.filter(~pl.col("kind").is_in(["unchanged", "closed"])).sort("from_ms").rows(named=True)
    for before, after in itertools.pairwise(rows):
        goes_on = before["until_ms"] == after["from_ms"] and all(before[name] == after[name] for name in PRICED)
        split_by_plan = after["from_ms"] in plan["from_ms"].to_list()
        first = before["old_next_price"] is None, after["old_next_price"] is None
        assert not goes_on or split_by_plan or before["kind"] != after["kind"] or first[0] != first[1]


assert set(PRICED) >= set(TERMS)

"""What changes do to a plan is what the catalog would do, row by row."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.points import OPEN_MS
from domain.rates import RateRow, Terms
from domain.sheet_frames.columns import KEY, RATES, TERMS
from domain.sheet_frames.outcome import PUTS, gaps, overlaps, put
from store.catalog.bitemporal import Supersession, supersede
from tests.domain.sheet_frames.plans import rate, rates

Rate = dict[str, Any]
_spans = st.tuples(st.integers(0, 8), st.one_of(st.none(), st.integers(1, 5)))
_key = st.tuples(st.sampled_from(["1", "12"]), st.sampled_from(["any", "peak"]))


@st.composite
def _said(draw: st.DrawFn) -> Rate:
    code, rate_type = draw(_key)
    since, length = draw(_spans)
    until = None if length is None else since + length
    return rate(
        code, draw(st.integers(0, 1)), rate_type=rate_type, from_ms=since, until_ms=until, blocked=draw(_seldom)
    )


_seldom = st.sampled_from([False, False, True])
_rows = st.lists(_said(), max_size=5, unique_by=lambda one: (one["code"], one["rate_type"], one["from_ms"]))
_any_rows = st.lists(_said(), max_size=5)


def close(current: Iterable[tuple[int, RateRow]], codes: frozenset[str], from_ms: int) -> Supersession:
    """End the rates of the codes from a moment on, row by row."""
    after = [(id_, row) for id_, row in current if row.code in codes and (row.valid_until_ms or OPEN_MS) > from_ms]
    before = [replace(row, valid_until_ms=from_ms) for _, row in after if row.valid_from_ms < from_ms]
    return Supersession(tuple(id_ for id_, _ in after), tuple(before))


def frame(puts: list[Rate], closed: bool = False) -> pl.DataFrame:
    said = [
        one | {"until_ms": OPEN_MS if closed or one["until_ms"] is None else one["until_ms"], "closed": closed}
        for one in puts
    ]
    return pl.DataFrame([{name: one[name] for name in PUTS} for one in said], schema=PUTS)


def row_of(one: Rate) -> RateRow:
    terms = Terms(**{name: one[name] for name in TERMS})
    return RateRow(one["code"], terms, one["from_ms"], one["until_ms"], one["rate_type"], one["blocked"])


def numbered(known: list[Rate]) -> list[tuple[int, RateRow]]:
    return [(id_, row_of(one)) for id_, one in enumerate(known, 1)]


def facts(added: tuple[RateRow, ...]) -> list[tuple[object, ...]]:
    return sorted(
        (row.code, row.rate_type, row.valid_from_ms, row.valid_until_ms or OPEN_MS, row.terms.next_price, row.blocked)
        for row in added
    )


def told(added: pl.DataFrame) -> list[tuple[object, ...]]:
    until = pl.col("until_ms").fill_null(OPEN_MS)
    return sorted(added.select("code", "rate_type", "from_ms", until, "next_price", "blocked").rows())


def assert_same(found: Any, wanted: Supersession) -> None:
    assert sorted(found.ended.to_list()) == sorted(wanted.ended)
    assert told(found.added) == facts(wanted.added)


@settings(max_examples=40, deadline=None)
@given(_any_rows, _rows)
def test_rates_are_put_over_others_as_the_catalog_does_it(known: list[Rate], new: list[Rate]) -> None:
    assert_same(put(rates(*known), frame(new)), supersede(numbered(known), [row_of(one) for one in new]))


@settings(max_examples=40, deadline=None)
@given(_any_rows, st.integers(0, 9))
def test_codes_are_closed_as_the_catalog_does_it(known: list[Rate], from_ms: int) -> None:
    ends = [rate("1", rate_type=kind, from_ms=from_ms) for kind in ("any", "peak")]
    assert_same(put(rates(*known), frame(ends, closed=True)), close(numbered(known), frozenset({"1"}), from_ms))


@settings(max_examples=25, deadline=None)
@given(_any_rows, _rows, st.data())
def test_rates_and_closings_follow_each_other_in_time(known: list[Rate], new: list[Rate], data: st.DataObject) -> None:
    one_code = [one | {"code": "1", "rate_type": "any"} for one in new]
    one_code = list({one["from_ms"]: one for one in one_code}.values())
    closed = [data.draw(st.booleans()) for _ in one_code]
    current, ids = numbered(known), count(1000)
    for one, ends in sorted(zip(one_code, closed, strict=True), key=lambda pair: pair[0]["from_ms"]):
        own = [(id_, row) for id_, row in current if (row.code, row.rate_type) == ("1", "any")]
        done = close(own, frozenset({"1"}), one["from_ms"]) if ends else supersede(own, [row_of(one)])
        current = [(id_, row) for id_, row in current if id_ not in done.ended]
        current += [(next(ids), row) for row in done.added]
    parts = [frame([one], ends) for one, ends in zip(one_code, closed, strict=True)]
    found = put(rates(*known), pl.concat(parts) if parts else frame([]))
    assert told(found.after) == facts(tuple(row for _, row in current))


@settings(max_examples=25, deadline=None)
@given(_rows, _rows)
def test_a_plan_without_overlaps_has_none_afterwards(known: list[Rate], new: list[Rate]) -> None:
    plan = put(rates(), frame(known)).after
    plan = plan.with_columns(id=pl.int_range(1, pl.len() + 1))
    assert not overlaps(plan).height
    assert not overlaps(put(plan, frame(new)).after).height


def test_what_is_known_already_changes_nothing() -> None:
    plan = rates(rate("1", "0.01", from_ms=3))
    found = put(plan, frame([rate("1", "0.01", from_ms=5)]))
    assert found.ended.is_empty()
    assert found.added.is_empty()
    assert found.after.equals(plan)


def test_what_is_not_touched_keeps_its_rows() -> None:
    found = put(rates(rate("1"), rate("2")), frame([rate("1", "0.02", from_ms=5)]))
    assert found.ended.to_list() == [1]
    assert found.after.schema == RATES
    assert found.after.filter(pl.col("code") == "2")["id"].to_list() == [2]


def test_two_rates_at_once_are_found_where_they_meet() -> None:
    plan = rates(rate("1", from_ms=0, until_ms=9), rate("1", from_ms=2, until_ms=4), rate("1", from_ms=8), rate("2"))
    assert overlaps(plan).select(*KEY, "from_ms", "until_ms").rows() == [("1", "any", "", 2, 4), ("1", "any", "", 8, 9)]


def test_a_gap_between_two_rates_is_found_and_none_before_or_behind() -> None:
    plan = rates(rate("1", from_ms=1, until_ms=3), rate("1", from_ms=5, until_ms=7), rate("2", from_ms=9))
    assert gaps(plan).select(*KEY, "from_ms", "until_ms").rows() == [("1", "any", "", 3, 5)]


def test_rates_for_different_callers_lie_beside_each_other() -> None:
    found = put(rates(rate("1")), frame([rate("1", "0.2", origin="rest", from_ms=4)]))
    assert found.ended.is_empty()
    assert not overlaps(found.after).height

"""Implicit increases are those that a search over all numbers finds."""

from collections import defaultdict
from itertools import product, takewhile
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.intervals import PlanIntervals
from domain.rates import ANY_TIME, RateRow, Terms
from domain.rating import amount_of, billed_seconds, row_for
from domain.sheet_frames.case import Comparison
from domain.sheet_frames.columns import TERMS
from tests.domain.builders import rules
from tests.domain.sheet_frames.plans import compared, day, line, rate, rates, reading

Rate = dict[str, Any]
HEADS = ["".join(digits) for length in range(5) for digits in product("01", repeat=length)]
NUMBERS = [head + tail for head in HEADS for tail in ("23456", "98765")]
"""Two numbers behind each of the digits that a code can begin with: another number has the codes of one of these."""
ELSEWHERE = [rate(f"5{number}") for number in range(100, 130)]
"""Most of a plan has nothing to do with a sheet."""
_codes = st.text("01", min_size=1, max_size=4)
_prices, _moments = st.integers(1, 4), st.sampled_from([day(8), day(9), day(12)])
_ends = st.one_of(st.none(), st.none(), st.sampled_from([day(13), day(15)]))
_kinds, _origins = st.sampled_from([ANY_TIME, ANY_TIME, ANY_TIME, "peak"]), st.sampled_from(["", "", "", "rest", "EEA"])


def _unique(one: Rate) -> tuple[Any, ...]:
    return one["code"], one["rate_type"], one["origin"], one["from_ms"]


_known = st.lists(
    st.builds(
        lambda code, price, kind, origin, since, until, blocked: rate(
            code, price, rate_type=kind, origin=origin, from_ms=since, until_ms=until, blocked=blocked
        ),
        _codes, _prices, _kinds, _origins, st.one_of(st.just(0), st.just(0), _moments), _ends,
        st.sampled_from([False] * 7 + [True]),
    ),
    min_size=2,
    max_size=7,
    unique_by=lambda one: _unique(one)[:3],
)  # fmt: skip
_lines = st.lists(
    st.builds(
        lambda code, price, kind, origin, since, until, closed: line(
            code, None if closed else price, rate_type=kind, origin=origin, from_ms=since, until_ms=until
        ),
        _codes, _prices, _kinds, _origins, _moments, _ends, st.sampled_from([False, False, True]),
    ),
    min_size=1,
    max_size=5,
    unique_by=_unique,
)  # fmt: skip


def table_of(plan: pl.DataFrame) -> PlanIntervals:
    rows = [
        RateRow(
            one["code"], Terms(**{name: one[name] for name in TERMS}), one["from_ms"], one["until_ms"],
            one["rate_type"], one["blocked"], origin=one["origin"],
        )
        for one in plan.iter_rows(named=True)
    ]  # fmt: skip
    return PlanIntervals(rules(), rows)


def row_at(table: PlanIntervals, number: str, rate_type: str, origin: str, at_ms: int) -> RateRow | None:
    found = table.rates_at(number, at_ms, None, origin)
    return row_for(found, rate_type) if found and not found.blocked else None


def cost(row: RateRow) -> list[int]:
    return [amount_of(row.terms, billed_seconds(1000 * s, row.terms, rules().seconds)) for s in (30, 60, 180)]


def key(row: RateRow) -> tuple[str, str, str]:
    return row.code, row.rate_type, row.origin


def check_of(old: RateRow, new: RateRow, goes_on: bool, was: bool, key_was: bool) -> str:
    if len(new.code) > len(old.code) and goes_on:
        return "R31"
    if (len(new.code) < len(old.code) and was) or (new.code == old.code and key_was):
        return "R32"
    return "R33"


def by_search(before: pl.DataFrame, found: Comparison) -> set[tuple[Any, ...]]:
    """Ask both plans about every number, for every kind of time and caller, whenever anything begins or ends."""
    tables = [table_of(plan) for plan in (before, found.after)]
    every = pl.concat([before, found.after])
    moments = sorted(set(every["from_ms"]) | set(every["until_ms"].drop_nulls()))
    variants = [(kind, origin) for origin in ("", "EEA", "rest", "invalid") for kind in (ANY_TIME, "peak")]
    first: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for number, (kind, origin), at_ms in product(NUMBERS, variants, moments):
        rows = [row_at(table, number, kind, origin, at_ms) for table in tables]
        old, new = rows
        if old is None or new is None or key(old) == key(new):
            continue
        if all(after <= was for was, after in zip(cost(old), cost(new), strict=True)):
            continue
        goes_on = tables[1].rates_at(old.code, at_ms, None, origin)
        was = tables[0].rates_at(new.code, at_ms, None, origin)
        check = check_of(
            old, new, goes_on is not None and goes_on.code == old.code, was is not None and was.code == new.code,
            in_force(before, key(new), at_ms),
        )  # fmt: skip
        first.setdefault((number, kind, origin, old.code, new.code, check), (at_ms, old, new))
    once: dict[tuple[Any, ...], tuple[str, str]] = {}
    for (number, kind, origin, *codes, check), (at_ms, old, new) in sorted(
        first.items(), key=lambda one: order(one[0])
    ):
        once.setdefault((number, check, *codes, at_ms, old, new), (kind, origin))
    numbers: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for (number, check, *codes, at_ms, old, new), (kind, origin) in once.items():
        numbers[check, kind, origin, at_ms, *codes, old, new].append(number)
    return {
        (check, shared(met), kind, origin, at_ms, *codes, old.terms.next_price, new.terms.next_price)
        for (check, kind, origin, at_ms, *codes, old, new), met in numbers.items()
    }


def shared(numbers: list[str]) -> str:
    """The digits that begin all of them."""
    alike = (digits[0] for digits in takewhile(lambda digits: len(set(digits)) == 1, zip(*numbers, strict=True)))
    return "".join(alike)


def order(variant: tuple[Any, ...]) -> tuple[int, int]:
    return ["", "EEA", "rest", "invalid"].index(variant[2]), [ANY_TIME, "peak"].index(variant[1])


def in_force(plan: pl.DataFrame, wanted: tuple[str, str, str], at_ms: int) -> bool:
    return any(
        (one["code"], one["rate_type"], one["origin"]) == wanted
        and one["from_ms"] <= at_ms
        and (one["until_ms"] is None or at_ms < one["until_ms"])
        for one in plan.iter_rows(named=True)
    )


@settings(max_examples=20, deadline=None)
@given(_known, _lines)
def test_implicit_increases_are_those_that_a_search_over_all_numbers_finds(known: list[Rate], said: list[Rate]) -> None:
    whole = [one for one in known if one["until_ms"] is None or one["until_ms"] > one["from_ms"]]
    plan = rates(*whole, *ELSEWHERE)
    found = compared(reading(*said), plan)
    assert set(found.implicit.drop("tab", "row").rows()) == by_search(plan, found)

"""The function number -> terms in columns is the one that calls are rated by."""

from random import Random
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.intervals import PlanIntervals, nest
from domain.points import END, point
from domain.rates import ANY_TIME, RateRow, Terms
from domain.rating import row_for
from domain.sheet_frames.columns import TERMS
from domain.sheet_frames.function import ASKED, PRICED, differences, intervals, longest, priced, related, tree
from tests.domain.builders import dice, rules
from tests.domain.sheet_frames.plans import rate, rates

Rate = dict[str, Any]
some_codes = st.text("0129", min_size=1, max_size=4)
_moments = st.integers(0, 3)
_types, _origins = st.sampled_from([ANY_TIME, ANY_TIME, "peak", "night"]), st.sampled_from(["", "", "rest", "EEA"])


@st.composite
def some_rates(draw: st.DrawFn, most: int = 8) -> list[Rate]:
    """Rates of nested codes that begin and end now and then; of one key no two begin together."""
    return draw(
        st.lists(
            st.builds(
                lambda code, price, kind, origin, since, length, blocked: rate(
                    code, price, rate_type=kind, origin=origin, from_ms=since, blocked=blocked == 0,
                    until_ms=since + length if length else None,
                ),
                some_codes, st.integers(1, 3), _types, _origins, _moments, _moments, st.integers(0, 7),
            ),
            max_size=most,
            unique_by=lambda one: (one["code"], one["rate_type"], one["origin"], one["from_ms"]),
        )
    )  # fmt: skip


def live(plan: list[Rate]) -> PlanIntervals:
    """The table that calls are rated by."""
    rows = [
        RateRow(
            one["code"],
            Terms(**{name: one[name] for name in TERMS}),
            one["from_ms"],
            one["until_ms"],
            one["rate_type"],
            one["blocked"],
            origin=one["origin"],
        )
        for one in plan
    ]
    return PlanIntervals(rules(), rows)


def route(table: PlanIntervals, number: str, rate_type: str, origin: str, at_ms: int) -> tuple[Any, ...] | None:
    """The code and terms by which the live table routes a number."""
    found = table.rates_at(number, at_ms, None, origin)
    row = row_for(found, rate_type) if found and not found.blocked else None
    return None if row is None else (row.code, *(getattr(row.terms, name) for name in TERMS))


@settings(max_examples=30, deadline=None)
@given(st.sets(st.text("0189", min_size=0, max_size=5), max_size=12))
def test_codes_are_flattened_as_for_live_calls(codes: set[str]) -> None:
    nodes = tree(pl.Series(sorted(codes), dtype=pl.String))
    starts, owner, parent = nest(sorted(codes))
    ends = [*starts[1:], END]
    assert [-1 if node is None else node for node in nodes["parent"]] == list(parent)
    wanted = [part for part in zip(starts, ends, owner, strict=True) if part[2] >= 0]
    assert [row for row in intervals(nodes).iter_rows() if row[0] < row[1]] == wanted


@settings(max_examples=30, deadline=None)
@given(st.sets(some_codes, max_size=8), st.lists(st.text("0129", max_size=6), min_size=1, max_size=8))
def test_the_longest_code_is_found_for_any_digits(codes: set[str], numbers: list[str]) -> None:
    nodes = tree(pl.Series(sorted(codes), dtype=pl.String))
    found = nodes["code"].gather(longest(nodes, pl.Series(numbers, dtype=pl.String))).to_list()
    assert found == [max((code for code in codes if one.startswith(code)), key=len, default=None) for one in numbers]


@settings(max_examples=30, deadline=None)
@given(some_rates(), dice)
def test_numbers_are_priced_as_live_calls_are(plan: list[Rate], dice: Random) -> None:
    questions = [
        (
            "".join(dice.choices("0129", k=dice.randint(1, 6))),
            dice.choice([ANY_TIME, "peak", "weekend"]),
            dice.choice(["", "EEA", "rest", "invalid"]),
            dice.randrange(7),
        )
        for _ in range(20)
    ]
    table = live(plan)
    answers = priced(rates(*plan), pl.DataFrame(questions, schema=ASKED, orient="row"))
    wanted = [route(table, *question) or (None,) * len(PRICED) for question in questions]
    assert answers.rows() == wanted


@settings(max_examples=30, deadline=None)
@given(some_rates(6), some_rates(6), _moments)
def test_differences_are_exactly_where_numbers_have_other_terms(was: list[Rate], now: list[Rate], at_ms: int) -> None:
    found = differences(rates(*was), rates(*now), at_ms)
    tables = live(was), live(now)
    general = found.filter(pl.col("rate_type") == ANY_TIME, pl.col("origin") == "")
    parts = general.select(
        "start", "end", pl.concat_list("old_code", "old_next_price"), pl.concat_list("new_code", "new_next_price")
    ).rows()
    for number in (f"{head}{tail}" for head in _heads(was + now) for tail in ("", "0", "5", "99")):
        where = point(number.ljust(15, "5")) or 0
        old, new = (route(table, number.ljust(15, "5"), ANY_TIME, "", at_ms) for table in tables)
        told = [(then, after) for start, end, then, after in parts if start <= where < end]
        if (old and old[1:]) == (new and new[1:]):
            assert told == []
        else:
            assert len(told) == 1
            assert [str(one) for one in told[0][0]] == [
                str(one) for one in (old[:1] + old[2:3] if old else (None, None))
            ]
            assert [str(one) for one in told[0][1]] == [
                str(one) for one in (new[:1] + new[2:3] if new else (None, None))
            ]


@settings(max_examples=30, deadline=None)
@given(st.sets(st.text("019", min_size=1, max_size=4), max_size=60), st.sets(some_codes, max_size=3))
def test_rates_that_count_for_numbers_of_codes_are_theirs_the_longer_and_the_shorter(
    plan: set[str], codes: set[str]
) -> None:
    found = related(rates(*map(rate, sorted(plan))), pl.Series(sorted(codes), dtype=pl.String))
    wanted = {one for one in plan if any(one.startswith(code) or code.startswith(one) for code in codes)}
    assert set(found["code"]) == (plan if 4 * len(codes) > len(plan) else wanted)


def _heads(plan: list[Rate]) -> set[str]:
    return {one["code"][:length] for one in plan for length in range(len(one["code"]) + 1)}


def test_a_difference_names_the_digits_that_begin_its_numbers() -> None:
    was, now = rates(rate("44", "0.01"), rate("4479", "0.02")), rates(rate("44", "0.01"), rate("4479", "0.03"))
    found = differences(was, now, 0)
    assert found.select("number", "old_code", "new_code", "old_next_price", "new_next_price").rows() == [
        ("4479", "4479", "4479", 2_000_000, 3_000_000)
    ]
    assert found.schema["start"] == pl.Int64


def test_a_caller_of_a_group_is_told_only_where_he_pays_otherwise() -> None:
    was = rates(rate("44", "0.01"), rate("33", "0.01"))
    now = rates(rate("44", "0.02"), rate("33", "0.02"), rate("33", "0.15", origin="rest"))
    found = differences(was, now, 0).select("number", "origin", "new_next_price").sort("number", "origin")
    assert found.rows() == [
        ("33", "", 2_000_000), ("33", "rest", 15_000_000), ("44", "", 2_000_000),
    ]  # fmt: skip


def test_two_equal_plans_differ_nowhere() -> None:
    plan = rates(rate("44"), rate("447", "0.3"))
    assert not differences(plan, plan, 0).height
    assert not differences(rates(), rates(), 0).height

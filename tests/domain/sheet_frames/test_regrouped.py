"""Callers whom a sheet's list of groups moves to dearer prices are those that a search over all callers finds."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.intervals import PlanIntervals
from domain.origin_lists import clash
from domain.origins import CallerGroups, OriginCode
from domain.rates import ANY_TIME, RateRow, Terms, Unit
from domain.rating import row_for
from domain.sheet_frames.callers import Known
from domain.sheet_frames.columns import TERMS
from domain.sheet_frames.regrouped import lists_after, regrouped
from tests.domain.builders import rules
from tests.domain.sheet_frames.plans import day, rate, rates

_GROUPS = st.sampled_from(["eea", "gcc"])
_CODES = st.sampled_from(["", "3", "33", "331", "9"])
_CALLERS = ["33155555", "33255555", "34455555", "97155555", "55555555"]
_NUMBERS = ["4475555555", "4412345678", "4999999999"]
_rates = st.lists(
    st.builds(
        lambda code, price, origin, since, kind: rate(code, price, origin=origin, from_ms=since, rate_type=kind),
        st.sampled_from(["4", "44", "447"]), st.integers(1, 4), st.sampled_from(["", "eea", "gcc", "rest"]),
        st.sampled_from([0, 0, day(12)]), st.sampled_from([ANY_TIME, ANY_TIME, "peak"]),
    ),
    min_size=1, max_size=8, unique_by=lambda one: (one["code"], one["origin"], one["rate_type"]),
)  # fmt: skip


def _list(*moments: int) -> Any:
    one = st.builds(OriginCode, _GROUPS, _CODES, st.sampled_from(moments))
    return st.lists(one, max_size=5, unique_by=lambda one: one.code)


def price(plan: Known, number: str, caller: str, rate_type: str, at_ms: int) -> int | None:
    rows = [
        RateRow(
            one["code"], Terms(**{name: one[name] for name in TERMS}), one["from_ms"], None, one["rate_type"],
            origin=one["origin"],
        )
        for one in plan.rates.iter_rows(named=True)
    ]  # fmt: skip
    table = PlanIntervals(rules(), rows)
    found = table.rates_at(number, at_ms, None, plan.callers.group_of(caller, at_ms))
    row = row_for(found, rate_type) if found else None
    return row.terms.next_price if row else None


@settings(max_examples=60, deadline=None)
@given(_rates, _rates, _list(0, day(9)), _list(day(10)))
def test_who_pays_more_by_a_move_is_who_a_search_finds(
    before: list[dict[str, Any]], after: list[dict[str, Any]], known: list[OriginCode], asked: list[OriginCode]
) -> None:
    lists = tuple(known), lists_after(known, asked)
    if clash(lists[1]) is not None:
        return
    frames = rates(*before), rates(*after)
    named = {one["origin"] for one in before + after}
    then, now = (Known(rows, CallerGroups(codes, named)) for rows, codes in zip(frames, lists, strict=True))
    had_stayed = Known(now.rates, then.callers)
    wanted = set()
    for caller in _CALLERS:
        for at_ms in (day(10), day(12)):
            groups = then.callers.group_of(caller, at_ms), now.callers.group_of(caller, at_ms)
            for number in _NUMBERS:
                for kind in (ANY_TIME, "peak"):
                    old, stayed, new = (price(one, number, caller, kind, at_ms) for one in (then, had_stayed, now))
                    if groups[0] != groups[1] and old is not None and new is not None and new > old and stayed != new:
                        wanted.add((*groups, number))
    found = regrouped(then, now, Unit.SECOND)
    told = {
        (row["from_group"], row["to_group"], number)
        for row in found.iter_rows(named=True)
        for number in _NUMBERS
        if number.startswith(row["number"])
    }
    assert wanted <= told
    # a code begins the numbers of longer ones, too: pairs of groups are told exactly
    assert {move[:2] for move in wanted} == set(found.select("from_group", "to_group").rows())


def test_a_country_that_leaves_the_home_group_pays_what_others_do() -> None:
    plan = rates(rate("44", "0.01", origin="eea"), rate("44", "0.15"), rate("49", "0.02"))
    home = [OriginCode("eea", "33"), OriginCode("eea", "34")]
    asked = [OriginCode("eea", "33", day(10))]
    then, now = (Known(plan, CallerGroups(codes, {"", "eea"})) for codes in (home, lists_after(home, asked)))
    (row,) = regrouped(then, now, Unit.SECOND).rows(named=True)
    said = ("from_group", "to_group", "callers", "number", "at_ms", "old_price", "new_price")
    assert tuple(row[name] for name in said) == ("eea", "", "34", "44", day(10), 1_000_000, 15_000_000)
    assert not regrouped(now, then, Unit.SECOND).height, "who comes into the home group pays less"
    assert not regrouped(then, then, Unit.SECOND).height

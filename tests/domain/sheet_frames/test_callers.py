"""What a sheet means in money where prices depend on who calls."""

from dataclasses import replace
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.intervals import PlanIntervals
from domain.origins import OriginCode
from domain.rates import Charge, RateRow, Terms
from domain.rating import rate
from domain.sheet_frames import columns
from domain.sheet_frames.case import Case, Lists
from domain.sheet_frames.checks import check
from domain.sheet_frames.checks.traffic import Traffic, both_costs, both_ways
from domain.sheet_frames.regrouped import listed
from domain.sheet_frames.week_cost import week_cost
from domain.sheets.corrections import Corrected, Correction
from tests.domain.builders import ms, rules
from tests.domain.sheet_frames.fixtures import (
    HEADINGS,
    RECEIVED_MS,
    Sheet,
    calls_to,
    case_of,
    line,
    plan_rates,
    rate_rows,
)
from tests.domain.sheet_frames.test_checks_traffic import case_between

_ORIGINS = st.sampled_from(["", "", "eea", "rest", "invalid"])
_CALLERS = st.sampled_from(["33155555", "33255555", "97155555", "", "12", "abc"])
_LISTS = st.lists(
    st.builds(OriginCode, st.sampled_from(["eea", "gcc"]), st.sampled_from(["", "33", "331", "9"])),
    max_size=3,
    unique_by=lambda one: one.code,
).map(tuple)
HOME = tuple(OriginCode("eea", code) for code in ("33", "34"))


@st.composite
def plans(draw: st.DrawFn) -> pl.DataFrame:
    keys = st.tuples(st.sampled_from(["2", "25", "254"]), _ORIGINS)
    rows = [
        rate_rows((code, f"0.0{draw(st.integers(1, 9))}"), origin=origin)
        for code, origin in draw(st.lists(keys, min_size=1, max_size=6, unique=True))
    ]
    return pl.concat(rows).with_columns(id=pl.int_range(pl.len()))


def charged(rates: pl.DataFrame, codes: tuple[OriginCode, ...], call: dict[str, Any]) -> int | None:
    rows = [
        RateRow(row["code"], Terms(**{name: row[name] for name in columns.TERMS}), 0, None, origin=row["origin"])
        for row in rates.iter_rows(named=True)
    ]
    its = PlanIntervals(rules(), rows, origin_codes=codes)
    found = rate(its, call["number"], call["at_ms"], call["at_ms"], call["talk_ms"], caller=call["caller"])
    return found.units if isinstance(found, Charge) else None


@settings(max_examples=60, deadline=None)
@given(plans(), plans(), _LISTS, _LISTS, st.lists(st.tuples(st.sampled_from(["254711", "2571111", "26111"]), _CALLERS)))
def test_each_call_costs_what_its_caller_pays(
    before: pl.DataFrame,
    after: pl.DataFrame,
    known: tuple[OriginCode, ...],
    listed: tuple[OriginCode, ...],
    called: list[tuple[str, str]],
) -> None:
    calls = pl.concat(
        [columns.empty(columns.CALLS), *(calls_to(number, 1, caller=caller) for number, caller in called)]
    )
    case = replace(case_between(before, after, calls, rules()), lists=Lists(known, listed))
    legs = Traffic(case).legs.with_columns(pl.lit(RECEIVED_MS, pl.Int64).alias("at_ms"))
    met = both_costs(both_ways(legs, case), case)
    for side, rates, codes in (("old", before, known), ("new", after, listed)):
        asked = [charged(rates, codes, call) for call in calls.iter_rows(named=True)]
        assert sum(met[f"{side}_cost"].drop_nulls().to_list()) == sum(one for one in asked if one is not None)


def of_groups(**fields: Any) -> Sheet:
    """Kenya costs 0.03 from home and 0.09 from elsewhere; a call of ten minutes from each of two countries."""
    kenya = pl.concat([plan_rates(_254=None), rate_rows(("254", "0.03"), origin="eea"), rate_rows(("254", "0.09"))])
    calls = pl.concat([calls_to("254012345678", 10, caller=caller) for caller in ("33123456789", "34123456789")])
    return Sheet(rates=kenya.with_columns(id=pl.int_range(pl.len())), calls=calls, **fields)


def case_with(after: tuple[OriginCode, ...], sheet: Sheet | None = None) -> Case:
    sheet = sheet or of_groups()
    return replace(case_of(sheet.without("254")), lists=Lists(HOME, after))


MOVED = (OriginCode("eea", "33"), OriginCode("eea", "34", 0, ms(2026, 11, 20)))
"""As HOME, but 34 is of it no longer from 20 November on."""


def test_a_list_that_moves_callers_to_dearer_prices_is_an_implicit_increase() -> None:
    assert not check(case_with(HOME)).height
    (found,) = check(case_with(MOVED)).rows(named=True)
    assert (found["check"], found["severity"], found["standing"]) == ("R33", "B", "open")
    assert found["words"] == (
        "callers 34 move from eea to no group with prices of its own on 20 Nov: calls to 254 rise from 0.0300 to"
        " 0.0900. It costs 0.60 USD a week over 10 min"
    )
    assert found["money"] == -60_000_000
    assert week_cost(case_with(MOVED)).after == 60_000_000, "on 9 November nobody has moved yet"


def test_a_decision_about_such_a_move_is_about_no_line() -> None:
    (key,) = check(case_with(MOVED))["key"]
    accepted = of_groups().corrected(Corrected(Correction.ACCEPT, key=key))
    assert check(case_with(MOVED, accepted))["standing"].to_list() == ["accepted"]
    moved = of_groups().corrected(Corrected(Correction.DATE, key=key, value=str(ms(2026, 12, 1))))
    assert case_with(MOVED, moved).comparison.changes.equals(case_with(MOVED).comparison.changes)


def test_a_sale_under_cost_is_seen_where_only_some_callers_cost_more() -> None:
    gold = {"gold": rate_rows(("254", "0.0500"))}
    found = check(case_with(MOVED, of_groups(sells=gold)))
    assert set(found["check"]) == {"R33", "R36"}
    (margin,) = found.filter(pl.col("check") == "R36").rows(named=True)
    assert margin["money"] == -40_000_000, "ten minutes from 34 at 0.05, which then cost 0.09"


def test_a_dearer_rate_of_one_group_means_money_for_its_callers_only() -> None:
    sheet = of_groups().without("254")
    case = replace(case_of(sheet), lists=Lists(HOME, HOME))
    dearer = case.rates.with_columns(
        pl.when((pl.col("code") == "254") & (pl.col("origin") == "eea"))
        .then(pl.lit(5_000_000, pl.Int64)).otherwise(name).alias(name)
        for name in ("first_price", "next_price")
    )  # fmt: skip
    case = replace(case, comparison=replace(case.comparison, after=dearer))
    assert week_cost(case).after == week_cost(case).before + 2 * 10 * 2_000_000
    elsewhere = replace(case, lists=Lists((), ()))
    assert week_cost(elsewhere).after == week_cost(elsewhere).before


def test_prices_for_callers_of_whom_there_is_no_list_are_found() -> None:
    sheet = of_groups(headings=(*HEADINGS, "Origin")).without("254")
    lines = {code: replace(one, more=("",)) for code, one in sheet.lines.items()}
    gulf = [replace(one, more=("GCC",)) for one in (line("2541", "0.0500"), line("2542", "0.0500"))]
    sheet = replace(sheet, lines=lines | {f"{one.code} gcc": one for one in gulf})
    read = case_of(sheet)
    (found,) = check(replace(read, lists=Lists(HOME, HOME))).filter(pl.col("check") == "R24").rows(named=True)
    assert (found["severity"], found["value"]) == ("B", "gcc")
    first = sheet.row_of("2541 gcc")
    assert found["words"].startswith(
        f"2 prices for callers of gcc, from row {first} on, would never be charged: neither"
    )
    gcc = (*HOME, OriginCode("gcc", "971"))
    for lists in (Lists(gcc, gcc), Lists(HOME, gcc)):
        assert not check(replace(read, lists=lists)).filter(pl.col("check") == "R24").height
    ended = (*HOME, OriginCode("gcc", "971", 0, RECEIVED_MS))
    assert check(replace(read, lists=Lists(HOME, ended))).filter(pl.col("check") == "R24").height


JOINED = (*MOVED[:1], OriginCode("eea", "34"), OriginCode("eea", "91", ms(2026, 10, 1)))
"""As HOME, and 91 besides since October; sheets come on 2 November."""


def sold_by_groups() -> Sheet:
    sheet = of_groups()
    return replace(sheet, contract=replace(sheet.contract, side="sell"))


def test_who_may_call_cheaper_by_a_list_of_ours_is_seen_and_not_in_the_past() -> None:
    found = check(case_with(JOINED, sold_by_groups())).rows(named=True)
    assert [(one["check"], one["severity"]) for one in found] == [("R33", "B"), ("R34", "B")]
    assert [one["words"] for one in found] == [
        "callers 91 move from no group with prices of its own to eea on 1 Oct: calls to 254 fall from 0.0900 to 0.0300",
        "callers 91 move from no group with prices of its own to eea on 1 Oct, 32 days before now",
    ]


def test_what_a_move_to_a_cheaper_group_means_a_week_is_told_of_either_side() -> None:
    before = (OriginCode("eea", "33"),)
    sheet = of_groups()
    for side, severity, money in (("buy", "I", 60_000_000), ("sell", "B", -60_000_000)):
        contract = replace(sheet.contract, side=side)
        calls = sheet.calls if side == "buy" else sheet.calls.with_columns(client="vendor", vendor=pl.lit(""))
        case = case_of(replace(sheet, contract=contract, calls=calls).without("254"))
        at = (OriginCode("eea", "33"), OriginCode("eea", "34", ms(2026, 11, 20)))
        (one,) = check(replace(case, lists=Lists(before, at))).rows(named=True)
        assert (one["check"], one["severity"], one["money"]) == ("R33", severity, money), one["words"]


def test_a_first_list_in_the_past_warns() -> None:
    sheet = sold_by_groups()
    empty = replace(sheet, rates=sheet.rates.clear()).without("254")
    after = replace(case_of(empty), lists=Lists((), JOINED))
    named = after.comparison.after.with_columns(
        origin=pl.when(pl.col("code") == "491").then(pl.lit("eea")).otherwise("origin")
    )
    after = replace(after, comparison=replace(after.comparison, after=named))
    found = check(after).filter(pl.col("check") == "R34")
    assert set(found["severity"]) == {"W"} and found.height


def test_a_list_in_the_past_is_moved_by_a_decision_about_it() -> None:
    contract = sold_by_groups().contract
    rows = pl.DataFrame({"origin": ["eea"], "code": ["91"]})
    lines = case_of(Sheet()).reading.lines
    for key, check_ in (("R34::0::any:>eea", ""), ("", "R34")):
        to = Corrected(Correction.DATE, key=key, check=check_, value=str(ms(2026, 11, 20)))
        past = replace(contract, effective_ms=ms(2026, 10, 1), corrections=(to,))
        assert [one.valid_from_ms for one in listed(rows, lines, past)] == [ms(2026, 11, 20)]
        ahead = replace(past, effective_ms=ms(2026, 12, 1))
        assert [one.valid_from_ms for one in listed(rows, lines, ahead)] == [ms(2026, 12, 1)]

"""What is sold by shorter codes than it is bought by, at less than it costs: the leak, and the split that ends it."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from domain.money import decimal_text, units_of
from domain.origins import OriginCode
from domain.sheet_frames import columns, depth
from domain.sheet_frames.case import Case, Comparison, Lists, Reading
from domain.sheet_frames.depth import leaks
from domain.sheets.template import Template
from tests.domain.sheet_frames.fixtures import RECEIVED_MS, calls_to, contract, rate_rows

GOLD = {"gold": rate_rows(("2547", "0.1050"), ("49", "0.01"))}


def case(after: pl.DataFrame, calls: pl.DataFrame, **fields: object) -> Case:
    nothing = columns.empty(columns.CHANGES), columns.empty(columns.IMPLICIT)
    reading = Reading(columns.empty(columns.LINES), columns.empty(columns.REJECTS), 0)
    before = rate_rows(("2547", "0.0900"))
    comparison = Comparison(*nothing, before["id"], after, after)
    its = Case(contract(), Template(), reading, before, comparison, calls=calls, sells=GOLD)
    return replace(its, **fields)  # type: ignore[arg-type]


def test_a_longer_code_that_costs_more_than_its_sell_code_brings_is_to_be_sold_by_itself() -> None:
    after = rate_rows(("2547", "0.0900"), ("254741", "0.1450"), ("254742", "0.1000"))
    calls = pl.concat([calls_to("254741000000", 10, 3), calls_to("254742000000", 50), calls_to("254700000000", 7)])
    leak, thinned = leaks(case(after, calls)).rows(named=True)
    assert (thinned["code"], thinned["kind"]) == ("254742", "uneven"), "above cost, at less margin than the rest"
    prices = [leak[name] for name in ("sell_price", "buy_price", "proposed", "leak")]
    assert prices == [units_of(text) for text in ("0.1050", "0.1450", "0.1600", "1.2")]
    assert (leak["plan"], leak["sell_code"], leak["code"], leak["talk_ms"]) == ("gold", "2547", "254741", 30 * 60_000)
    assert leak["from_ms"] == RECEIVED_MS, "it is so already"


def test_a_sell_code_under_water_as_a_whole_gets_the_margin_back_that_it_had() -> None:
    after = rate_rows(("2547", "0.120001"))
    (leak,) = leaks(case(after, calls_to("254700000000", 10))).rows(named=True)
    assert (leak["code"], leak["proposed"]) == ("2547", units_of("0.1351")), "rounded up to four decimals"


def test_without_calls_it_is_told_and_leaks_nothing() -> None:
    after = rate_rows(("2547", "0.0900"), ("254741", "0.1450"), ("49", "0.0050"))
    (leak,) = leaks(case(after, columns.empty(columns.CALLS))).rows(named=True)
    assert (leak["code"], leak["leak"], leak["talk_ms"]) == ("254741", 0, 0)
    assert not leaks(case(rate_rows(("2547", "0.0900")), columns.empty(columns.CALLS))).height


def test_a_price_for_some_callers_can_be_under_water() -> None:
    after = pl.concat([rate_rows(("2547", "0.0900")), rate_rows(("2547", "0.2000"), origin="rest")])
    (leak,) = leaks(case(after, calls_to("254700000000", 10, caller="33123456"))).rows(named=True)
    assert (leak["code"], leak["buy_price"], leak["leak"]) == ("2547", units_of("0.2"), units_of("0.95"))


def test_where_both_sides_tell_callers_apart_each_price_is_held_against_its_own_cost() -> None:
    after = pl.concat([rate_rows(("2547", "0.0900")), rate_rows(("2547", "0.2000"), origin="rest")])
    gold = pl.concat([rate_rows(("2547", "0.1050")), rate_rows(("2547", "0.3000"), origin="rest")])
    calls = calls_to("254700000000", 10, caller="33123456")
    assert not leaks(case(after, calls, sells={"gold": gold})).height

    gold = pl.concat([rate_rows(("2547", "0.1050")), rate_rows(("2547", "0.1900"), origin="rest")])
    (leak,) = leaks(case(after, calls, sells={"gold": gold})).rows(named=True)
    (rate,) = leak["rates"]
    assert (rate["rate_type"], rate["origin"], rate["buy_price"]) == ("any", "rest", units_of("0.2"))


def test_the_same_caller_is_meant_whatever_the_lists_of_both_plans_call_his_group() -> None:
    lists = Lists(after=(OriginCode("eu", "33", 0),), sells={"gold": (OriginCode("eea", "33", 0),)})
    after = pl.concat([rate_rows(("2547", "0.2000")), rate_rows(("2547", "0.0900"), origin="eu")])
    gold = pl.concat([rate_rows(("2547", "0.2500")), rate_rows(("2547", "0.1000"), origin="eea")])
    nothing = columns.empty(columns.CALLS)
    assert not leaks(case(after, nothing, sells={"gold": gold}, lists=lists)).height
    (leak,) = leaks(case(after, nothing, sells={"gold": gold}, lists=replace(lists, after=()))).rows(named=True)
    assert [rate["origin"] for rate in leak["rates"]] == ["eea"], "who is in no list of theirs costs 0.2"


def told(leak: dict[str, Any], *names: str) -> list[Any]:
    return [decimal_text(leak[one]) if isinstance(leak[one], int) else leak[one] for one in names]


def test_a_code_that_only_thins_the_margin_is_listed_with_what_its_calls_leak() -> None:
    after = rate_rows(("2547", "0.0600"), ("254741", "0.0900"), ("254742", "0.0800"), ("254743", "0.0700"))
    calls = pl.concat([calls_to("254741000000", 10), calls_to("254742000000", 100)])
    first, then = leaks(case(after, calls)).rows(named=True)
    what = ("code", "kind", "leak", "minute", "proposed")
    assert told(first, *what) == ["254742", "uneven", "2.00", "0.02", "0.125"], "most money first"
    assert told(then, *what) == ["254741", "uneven", "0.30", "0.03", "0.135"], "what nobody calls leaks nothing"


def test_below_the_least_margin_of_the_terms_it_is_thin_and_the_price_that_keeps_it_is_proposed() -> None:
    after = rate_rows(("2547", "0.1000"))
    its = replace(case(after, calls_to("254700000000", 10)), contract=contract(least_margin_percent=10))
    (leak,) = leaks(its).rows(named=True)
    assert told(leak, "code", "kind", "sell_price", "leak", "proposed") == [
        "2547",
        "thin",
        "0.105",
        "0.06111112",
        "0.115",
    ]
    (quiet,) = leaks(replace(its, calls=columns.empty(columns.CALLS))).rows(named=True)
    assert told(quiet, "kind", "leak", "minute") == ["thin", "0.00", "0.00611112"]
    assert not leaks(case(after, calls_to("254700000000", 10))).height, "the terms ask for no margin"


def test_a_split_is_held_against_the_cheapest_of_its_code_where_nothing_else_is_bought() -> None:
    before = rate_rows(("25471", "0.0500"), ("25472", "0.0700"))
    (leak,) = leaks(case(before, calls_to("254720000000", 10))).rows(named=True)
    assert told(leak, "sell_code", "code", "kind", "leak") == ["2547", "25472", "uneven", "0.20"]


def test_of_many_codes_the_dearest_are_listed_and_the_others_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depth, "LISTED", 2)
    codes = [f"25474{digit}" for digit in range(5)]
    after = rate_rows(("2547", "0.0600"), ("2549", "0.01"), *((code, "0.0700") for code in codes), ("254745", "0.2"))
    calls = pl.concat([calls_to(f"{code}000000", minutes) for minutes, code in enumerate([*codes, "254745"], 1)])
    rows = leaks(case(after, calls)).rows(named=True)
    assert [told(one, "code", "kind", "leak") for one in rows[:3]] == [
        ["254745", "loss", "0.57"], ["254744", "uneven", "0.05"], ["254743", "uneven", "0.04"],
    ]  # fmt: skip
    assert told(rows[3], "code", "kind", "leak") == ["", "more", "0.06"]
    assert (rows[3]["codes"], rows[3]["talk_ms"]) == (3, 6 * 60_000)


def test_prices_of_times_are_held_against_one_of_any_time() -> None:
    hours = (rate_rows(("2547", price), rate_type=kind) for kind, price in (("peak", "0.21"), ("offpeak", "0.10")))
    sells = {"gold": pl.concat(hours)}
    (leak,) = leaks(case(rate_rows(("2547", "0.2000")), columns.empty(columns.CALLS), sells=sells)).rows(named=True)
    assert (leak["sell_price"], [rate["rate_type"] for rate in leak["rates"]]) == (units_of("0.1"), ["offpeak"])

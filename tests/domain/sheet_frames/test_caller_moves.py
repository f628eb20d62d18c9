"""Callers whom a list of a sheet moves from group to group are rows of its comparison."""

from dataclasses import replace

import polars as pl

from domain.money import units_of
from domain.origins import OriginCode
from domain.sheet_frames.caller_moves import caller_moves
from domain.sheet_frames.columns import CHANGES
from tests.domain.builders import ms
from tests.domain.sheet_frames.fixtures import plan_rates, price_of, rate_rows
from tests.domain.sheet_frames.test_callers import HOME, MOVED, case_with, of_groups

MOVES_MS = ms(2026, 11, 20)


def test_a_group_that_loses_a_code_is_a_row_with_what_its_callers_pay_before_and_after() -> None:
    (row,) = caller_moves(case_with(MOVED)).rows(named=True)
    assert (row["kind"], row["origin"], row["code"], row["name"]) == (
        "callers", "eea>", "254", "callers 34: calls to 1 code",
    )  # fmt: skip
    prices = [row[name] for name in ("old_next_price", "next_price", "old_next_s", "next_s")]
    assert prices == [units_of("0.03"), units_of("0.09"), 1, 1]
    assert (row["from_ms"], row["earliest_ms"], row["row"]) == (MOVES_MS, ms(2026, 11, 9), 0)


def test_a_group_that_gains_a_code_makes_its_calls_cheaper() -> None:
    gained = (*HOME, OriginCode("eea", "49", MOVES_MS))
    (row,) = caller_moves(case_with(gained)).rows(named=True)
    assert (row["origin"], row["name"]) == (">eea", "callers 49: calls to 1 code")
    assert (row["old_next_price"], row["next_price"]) == (units_of("0.09"), units_of("0.03"))
    assert row["earliest_ms"] == MOVES_MS, "nothing becomes dearer"


def test_a_move_that_makes_some_calls_dearer_and_others_cheaper_is_a_row_for_each() -> None:
    sheet = of_groups()
    more = pl.concat(
        [rate_rows(("43", "0.08"), ("49", "0.07"), origin="eea"), rate_rows(("43", "0.05"), ("49", "0.06"))]
    )
    rates = pl.concat([plan_rates(_254=None, _43=None, _49=None), sheet.rates.filter(pl.col("code") == "254"), more])
    rates = rates.with_columns(id=pl.int_range(pl.len()))
    rows = caller_moves(case_with(MOVED, replace(sheet, rates=rates).without("43", "49")))
    assert rows.select("code", "name").rows() == [
        ("254", "callers 34: calls to 1 code"),
        ("43", "callers 34: calls to 2 codes"),
    ]


def test_a_move_that_changes_no_price_is_told_as_that() -> None:
    both = pl.concat([plan_rates(), rate_rows(("254", price_of("254")), origin="eea")])
    same = replace(of_groups(), rates=both.with_columns(id=pl.int_range(pl.len())))
    (row,) = caller_moves(case_with(MOVED, same)).rows(named=True)
    assert (row["code"], row["name"], row["next_price"]) == ("", "callers 34: no price changes", None)


def test_where_the_lists_stay_there_are_none() -> None:
    assert caller_moves(case_with(HOME)).equals(pl.DataFrame(schema=CHANGES))

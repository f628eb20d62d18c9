"""Sheets that fire one of R31 to R33, R35 and R36: what the plan would be as a function of numbers."""

from dataclasses import replace

import polars as pl

from tests.domain.builders import ms
from tests.domain.sheet_frames.fixtures import Fixture, Sheet, calls_to, contract, line, plan_rates, rate_rows


def dearer_new_code() -> Sheet:
    """R31: in time, and twice as dear as Kenya."""
    return Sheet(rates=plan_rates(_2544=None)).with_lines(line("2544", "0.0600"))


def cheaper_code_ends() -> Sheet:
    """R32: its numbers fall to Kenya, which costs more."""
    return Sheet(rates=plan_rates(_2544="0.0200")).with_lines(line("2544", "0.0200", status="Closed"))


def split_code() -> Sheet:
    """R33: Kenya as a whole ends, and some of its numbers are under a new and dearer code."""
    sheet = Sheet(rates=plan_rates(_2541=None))
    return sheet.with_lines(line("254", status="Closed"), line("2541", "0.0350", status="New"))


def gap_before_pending() -> Sheet:
    """R35: the plan has a rate from 20 December on, the sheet one that ends on the 10th."""
    pending = rate_rows(("276", "0.0290"), from_ms=ms(2026, 12, 20)).with_columns(pl.lit(999, pl.Int64).alias("id"))
    sheet = Sheet(headings=("Code", "Destination", "Rate", "Effective Date", "Increments", "Status", "End Date"))
    sheet = replace(sheet, rates=pl.concat([sheet.rates, pending]))
    lines = {code: replace(one, more=("",)) for code, one in sheet.lines.items()}
    return replace(sheet, lines=lines).with_lines(line("276", "0.0290", status="New", more=("2026-12-10",)))


def sold_below_cost() -> Sheet:
    """R36: Kenya Mobile Kite rises above what we sell it at."""
    return Sheet(calls=calls_to("254112345678", 10, 5), sells={"gold": rate_rows(("254", "0.0340"))})


def sells_below_cost() -> Sheet:
    """R36: a sheet of ours sells Germany Mobile Kite, whose price falls, below what the better of two vendors takes."""
    buys = {"lagos": rate_rows(("49", "0.0310")), "kestrel": rate_rows(("49", "0.0305"))}
    return Sheet(contract=contract(side="sell"), buys=buys)


FIXTURES: dict[str, Fixture] = {
    "R31": dearer_new_code,
    "R32": cheaper_code_ends,
    "R33": split_code,
    "R35": gap_before_pending,
    "R36": sold_below_cost,
    "R36 sell": sells_below_cost,
}

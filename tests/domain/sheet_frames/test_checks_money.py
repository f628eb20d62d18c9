"""What findings say in money: calls of a week through the old and the new function, to the last unit."""

from dataclasses import replace

import polars as pl
import pytest

from domain.money import units_of
from domain.sheets.corrections import Corrected, Correction
from tests.domain.sheet_frames.fixtures import SOON, Rate, Sheet, calls_to, findings, line, plan_rates, rate_rows


def kenya() -> Sheet:
    """3,200 minutes a week to what rises, 400 to what a new code takes from it; both are sold at 0.1050."""
    calls = [calls_to("254712345678", 16, 200), calls_to("254741234567", 4, 100)]
    sheet = Sheet(
        rates=plan_rates(_2547="0.0780"), calls=pl.concat(calls), sells={"gold": rate_rows(("254", "0.1050"))}
    )
    return sheet.with_lines(line("2547", "0.0890", effective=SOON), Rate("254741", "Kenya Paging", "0.1450"))


@pytest.fixture(scope="module")
def found() -> pl.DataFrame:
    return findings(kenya())


def money(found: pl.DataFrame, check: str) -> list[tuple[str, int]]:
    return found.filter(pl.col("check") == check).select("code", "money").rows()


def test_an_increase_costs_its_own_calls_and_not_those_that_a_longer_code_takes(found: pl.DataFrame) -> None:
    assert money(found, "R28") == [("2547", -units_of("35.20"))]
    words = found.filter(pl.col("check") == "R28")["words"][0]
    assert words == (
        "increase of 2547 (Kenya Paging) from 0.0780 to 0.0890 begins 4 Nov, 2 days after receipt; the contract"
        " asks for 7: earliest 9 Nov. It costs 35.20 USD a week over 3,200 min"
    )


def test_a_new_longer_code_costs_the_calls_that_it_takes(found: pl.DataFrame) -> None:
    assert money(found, "R31") == [("254741", -units_of("26.80"))]


def test_what_is_sold_below_cost_says_which_price_and_how_much_a_week(found: pl.DataFrame) -> None:
    assert money(found, "R36") == [("254741", -units_of("16"))]
    assert found.filter(pl.col("check") == "R36")["words"][0] == (
        "gold sells 254 at 0.1050 a minute, 254741 would cost 0.1450 from 9 Nov: margin -16.00 USD a week over 400 min"
    )


def test_a_margin_that_the_contract_asks_for_is_at_risk_before_it_is_gone() -> None:
    sheet = kenya()
    asked = replace(sheet.contract, terms=replace(sheet.contract.terms, least_margin_percent=20))
    assert sorted(money(findings(replace(sheet, contract=asked)), "R36")) == [
        ("2547", units_of("51.20")),
        ("254741", -units_of("16")),
    ]


def test_what_begins_together_counts_each_call_once() -> None:
    together = kenya().with_lines(Rate("254741", "Kenya Paging", "0.1450", effective=SOON))
    for found in (findings(together), findings(kenya().corrected(Corrected(Correction.DATE, check="R28")))):
        assert money(found, "R28") == [("2547", -units_of("35.20"))]
        assert money(found, "R31") == [("254741", -units_of("26.80"))]
        assert money(found, "R36") == [("254741", -units_of("16"))]


def test_what_falls_to_a_parent_that_rises_with_it_counts_once() -> None:
    calls = [calls_to("254712345678", 10, 10), calls_to("254741234567", 10)]
    sheet = Sheet(rates=plan_rates(_2547="0.08", _254741="0.05"), calls=pl.concat(calls))
    sheet = sheet.with_lines(line("2547", "0.09", effective=SOON), line("254741", status="closed", effective=SOON))
    found = findings(sheet)
    assert money(found, "R28") == [("2547", -units_of("1"))]
    assert money(found, "R30") == [("254741", -units_of("0.40"))]


def test_two_weeks_of_traffic_are_scaled_to_one() -> None:
    sheet = kenya()
    asked = replace(sheet.contract, terms=replace(sheet.contract.terms, traffic_days=14))
    assert money(findings(replace(sheet, contract=asked)), "R28") == [("2547", -units_of("17.60"))]


def test_increases_of_what_we_sell_are_gains() -> None:
    sheet = kenya()
    calls = sheet.calls.with_columns(pl.col("vendor").alias("client"), pl.lit("").alias("vendor"))
    sold = replace(sheet, contract=replace(sheet.contract, side="sell"), calls=calls.select(sheet.calls.columns))
    found = findings(sold)
    assert money(found, "R28") == [("2547", units_of("35.20"))]
    assert money(found, "R36") == []


def test_without_calls_nothing_is_known_of_money() -> None:
    sheet = kenya()
    found = findings(replace(sheet, calls=sheet.calls.clear()))
    assert found.height == found["money"].null_count() > 0


def test_blocking_findings_with_most_money_come_first(found: pl.DataFrame) -> None:
    assert found["check"].to_list()[:3] == ["R28", "R31", "R36"]
    assert found["severity"].to_list() == sorted(found["severity"].to_list(), key="BWI".index)

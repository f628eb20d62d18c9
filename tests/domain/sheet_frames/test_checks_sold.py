"""R36 of a sheet of ours: prices below what the best of our vendors takes for the same numbers."""

from dataclasses import replace
from typing import Any

import polars as pl

from domain.money import units_of
from domain.sheets.corrections import Corrected, Correction, Stated
from tests.domain.sheet_frames.fixtures import Rate, Sheet, calls_to, contract, findings, line, rate_rows

SELL = {"side": "sell", "least_margin_percent": 0}


def a_sheet(*lines: Rate, buys: dict[str, pl.DataFrame], calls: pl.DataFrame | None = None, **terms: Any) -> Sheet:
    sheet = Sheet(contract=contract(**(SELL | terms)), buys=buys).with_lines(*lines)
    return sheet if calls is None else replace(sheet, calls=calls)


def found_in(sheet: Sheet) -> list[dict[str, Any]]:
    return findings(sheet).filter(pl.col("check") == "R36").rows(named=True)


def test_a_slipped_price_blocks_by_the_best_vendor_with_the_minutes_of_a_week() -> None:
    calls = calls_to("254512345678", 10, 5, client="orbita", vendor="")
    buys = {"savanna": rate_rows(("254", "0.0360")), "kestrel": rate_rows(("2545", "0.0300"))}
    (one,) = found_in(a_sheet(line("2545", "0.0004"), buys=buys, calls=calls))
    assert (one["code"], one["severity"], one["standing"]) == ("2545", "B", "open")
    assert one["words"] == (
        "2545 (Kenya Corporate) would be sold at 0.0004 a minute from 9 Nov, kestrel, the best of 2 plans that we buy"
        " by, takes 0.0300: margin -1.48 USD a week over 50 min"
    )
    assert one["money"] == -units_of("1.48")


def test_what_costs_no_more_than_it_brings_or_was_as_cheap_before_is_no_loss() -> None:
    assert not found_in(a_sheet(line("2545", "0.0300"), buys={"kestrel": rate_rows(("254", "0.0300"))}))
    dear = {"kestrel": rate_rows(("254", "0.5000"))}
    rises = a_sheet(line("2545", "0.0500", status="Increase"), buys=dear)
    assert not found_in(rises), "it loses less than before"
    assert not found_in(a_sheet(line("2545", "0.0004"), buys={"kestrel": rate_rows(("49", "0.02"))})), "no route"


def test_a_first_sheet_is_judged_as_any_other() -> None:
    sheet = a_sheet(line("2545", "0.0004"), buys={"kestrel": rate_rows(("2545", "0.0300"))})
    (one,) = found_in(replace(sheet, rates=sheet.rates.clear()))
    assert one["code"] == "2545"


def test_a_code_is_judged_by_the_numbers_of_it_that_vendors_name() -> None:
    buys = {"kestrel": rate_rows(("254", "0.0100"), ("254077", "0.0900"), ("254078", "0.0800"), ("25453", "0.9000"))}
    (one,) = found_in(a_sheet(line("254", "0.0200"), buys=buys))
    assert "254077 by 254 (Kenya) would be sold at 0.0200 a minute from 9 Nov, kestrel takes 0.0900" in one["words"]
    assert "and 1 more code of it alike" in one["words"], "25453 is sold by 2545, which the sheet leaves as it is"


def test_numbers_that_fall_to_a_cheaper_code_are_those_of_the_code_that_ends() -> None:
    sheet = a_sheet(line("2545", "0.0380", status="Closed"), buys={"kestrel": rate_rows(("2545", "0.0350"))})
    (one,) = found_in(sheet)
    assert (one["code"], "would be sold at 0.0300" in one["words"]) == ("2545", True)


def test_a_wanted_margin_and_fees_count() -> None:
    buys = {"kestrel": rate_rows(("2545", "0.0300"), connect_fee=units_of("0.001"))}
    assert not found_in(a_sheet(line("2545", "0.0310"), buys=buys))
    (one,) = found_in(a_sheet(line("2545", "0.0330"), buys=buys, least_margin_percent=10))
    assert one["words"].endswith("kestrel takes 0.0310: below the margin of 10 %")
    (one,) = found_in(a_sheet(line("2545", "0.0305"), buys=buys))
    assert "takes 0.0310" in one["words"]


def test_a_vendor_that_sells_by_the_hour_only_is_taken_at_its_least() -> None:
    peak, night = (rate_rows(("2545", price), rate_type=kind) for kind, price in (("peak", "0.09"), ("night", "0.03")))
    buys = {"kestrel": pl.concat([peak, night])}
    assert not found_in(a_sheet(line("2545", "0.0310"), buys=buys))
    (one,) = found_in(a_sheet(line("2545", "0.0290"), buys=buys))
    assert "takes 0.0300" in one["words"]


def test_an_accepted_loss_is_open_again_when_it_costs_more() -> None:
    def said(price: str) -> Sheet:
        return a_sheet(line("2545", "0.0004"), buys={"kestrel": rate_rows(("2545", price))})

    (one,) = found_in(said("0.0300"))
    accepted = Corrected(Correction.ACCEPT, key=one["key"], these=(Stated(one["key"], one["said"], one["money"]),))
    standing = [found_in(said(price).corrected(accepted))[0]["standing"] for price in ("0.0300", "0.0500")]
    assert standing == ["accepted", "open"]

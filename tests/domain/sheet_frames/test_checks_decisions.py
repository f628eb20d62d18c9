"""What an analyst decides about findings is seen in them when the sheet is read anew."""

from dataclasses import replace

import polars as pl
import pytest

from domain.sheets.corrections import Corrected, Correction
from domain.sheets.terms import WhenShort
from tests.domain.builders import ms
from tests.domain.sheet_frames.fixtures import TAB, Sheet, contract, findings, fired
from tests.domain.sheet_frames.fixtures_codes import two_prices
from tests.domain.sheet_frames.fixtures_function import dearer_new_code
from tests.domain.sheet_frames.fixtures_prices import negative_price
from tests.domain.sheet_frames.fixtures_times import in_the_past, short_closing, short_increase


def standings(sheet: Sheet) -> list[tuple[str, str]]:
    return findings(sheet).select("check", "standing").rows()


def key_of(sheet: Sheet) -> str:
    return str(findings(sheet)["key"][0])


@pytest.mark.parametrize("make", [short_increase, short_closing])
def test_what_is_moved_to_its_notice_stands_as_moved(make: object) -> None:
    assert callable(make)
    sheet: Sheet = make()
    found = findings(sheet)
    check = found["check"][0]
    named = Corrected(Correction.DATE, key=str(found["key"][0]))
    for one in (named, Corrected(Correction.DATE, check=check)):
        moved = findings(sheet.corrected(one))
        assert moved.select("check", "standing").rows() == [(check, "moved")]
        assert "it was moved to 9 Nov" in moved["words"][0]


def test_a_date_that_is_still_too_soon_leaves_it_open() -> None:
    sheet = short_increase()
    soon = Corrected(Correction.DATE, key=key_of(sheet), value=str(ms(2026, 11, 6)))
    assert standings(sheet.corrected(soon)) == [("R28", "open")]


def test_what_began_in_the_past_can_begin_tomorrow() -> None:
    sheet = in_the_past()
    tomorrow = Corrected(Correction.DATE, key=key_of(sheet), value=str(ms(2026, 11, 13)))
    assert standings(sheet.corrected(tomorrow)) == [("R34", "moved")]


@pytest.mark.parametrize(
    ("to_ms", "check", "words"),
    [
        (ms(2025, 11, 2), "R34", "was moved from 9 Nov to 2 Nov 2025, 365 days before now"),
        (ms(2026, 11, 2), "R29", "was moved from 9 Nov to 2 Nov, "),
    ],
)
def test_what_is_moved_too_far_forward_is_caught_though_the_sheet_kept_its_notice(
    to_ms: int, check: str, words: str
) -> None:
    sheet = dearer_new_code()
    assert fired(findings(sheet)) == {"R31"}
    found = findings(sheet.corrected(Corrected(Correction.DATE, check="R31", value=str(to_ms))))
    (caught,) = found.filter(pl.col("check") == check).rows(named=True)
    assert (caught["severity"], caught["standing"]) == ("B", "open")
    assert words in caught["words"]


def test_a_row_that_is_left_out_stands_as_dropped() -> None:
    sheet = short_increase()
    assert standings(sheet.corrected(Corrected(Correction.DROP, key=key_of(sheet)))) == [("R28", "dropped")]


def test_a_cell_that_is_mended_stands_as_mended() -> None:
    sheet = negative_price()
    row = sheet.row_of("2543")
    key = key_of(sheet)
    mend = Corrected(Correction.MEND, TAB, row, 2, key=key, value="0.0360")
    found = findings(sheet.corrected(mend))
    assert found.select("check", "row", "standing").rows() == [("R17", row, "mended")]
    again = Corrected(Correction.MEND, TAB, row, 2, key=key, value="-1")
    assert standings(sheet.corrected(again)) == [("R17", "open")]


@pytest.mark.parametrize("make", [two_prices, dearer_new_code])
def test_what_is_accepted_stands_as_accepted(make: object) -> None:
    assert callable(make)
    sheet: Sheet = make()
    accepts = [Corrected(Correction.ACCEPT, key=key) for key in findings(sheet)["key"]]
    accepted = findings(sheet.corrected(*accepts))
    assert fired(accepted) == set()
    assert set(accepted["standing"]) == {"accepted"}


def test_what_is_accepted_says_by_whom_and_why() -> None:
    sheet = short_increase()
    (words,) = findings(sheet)["words"]
    accepts = Corrected(Correction.ACCEPT, check="R28", comment="they may", who="ann")
    (accepted,) = findings(sheet.corrected(accepts))["words"]
    assert accepted == f"{words}; accepted by ann: they may"


def test_findings_keep_their_keys_however_often_the_sheet_is_read() -> None:
    sheet = short_increase()
    assert key_of(sheet) == key_of(sheet) == f"R28:{TAB}:{sheet.row_of('2541')}:2541:any:"


@pytest.mark.parametrize(
    ("when", "severity", "words"),
    [
        (WhenShort.MOVE, "B", "earliest 9 Nov"),
        (WhenShort.REJECT, "B", "are left out: `switchboard sheets drop SHEET --check R28`"),
        (WhenShort.ACCEPT, "W", "; the contract lets it stand"),
    ],
)
def test_the_contract_says_what_becomes_of_an_increase_inside_its_notice(
    when: WhenShort, severity: str, words: str
) -> None:
    found = findings(replace(short_increase(), contract=contract(when_short=when)))
    assert found.select("check", "severity").rows() == [("R28", severity)]
    assert words in found["words"][0]

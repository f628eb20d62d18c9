"""Each check has a sheet that fires it and nothing else, taken the ordinary way from text to findings."""

from dataclasses import replace
from functools import cache

import polars as pl
import pytest

from domain.errors import InputError
from domain.sheet_frames.checks import unmapped, unreadable
from domain.sheets.corrections import Corrected, Correction, Stated
from domain.sheets.findings import SEVERITY, Check
from domain.sheets.header_rows import Preview
from domain.sheets.proposal import propose
from tests.domain.sheet_frames import (
    fixtures_codes,
    fixtures_file,
    fixtures_function,
    fixtures_prices,
    fixtures_times,
)
from tests.domain.sheet_frames.fixtures import TAB, Fixture, Sheet, findings, fired

FIXTURES: dict[str, Fixture] = (
    fixtures_file.FIXTURES
    | fixtures_codes.FIXTURES
    | fixtures_prices.FIXTURES
    | fixtures_times.FIXTURES
    | fixtures_function.FIXTURES
)
_BEFORE_LINES = {Check.UNREADABLE, Check.COLUMN_MISSING}


@cache
def found_in(name: str) -> pl.DataFrame:
    return findings(FIXTURES[name]())


def test_a_clean_sheet_fires_none() -> None:
    assert findings(Sheet()).rows() == []


def test_what_differs_from_the_template_is_told_once_and_accepted_as_it_was_said() -> None:
    drifted = FIXTURES["R06"]()
    (one,) = findings(drifted).rows(named=True)
    assert one["words"] == drifted.drift[0] and not one["value"], "its sentence is no value besides"
    accepted = Corrected(
        Correction.ACCEPT, key=one["key"], comment="a new layout", who="ann", these=(Stated(one["key"], one["said"]),)
    )
    standing = [
        findings(replace(drifted.corrected(accepted), drift=drift))["standing"].to_list()
        for drift in (drifted.drift, ("column D is gone",))
    ]
    assert standing == [["accepted"], ["open"]]


def test_a_code_that_is_blocked_already_and_listed_so_fires_none() -> None:
    """Our own sheets list it so, with the price that it had."""
    sheet = fixtures_prices.blocked_with_price()
    assert fired(findings(sheet)) == {"R18"}
    barred = sheet.rates.with_columns(pl.col("blocked") | (pl.col("code") == "2543"))
    assert fired(findings(replace(sheet, rates=barred))) == set()


def test_a_first_sheet_of_an_empty_plan_fires_none() -> None:
    sheet = Sheet()
    assert findings(Sheet(rates=sheet.rates.clear())).rows() == []


def test_a_first_sheet_that_begins_in_the_past_warns_unless_calls_were_billed_since() -> None:
    """Without such calls there is nothing to rerate; notice and implicit changes are none of a first sheet's."""
    sheet = fixtures_times.in_the_past()
    empty = replace(sheet, rates=sheet.rates.clear())
    (billed,) = findings(empty).rows(named=True)
    assert (billed["check"], billed["severity"]) == ("R34", "B") and "1 call (10 min)" in billed["words"]
    (unbilled,) = findings(replace(empty, calls=empty.calls.clear())).rows(named=True)
    assert (unbilled["check"], unbilled["severity"]) == ("R34", "W")
    assert "no call of that time is known to be billed otherwise" in unbilled["words"]


@pytest.mark.parametrize("name", FIXTURES)
def test_a_fixture_fires_its_own_check_only(name: str) -> None:
    found = found_in(name)
    assert fired(found) == {name[:3]}, found.select("check", "code", "words").rows()


def test_every_check_has_a_fixture() -> None:
    assert {name[:3] for name in FIXTURES} | {check.value for check in _BEFORE_LINES} == {one.value for one in Check}


def test_a_file_without_text_is_unreadable() -> None:
    found = unreadable(InputError("the file is empty", where="rates.csv"))
    assert fired(found) == {"R01"}


def test_a_sheet_without_a_price_column_asks() -> None:
    rows = [row[:2] + row[3:] for row in Sheet().rows()]
    proposal = propose([Preview(TAB, rows, len(rows))])
    assert fired(unmapped(proposal.questions)) == {"R04"}


def test_findings_have_the_severity_of_their_check() -> None:
    assert SEVERITY[Check.UNKNOWN_CODE] == "I"
    assert set(found_in("R12")["severity"]) == {"I"}
    assert set(found_in("R12 captures")["severity"]) == {"W"}
    assert set(found_in("R13")["severity"]) == {"W"}
    assert set(found_in("R13 network")["severity"]) == {"I"}
    assert set(found_in("R14").filter(pl.col("check") == "R14")["severity"]) == {"B"}
    assert set(found_in("R14 twice")["severity"]) == {"I"}

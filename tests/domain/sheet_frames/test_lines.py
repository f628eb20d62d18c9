"""Rows of a rate sheet: codes, prices, terms and marks in, lines and rejects out."""

from typing import Any

import polars as pl
import pytest

from domain.errors import InputError
from domain.sheet_frames.columns import LINES, REJECTS
from domain.sheet_frames.compare import compare
from domain.sheet_frames.lines import read_lines
from domain.sheets.corrections import Corrected, Correction
from domain.sheets.findings import Place, key_of
from domain.sheets.headings import Meaning
from domain.sheets.template import Column, CountryCodeIn, Per, TabLayout, Template
from domain.sheets.terms import RateTerms, Semantics
from tests.domain.sheet_frames import plans
from tests.domain.sheet_frames.sheet_texts import DAY, NOV_4, contract, layout, ms, read, reason, refused, rows, tab_of

ALL = "Code|Country|Network|Rate|Date|Until|Increments|Connect|Attempt|Minimum|Grace|Free|Status|Currency"


def test_a_row_becomes_a_line_with_all_it_says() -> None:
    reading = read("447|UK|Mobile|0.0294|2026-11-04|2026-12-31|60/1|0.01|0.001|0.02|2|3|Increase|EUR", header=ALL)
    assert reading.lines.schema == pl.Schema(LINES)
    assert reading.lines.row(0) == (
        *("Rates", 2, "447", "any", "", "UK Mobile", 2_940_000, 2_940_000, 60, 1, 1_000_000, 100_000, 2_000_000, 2, 3),
        *(NOV_4, ms("2026-12-31"), "increase", False, False, "EUR"),
    )
    assert (reading.rows, reading.passed, reading.rejects.schema) == (1, 0, pl.Schema(REJECTS))


def test_what_a_sheet_has_no_columns_for_comes_from_template_and_contract() -> None:
    terms = RateTerms(increments=(30, 6))
    assert rows(read("44|UK|0.05", by=contract(terms=terms)), "first_s", "next_s", "from_ms") == [(30, 6, NOV_4)]
    told = read("44|UK|0.05", by=contract(terms=terms), increments=(60, 1))
    assert rows(told, "first_s", "next_s") == [(60, 1)]


def test_bad_rows_are_told_by_place_and_reason_and_the_others_go_in() -> None:
    reading = read(
        "44|UK|0.05|", "1.2E+11|Lost|0.05", "33|France|-1", "", "49|Germany|0.06|31/31/2026", "39|Italy|0.07"
    )
    assert [code for (code,) in rows(reading, "code")] == ["44", "39"]
    assert refused(reading) == [(3, "R09", "Code"), (4, "R17", "Rate"), (6, "R26", "Date")]
    first = reading.rejects.row(1, named=True)
    assert (first["tab"], first["value"], first["raw"], first["code"]) == ("Rates", "-1", "33 | France | -1", "33")
    assert first["reason"] == "'-1' is negative"
    assert reading.rows == 5


def test_each_thing_that_is_wrong_with_a_row_is_told() -> None:
    reading = read("4x|UK|a|soon")
    assert sorted(refused(reading)) == [(2, "R09", "Code"), (2, "R17", "Rate"), (2, "R26", "Date")]
    assert reading.rejects["code"].to_list() == [""] * 3, "its codes cannot be read"


def test_a_row_with_one_wrong_code_stays_out_whole() -> None:
    assert read("44,4x|UK|0.05").lines.is_empty()


@pytest.mark.parametrize(
    ("cell", "check"),
    [("1.2E+11", "R09"), ("0447", "R09"), ("", "R09"), ("9-5", "R10"), ("44[7", "R10"), ("1-20000", "R10")],
)
def test_codes_that_are_none_are_told_from_ranges_that_are_none(cell: str, check: str) -> None:
    assert [found for _, found, _ in refused(read(f"{cell}|UK|0.05|2026-11-04"))] == [check]


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("1201, 1202, 1203", "1201 1202 1203"),
        ("1201-1203", "1201 1202 1203"),
        ("120[1-3]", "1201 1202 1203"),
        ("44(7,75-76)", "447 4475 4476"),
        ("1201–1202; 44", "1201 1202 44"),
        ("+44", "44"),
        ("0044", "44"),
        ("01144", "44"),
        ("44.0", "44"),
        ("'447", "447"),
        ("336 07", "33607"),
    ],
)
def test_a_cell_stands_for_its_codes_in_its_order(cell: str, codes: str) -> None:
    assert [code for (code,) in rows(read(f"{cell}|X|0.05"), "code")] == codes.split()


def test_codes_follow_a_country_code_in_its_own_column() -> None:
    header = "CC|Code|Rate"
    reading = read("44|7911,75-76|0.05", "+49||0.01", "|7|0.01", header=header, country_code=CountryCodeIn.COLUMN)
    assert [code for (code,) in rows(reading, "code")] == ["447911", "4475", "4476", "49"]
    assert reason(reading).startswith("no country code for the area code")


def test_codes_follow_a_country_code_in_the_name_of_their_tab() -> None:
    template = Template(tabs=(layout("Code|Rate"),), country_code=CountryCodeIn.TAB_NAME)
    tabs = {"UK (+44)": tab_of("Code|Rate", "7911|0.05", "|0.01"), "Other": tab_of("Code|Rate", "7|0.01")}
    reading = read_lines(tabs, template, contract())
    assert [code for (code,) in rows(reading, "code")] == ["447911", "44"]
    assert [(tab, row) for tab, row in reading.rejects.select("tab", "row").rows()] == [("Other", 2)]


def test_digits_that_all_codes_lack_are_put_before_them() -> None:
    assert rows(read("201555|NJ|0.05", lead="1"), "code") == [("1201555",)]
    npa_nxx = read("201|555|0.05", header="CC|Code|Rate", lead="1", country_code=CountryCodeIn.COLUMN)
    assert rows(npa_nxx, "code") == [("1201555",)]


def test_ranges_may_stand_in_two_columns() -> None:
    reading = read("447400|447402|0.05", "45||0.01", "46|46|0.01", header="Code from|Code to|Rate")
    assert [code for (code,) in rows(reading, "code")] == ["447400", "447401", "447402", "45", "46"]


def test_the_file_decides_its_decimal_mark_once() -> None:
    reading = read("44|UK|0,05", "45|DK|1.234,5", "46|SE|0.07")
    assert rows(reading, "first_price") == [(5_000_000,), (123_450_000_000,)]
    assert refused(reading) == [(4, "R17", "Rate")]
    assert "Decimals follow ','" in " ".join(reading.notes)


def test_a_decimal_mark_that_is_not_told_is_not_guessed() -> None:
    reading = read("44|UK|1,234", "45|DK|2")
    assert rows(reading, "code") == [("45",)]
    assert "can be read in two ways" in reason(reading)
    assert read("44|UK|1,234", decimal=",").lines["first_price"][0] == 123_400_000


@pytest.mark.parametrize(
    ("per", "price", "units"),
    [
        (Per.SECOND, "0.0005", 3_000_000),
        (Per.INCREMENT, "0.005", 5_000_000),
        (Per.MINUTE, "0.05", 5_000_000),
        (Per.HOUR, "0.6", 1_000_000),
    ],
)
def test_prices_for_other_units_become_prices_a_minute(per: Per, price: str, units: int) -> None:
    reading = read(f"44|{price}|30/6", header="Code|Rate|Increments", per=per)
    assert rows(reading, "first_price", "next_price") == [(units, units)]


def test_a_price_an_increment_that_is_not_exact_a_minute_is_refused() -> None:
    reading = read("44|0.01|7/7", "45|0.07|7/7", header="Code|Rate|Increments", per=Per.INCREMENT)
    assert rows(reading, "code", "next_price") == [("45", 60_000_000)]
    assert "more than 8 decimals" in reason(reading)


def test_first_and_next_price_have_columns_of_their_own() -> None:
    header = "Code|First price|Next price"
    reading = read("43|0.0110|0.0100", "44|0.02|", header=header)
    assert rows(reading, "code", "first_price", "next_price") == [("43", 1_100_000, 1_000_000)]
    assert refused(reading) == [(3, "R17", "Next price")]


@pytest.mark.parametrize("text", ["60/1", "60-1", "60+1", "60 sec / 1 sec"])
def test_several_forms_of_increments_may_stand_in_one_file(text: str) -> None:
    reading = read(f"44|0.05|{text}", "45|0.05|60", "46|0.05|", header="Code|Rate|Increments")
    assert rows(reading, "first_s", "next_s") == [(60, 1), (60, 60), (1, 1)]


def test_intervals_may_have_columns_of_their_own() -> None:
    assert rows(read("44|0.05|30|6 sec", header="Code|Rate|First|Next"), "first_s", "next_s") == [(30, 6)]


@pytest.mark.parametrize("text", ["60/0", "often", "60/60", "2026-01-01 00:00:00"])
def test_increments_that_are_wrong_or_not_allowed_are_refused(text: str) -> None:
    terms = RateTerms(allowed_increments=((60, 1),))
    reading = read(
        f"44|0.05|{text}", "45|0.05|1/1", "46|0.05|60/1", header="Code|Rate|Increments", by=contract(terms=terms)
    )
    assert refused(reading) == [(2, "R22", "Increments")]
    assert reading.lines.height == 2, "the contract's own are always allowed"


def test_a_code_that_ends_needs_no_terms_and_a_blocked_one_no_price() -> None:
    reading = read(
        *("44|a|x|Closed", "45|closed||", "46|Blocked||", "47|0.05|60/1|gesperrt", "48|||закрыт", "49||60/1|blocked"),
        header="Code|Rate|Increments|Status",
    )
    assert rows(reading, "code", "closed", "blocked", "first_price", "first_s") == [
        ("44", True, False, None, None),
        ("45", True, False, None, None),
        ("46", False, True, 0, 1),
        ("47", False, True, 5_000_000, 60),
        ("48", True, False, None, None),
        ("49", False, True, 0, 60),
    ]
    assert reading.rejects.is_empty()


def test_marks_in_several_languages_are_told_as_ours() -> None:
    marks = ("Rate increase", "NEW", "no change", "Preissenkung", "mystery", "")
    lines = [f"{number}|0.05|{mark}" for number, mark in enumerate(marks, start=31)]
    reading = read(*lines, header="Code|Rate|Status")
    assert [status for (status,) in rows(reading, "status")] == ["increase", "new", "unchanged", "decrease", "", ""]
    assert "Marks that are not known say nothing: 'mystery'." in reading.notes


def test_the_header_is_found_again_and_columns_that_moved_too() -> None:
    template = Template(tabs=(layout("Code|Destination|Rate|Date", 1),))
    tab = tab_of("Acme", "", "Rate notice", "Comment|RATE|Code|date|Destination", "x|0.05|44|2026-11-05|UK")
    reading = read_lines({"Anything": tab}, template, contract())
    assert rows(reading, "row", "code", "name", "first_price", "from_ms") == [(5, "44", "UK", 5_000_000, NOV_4 + DAY)]


def test_headings_may_stand_in_two_rows() -> None:
    columns = (Column(0, Meaning.CODE, "Code"), Column(2, Meaning.PRICE, "Price Peak", "peak"))
    template = Template(tabs=(TabLayout(header=1, columns=columns, header_rows=2),))
    tab = tab_of("Acme", "||Price|", "Code|Name|Peak|Off", "44|UK|0.05|0.03")
    reading = read_lines({"x": tab}, template, contract("peak"))
    assert rows(reading, "row", "code", "rate_type", "first_price") == [(4, "44", "peak", 5_000_000)]


def test_text_between_the_rows_is_passed_over() -> None:
    reading = read("Africa", "", "44|UK|0.05", "Code|Destination|Rate|Date", "All prices in USD.|excluding taxes")
    assert (reading.rows, reading.passed, reading.rejects.height) == (1, 3, 0)


def test_a_sheet_without_a_header_is_read_by_place() -> None:
    columns = (Column(0, Meaning.CODE), Column(2, Meaning.PRICE))
    reading = read_lines(
        {"x": tab_of("44|UK|0.05")}, Template(tabs=(TabLayout(header=-1, columns=columns),)), contract()
    )
    assert rows(reading, "row", "code") == [(1, "44")]


def test_equal_doubles_are_merged_and_those_that_differ_are_both_refused() -> None:
    reading = read("44|UK|0.05", "44,45|UK|0.05", "46|A|0.05", "46,47|B|0.06", "46|C|0.06|2026-11-05")
    assert rows(reading, "row", "code") == [(2, "44"), (3, "45"), (6, "46")]
    assert refused(reading) == [(4, "R14", "Rate"), (5, "R14", "Rate")]
    assert reading.rejects["reason"][0] == "code 46 has another rate from 2026-11-04 00:00 UTC in row 5"
    assert reading.rejects["code"].to_list() == ["46", "46 47"]
    assert reading.merged == 1


def test_the_currency_is_its_columns_or_the_prices_or_that_above() -> None:
    assert rows(read("44|0.05|eur", header="Code|Rate|Currency"), "currency") == [("EUR",)]
    assert rows(read("44|UK|£ 0.05", "45|DK|EUR 0.05", "46|SE|1"), "currency") == [("GBP",), ("EUR",), ("",)]
    reading = read("44|UK|0.05", above=["Currency:|USD per minute"])
    assert (rows(reading, "currency"), reading.currency) == ([("USD",)], "USD")


def test_cells_that_were_mended_and_rows_that_were_dropped_are_read_so() -> None:
    mend = Corrected(Correction.MEND, "Rates", row=2, column=0, value="44")
    drop = Corrected(Correction.DROP, "Rates", row=3)
    keyed = Corrected(Correction.DROP, key=key_of(Place("R17", "Rates", 4)))
    reading = read("4x|UK|0.05", "45|DK|bad", "46|SE|bad", "47|NO|0.05", by=contract(corrections=(mend, drop, keyed)))
    assert rows(reading, "code") == [("44",), ("47",)]
    assert (reading.rejects.height, reading.rows) == (0, 2)


def test_all_rejects_of_one_check_may_be_dropped() -> None:
    drop = Corrected(Correction.DROP, check="R17")
    reading = read("44|UK|bad", "45|DK|bad|soon", "46|SE|0.05|soon", by=contract(corrections=(drop,)))
    assert refused(reading) == [(4, "R26", "Date")]
    assert reading.lines.is_empty()


@pytest.mark.parametrize(
    "drop", [{"key": key_of(Place("R17", "Rates", 3))}, {"tab": "Rates", "row": 3}, {"check": "R17"}]
)
def test_a_full_sheet_leaves_the_codes_of_dropped_rows_as_they_are(drop: dict[str, Any]) -> None:
    by = contract(terms=RateTerms(semantics=Semantics.FULL), corrections=(Corrected(Correction.DROP, **drop),))
    reading = read("44|UK|0.05", "447, 4478|UK Mobile|abc", by=by)
    assert (rows(reading, "code"), reading.rejects.height) == ([("44",)], 0)
    assert reading.left_out.rows() == [("Rates", 3, "447 4478")]
    known = plans.rates(*(plans.rate(code, "0.05") for code in ("44", "447", "4478", "45")))
    changes = compare(reading, known, by, plans.reference(), lambda _done, _total: None).changes
    kinds = {code: kind for code, kind in changes.select("code", "kind").rows() if code != "44"}
    assert kinds == {"447": "unchanged", "4478": "unchanged", "45": "closed"}


def test_progress_is_told_and_ends_at_the_end() -> None:
    told: list[tuple[int, int]] = []
    tabs = {"x": tab_of("Code|Rate", "44|0.05", "45|0.05")}
    read_lines(tabs, Template(tabs=(layout("Code|Rate"),)), contract(), lambda done, total: told.append((done, total)))
    assert told[0] == (0, 2)
    assert told[-1] == (2, 2)
    assert told == sorted(told)


def test_a_file_without_rates_is_refused() -> None:
    with pytest.raises(InputError, match="no column holds a price"):
        read("44|UK", header="Code|Destination")


def test_prices_of_rate_types_that_the_plan_lacks_are_no_lines() -> None:
    reading = read("44|UK|0.02|0.01", "49|DE|0.03|0.02", header="Code|Destination|Rate@peak|Rate@night")
    assert (reading.lines.height, reading.rows) == (0, 2)
    assert refused(reading) == [(1, "R24", "Rate@peak"), (1, "R24", "Rate@night")]
    assert "`switchboard plans set PLAN windows=…`" in reading.rejects["reason"][0]

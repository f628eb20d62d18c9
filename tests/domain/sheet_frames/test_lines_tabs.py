"""Rate types, origin groups, and workbooks whose tabs are read together."""

from dataclasses import replace

import polars as pl

from domain.sheets.corrections import Corrected, Correction
from domain.sheets.template import Use
from domain.sheets.terms import RateTerms, Semantics
from tests.domain.sheet_frames.plans import compared, rate, rates
from tests.domain.sheet_frames.sheet_texts import NOV_4, contract, read, read_tabs, reason, refused, rows

PEAK = "Code|Rate@peak|Rate@Off Peak|Date"


def test_columns_of_rate_types_are_lines_of_their_own() -> None:
    reading = read("44|0.06|0.03|", "45|0.05||", header=PEAK, by=contract("peak", "off-peak"))
    assert rows(reading, "code", "rate_type", "first_price") == [
        ("44", "peak", 6_000_000),
        ("44", "off-peak", 3_000_000),
        ("45", "peak", 5_000_000),
    ]


def test_a_usual_name_is_taken_for_the_plans_own_where_one_alone_fits() -> None:
    header = "Code|Rate@Day|Rate@Weekend"
    assert rows(read("44|0.06|0.03", header=header, by=contract("peak", "we")), "rate_type") == [("peak",), ("we",)]


def test_a_rate_type_that_the_plan_lacks_is_told_once_and_its_column_left_out() -> None:
    reading = read("44|0.06|0.03|", "45|0.06|0.03|", header="Code|Rate|Rate@night|Date")
    assert rows(reading, "code", "rate_type") == [("44", "any"), ("45", "any")]
    assert refused(reading) == [(1, "R24", "Rate@night")]
    assert "no time profile of that name" in reason(reading)


def test_rows_may_name_their_rate_type() -> None:
    reading = read("44|0.06|Peak", "44|0.03|", "44|0.01|Lunch", header="Code|Rate|Type", by=contract("peak"))
    assert rows(reading, "rate_type", "first_price") == [("peak", 6_000_000), ("any", 3_000_000)]
    assert refused(reading) == [(4, "R24", "Type")]


def test_columns_of_origin_groups_are_lines_of_their_own() -> None:
    reading = read("44|0.01|0.02|0.2", header="Code|Rate|Rate/eea|Rate/row")
    assert rows(reading, "origin", "first_price") == [("", 1_000_000), ("eea", 2_000_000), ("row", 20_000_000)]


def test_surcharges_are_added_to_the_price_of_any_caller() -> None:
    header = "Code|Rate|Rate/row"
    assert rows(read("44|0.01|0.2", header=header, surcharge=True), "first_price") == [(1_000_000,), (21_000_000,)]
    assert "a surcharge without a price" in reason(read("44||0.2", header=header, surcharge=True))
    named = read("44|0.01|0.2", header="Code|Rate|Surcharge/row")
    assert rows(named, "origin", "first_price") == [("", 1_000_000), ("row", 21_000_000)]


def test_surcharges_on_what_ends_or_is_blocked_do_so_too() -> None:
    reading = read("44|blocked|0.2", "45|closed|0.2", header="Code|Rate|Surcharge/row")
    assert rows(reading, "code", "origin", "blocked", "closed", "first_price") == [
        ("44", "", True, False, 0),
        ("44", "row", True, False, 0),
        ("45", "", False, True, None),
        ("45", "row", False, True, None),
    ]
    named = read("44|blocked|row", header="Code|Rate|Origin", surcharge=True)
    assert rows(named, "origin", "blocked", "first_price") == [("rest", True, 0)]


def test_surcharges_in_rows_of_their_own_find_their_price() -> None:
    lines = ("44|0.01|", "44|0.2|row", "45|0.3|row")
    reading = read(*lines, header="Code|Rate|Origin", surcharge=True)
    assert rows(reading, "code", "origin", "first_price") == [("44", "", 1_000_000), ("44", "rest", 21_000_000)]
    assert (refused(reading), "code 45 has no price" in reason(reading)) == ([(4, "R17", "Rate")], True)


def test_codes_of_another_tab_are_joined_by_name() -> None:
    reading = read_tabs(
        {
            "Rates": ["Destination|Rate", "Kenya - Mobile Safaricom|0.1", "KENYA FIXED|0.05", "Atlantis|1"],
            "Codes": ["Destination|Code", "kenya mobile (safaricom)|25470, 25471", "Kenya Fixed|254", "Mali|22x"],
        },
        {"Rates": Use.RATES, "Codes": Use.CODES},
    )
    assert rows(reading, "code", "name") == [
        ("25470", "Kenya - Mobile Safaricom"),
        ("25471", "Kenya - Mobile Safaricom"),
        ("254", "KENYA FIXED"),
    ]
    told = reading.rejects.select("tab", "row", "check", "reason").rows()
    assert told[0] == ("Rates", 4, "R09", "no codes for destination 'Atlantis' in the tab of codes")
    assert told[1][:3] == ("Codes", 4, "R09")


def test_names_in_several_columns_are_found_as_a_whole_then_alone() -> None:
    codes = ["Country|Destination|Code", "Kenya|Mobile|2547", "Mali|Mobile|2237", "Togo|Togo Fixed|228"]
    rates = ["Country|Destination|Rate", "Kenya|Mobile|0.1", "Mali|Mobile|0.2", "|Togo Fixed|0.3", "|Mobile|0.4"]
    reading = read_tabs({"Rates": rates, "Codes": codes}, {"Rates": Use.RATES, "Codes": Use.CODES})
    assert [code for (code,) in rows(reading, "code")] == ["2547", "2237", "228"]
    assert "no codes for destination 'Mobile'" in reason(reading)


def test_a_tab_of_origins_prices_destinations_by_group() -> None:
    reading = read_tabs(
        {
            "Rates": ["Code|Destination|Rate", "447|UK Mobile|0.01"],
            "Origins": ["Destination|Origin|Rate", "UK Mobile|row|0.2"],
            "Lists": ["Origin|Origin code", "row|1, 7", "eea|49"],
        },
        {"Rates": Use.RATES, "Origins": Use.ORIGINS, "Lists": Use.ORIGIN_CODES},
        surcharge=True,
    )
    assert rows(reading, "tab", "code", "origin", "first_price") == [
        ("Rates", "447", "", 1_000_000),
        ("Origins", "447", "rest", 21_000_000),
    ]
    assert reading.origins.rows() == [("eea", "49"), ("rest", "1"), ("rest", "7")]


def test_a_surcharge_by_group_alone_is_for_all_codes() -> None:
    reading = read_tabs(
        {"Rates": ["Code|Rate", "44|0.01", "45|0.02"], "Origins": ["Origin|Surcharge", "row|0.2"]},
        {"Rates": Use.RATES, "Origins": Use.ORIGINS},
    )
    assert sorted(rows(reading, "code", "origin", "first_price")) == [
        ("44", "", 1_000_000),
        ("44", "rest", 21_000_000),
        ("45", "", 2_000_000),
        ("45", "rest", 22_000_000),
    ]


def test_tabs_that_the_template_does_not_name_are_not_read() -> None:
    tabs = {"Rates": ["Code|Rate", "44|0.01"], "Old": ["Code|Rate", "44|0.09"]}
    reading = read_tabs(tabs, {"Rates": Use.RATES})
    assert rows(reading, "tab", "from_ms") == [("Rates", NOV_4)]
    assert "Tab 'Old' is not in the template and was not read." in reading.notes


def test_a_mend_without_a_tab_is_for_the_only_tab_and_one_without_a_cell_is_told() -> None:
    tabs = {"A": ("Code|Destination|Rate", "44|UK|0.05"), "B": ("Code|Destination|Rate", "45|DK|0.05")}
    uses = {"A": Use.RATES, "B": Use.RATES}
    mend = Corrected(Correction.MEND, row=2, column=0, value="46")
    both = read_tabs(tabs, uses, contract(corrections=(mend,)))
    assert rows(both, "code") == [("44",), ("45",)]
    assert "row 2, column 1 was not mended: 2 tabs are read, and none is named." in both.notes
    alone = read_tabs({"A": tabs["A"]}, uses, contract(corrections=(mend,)))
    assert rows(alone, "code") == [("46",)]
    nowhere = (replace(mend, tab="B", row=9), replace(mend, tab="C"))
    told = read_tabs(tabs, uses, contract(corrections=nowhere)).notes
    assert [note.partition(":")[0] for note in told[:2]] == [
        "B row 9, column 1 was not mended",
        "C row 2, column 1 was not mended",
    ]


def test_rows_of_a_tab_of_codes_that_stay_out_leave_their_codes_as_they_are() -> None:
    tabs = {
        "Rates": ["Destination|Rate", "Kenya Mobile|0.1", "Kenya Fixed|0.05", "Mali|0.2"],
        "Codes": ["Destination|Code", "Kenya Mobile|2547, 25x, 25411", "Kenya Fixed|254", "Mali|223"],
    }
    uses = {"Rates": Use.RATES, "Codes": Use.CODES}
    drop = Corrected(Correction.DROP, tab="Codes", row=4)
    by = contract(terms=RateTerms(semantics=Semantics.FULL), corrections=(drop,))
    reading = read_tabs(tabs, uses, by)
    assert rows(reading, "code") == [("254",)]
    stays = [*reading.untaken.filter(pl.col("code") != "").select("tab", "row", "code").rows()]
    assert stays == [("Codes", 2, "2547 25411"), ("Codes", 4, "223")]
    plan = rates(rate("2547"), rate("25411"), rate("254"), rate("223"), rate("44"))
    found = compared(reading, plan, by)
    closed = found.changes.filter(pl.col("kind") == "closed")["code"].to_list()
    assert closed == ["44"]

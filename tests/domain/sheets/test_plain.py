"""Rate sheets: rows of cells in, rates and reasons out."""

import pytest

from domain.errors import InputError
from domain.rates import RateRow, Terms, Unit
from domain.sheets.plain import Cells, Closing, ParsedSheet, SheetOptions, parse_sheet

NOV_9 = 1_794_182_400_000
HEADER = "Code|Destination|Rate|Effective Date|Increments|Connect Fee|Status"


def sheet(*lines: str, header: str = HEADER, options: SheetOptions | None = None) -> ParsedSheet:
    """Parse lines whose cells are separated by bars, below a header."""
    rows = [line.split("|") for line in (header, *lines)]
    return parse_sheet(Cells("sheet.csv", rows), options or SheetOptions(effective_ms=NOV_9))


def reasons(parsed: ParsedSheet) -> list[tuple[int, str]]:
    return [(reject.row, reject.reason) for reject in parsed.rejects]


def test_a_row_becomes_a_rate_with_all_it_says() -> None:
    parsed = sheet("447|UK Mobile|0.0294|2026-11-09|60/1|0.01|new")
    terms = Terms(2_940_000, 2_940_000, 60, 1, connect_fee=1_000_000)
    assert parsed.rows == [RateRow("447", terms, NOV_9)]
    assert (parsed.names, parsed.rejects, parsed.closings) == ({"447": "UK Mobile"}, [], [])
    assert parsed.columns["Increments"] == "increments"


def test_intervals_end_date_and_grace_have_columns_of_their_own() -> None:
    parsed = sheet(
        "44|0.05|30|6|2026-11-09|2026-11-10|3",
        header="prefix|cost / min (USD)|Initial Increment|Next_Interval|valid from|Valid To|Grace Time",
    )
    terms = Terms(5_000_000, 5_000_000, 30, 6, grace_s=3)
    assert parsed.rows == [RateRow("44", terms, NOV_9, NOV_9 + 86_400_000)]


def test_what_each_attempt_costs_and_the_least_that_a_call_does_have_columns_of_their_own() -> None:
    parsed = sheet("44|0.05|0.001|0.01|0.02", header="prefix|rate|Attempt Fee|Connection Fee|Minimum Charge")
    terms = Terms(5_000_000, 5_000_000, 1, 1, connect_fee=1_000_000, attempt_fee=100_000, minimum_charge=2_000_000)
    assert [row.terms for row in parsed.rows] == [terms]
    assert parsed.columns["Attempt Fee"] == "attempt fee"


def test_what_a_row_leaves_empty_comes_from_the_options() -> None:
    parsed = sheet("44||0.05||||", options=SheetOptions(effective_ms=7, increments=(30, 6)))
    assert parsed.rows == [RateRow("44", Terms(5_000_000, 5_000_000, 30, 6), 7)]


def test_wrong_rows_are_listed_with_their_number_and_the_others_go_in() -> None:
    parsed = sheet("44|UK|0.05", "1.2E+11|Lost|0.05", "33|France|-1", "", "49|Germany|0.06|31/31/2026", "39|Italy|0.07")
    assert [rate.code for rate in parsed.rows] == ["44", "39"]
    assert [row for row, _ in reasons(parsed)] == [3, 4, 6]
    assert parsed.rejects[0].raw == ("1.2E+11", "Lost", "0.05")
    assert parsed.rows_read == 5


def test_a_row_with_one_wrong_code_stays_out_whole() -> None:
    parsed = sheet("44,4x|UK|0.05")
    assert parsed.rows == []
    assert reasons(parsed) == [(2, "'4x' is no code")]


def test_without_any_date_a_row_is_rejected() -> None:
    parsed = sheet("44|UK|0.05", "45|DK|0.05|immediately", options=SheetOptions())
    assert [reason for _, reason in reasons(parsed)] == [
        "no effective date. Give one for the whole sheet: --effective DATE."
    ] * 2


def test_a_closed_code_ends_and_a_blocked_one_is_not_offered() -> None:
    parsed = sheet(
        "44|UK|0.05|2026-11-09|||Closed",
        "45|DK|closed",
        "46|SE|Blocked",
        "47|NO|0.05||||BLOCKED",
        "48|PL|0.05||||Increase",
    )
    assert parsed.closings == [Closing("44", NOV_9), Closing("45", NOV_9)]
    assert [(rate.code, rate.blocked, rate.terms.first_price) for rate in parsed.rows] == [
        ("46", True, 0),
        ("47", True, 5_000_000),
        ("48", False, 5_000_000),
    ]


def test_the_header_is_found_below_a_preamble_and_a_footer_is_passed_over() -> None:
    rows = [["Acme"], [], ["Issue date:", "16/09/2026"], ["Country", "Network", "Dial Codes", "Rate/Min", "Effective"]]
    rows += [["Germany", "Mobile", "49152", "0.05", "09/11/2026"], ["All prices in USD."]]
    parsed = parse_sheet(Cells("x", rows), SheetOptions())
    assert parsed.rows == [RateRow("49152", Terms(5_000_000, 5_000_000), NOV_9)]  # the issue date shows day/month
    assert parsed.names == {"49152": "Germany Mobile"}
    assert parsed.rejects == []
    assert "1 lines of text without a price were passed over." in parsed.notes


def test_dates_that_the_file_does_not_settle_are_rejected_not_guessed() -> None:
    parsed = sheet("44|UK|0.05|09/11/2026", "45|DK|0.05|2026-11-09")
    assert [rate.code for rate in parsed.rows] == ["45"]
    assert "could be two days" in parsed.rejects[0].reason
    told = sheet("44|UK|0.05|09/11/2026", options=SheetOptions(dates="dmy"))
    assert told.rows[0].valid_from_ms == NOV_9


def test_midnight_is_that_of_the_plan() -> None:
    parsed = sheet("44|UK|0.05|2026-11-09", options=SheetOptions(zone="Asia/Riyadh"))
    assert parsed.rows[0].valid_from_ms == NOV_9 - 3 * 3_600_000


def test_a_price_against_the_mark_of_the_file_is_rejected() -> None:
    parsed = sheet("44|UK|0,05", "45|DK|0,06", "46|SE|0.07")
    assert [rate.terms.first_price for rate in parsed.rows] == [5_000_000, 6_000_000]
    assert reasons(parsed)[0][0] == 4


def test_the_same_code_and_date_at_two_prices_is_rejected_and_equal_doubles_are_merged() -> None:
    parsed = sheet("44|UK|0.05", "44,45|UK|0.05", "44|UK|0.06", "44|UK|0.06|2026-11-10")
    assert [(rate.code, rate.terms.first_price) for rate in parsed.rows] == [
        ("44", 5_000_000),
        ("45", 5_000_000),
        ("44", 6_000_000),
    ]
    assert reasons(parsed) == [(4, "code 44 already has another rate from that date in row 2")]


def test_area_codes_are_put_behind_their_country_code() -> None:
    header = "Country Code|Area Code|Destination|Rate"
    parsed = sheet("44||UK|0.01", "44|7|UK Mobile|0.05", "49|15,16|Germany Mobile|0.05", header=header)
    assert [rate.code for rate in parsed.rows] == ["44", "447", "4915", "4916"]


def test_codes_that_hold_their_country_code_are_left_as_they_are() -> None:
    parsed = sheet("44|447|0.05", "49|4915|0.05", header="CC|Code|Rate")
    assert [rate.code for rate in parsed.rows] == ["447", "4915"]


def test_where_that_is_not_clear_the_sheet_is_refused() -> None:
    with pytest.raises(InputError, match="not clear whether the codes hold their country code"):
        sheet("7|701|0.05", "7|702|0.05", header="CC|Code|Rate")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("Kode|Preis", "no row names a code and a price column.*begins with: Kode, Preis"),
        ("Code|Destination", "no row names a code and a price column"),
        ("Code|Rate|New Rate", "'Rate' and 'New Rate' could both be the price per minute"),
        ("Code|Rate (per second)", "is not a price per minute"),
    ],
)
def test_a_sheet_without_a_clear_header_is_refused(header: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        sheet("44|0.05|0.06", header=header)


def test_an_empty_sheet_is_refused() -> None:
    with pytest.raises(InputError, match="begins with: nothing"):
        parse_sheet(Cells("x", []), SheetOptions())


@pytest.mark.parametrize(("unit", "heading"), [(Unit.MEGABYTE, "Price per MB"), (Unit.EVENT, "Rate per SMS")])
def test_what_is_sold_by_volume_or_event_goes_in_as_it_is(unit: Unit, heading: str) -> None:
    options = SheetOptions(effective_ms=NOV_9, unit=unit)
    parsed = sheet("00000|Wifi|0.01|10240/1024", header=f"Code|Destination|{heading}|Increments", options=options)
    assert parsed.rows == [RateRow("00000", Terms(1_000_000, 1_000_000, 10_240, 1024), NOV_9)]


@pytest.mark.parametrize(
    ("unit", "heading"),
    [
        (Unit.SECOND, "Price per MB"),
        (Unit.MEGABYTE, "Rate/min"),
        (Unit.EVENT, "Price per MB"),
        (Unit.MEGABYTE, "Rate per sec"),
    ],
)
def test_a_price_for_another_unit_than_the_plans_is_refused(unit: Unit, heading: str) -> None:
    with pytest.raises(InputError, match="is not a price per") if "sec" not in heading else pytest.raises(InputError):
        sheet(
            "00000|Wifi|0.01|1/1", header=f"Code|Destination|{heading}|Increments", options=SheetOptions(7, unit=unit)
        )

"""Rate sheets as people write them, from the bytes of a file to what goes in and what does not, without a template."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import polars as pl
import pytest

from domain.days import midnight_ms
from domain.rates import Unit
from domain.sheet_frames.case import Reading
from domain.sheet_frames.lines import read_lines
from domain.sheet_frames.row_moments import GIVE_ONE
from domain.sheets.header_rows import Preview
from domain.sheets.proposal import Proposal, answered, propose
from domain.sheets.template import Template
from store.sheets.files import open_file
from tests.domain.sheet_frames.sheet_texts import contract, layout, tab_of
from tests.shared_data import shared_file
from tests.store.sheets.made_files import xlsx

NOV_9 = midnight_ms(date(2026, 11, 9), "UTC")
HEADER = "Code|Destination|Rate|Effective Date|Increments|Connect Fee|Status"


@dataclass(frozen=True, slots=True)
class Read:
    """A file, read, and how it was to be read."""

    proposal: Proposal
    reading: Reading
    notes: tuple[str, ...]

    def said(self, *names: str) -> list[tuple[object, ...]]:
        """Return these columns of its lines."""
        return self.reading.lines.select(names).rows()

    @property
    def prices(self) -> dict[str, int]:
        """The price of each code that is not closed."""
        return dict(self.reading.lines.filter(~pl.col("closed")).select("code", "next_price").iter_rows())

    @property
    def wrong(self) -> list[tuple[int, str]]:
        """Row and reason of what does not go in."""
        return self.reading.rejects.select("row", "reason").rows()


def proposed(
    name: str, data: bytes, unit: Unit = Unit.SECOND
) -> tuple[Proposal, dict[str, pl.DataFrame], tuple[str, ...]]:
    opened = open_file(name, data, 50)
    previews = [Preview(tab.name, tab.rows.head(1_000).rows(), tab.rows.height, tab.hidden) for tab in opened.tabs]
    return propose(previews, unit, (), "USD"), {tab.name: tab.rows for tab in opened.tabs}, opened.notes


def read(
    name: str, data: bytes, answers: Mapping[str, str] | None = None, unit: Unit = Unit.SECOND, **by: object
) -> Read:
    """Read a file that asks nothing but what is answered."""
    proposal, tabs, notes = proposed(name, data, unit)
    proposal = answered(proposal, answers or {})
    assert not proposal.questions, proposal.questions
    given = contract(**({"effective_ms": NOV_9, "received_ms": NOV_9, "now_ms": NOV_9} | by))  # type: ignore[arg-type]
    given = replace(given, rules=replace(given.rules, unit=unit))
    return Read(proposal, read_lines(tabs, proposal.template, given), notes)


def sheet(*lines: str, header: str = HEADER, **given: object) -> Read:
    """Read lines whose cells are separated by bars, below a header."""
    return read("sheet.csv", "\n".join([header, *lines, ""]).encode(), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_names_survive_the_encoding(encoding: str) -> None:
    text = "Destination;Code;Rate\n" + "Côte d'Ivoire;225;0,15\nRéunion – Société Française;262;0,05\n" * 3
    assert ("225", "Côte d'Ivoire") in read("x.csv", text.encode(encoding)).said("code", "name")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_delimiter_and_quote_are_found(delimiter: str, quote: str) -> None:
    rows = [["Destination", "Code", "Rate"], ["A, B; C", "44", "0.05"], ["D", "45", "0.06"], ["E", "46", "0.07"]]
    text = "\r\n".join(delimiter.join(f"{quote}{cell}{quote}" for cell in row) for row in rows)
    found = read("x.csv", text.encode())
    assert found.said("code", "name") == [("44", "A, B; C"), ("45", "D"), ("46", "E")]


def test_a_semicolon_file_with_decimal_commas_is_no_comma_file() -> None:
    assert read("x.csv", b"Code;Rate\n44;0,05\n45;0,06\n").prices == {"44": 5_000_000, "45": 6_000_000}


def test_a_blank_before_a_quote_does_not_break_the_field() -> None:
    found = read("x.csv", b'"Code", "Destination", "Rate"\n"93", "Afghanistan, all", "0.1"\n')
    assert found.said("code", "name") == [("93", "Afghanistan, all")]


def test_a_spreadsheet_is_read_with_its_numbers_and_dates() -> None:
    rows: list[list[object]] = [["Acme rates"], [], ["Code", "Destination", "Rate", "Effective"]]
    rows += [
        [447, "UK Mobile", 0.0294, date(2026, 11, 9)],
        ["44,45", "UK, DK", 0.1 + 0.2, "2026-11-09"],
        [None, "x", 1],
    ]
    found = read("x.xlsx", xlsx({"Rates": rows}), effective_ms=None)
    assert found.prices == {"447": 2_940_000, "44": 30_000_000, "45": 30_000_000}
    assert set(found.said("from_ms")) == {(NOV_9,)}
    assert found.wrong == [(6, "no code"), (6, f"no effective date. {GIVE_ONE}")]
    assert "`switchboard sheets move SHEET --check R26 --date DATE`" in GIVE_ONE


def test_of_several_sheets_the_one_with_rates_is_read() -> None:
    assert read("x.xlsx", xlsx({"Cover": [["Cover"]], "Rates": [["Code", "Rate"], ["44", "0.5"]]})).prices == {
        "44": 50_000_000
    }


def test_a_row_becomes_a_line_with_all_it_says() -> None:
    found = sheet("447|UK Mobile|0.0294|2026-11-09|60/1|0.01|new")
    assert found.said("code", "name", "next_price", "first_s", "next_s", "connect_fee", "from_ms") == [
        ("447", "UK Mobile", 2_940_000, 60, 1, 1_000_000, NOV_9)
    ]
    assert not found.wrong


def test_intervals_end_date_and_grace_have_columns_of_their_own() -> None:
    found = sheet(
        "44|0.05|30|6|2026-11-09|2026-11-10|3",
        header="prefix|cost / min (USD)|Initial Increment|Next_Interval|valid from|Valid To|Grace Time",
    )
    assert found.said("next_price", "first_s", "next_s", "grace_s", "from_ms", "until_ms") == [
        (5_000_000, 30, 6, 3, NOV_9, NOV_9 + 86_400_000)
    ]


def test_what_each_attempt_costs_and_the_least_that_a_call_does_have_columns_of_their_own() -> None:
    found = sheet("44|0.05|0.001|0.01|0.02", header="prefix|rate|Attempt Fee|Connection Fee|Minimum Charge")
    fees = found.said("attempt_fee", "connect_fee", "minimum_charge", "first_s", "next_s")
    assert fees == [(100_000, 1_000_000, 2_000_000, 1, 1)]


def test_wrong_rows_are_listed_with_their_number_and_the_others_go_in() -> None:
    found = sheet(
        "44|UK|0.05||||", "1.2E+11|Lost|0.05||||", "33|France|-1||||", "||||||", "49|Germany|0.06|31/31/2026|||",
        "39|Italy|0.07||||",
    )  # fmt: skip
    assert list(found.prices) == ["44", "39"]
    assert [row for row, _ in found.wrong] == [3, 4, 6]
    assert found.reading.rows == 5


def test_a_row_with_one_wrong_code_stays_out_whole() -> None:
    found = sheet("44,4x|UK|0.05||||", "45|DK|0.05||||")
    assert list(found.prices) == ["45"] and found.wrong == [(2, "'4x' is no code")]


def test_without_any_date_a_row_stays_out() -> None:
    found = sheet("44|UK|0.05||||", "45|DK|0.05|2026-11-09|||", effective_ms=None)
    assert list(found.prices) == ["45"] and "no effective date" in found.wrong[0][1]


def test_a_closed_code_ends_and_a_blocked_one_is_not_offered() -> None:
    found = sheet(
        "44|UK|0.05|2026-11-09|||Closed",
        "45|DK|closed||||",
        "46|SE|Blocked||||",
        "47|NO|0.05||||BLOCKED",
        "48|PL|0.05||||Increase",
    )
    assert found.said("code", "closed", "blocked", "next_price") == [
        ("44", True, False, None),
        ("45", True, False, None),
        ("46", False, True, 0),
        ("47", False, True, 5_000_000),
        ("48", False, False, 5_000_000),
    ]


def test_the_header_is_found_below_a_preamble_and_a_footer_is_passed_over() -> None:
    lines = ["Acme", "", "Issue date:|16/09/2026", "Country|Network|Dial Codes|Rate/Min|Effective"]
    lines += ["Germany|Mobile|49152|0.05|09/11/2026", "All prices in USD."]
    found = read("x.csv", "\n".join(lines).encode(), effective_ms=None)
    # the issue date shows that days come before months
    assert found.said("code", "name", "from_ms") == [("49152", "Germany Mobile", NOV_9)]
    assert not found.wrong and "1 line of text without a price was passed over." in found.reading.notes


def test_dates_that_the_file_does_not_settle_are_asked_about_not_guessed() -> None:
    lines = f"{HEADER}\n44|UK|0.05|09/11/2026|||\n45|DK|0.05|10/11/2026|||\n".encode()
    (question,) = proposed("sheet.csv", lines)[0].questions
    assert question.about == "dates"
    told = read("sheet.csv", lines, {question.key: question.choices[0]})
    assert told.said("from_ms")[0] == (NOV_9,)


def test_midnight_is_that_of_the_plan() -> None:
    found = sheet("44|UK|0.05|2026-11-09|||", zone="Asia/Riyadh")
    assert found.said("from_ms") == [(NOV_9 - 3 * 3_600_000,)]


def test_a_price_against_the_mark_of_the_file_stays_out() -> None:
    found = sheet("44|UK|0,05||||", "45|DK|0,06||||", "46|SE|0.07||||")
    assert found.prices == {"44": 5_000_000, "45": 6_000_000}
    assert [row for row, _ in found.wrong] == [4]


def test_the_same_code_and_date_at_two_prices_stays_out_and_equal_doubles_are_merged() -> None:
    found = sheet("44|UK|0.05||||", "44,45|UK|0.05||||", "46|SE|0.06||||", "46|SE|0.07||||", "44|UK|0.06|2026-11-10|||")
    assert found.said("code", "next_price") == [("44", 5_000_000), ("45", 5_000_000), ("44", 6_000_000)]
    assert [row for row, _ in found.wrong] == [4, 5], "nobody knows which of the two is meant"


def test_area_codes_are_put_behind_their_country_code() -> None:
    header = "Country Code|Area Code|Destination|Rate"
    found = sheet("44||UK|0.01", "44|7|UK Mobile|0.05", "49|15,16|Germany Mobile|0.05", header=header)
    assert list(found.prices) == ["44", "447", "4915", "4916"]


def test_codes_that_hold_their_country_code_are_left_as_they_are() -> None:
    assert list(sheet("44|447|0.05", "49|4915|0.05", header="CC|Code|Rate").prices) == ["447", "4915"]


def test_where_that_is_not_clear_it_is_asked() -> None:
    (question,) = proposed("x.csv", b"CC|Code|Rate\n7|701|0.05\n7|702|0.05\n")[0].questions
    assert "country code" in question.words


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Kod|Wert", "No row names a code and a price column"),
        ("Code|Destination", "No column holds prices"),
        ("Code|Rate|Price", "could be the price"),
    ],
)
def test_what_no_header_makes_clear_is_asked_about(header: str, words: str) -> None:
    width = header.count("|") + 1
    lines = [header, *("|".join(("44", "0.05", "0.06")[:width]) for _ in range(2))]
    assert words in proposed("x.csv", "\n".join(lines).encode())[0].questions[0].words


@pytest.mark.parametrize(
    ("unit", "heading"),
    [
        (Unit.MEGABYTE, "Price per MB"),
        (Unit.MEGABYTE, "per MB"),
        (Unit.EVENT, "Rate per SMS"),
        (Unit.EVENT, "Rate per message"),
    ],
)
def test_what_is_sold_by_volume_or_event_goes_in_as_it_is(unit: Unit, heading: str) -> None:
    found = sheet("00000|Wifi|0.01|10240/1024", header=f"Code|Destination|{heading}|Increments", unit=unit)
    assert found.said("code", "next_price", "first_s", "next_s") == [("00000", 1_000_000, 10_240, 1024)]


@pytest.mark.parametrize(
    ("unit", "heading"),
    [
        (Unit.SECOND, "Price per MB"),
        (Unit.MEGABYTE, "Rate/min"),
        (Unit.EVENT, "Price per MB"),
        (Unit.MEGABYTE, "Rate per sec"),
    ],
)
def test_a_price_for_another_unit_than_the_plans_is_asked_about(unit: Unit, heading: str) -> None:
    data = f"Code|Destination|{heading}|Increments\n00000|Wifi|0.01|1/1\n".encode()
    assert [one.about for one in proposed("x.csv", data, unit)[0].questions] == ["per"]


def test_amounts_in_cents_are_read_exactly_and_told() -> None:
    rows = "44,UK,1.25,2\n45,DK,0.000001,\n254,KE,12¢,3 cents\n"
    found = read("x.csv", f"Code,Destination,Rate (cents/min),Connect fee (US cents)\n{rows}".encode())
    assert found.prices == {"44": 1_250_000, "45": 1, "254": 12_000_000}
    assert found.said("connect_fee") == [(2_000_000,), (0,), (3_000_000,)]
    assert "1.25 is read as 0.0125" in " ".join(found.reading.notes)


def test_volume_tiers_that_are_not_read_are_told_with_their_prices() -> None:
    data = b"Code,Destination,Rate 0-100k,Rate 100k+\n44,UK,0.02,0.01\n45,DK,0.03,0.025\n"
    found = read("x.csv", data, {"price per minute": "1"})
    assert found.prices == {"44": 2_000_000, "45": 3_000_000}
    said = " ".join(found.reading.notes)
    assert "'Rate 0-100k' is read; not read: 'Rate 100k+' (0.01, 0.025, …)" in said and "sheets tier" in said


def test_prices_by_the_hour_are_read_where_they_are_exact_a_minute() -> None:
    found = read("x.csv", b"Code,Destination,Rate per hour (cents)\n44,UK,75\n45,DK,50\n")
    assert (found.prices, [one[0] for one in found.wrong]) == ({"44": 1_250_000}, [3])
    assert "a 60th of each" in " ".join(found.reading.notes)


@pytest.mark.parametrize("cell", ["1.25\u00a2", "$1.25"])
def test_a_cell_that_contradicts_what_its_column_is_in_is_refused(cell: str) -> None:
    named = layout("Code|Rate", 0)
    columns = tuple(replace(one, cents="$" in cell and one.place == 1) for one in named.columns)
    template = Template(tabs=(replace(named, columns=columns),), increments=(1, 1))
    found = read_lines({"Rates": tab_of("Code|Rate", f"44|{cell}", "45|0.5")}, template, contract(effective_ms=NOV_9))
    assert found.lines["first_price"].to_list() == [500_000 if "$" in cell else 50_000_000]
    assert "in cents" in found.rejects["reason"][0]


def test_the_asterisell_example_goes_in_whole() -> None:
    path = shared_file("rates/asterisell/international_call_rates_example.csv")
    found = read(path.name, path.read_bytes())
    assert (found.reading.lines.height, found.wrong) == (11_894, [])
    assert (found.prices["88299"], found.prices["355"]) == (199_890_000, 9_700_000)  # "1,9989" and "0,097"
    assert set(found.said("from_ms")) == {(NOV_9,)}


def test_the_rate_notice_of_tcxc_gives_25_codes() -> None:
    path = shared_file("rates/tcxc/acme_rate_notice.csv")
    issued = midnight_ms(date(2026, 9, 16), "UTC")
    found = read(path.name, path.read_bytes(), effective_ms=None, received_ms=issued, now_ms=issued)
    assert (found.reading.rows, len(found.prices), found.wrong) == (8, 24, [])
    lines = {str(one["code"]): one for one in found.reading.lines.iter_rows(named=True)}
    assert lines["234805"]["closed"] and lines["234805"]["from_ms"] == midnight_ms(date(2026, 9, 20), "UTC")
    assert (lines["49152"]["first_s"], lines["49152"]["next_s"]) == (60, 1)
    assert lines["521"]["from_ms"] == midnight_ms(date(2026, 10, 1), "UTC")
    assert sum(one["name"] == "United Kingdom Mobile - EE" for one in lines.values()) == 10

"""Rate sheet files: encodings, delimiters, spreadsheets, and what is refused."""

import io
import zipfile
from collections import Counter
from datetime import date

import pytest
import xlsxwriter  # type: ignore[import-untyped]  # it has no types, and only makes input here

from domain.days import midnight_ms
from domain.errors import InputError
from domain.sheets.plain import ParsedSheet, SheetOptions, parse_sheet
from store.sheets.plain_files import read_cells
from tests.shared_data import shared_file


def parsed(name: str, data: bytes, options: SheetOptions | None = None) -> ParsedSheet:
    return parse_sheet(read_cells(name, data), options or SheetOptions(effective_ms=0))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_names_survive_the_encoding(encoding: str) -> None:
    text = "Destination;Code;Rate\n" + "Côte d'Ivoire;225;0,15\nRéunion – Société Française;262;0,05\n" * 3
    assert parsed("x.csv", text.encode(encoding)).names["225"] == "Côte d'Ivoire"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_delimiter_and_quote_are_found(delimiter: str, quote: str) -> None:
    rows = [["Destination", "Code", "Rate"], ["A, B; C", "44", "0.05"], ["D", "45", "0.06"], ["E", "46", "0.07"]]
    text = "\r\n".join(delimiter.join(f"{quote}{cell}{quote}" for cell in row) for row in rows)
    result = parsed("x.csv", text.encode())
    assert result.names == {"44": "A, B; C", "45": "D", "46": "E"}


def test_a_semicolon_file_with_decimal_commas_is_no_comma_file() -> None:
    result = parsed("x.csv", b"Code;Rate\n44;0,05\n45;0,06\n")
    assert [rate.terms.first_price for rate in result.rows] == [5_000_000, 6_000_000]


def test_a_blank_before_a_quote_does_not_break_the_field() -> None:
    assert parsed("x.csv", b'"Code", "Destination", "Rate"\n"93", "Afghanistan, all", "0.1"\n').names == {
        "93": "Afghanistan, all"
    }


def workbook(*sheets: list[list[object]]) -> bytes:
    """Make an xlsx whose dates are real date cells."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"default_date_format": "dd/mm/yyyy"}) as book:
        for rows in sheets:
            page = book.add_worksheet()
            for index, row in enumerate(rows):
                page.write_row(index, 0, row)
    return stream.getvalue()


def test_a_spreadsheet_is_read_with_its_numbers_and_dates() -> None:
    rows: list[list[object]] = [["Acme rates"], [], ["Code", "Destination", "Rate", "Effective"]]
    rows += [
        [447, "UK Mobile", 0.0294, date(2026, 11, 9)],
        ["44,45", "UK, DK", 0.1 + 0.2, "2026-11-09"],
        [None, "x", 1],
    ]
    result = parsed("x.xlsx", workbook(rows), SheetOptions())
    assert [(rate.code, rate.terms.first_price) for rate in result.rows] == [
        ("447", 2_940_000),
        ("44", 30_000_000),
        ("45", 30_000_000),
    ]
    assert {rate.valid_from_ms for rate in result.rows} == {midnight_ms(date(2026, 11, 9), "UTC")}
    assert [(reject.row, reject.reason) for reject in result.rejects] == [(6, "no code")]


def test_of_several_sheets_the_one_with_rates_is_read_and_told() -> None:
    result = parsed("x.xlsx", workbook([["Cover"]], [["Code", "Rate"], ["44", "0.5"]]))
    assert [rate.code for rate in result.rows] == ["44"]
    assert result.notes[0] == "Sheet 'Sheet2' of 2 was read."


def zipped(**entries: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b" \n", "the file is empty"),
        (b"%PDF-1.7 ...", "PDF files cannot be read"),
        (b"PK\x03\x04 half a file", "the file is damaged"),
        (zipped(mimetype=b"application/vnd.sun.xml.calc"), r"OpenOffice 1.x spreadsheets \(.sxc\) cannot be read"),
        (zipped(a=b"b"), "the spreadsheet cannot be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "the spreadsheet cannot be read"),
        (b"\x00\x01\x02\x03" * 50, "neither text nor a spreadsheet"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # an archive bears the time at which it was made
)
def test_what_is_no_rate_sheet_is_refused_with_a_sentence(data: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        read_cells("acme.bin", data)
    assert caught.value.where == "acme.bin"


def test_a_file_beyond_the_limit_is_refused() -> None:
    with pytest.raises(InputError, match="more than 1 MB"):
        read_cells("x.csv", b"44;0.5\n" * 200_000, most_mb=1)


def test_the_asterisell_example_goes_in_whole() -> None:
    path = shared_file("rates/asterisell/international_call_rates_example.csv")
    effective_ms = midnight_ms(date(2026, 11, 1), "UTC")
    result = parsed(path.name, path.read_bytes(), SheetOptions(effective_ms=effective_ms))
    assert (len(result.rows), len(result.rejects), len(result.closings)) == (11_894, 0, 0)
    prices = {rate.code: rate.terms.first_price for rate in result.rows}
    assert (prices["88299"], prices["355"]) == (199_890_000, 9_700_000)  # "1,9989" and "0,097"
    assert {rate.valid_from_ms for rate in result.rows} == {effective_ms}


def test_the_rate_notice_of_tcxc_gives_25_codes() -> None:
    path = shared_file("rates/tcxc/acme_rate_notice.csv")
    result = parsed(path.name, path.read_bytes(), SheetOptions())
    assert (result.rows_read, len(result.rows), result.rejects) == (8, 24, [])
    assert [(closing.code, closing.at_ms) for closing in result.closings] == [
        ("234805", midnight_ms(date(2026, 9, 20), "UTC"))
    ]
    by_code = {rate.code: rate for rate in result.rows}
    assert (by_code["49152"].terms.first_s, by_code["49152"].terms.next_s) == (60, 1)
    assert by_code["521"].valid_from_ms == midnight_ms(date(2026, 10, 1), "UTC")
    assert Counter(name for name in result.names.values())["United Kingdom Mobile - EE"] == 10


def test_the_old_openoffice_file_of_gnugk_is_refused() -> None:
    path = shared_file("rates/gnugk/tariffs.sxc")
    with pytest.raises(InputError, match="Save it as xlsx, ods or CSV"):
        read_cells(path.name, path.read_bytes())

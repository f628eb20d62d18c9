"""Spreadsheets become tabs of text."""

import re
from datetime import date, datetime, time

import pytest

from domain.errors import InputError
from store.sheets.files import Opened, open_file
from tests.store.sheets.made_files import ods, ods_row, with_part, xls, xlsx, xlsx_of


def opened(data: bytes, name: str = "rates.xlsx") -> Opened:
    return open_file(name, data, 50)


def test_all_tabs_come_back_and_hidden_ones_are_marked() -> None:
    book = opened(xlsx({"Rates": [["Code"]], "Empty": [], "Codes": [["44"]]}, hidden=["Codes"]))
    assert [(tab.name, tab.hidden, tab.rows.rows()) for tab in book.tabs] == [
        ("Rates", False, [("Code",)]),
        ("Empty", False, []),
        ("Codes", True, [("44",)]),
    ]
    assert (book.kind, book.notes) == ("xlsx", ())


def test_rows_and_columns_before_the_first_text_are_kept() -> None:
    rows = opened(xlsx({"Rates": [[], [None, None, "Code"], [], [None, None, None, "end"]]})).tabs[0].rows
    assert rows.rows() == [("", "", "", ""), ("", "", "Code", ""), ("", "", "", ""), ("", "", "", "end")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (447, "447"),
        (1.2e11, "120000000000"),
        (123456789012345, "123456789012345"),
        (0.1 + 0.2, "0.3"),
        (0.00000001, "0.00000001"),
        (" \xa0UK ", "UK"),
        ("1.2E+11", "1.2E+11"),
        ("0044", "0044"),
        (date(2026, 11, 4), "2026-11-04"),
        (datetime(2026, 11, 4, 8, 30), "2026-11-04 08:30:00"),
        (time(8, 30), "08:30:00"),
        (True, "true"),
    ],
)
def test_a_cell_becomes_clean_text(value: object, text: str) -> None:
    style = "hh:mm" if isinstance(value, time) else "dd/mm/yyyy hh:mm"
    assert opened(xlsx({"Rates": [[value]]}, default_date_format=style)).tabs[0].rows.item() == text


def test_an_exponent_that_the_file_writes_for_a_whole_number_becomes_its_digits() -> None:
    book = opened(xlsx_of(b'<sheetData><row r="1"><c r="A1"><v>1.2E+11</v></c></row></sheetData>'))
    assert book.tabs[0].rows.item() == "120000000000"


def test_a_merged_cell_has_its_text_at_its_first_place_alone() -> None:
    cells = b'<row r="1"><c r="A1" t="inlineStr"><is><t>all</t></is></c><c r="B1"/></row>'
    cells += b'<row r="2"><c r="C2"><v>1</v></c></row>'
    book = opened(xlsx_of(b'<sheetData>%s</sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells>' % cells))
    assert book.tabs[0].rows.rows() == [("all", "", ""), ("", "", "1")]


def test_a_formula_has_the_result_that_the_file_keeps() -> None:
    cells = b'<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>"x"</f><v>x</v></c></row>'
    book = with_part(xlsx_of(b"<sheetData>%s</sheetData>" % cells), "xl/workbook.xml", WORKBOOK % b"")
    assert (opened(book).tabs[0].rows.rows(), opened(book).notes) == ([("2", "x")], ())


@pytest.mark.parametrize("cell", [b"<f>1+1</f>", b"<f>1+1</f><v></v>", b"<f>1+1</f><v/>"])
def test_a_formula_without_a_result_is_empty_and_told(cell: bytes) -> None:
    cells = b'<row r="1"><c r="A1">%s</c><c r="B1"><v>1</v></c></row>' % cell
    book = with_part(xlsx_of(b"<sheetData>%s</sheetData>" % cells), "xl/workbook.xml", WORKBOOK % b"")
    assert opened(book).tabs[0].rows.rows() == [("", "1")]
    assert re.match("Formulas were not computed", opened(book).notes[0])


def test_results_that_no_spreadsheet_program_computed_are_told() -> None:
    book = opened(xlsx({"Rates": [["=1+1"]]}))
    assert book.tabs[0].rows.item() == "0" and "may be read as empty, or as 0" in book.notes[0]


def test_errors_hidden_rows_and_zeros_that_are_only_shown_are_told() -> None:
    cells = b'<row r="1"><c r="A1" t="e"><v>#N/A</v></c><c r="B1"><v>1</v></c></row><row r="2" hidden="1"></row>'
    styles = b'<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00000"/></numFmts></styleSheet>'
    book = opened(with_part(xlsx_of(b"<sheetData>%s</sheetData>" % cells), "xl/styles.xml", styles))
    assert book.tabs[0].rows.rows() == [("", "1")]
    assert [note.split(";")[0] for note in book.notes] == [
        "Some cells hold errors such as #N/A",
        "Some cells show zeros before a number that the number itself lacks",
        "Some rows or columns are hidden",
    ]


def test_a_workbook_of_1904_gives_the_same_days_and_says_so() -> None:
    book = opened(xlsx({"Rates": [[date(2026, 11, 4), 44_868]]}, date_1904=True))
    assert book.date_1904 and "Its dates count from 1904." in book.notes
    assert book.tabs[0].rows.rows() == [("2026-11-04", "44868")]


def test_macros_are_never_run_but_told() -> None:
    types = b'<Types><Override ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
    book = with_part(with_part(xlsx({"Rates": [["44"]]}), "xl/vbaProject.bin", b"x"), "[Content_Types].xml", types)
    assert (opened(book, "x.xlsm").kind, opened(book, "x.xlsm").notes) == (
        "xlsm",
        ("It has macros; they are never run.",),
    )


def test_workbooks_of_excel_97_are_read() -> None:
    book = opened(xls({(0, 0): "Code", (0, 1): "Rate", (2, 0): 447.0, (2, 1): 0.0294}, date_1904=True), "rates.xls")
    assert (book.kind, book.tabs[0].name, book.notes) == ("xls", "Rates", ("Its dates count from 1904.",))
    assert book.tabs[0].rows.rows() == [("Code", "Rate"), ("", ""), ("447", "0.0294")]


def test_workbooks_of_excel_97_under_a_password_are_told_to_be() -> None:
    date_1904, file_pass = b"\x22\x00\x02\x00\x01\x00", b"\x2f\x00\x02\x00\x01\x00"  # FilePass: [MS-XLS] 2.4.117
    with pytest.raises(InputError, match="protected by a password"):
        opened(xls({(0, 0): "Code"}, date_1904=True).replace(date_1904, file_pass), "rates.xls")


def test_workbooks_of_open_document_are_read() -> None:
    book = opened(ods([ods_row("Code", "Rate"), ods_row("44", "0.5")]), "rates.ods")
    assert (book.kind, book.tabs[0].name, book.tabs[0].rows.rows()) == (
        "ods",
        "Rates",
        [("Code", "Rate"), ("44", "0.5")],
    )


def test_a_sheet_whose_cells_do_not_say_where_they_are_is_read_in_their_order() -> None:
    cells = b"<row><c><v>1</v></c><c><v>2</v></c></row><row/><row><c><v>3</v></c></row>"
    assert opened(xlsx_of(b"<sheetData>%s</sheetData>" % cells)).tabs[0].rows.rows() == [
        ("1", "2"),
        ("", ""),
        ("3", ""),
    ]


def test_more_than_64_tabs_are_refused() -> None:
    with pytest.raises(InputError, match="it has 65 sheets, more than 64"):
        opened(xlsx({f"Tab {place}": [[1]] for place in range(65)}))


def test_a_damaged_workbook_is_refused_with_its_reason() -> None:
    with pytest.raises(InputError, match="the spreadsheet cannot be read"):
        opened(with_part(xlsx({"Rates": [[1]]}), "xl/workbook.xml", b"<workbook"))


WORKBOOK = b"""<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr%s/>
    <sheets><sheet name="Rates" sheetId="1" r:id="rId1"/></sheets></workbook>"""
"""A workbook as a spreadsheet program leaves it, with nothing left to compute."""

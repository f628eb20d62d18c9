"""Files that would take the memory, the time or the machine: each is refused, or read within bounds."""

import gzip
import io
import tracemalloc
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InputError
from store.sheets.apart import raw_tabs
from store.sheets.archive import MB, attachments, entries_of, pieces
from store.sheets.files import open_file
from store.sheets.workbook_look import look_into
from tests.store.sheets.made_files import SHEET_XML, lying, ods, ods_row, with_part, xls, xlsx, xlsx_of, zipped

ZEROS = bytes(30 << 20)
XML = b"""<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table>
    <Row><Cell><Data>44</Data></Cell></Row></Table></Worksheet></Workbook>"""
FILES = [
    b'"Code";"Rate"\n"44";0,5\n' * 9,
    "Réunion;262\n".encode("cp1252") * 9,
    b"<html><table><tr><td>1<td>2</table>",
    XML,
    zipped({"a.csv": b"a;b\n1;2\n"}),
]
ODDITIES = st.binary(max_size=4) | st.sampled_from([b'"', b"\r\n", b"</", b"\0", b"\xff\xfe", b"PK\x01\x02", b";" * 9])


def refusal(data: bytes, most_mb: int = 20) -> str:
    with pytest.raises(InputError) as caught:
        open_file("hostile", data, most_mb)
    return caught.value.what


def test_a_zip_bomb_stops_at_the_limit() -> None:
    bomb = zipped({"rates.csv": ZEROS})
    tracemalloc.start()
    with pytest.raises(InputError, match="unpacks to more than 20 MB"):
        attachments("bomb.zip", bomb, 20)
    assert tracemalloc.get_traced_memory()[1] < 50 << 20
    tracemalloc.stop()


def test_many_files_together_stop_at_the_limit() -> None:
    with pytest.raises(InputError, match="unpacks to more than"):
        attachments("bomb.zip", zipped({f"{place}.csv": b"4;1\n" * 250_000 for place in range(9)}), 1)


def test_a_gzip_bomb_stops_at_the_limit() -> None:
    assert refusal(gzip.compress(ZEROS, 1)) == "the file unpacks to more than 20 MB"


@pytest.mark.parametrize("declared", [10, 1 << 31])
def test_a_declared_size_is_never_believed(declared: int) -> None:
    part = "xl/worksheets/sheet1.xml"
    assert "does not unpack" in refusal(lying(xlsx({"Rates": [["44"]]}), part, declared))


def test_a_part_that_unpacks_to_more_than_it_may_is_left_there() -> None:
    book = lying(zipped({"xl/worksheets/sheet1.xml": ZEROS}), "xl/worksheets/sheet1.xml", 100)
    unpacked = pieces("x.xlsx", book, entries_of("x.xlsx", book)[0], 5 * MB)
    with pytest.raises(InputError, match="unpacks to more than 5 MB"):
        assert sum(map(len, unpacked)) <= 5 * MB


def test_an_archive_of_countless_entries_is_refused_before_they_are_listed() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for place in range(2_001):
            archive.writestr(f"{place}", b"")
    assert refusal(stream.getvalue()) == "the archive has more than 2,000 entries"


def test_two_parts_of_one_name_are_refused() -> None:
    stream = io.BytesIO(xlsx({"Rates": [["44"]]}))
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("xl/workbook.xml", b"<workbook/>")
    assert "two of its parts have one name" in refusal(stream.getvalue())


@pytest.mark.parametrize("dimension", [b"A1", b"A1:XFD1048576", b"ZZ99:AA1"])
def test_a_wrong_dimension_changes_nothing(dimension: bytes) -> None:
    cells = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="3"><c r="C3"><v>3</v></c></row>'
    book = open_file("x.xlsx", xlsx_of(b'<dimension ref="%s"/><sheetData>%s</sheetData>' % (dimension, cells)), 20)
    assert book.tabs[0].rows.rows() == [("1", "", ""), ("", "", ""), ("", "", "3")]


def test_cells_in_far_corners_are_refused_and_take_no_process_down() -> None:
    cells = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    assert "its cells reach too far" in refusal(xlsx_of(b"<sheetData>%s</sheetData>" % cells))


def test_cells_that_lie_about_their_row_are_found() -> None:
    cells = b'<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>2</v></c></row>'
    assert "its cells reach too far" in refusal(xlsx_of(b"<sheetData>%s</sheetData>" % cells))


def test_far_cells_without_a_text_are_no_cells() -> None:
    cells = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="0"/></row>'
    assert open_file("x.xlsx", xlsx_of(b"<sheetData>%s</sheetData>" % cells), 20).tabs[0].rows.rows() == [("1",)]


def refused_apart(data: bytes) -> str:
    """What is said of a file that needs more than 100 MB: less than it would be given, so that it ends sooner."""
    with pytest.raises(InputError) as caught:
        list(raw_tabs("hostile", data, memory_mb=100))
    return caught.value.what


def test_one_long_text_in_countless_cells_is_refused() -> None:
    texts = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>%s</t></si></sst>'
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (row, row) for row in range(1, 3_000))
    book = with_part(xlsx_of(b"<sheetData>%s</sheetData>" % rows), "xl/sharedStrings.xml", texts % (b"x" * 900_000))
    assert not look_into("hostile", book, entries_of("hostile", book)).is_safe
    assert "its cells reach too far" in refused_apart(book)


def test_old_workbooks_with_cells_in_far_corners_are_refused() -> None:
    assert "its cells reach too far" in refusal(xls({(0, 0): "a", (65_535, 65_535): "b"}))


def test_rows_that_say_they_are_repeated_for_ever_are_refused() -> None:
    assert "its cells reach too far" in refused_apart(ods([ods_row("x" * 1_000, repeated=1_000_000_000)]))


def test_a_prefix_on_every_name_of_the_xml_is_read_apart() -> None:
    xml = SHEET_XML % b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'
    for name in (b"worksheet", b"sheetData", b"row", b"c ", b"c>", b"v>"):
        xml = xml.replace(b"<" + name, b"<x:" + name).replace(b"</" + name, b"</x:" + name)
    book = with_part(xlsx({"Rates": [["x"]]}), "xl/worksheets/sheet1.xml", xml.replace(b"xmlns=", b"xmlns:x="))
    assert open_file("x.xlsx", book, 20).tabs[0].rows.item() == "1"


def test_entities_in_excels_xml_are_not_followed() -> None:
    bomb = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>
        <Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>"""
    assert refusal(bomb.encode()) == "the spreadsheet declares entities of its own"


@pytest.mark.parametrize("index", ["999999999", "-1", "x"])
def test_a_row_that_says_it_is_far_below_is_refused_or_taken_as_the_next(index: str) -> None:
    schema = "urn:schemas-microsoft-com:office:spreadsheet"
    book = f"""<Workbook xmlns="{schema}" xmlns:ss="{schema}">
        <Worksheet><Table><Row ss:Index="{index}"><Cell><Data>44</Data></Cell></Row></Table></Worksheet></Workbook>"""
    if index == "999999999":
        assert "rows, more than 5,000,000" in refusal(book.encode())
    else:
        assert open_file("x.xml", book.encode(), 20).tabs[0].rows.item() == "44"


def test_a_page_of_endless_columns_is_refused() -> None:
    assert "columns, more than 512" in refusal(b"<html><table><tr>" + b"<td>1" * 600 + b"</table>")
    assert "columns, more than 512" in refusal(b"<html><table><tr><td colspan=9999>1</table>")


def test_formulas_in_a_csv_are_text() -> None:
    rows = open_file("x.csv", b'Code;Name\n44;=cmd|/c calc!A1\n45;"=HYPERLINK(""http://x"")"\n', 20).tabs[0].rows
    assert rows.rows()[1:] == [("44", "=cmd|/c calc!A1"), ("45", '=HYPERLINK("http://x")')]


def test_quotes_that_never_end_cost_no_time() -> None:
    rows = open_file("x.csv", b'Code;Name\n"44";x\n' + b'"44;"x;"y\n' * 5_000, 20).tabs[0].rows
    assert rows.height == 5_002


def test_a_line_without_end_is_refused() -> None:
    assert "has more than 1,000,000 letters" in refusal(b'"a";1\n' * 9 + b'"b"' + b"x" * 2_000_000)


def test_ten_million_rows_are_more_than_the_limit_of_a_file() -> None:
    assert refusal(b"44;0.5\n" * 3_000_000) == "the file has more than 20 MB"


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(FILES), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 40), ODDITIES), max_size=4))
def test_a_spoilt_file_opens_or_is_refused(file: bytes, spoilt: list[tuple[int, int, bytes]]) -> None:
    for place, dropped, put in spoilt:
        file = file[:place] + put + file[place + dropped :]
    with suppress(InputError):
        assert open_file("spoilt", file, 5).tabs

"""What a file is, its content decides; what is no rate sheet is refused with a sentence."""

import gzip
import re
from pathlib import Path

import pytest

from domain.errors import InputError
from store.sheets.files import Opened, open_file
from tests.shared_data import shared_file
from tests.store.sheets.made_files import compound, xlsx, zipped

REFUSED_SHEETS = {"gnugk/tariffs.sxc": "OpenOffice 1.x spreadsheets"}


def opened(name: str, data: bytes) -> Opened:
    return open_file(name, data, 50)


@pytest.mark.parametrize(
    ("name", "data", "kind", "note"),
    [
        ("rates.csv", xlsx({"Rates": [["44"]]}), "xlsx", "It is called .csv, but is an xlsx workbook."),
        ("rates.xls", b"Code\tRate\n44\t0.5\n", "csv", "It is called .xls, but is text."),
        ("rates.xlsx", b"<html><table><tr><td>44</table>", "html", "It is called .xlsx, but is a page in HTML."),
        ("rates.xlsx", gzip.compress(b"Code;Rate\n44;0.5\n"), "csv", "It came in rates.xlsx."),
    ],
    ids=["xlsx", "text", "html", "gzip"],
)
def test_a_wrong_extension_is_told_and_the_content_is_read(name: str, data: bytes, kind: str, note: str) -> None:
    file = opened(name, data)
    assert (file.kind, file.notes[0]) == (kind, note)


@pytest.mark.parametrize("name", ["rates.csv", "rates.txt", "rates.2026", "rates"])
def test_an_extension_that_promises_nothing_else_is_not_told(name: str) -> None:
    assert opened(name, b"Code;Rate\n44;0.5\n").notes == ("Text in ascii, separated by semicolons.",)


def test_a_page_that_is_sent_as_a_workbook_gives_its_tables() -> None:
    page = """<html><head><meta charset="cp1252"><style>td { color: red }</style></head><body><p>Dear all
        <table><tr><th rowspan=2>Code<th colspan=2>Rate</tr><tr><td>peak</td><td>off</td></tr>
        <tr><td>225</td><td>0,5&nbsp;</td><td>C&ocirc;te<br>é</td></tr></table>
        <table><tr><td>second</td></tr></table><table></table>"""
    file = opened("rates.xls", page.encode("cp1252"))
    assert [(tab.name, tab.rows.rows()) for tab in file.tabs] == [
        ("Table 1", [("Code", "Rate", ""), ("", "peak", "off"), ("225", "0,5", "Côte é")]),
        ("Table 2", [("second",)]),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_a_page_in_any_encoding_is_one(encoding: str) -> None:
    assert opened("x.xls", "<html><table><tr><td>Réunion</table>".encode(encoding)).tabs[0].rows.item() == "Réunion"


def test_excels_xml_of_2003_is_a_workbook() -> None:
    book = """<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
        xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="Rates"><Table>
        <Row><Cell><Data ss:Type="String">Code</Data></Cell>
        <Cell ss:Index="3"><Data ss:Type="String">From</Data></Cell></Row>
        <Row ss:Index="3"><Cell ss:MergeAcross="1"><Data ss:Type="Number">44</Data></Cell>
        <Cell><Data ss:Type="DateTime">2026-11-04T00:00:00.000</Data></Cell></Row></Table></Worksheet></Workbook>"""
    file = opened("rates.xml", book.encode())
    assert file.tabs[0].rows.rows() == [("Code", "", "From"), ("", "", ""), ("44", "", "2026-11-04")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b" \r\n\0\0", "the file is empty"),
        (b"\xff\xfe", "the file is empty"),
        (b"%PDF-1.7 ...", "PDF files cannot be read"),
        (b"\x89PNG\r\n\x1a\n....", "neither text nor a spreadsheet"),
        (b"MZ\x90\0....", "neither text nor a spreadsheet"),
        (bytes(range(256)) * 50, "neither text nor a spreadsheet"),
        (b"\x09\x04\x06\x00....", "neither text nor a spreadsheet"),
        (b"{\\rtf1 ...", "this is a document or a mail"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", "this is a document or a mail"),
        (zipped({"[Content_Types].xml": b"...wordprocessingml..."}), "this is a document or a mail"),
        (compound({"WordDocument": b"x"}), "this is a document or a mail"),
        (compound({"EncryptionInfo": b"x", "EncryptedPackage": b"x"}), "protected by a password"),
        (compound({"Workbook": b"no records"}), "the spreadsheet cannot be read|no text in any cell"),
        (zipped({"mimetype": b"application/vnd.sun.xml.calc"}), r"OpenOffice 1.x spreadsheets \(.sxc\)"),
        (b"PK\x03\x04 half a file", "the file is damaged"),
        (xlsx({"Rates": [["44"]]})[:3_000], "the file is damaged"),
        (xlsx({"Rates": []}), "the file has no text in any cell"),
        (b"<html><body>no table</body></html>", "the page has no table"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # an archive bears the time at which it was made
)
def test_what_is_no_rate_sheet_is_refused_with_a_sentence(data: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        opened("acme.bin", data)
    assert caught.value.where == "acme.bin" and caught.value.mend


def test_a_protected_workbook_of_open_document_is_told_to_be_one() -> None:
    manifest = b"<manifest><file-entry><encryption-data/></file-entry></manifest>"
    data = zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "META-INF/manifest.xml": manifest})
    with pytest.raises(InputError, match="protected by a password"):
        opened("x.ods", data)


def test_a_file_beyond_the_limit_is_refused() -> None:
    with pytest.raises(InputError, match="more than 1 MB"):
        open_file("x.csv", b"44;0.5\n" * 200_000, 1)


def test_every_real_sheet_opens_or_says_why_not() -> None:
    folder = shared_file("rates")
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    assert {name: REFUSED_SHEETS.get(name, "") for name in outcomes(folder, paths)} == outcomes(folder, paths)


def outcomes(folder: Path, paths: list[Path]) -> dict[str, str]:
    """What each says: nothing when it opens with columns."""
    said = {}
    for path in paths:
        name = str(path.relative_to(folder))
        try:
            tab = opened(path.name, path.read_bytes()).tabs[0]
            said[name] = "" if tab.rows.width > 1 and tab.rows.height > 1 else f"{tab.rows.shape}"
        except InputError as error:
            said[name] = re.sub(r" \(.*", "", error.what)
    return said


@pytest.mark.parametrize(
    ("name", "rows", "columns"),
    [
        ("tcxc/acme_rate_notice.csv", 17, 7),
        ("rate-o-mat/etel-rates.csv", 655, 3),
        ("asterisell/international_call_rates_example.csv", 11_895, 3),
        ("asterisell/world_prefix_table.csv", 10_063, 4),
        ("cgrates/tutorial2/Timings.csv", 7, 6),
        ("gnugk/pricing.csv", 13, 10),
        ("cdrtool/destinations.csv", 13_127, 12),
    ],
)
def test_real_sheets_have_all_their_cells(name: str, rows: int, columns: int) -> None:
    path = shared_file(f"rates/{name}")
    assert opened(path.name, path.read_bytes()).tabs[0].rows.shape == (rows, columns)

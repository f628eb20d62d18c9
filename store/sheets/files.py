"""Rate sheet files to tabs of text: what a file is, its content decides.

For tasks only: fastexcel and Polars do not belong into live processes.
"""

from pathlib import PurePosixPath

from domain.errors import InputError
from store.sheets.archive import MB, unpack
from store.sheets.delimited import read_delimited
from store.sheets.kinds import Kind, kind_of
from store.sheets.markup import read_html, read_spreadsheet_xml
from store.sheets.tabs import Opened, Tab, tidied
from store.sheets.workbook import read_workbook

__all__ = ["Opened", "Tab", "open_file"]

_CALLED = {
    Kind.XLSX: "an xlsx workbook",
    Kind.XLSM: "an xlsm workbook",
    Kind.XLSB: "an xlsb workbook",
    Kind.XLS: "an xls workbook",
    Kind.ODS: "an ods workbook",
    Kind.TEXT: "text",
    Kind.HTML: "a page in HTML",
    Kind.SPREADSHEET_XML: "a workbook in XML",
}
_EXTENSIONS = {
    Kind.TEXT: ("csv", "tsv", "txt", "tab", "asc", "prn", "dat", "text"),
    Kind.HTML: ("htm", "html"),
    Kind.XLSX: ("xlsx", "xltx"),
    Kind.XLSM: ("xlsm", "xltm"),
}
_KNOWN = ("xlsx", "xlsm", "xlsb", "xls", "ods", "csv", "tsv", "txt", "htm", "html", "xml", "pdf", "doc", "zip")
_REFUSED = {
    Kind.EMPTY: ("the file is empty", "Ask the partner to send it again."),
    Kind.PROTECTED: ("the spreadsheet is protected by a password", "Save it without one."),
    Kind.SXC: ("OpenOffice 1.x spreadsheets (.sxc) cannot be read", "Save it as xlsx, ods or CSV."),
    Kind.PDF: ("PDF files cannot be read", "Ask the partner for xlsx or CSV."),
    Kind.DOCUMENT: ("this is a document or a mail, no rate sheet", "Save its table as xlsx or CSV."),
    Kind.OTHER: ("this is no rate sheet: neither text nor a spreadsheet", "Give CSV or xlsx."),
}


def open_file(name: str, data: bytes, most_mb: int) -> Opened:
    """Read a file's bytes; `name` serves messages, and a note where it promises something else.

    Of an archive the only rate file is read. Raises InputError when the file is empty, damaged, protected, has more
    than is read, or is of a kind that holds no rate sheet.
    """
    if len(data) > most_mb * MB:
        raise InputError(f"the file has more than {most_mb} MB", where=name, mend="Split it, or raise limits.sheet_mb.")
    kind = kind_of(data)
    if kind in _REFUSED:
        what, mend = _REFUSED[kind]
        raise InputError(what, where=name, mend=mend)
    if kind in (Kind.ZIP, Kind.GZIP):
        return _open_archive(name, data, most_mb)
    notes = _misnamed(name, kind)
    date_1904 = False
    if kind is Kind.TEXT:
        rows, said = read_delimited(name, data)
        tabs: tuple[Tab, ...] = (Tab("", tidied(rows)),)
        notes += said
    elif kind is Kind.HTML:
        tabs = read_html(name, data)
    elif kind is Kind.SPREADSHEET_XML:
        tabs = read_spreadsheet_xml(name, data)
    else:
        book = read_workbook(name, data, kind)
        tabs, date_1904 = book.tabs, book.date_1904
        notes += book.notes
    if not any(tab.rows.height for tab in tabs):
        raise InputError("the file has no text in any cell", where=name, mend="Ask the partner to send it again.")
    return Opened(name, str(kind), tabs, notes, date_1904)


def _open_archive(name: str, data: bytes, most_mb: int) -> Opened:
    held = unpack(name, data, most_mb)
    if len(held.files) > 1:
        names = ", ".join(part for part, _ in held.files[:5])
        words = f"the archive has {len(held.files)} files: {names}"
        raise InputError(words, where=name, mend="Import them one by one.")
    part, content = held.files[0]
    opened = open_file(part, content, most_mb)
    return Opened(part, opened.kind, opened.tabs, (f"It came in {name}.", *opened.notes), opened.date_1904)


def _misnamed(name: str, kind: Kind) -> tuple[str, ...]:
    extension = PurePosixPath(name.lower()).suffix.removeprefix(".")
    if extension not in _KNOWN or extension in _EXTENSIONS.get(kind, (str(kind),)):
        return ()
    return (f"It is called .{extension}, but is {_CALLED[kind]}.",)

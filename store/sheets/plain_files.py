"""Rate sheet files to rows of text: CSV of any encoding, delimiter and quote; xlsx, xls and ods by fastexcel.

For tasks only: fastexcel and Polars do not belong into live processes.
"""

import csv
import io
import zipfile
from collections import Counter

import chardet
import fastexcel

from domain.errors import InputError
from domain.sheets.headings import find_header
from domain.sheets.plain import Cells

_DELIMITERS = ";\t|,"
_SAMPLE_LINES = 300
_SAMPLE_BYTES = 65_536
_MB = 1 << 20
_UNPACKED_MB = 1_000
"""More than this inside a spreadsheet file is taken for an attack: a zip can hold a thousand times its size."""
_SXC = b"application/vnd.sun.xml.calc"


def read_cells(name: str, data: bytes, most_mb: int = 50) -> Cells:
    """Read a file's bytes; `name` only serves messages, the content decides what it is.

    Of several sheets, the first with a header of rates is taken, and told in the notes. Raises InputError when the
    file is empty, too large, protected, or of a kind that holds no rate sheet.
    """
    if not data.strip():
        raise InputError("the file is empty", where=name)
    if len(data) > most_mb * _MB:
        raise InputError(f"the file has more than {most_mb} MB", where=name, mend="Split it, or raise limits.sheet_mb.")
    if data.startswith(b"PK"):
        _refuse_odd_archive(name, data)
        return _read_workbook(name, data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):  # OLE: xls, and xlsx under a password
        return _read_workbook(name, data)
    if data.startswith(b"%PDF"):
        raise InputError("PDF files cannot be read", where=name, mend="Ask the partner for xlsx or CSV.")
    return _read_csv(name, data)


def _refuse_odd_archive(name: str, data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            old_office = any(e.filename == "mimetype" and archive.read(e).strip() == _SXC for e in entries)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError) as error:
        raise InputError(
            f"the file is damaged ({error})", where=name, mend="Ask the partner to send it again."
        ) from None
    if old_office:
        raise InputError(
            "OpenOffice 1.x spreadsheets (.sxc) cannot be read", where=name, mend="Save it as xlsx, ods or CSV."
        )
    if sum(entry.file_size for entry in entries) > _UNPACKED_MB * _MB:
        raise InputError("the file unpacks to more than 1 GB", where=name, mend="Send the rate sheet alone.")


def _read_workbook(name: str, data: bytes) -> Cells:
    try:
        book = fastexcel.read_excel(data)
        first: list[tuple[str, ...]] | None = None
        for title in book.sheet_names:
            sheet = book.load_sheet(title, header_row=None, skip_rows=0, dtypes="string")
            if sheet.visible != "visible":
                continue
            rows = sheet.to_polars().fill_null("").rows()
            if find_header(rows):
                others = len(book.sheet_names) - 1
                note = f"Sheet {title!r} of {others + 1} was read." if others else ""
                return Cells(name, rows, (note,) if note else ())
            first = first or rows
    except fastexcel.FastExcelError as error:
        reason = str(error).splitlines()[0] if str(error) else "unknown"
        mend = "Remove its password, or save it as xlsx or CSV."
        raise InputError(f"the spreadsheet cannot be read ({reason})", where=name, mend=mend) from None
    if first is None:
        raise InputError("the spreadsheet has no visible sheet", where=name)
    return Cells(name, first)


def _read_csv(name: str, data: bytes) -> Cells:
    text, encoding = _decode(name, data)
    delimiter, quote = _dialect(text)
    stream = io.StringIO(text, newline="")
    try:
        rows = list(csv.reader(stream, delimiter=delimiter, quotechar=quote, skipinitialspace=True))
    except csv.Error as error:
        raise InputError(f"this is no CSV ({error})", where=name, mend="Save the sheet as CSV or xlsx.") from None
    words = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars"}[delimiter]
    return Cells(name, rows, (f"CSV in {encoding}, separated by {words}.",))


def _decode(name: str, data: bytes) -> tuple[str, str]:
    """Decode by byte order mark, as UTF-8 if it is valid, else by chardet on the lines that are not ASCII."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace"), encoding.removesuffix("-sig")
    try:
        text = data.decode("utf-8")
        guess = "utf-8"
    except UnicodeDecodeError:
        telling = b"\n".join(line for line in data.splitlines() if not line.isascii())[:_SAMPLE_BYTES]
        guess = str(chardet.detect(telling)["encoding"] or "cp1252")
        try:
            text = data.decode(guess)
        except (UnicodeDecodeError, LookupError):
            raise InputError("its letters cannot be read", where=name, mend="Save it as UTF-8.") from None
    if "\0" in text:
        raise InputError("this is no rate sheet: neither text nor a spreadsheet", where=name, mend="Give CSV or xlsx.")
    return text, guess.lower()


def _dialect(text: str) -> tuple[str, str]:
    """Return delimiter and quote: those under which most lines of the sample have the same number of fields.

    Of equals, the comma loses: it may be the decimal mark.
    """
    lines = [line for line in text[: _SAMPLE_LINES * 1000].splitlines()[:_SAMPLE_LINES] if line.strip()]
    best, best_score = (",", '"'), (0, 0)
    for delimiter in _DELIMITERS:
        opened = sum(line.startswith("'") or f"{delimiter}'" in line for line in lines)
        quote = "'" if opened * 2 > len(lines) else '"'
        reader = csv.reader(lines, delimiter=delimiter, quotechar=quote, skipinitialspace=True)
        widths = Counter(len(row) for row in reader if len(row) > 1)
        width, alike = widths.most_common(1)[0] if widths else (0, 0)
        if (alike, width if delimiter != "," else 0) > best_score:
            best, best_score = (delimiter, quote), (alike, width)
    return best

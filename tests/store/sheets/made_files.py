"""Files made for tests: workbooks old and new, archives, and those that lie about what they hold."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

SHEET_XML = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s</worksheet>'
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def xlsx(tabs: Mapping[str, Sequence[Sequence[Any]]], hidden: Sequence[str] = (), **options: Any) -> bytes:
    """A workbook; dates are date cells, texts that begin with = are formulas without a result."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"default_date_format": "dd/mm/yyyy", **options}) as book:
        for title, rows in tabs.items():
            page = book.add_worksheet(title)
            for place, row in enumerate(rows):
                page.write_row(place, 0, row)
            if title in hidden:
                page.hide()
    return stream.getvalue()


def zipped(entries: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


def with_part(archive: bytes, name: str, content: bytes) -> bytes:
    """The archive with one part replaced or added."""
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        return zipped({part: old.read(part) for part in old.namelist()} | {name: content})


def xlsx_of(sheet_data: bytes) -> bytes:
    """A workbook whose only sheet is written by hand."""
    return with_part(xlsx({"Rates": [["x"]]}), "xl/worksheets/sheet1.xml", SHEET_XML % sheet_data)


def lying(archive: bytes, name: str, declared: int) -> bytes:
    """The archive with another declared size of one part, in both places that tell it (APPNOTE 4.3.7, 4.3.12)."""
    made = bytearray(archive)
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        entry = old.getinfo(name)
    struct.pack_into("<I", made, entry.header_offset + 22, declared)
    central = made.index(name.encode(), made.index(b"PK\x01\x02")) - 46
    struct.pack_into("<I", made, central + 24, declared)
    return bytes(made)


def ods(rows: Sequence[str], title: str = "Rates") -> bytes:
    """An OpenDocument spreadsheet of rows in XML."""
    content = f"""<?xml version="1.0"?><office:document-content xmlns:office="{_OFFICE}:office:1.0"
        xmlns:table="{_OFFICE}:table:1.0" xmlns:text="{_OFFICE}:text:1.0"><office:body><office:spreadsheet>
        <table:table table:name="{title}">{"".join(rows)}</table:table>
        </office:spreadsheet></office:body></office:document-content>"""
    manifest = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    mimetype = b"application/vnd.oasis.opendocument.spreadsheet"
    return zipped({"mimetype": mimetype, "content.xml": content.encode(), "META-INF/manifest.xml": manifest})


def ods_row(*cells: str, repeated: int = 1) -> str:
    texts = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in cells
    )
    return f'<table:table-row table:number-rows-repeated="{repeated}">{texts}</table:table-row>'


def xls(cells: Mapping[tuple[int, int], str | float], date_1904: bool = False) -> bytes:
    """A workbook of Excel 97 with one sheet ([MS-XLS]): numbers and texts at (row, column)."""
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    for (row, column), value in cells.items():
        place = struct.pack("<HHH", row, column, 0)
        if isinstance(value, str):
            sheet += _record(0x0204, place + struct.pack("<HB", len(value), 0) + value.encode("latin-1"))
        else:
            sheet += _record(0x0203, place + struct.pack("<d", value))
    sheet += _record(0x000A, b"")
    opening = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    opening += _record(0x0022, struct.pack("<H", date_1904)) + _record(0x000E, struct.pack("<H", 1))
    begin = len(opening) + 4 + 6 + 2 + len("Rates") + 4
    opening += _record(0x0085, struct.pack("<IBBBB", begin, 0, 0, len("Rates"), 0) + b"Rates") + _record(0x000A, b"")
    return compound({"Workbook": opening + sheet})


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file ([MS-CFB]) of at most three streams, padded to 4,096 bytes, so that none is a small one."""
    end, fat_mark, free = 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
    bodies = [body.ljust(max(4_096, -(-len(body) // 512) * 512), b"\0") for body in streams.values()]
    sectors = 2 + sum(len(body) // 512 for body in bodies)
    fats = -(-(sectors + 2) // 128)
    chain = [fat_mark] * fats + [end]
    entries = [_entry("Root Entry", 5, 1, end, 0)]
    for place, (name, body) in enumerate(zip(streams, bodies, strict=True)):
        begin, count = len(chain), len(body) // 512
        chain += [*range(begin + 1, begin + count), end]
        entries.append(_entry(name, 2, place + 2 if place + 1 < len(bodies) else free, begin, len(body)))
    chain += [free] * (fats * 128 - len(chain))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, fats, fats, 0, 4_096, end, 0, end, 0)
    header += struct.pack("<109I", *range(fats), *[free] * (109 - fats))
    directory = b"".join(entries).ljust(512, b"\0")
    return header + struct.pack(f"<{fats * 128}I", *chain) + directory + b"".join(bodies)


def _entry(name: str, kind: int, following: int, begin: int, size: int) -> bytes:
    """One of the directory; streams hang below the root, each to the right of the one before."""
    none = 0xFFFFFFFF
    right, child = (none, following) if kind == 5 else (following, none)
    wide = name.encode("utf-16-le")
    head = wide.ljust(64, b"\0") + struct.pack("<HBBIII", len(wide) + 2, kind, 1, none, right, child)
    return head + bytes(36) + struct.pack("<IQ", begin, size)

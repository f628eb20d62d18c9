"""What a file is, by its content; names and extensions only lie."""

import io
import re
import struct
import zipfile
import zlib
from enum import StrEnum

ENTRIES_MOST = 2_000
ARCHIVE_ERRORS = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
    EOFError,
    LookupError,
    OverflowError,
    struct.error,
    zlib.error,
)
"""What the standard library raises for a damaged zip file."""
_HEAD = 4_096
_SAMPLE = 65_536


class Kind(StrEnum):
    """The kinds that are told apart; the value is also the extension of those that are read."""

    XLSX = "xlsx"
    XLSM = "xlsm"
    XLSB = "xlsb"
    XLS = "xls"
    ODS = "ods"
    TEXT = "csv"
    HTML = "html"
    SPREADSHEET_XML = "xml"
    ZIP = "zip"
    GZIP = "gz"
    EMPTY = "empty"
    PROTECTED = "protected"
    SXC = "sxc"
    PDF = "pdf"
    DOCUMENT = "document"
    OTHER = "other"


_ZIP, _GZIP = (b"PK\x03\x04", b"PK\x05\x06"), b"\x1f\x8b"
_MAGIC = (
    (b"%PDF", Kind.PDF),
    (_GZIP, Kind.GZIP),
    (b"{\\rtf", Kind.DOCUMENT),
    (b"\x89PNG", Kind.OTHER),
    (b"GIF8", Kind.OTHER),
    (b"\xff\xd8\xff", Kind.OTHER),
    (b"MZ\x90", Kind.OTHER),
    (b"\x7fELF", Kind.OTHER),
    (b"Rar!", Kind.OTHER),
    (b"7z\xbc\xaf", Kind.OTHER),
    (b"BZh", Kind.OTHER),
    (b"PAR1", Kind.OTHER),
)
_OLD_EXCEL = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")
"""The first record of Excel 2, 3 and 4: [MS-XLS] 2.4.21 and what came before."""
_FILE_PASS = re.compile(rb"\x09\x08\x10\x00\x00\x06\x05\x00.{12}(?:\x86\x00\x00\x00)?\x2f\x00", re.DOTALL)
"""A workbook's first records when it is encrypted: BOF, perhaps WriteProtect, FilePass ([MS-XLS] 2.1.7.20.3)."""
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_CONTENT_TYPES = (
    (b"ms-excel.sheet.binary", Kind.XLSB),
    (b"sheet.macroEnabled", Kind.XLSM),
    (b"spreadsheetml.sheet", Kind.XLSX),
    (b"spreadsheetml.template", Kind.XLSX),
    (b"wordprocessingml", Kind.DOCUMENT),
    (b"presentationml", Kind.DOCUMENT),
)


def kind_of(data: bytes) -> Kind:
    """Tell what a file is. Never raises; what is damaged may be told wrongly, and fails when it is read."""
    head = data[:_HEAD]
    if not head.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe") and not data.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        return Kind.EMPTY
    if head.startswith(_ZIP):
        return _zip_kind(data)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _compound_kind(data)
    if head.startswith(_OLD_EXCEL):
        return Kind.OTHER
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if is_binary(data):
        return Kind.OTHER
    return _text_kind(head)


def may_be_archive(data: bytes) -> bool:
    """Say whether a file may be of kind ZIP or GZIP, by its first bytes: quick, and so are workbooks."""
    return data.startswith((*_ZIP, _GZIP))


def is_binary(data: bytes) -> bool:
    """Tell what is no text: bytes that no text has, and that are not those of UTF-16 or UTF-32 either."""
    sample = data[:_SAMPLE].rstrip(b"\0\x1a")
    if sample.startswith(_WIDE_MARKS) or wide_order(sample):
        return False
    odd = sum(sample.count(byte) for byte in range(32) if byte not in b"\t\n\r\x0b\x0c\x1a\x1c\x1d\x1e\x1f\x01\x02")
    return odd * 200 > len(sample)


def wide_order(data: bytes) -> str:
    """Return utf-16-le or utf-16-be for such text without a mark: digits and separators leave each second byte zero."""
    sample = data[:_HEAD]
    high, low = sample[::2].count(0), sample[1::2].count(0)
    if low * 10 > len(sample) and high * 20 < low:
        return "utf-16-le"
    return "utf-16-be" if high * 10 > len(sample) and low * 20 < high else ""


def has_many_entries(data: bytes) -> bool:
    """Tell a zip whose list of entries alone would fill the memory; those of stored archives within it count too."""
    return data.count(b"PK\x01\x02") > ENTRIES_MOST


def _zip_kind(data: bytes) -> Kind:
    if has_many_entries(data):
        return Kind.ZIP
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "mimetype" in names:
                with archive.open("mimetype") as entry:
                    return _open_document(archive, entry.read(_HEAD))
            if "[Content_Types].xml" in names:
                with archive.open("[Content_Types].xml") as entry:
                    types = entry.read(_SAMPLE)
                return next((kind for mark, kind in _CONTENT_TYPES if mark in types), Kind.ZIP)
            if any(name.endswith(".iwa") for name in names):
                return Kind.DOCUMENT
    except ARCHIVE_ERRORS:
        return Kind.ZIP
    return Kind.ZIP


def _open_document(archive: zipfile.ZipFile, mimetype: bytes) -> Kind:
    if b"vnd.sun.xml.calc" in mimetype:
        return Kind.SXC
    if b"opendocument.spreadsheet" not in mimetype:
        return Kind.DOCUMENT if b"opendocument" in mimetype else Kind.ZIP
    with archive.open("META-INF/manifest.xml") as entry:
        protected = b"encryption-data" in entry.read(_SAMPLE)
    return Kind.PROTECTED if protected else Kind.ODS


def _compound_kind(data: bytes) -> Kind:
    """Tell the users of Microsoft's compound files apart by the names of their streams ([MS-CFB] 2.6.1)."""
    if _stream("EncryptedPackage") in data or _FILE_PASS.search(data):
        return Kind.PROTECTED
    if _stream("WordDocument") in data or _stream("PowerPoint Document") in data or _stream("__substg1.0") in data:
        return Kind.DOCUMENT
    return Kind.XLS


def _stream(name: str) -> bytes:
    return name.encode("utf-16-le")


def _text_kind(head: bytes) -> Kind:
    order = wide_order(head)
    text = (
        head.decode(order or ("utf-16" if head.startswith(_WIDE_MARKS) else "utf-8-sig"), "replace")
        .lower()
        .lstrip("\ufeff \t\r\n")
    )
    if text.startswith("mime-version:") or "\nmime-version:" in text:
        return Kind.DOCUMENT
    if "urn:schemas-microsoft-com:office:spreadsheet" in text and "<html" not in text:
        return Kind.SPREADSHEET_XML
    is_html = text.startswith("<") and any(tag in text for tag in ("<html", "<table", "<body"))
    return Kind.HTML if is_html else Kind.TEXT

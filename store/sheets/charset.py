"""Bytes of text in any encoding to UTF-8 with plain line ends."""

import codecs
import re
from dataclasses import dataclass

import chardet

from domain.errors import InputError
from store.sheets.kinds import wide_order

_SAMPLE_BYTES = 65_536
_LINES_MOST = 20_000
"""Of so many lines that are not ASCII an encoding is told."""
_EASTERN = ("big5", "cp932", "cp949", "euc", "gb", "johab", "shift")
"""Encodings with two bytes for a letter, by how their names begin."""
_PAIR = re.compile(rb"[\x80-\xff]{2}")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before that of UTF-16, which is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Text:
    """A text file: valid UTF-8, lines parted by \\n alone, no NUL. `encoding` is the one it came in."""

    utf8: bytes
    encoding: str
    notes: tuple[str, ...] = ()


def read_text(name: str, data: bytes) -> Text:
    """Decode by byte order mark, as UTF-8 where that is valid, else by the letters that are not ASCII.

    Raises InputError when it is text in no encoding.
    """
    decoded = _decoded(name, data)
    utf8 = decoded.utf8.rstrip(b"\x1a\0")  # what DOS and tapes put behind a file
    if b"\0" in utf8:
        utf8 = utf8.replace(b"\0", b"")
    return Text(_plain_ends(utf8), decoded.encoding, decoded.notes)


def _decoded(name: str, data: bytes) -> Text:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], encoding) or _loosely(data[len(mark) :], encoding)
    order = wide_order(data)
    if order:
        return _strictly(data, order) or _loosely(data, order)
    if data.isascii():
        return Text(data, "ascii")
    return _strictly(data, "utf-8") or _mixed(data) or _guessed(name, data)


def _strictly(data: bytes, encoding: str) -> Text | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return Text(data if encoding == "utf-8" else text.encode(), encoding)


def _loosely(data: bytes, encoding: str) -> Text:
    text = data.decode(encoding, "replace")
    note = f"{text.count(chr(0xFFFD)):,} letters are none in {encoding}; they are shown as \N{REPLACEMENT CHARACTER}."
    return Text(text.encode("utf-8", "replace"), encoding, (note,))


def _mixed(data: bytes) -> Text | None:
    """Decode UTF-8 among which some lines are in an encoding of Windows, as when sheets were put together."""
    telling = _telling_lines(data)
    wrong = [line for line in telling if not _is_utf8(line)]
    if len(wrong) * 2 > len(telling):  # lines that are UTF-8 by chance are few
        return None
    guess = _guess(b"\n".join(wrong))
    lines = data.split(b"\n")
    mended = 0
    for place, line in enumerate(lines):
        if not line.isascii() and not _is_utf8(line):
            lines[place] = line.decode(guess, "replace").encode()
            mended += 1
    return Text(b"\n".join(lines), "utf-8", (f"{mended:,} lines are not UTF-8 as the others are; read as {guess}.",))


def _guessed(name: str, data: bytes) -> Text:
    encoding = _guess(b"\n".join(_telling_lines(data)))
    try:
        return _strictly(data, encoding) or _loosely(data, encoding)
    except (LookupError, UnicodeError):
        raise InputError("its letters cannot be read", where=name, mend="Save it as UTF-8.") from None


def _guess(telling: bytes) -> str:
    found = str(chardet.detect(telling[:_SAMPLE_BYTES])["encoding"] or "cp1252").lower()
    # a few accents among ASCII letters are taken for Chinese, whose texts soon have two such bytes side by side
    return "cp1252" if found.startswith(_EASTERN) and not _PAIR.search(telling) else found


def _telling_lines(data: bytes) -> list[bytes]:
    telling: list[bytes] = []
    for begin in range(0, len(data), _SAMPLE_BYTES * 16):
        piece = data[begin : begin + _SAMPLE_BYTES * 16]
        if not piece.isascii():  # the pieces' first and last lines are cut: they tell nothing
            telling += [line for line in piece.split(b"\n")[1 if begin else 0 :] if not line.isascii()]
        if len(telling) > _LINES_MOST:
            break
    return telling


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _plain_ends(utf8: bytes) -> bytes:
    while b"\r\n" in utf8:  # \r\r\n comes of writing a text twice
        utf8 = utf8.replace(b"\r\n", b"\n")
    if b"\r" in utf8:  # the ends of old Macs, else breaks within a cell
        utf8 = utf8.replace(b"\r", b"\n" if utf8.count(b"\r") > utf8.count(b"\n") else b" ")
    return utf8

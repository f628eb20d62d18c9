"""Zip files: the rate files that a partner packed into one, and how far an archive may be trusted.

Nothing is written to disk, and no size that an archive declares is believed.
"""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from domain.errors import InputError
from store.sheets.kinds import ARCHIVE_ERRORS, ENTRIES_MOST, Kind, has_many_entries, kind_of

FILES_MOST = 64
DEPTH_MOST = 2
"""Zips within zips that are still opened."""
UNPACKED_TIMES = 4
"""All files of an archive may together be this many times as large as one may be."""
MB = 1 << 20
_PIECE = 1 << 20
_FEED = 1 << 16
_JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
_NO_SHEETS = {Kind.PDF, Kind.OTHER, Kind.DOCUMENT, Kind.EMPTY}
_LETTERS = ("readme", "read me", "license", "licence", "disclaimer", "terms")
"""How texts begin that come along with a sheet."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What a file holds: rate files with their names, and the names of what else came along."""

    files: tuple[tuple[str, bytes], ...]
    left_out: tuple[str, ...] = ()


def attachments(name: str, data: bytes, most_mb: int) -> list[tuple[str, bytes]]:
    """Return the rate files of a zip or gz by their last names, else the file itself. Raises InputError as `unpack`."""
    return list(unpack(name, data, most_mb).files)


def unpack(name: str, data: bytes, most_mb: int) -> Unpacked:
    """Return what a file holds; one that is no archive holds itself.

    Raises InputError when an archive is damaged, protected, holds no rate file, or unpacks to more than is read.
    """
    if kind_of(data) not in (Kind.ZIP, Kind.GZIP):
        return Unpacked(((name, data),))
    room = _Room(most_mb * MB, most_mb * MB * UNPACKED_TIMES)
    files: list[tuple[str, bytes]] = []
    left_out: list[tuple[str, bytes]] = []
    for path, content in _parts(name, data, room, 1):
        (files if may_be_sheet(path, content) else left_out).append((path, content))
    if not files:
        held = f": it has {', '.join(path for path, _ in left_out[:5])}" if left_out else ""
        raise InputError(f"the archive has no rate sheet{held}", where=name, mend="Send the sheet as xlsx or CSV.")
    if len(files) > FILES_MOST:
        raise InputError(f"the archive has {len(files)} files, more than {FILES_MOST}", where=name, mend="Split it.")
    return Unpacked(tuple(_told_apart(files)), tuple(path for path, _ in left_out))


def may_be_sheet(name: str, data: bytes) -> bool:
    """Tell what may be a rate file from letters, pictures, documents and programs that come along with one."""
    return kind_of(data) not in _NO_SHEETS and not _is_letter(name, data)


def entries_of(name: str, data: bytes) -> list[zipfile.ZipInfo]:
    """Return the entries of a zip file, of which each can be read by `pieces`. Raises InputError."""
    if has_many_entries(data):
        words = f"the archive has more than {ENTRIES_MOST:,} entries"
        raise InputError(words, where=name, mend="Send the sheet alone.")
    mend = "Ask the partner to send it again."
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except ARCHIVE_ERRORS as error:
        raise InputError(f"the file is damaged ({error})", where=name, mend=mend) from None
    if len({entry.filename for entry in entries}) < len(entries):
        raise InputError("the file is damaged (two of its parts have one name)", where=name, mend=mend)
    if any(entry.flag_bits & 1 for entry in entries):
        raise InputError("the archive is protected by a password", where=name, mend="Send it without one.")
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise InputError("the archive is packed in a way that is not read", where=name, mend="Pack it as a plain zip.")
    return entries


def pieces(name: str, data: bytes, entry: zipfile.ZipInfo, most: int) -> Iterator[bytes]:
    """Unpack an entry piece by piece to its real end, whatever size it declares.

    Raises InputError when it is damaged or has more than `most` bytes.
    """
    damaged = InputError("the file is damaged (a part does not unpack)", where=name, mend="Ask for it again.")
    head = data[entry.header_offset : entry.header_offset + 30]
    if len(head) < 30 or not head.startswith(b"PK\x03\x04"):
        raise damaged
    start = entry.header_offset + 30 + sum(struct.unpack("<HH", head[26:30]))
    packed = memoryview(data)[start : start + entry.compress_size]
    size = 0
    for piece in _inflated(packed, damaged) if entry.compress_type else iter([bytes(packed)]):
        size += len(piece)
        if size > most:
            mend = "Send the rate sheet alone."
            raise InputError(f"the file unpacks to more than {most // MB:,} MB", where=name, mend=mend)
        yield piece
    if size != entry.file_size:
        raise damaged


def _inflated(packed: memoryview, damaged: InputError) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for begin in range(0, len(packed), _FEED):
            fed: bytes | memoryview = packed[begin : begin + _FEED]
            while fed and not inflater.eof:
                yield inflater.decompress(fed, _PIECE)
                fed = inflater.unconsumed_tail
        while not inflater.eof:
            piece = inflater.decompress(b"", _PIECE)
            if not piece:
                raise damaged
            yield piece
    except zlib.error:
        raise damaged from None


@dataclass(slots=True)
class _Room:
    """How much may still be unpacked: of one file, and of all."""

    one: int
    all: int


def _parts(name: str, data: bytes, room: _Room, depth: int) -> Iterator[tuple[str, bytes]]:
    """Yield the files of an archive, those of archives within it too."""
    if kind_of(data) is Kind.GZIP:
        parts = iter([(name.removesuffix(".gz"), _gunzipped(name, data, room))])
    else:
        parts = _zip_parts(name, data, room)
    for path, content in parts:
        if kind_of(content) not in (Kind.ZIP, Kind.GZIP):
            yield path, content
        elif depth == DEPTH_MOST:
            mend = "Send the rate sheet alone."
            raise InputError(f"{path} is an archive within archives, too deep to open", where=name, mend=mend)
        else:
            yield from _parts(path, content, room, depth + 1)


def _zip_parts(name: str, data: bytes, room: _Room) -> Iterator[tuple[str, bytes]]:
    for entry in entries_of(name, data):
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        is_folder = entry.filename.endswith(("/", "\\")) or not path.name
        if is_folder or any(part in _JUNK for part in path.parts) or path.name.startswith((".", "~$")):
            continue
        content = b"".join(pieces(name, data, entry, min(room.one, room.all)))
        room.all -= len(content)
        yield path.name, content


def _gunzipped(name: str, data: bytes, room: _Room) -> bytes:
    most = min(room.one, room.all)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            content = packed.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"the file is damaged ({error})", where=name, mend="Ask for it again.") from None
    if len(content) > most:
        raise InputError(f"the file unpacks to more than {most // MB:,} MB", where=name, mend="Split it.")
    room.all -= len(content)
    return content


def _is_letter(path: str, content: bytes) -> bool:
    """Tell a text that comes along with a sheet: it is called so, or is short and has nothing that parts columns."""
    if kind_of(content) is not Kind.TEXT:
        return False
    if path.lower().startswith(_LETTERS):
        return True
    marks = (b";", b"\t", b",", b"|", b"  ")
    return len(content) < 10_000 and not any(content.count(mark) >= content.count(b"\n") > 0 for mark in marks)


def _told_apart(files: list[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """Give files of one name, which lay in different folders, a number."""
    seen: dict[str, int] = {}
    for name, content in files:
        seen[name] = seen.get(name, 0) + 1
        path = PurePosixPath(name or "file")
        yield (f"{path.stem} ({seen[name]}){path.suffix}" if seen[name] > 1 else name), content

"""Taking a backup: books and catalog at one moment, then segments, then every other file; whole at last, by a rename.

Why this order is right, also while legs are sealed meanwhile. A leg is in exactly one place: in its book's `leg` table,
or in a segment that a row of that book names. Sealing moves it in one transaction, and the segment's file is durable
under its final name before that. So a book as of any moment names only files that are there by then; files are never
changed and never deleted, so they still are there when we come to copy them. What is sealed after the moment is in the
copied `leg` table, and its new segment is not named by the copied book: we copy the files that the copies name, and no
others. The other way round (segments first), a leg sealed in between would be in neither.
The pointer to the published snapshots is read before the moment: it may tell less than the catalog, never more.
"""

import fcntl
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from domain.clock import Clock
from domain.errors import BrokenWorldError, ConflictError, InputError
from store.backups import manifest as manifests
from store.backups.cut import BOOKS, CATALOG, Cut
from store.backups.found import PUBLISHED, files_of
from store.backups.manifest import PIECE_BYTES, BackupManifest, BookEntry, FileEntry, Tick
from store.clock_file import read_clock
from store.files import sync_folder
from store.settings_file import NAME as SETTINGS

SEGMENTS = "segments"
NAMED_SEGMENTS = "SELECT file, sha256 FROM segment ORDER BY first_seq"
LEFT_BEHIND = re.compile(rf"\.{manifests.NAMED.pattern}\.(partial|gone)")
"""What somebody leaves who is killed while he writes or deletes a backup."""
SPARE_BYTES = 64 << 20
"""What must stay free on the disk of the backups."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up: a data folder, which program does it, and its settings file (None: the one in the folder)."""

    data: Path
    product: str
    settings: bytes | None = None
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A backup that was written; `damaged` are files of the one before it that are not as they were written."""

    folder: Path
    damaged: tuple[str, ...] = ()


def read_published(data: Path) -> bytes:
    """Read what is published; to be called before the moment of the copy."""
    path = data / PUBLISHED
    return path.read_bytes() if path.is_file() else b""


def take(source: Source, cut: Cut, published: bytes, place: Path, tick: Tick, *, hold: bool = False) -> Written:
    """Write a backup into `place`. With `hold` the moment stays open afterwards.

    Raises InputError where the place cannot be used, BrokenWorldError where the original is damaged; nothing that looks
    like a backup is left then.
    """
    began = time.monotonic()
    place = place.absolute()
    if place == source.data or source.data in place.parents:
        mend = "Name a folder elsewhere, best on another disk or machine."
        raise InputError("lies in the data folder itself", where=str(place), mend=mend)
    with _locked(place):
        name = manifests.name_of(cut.at_ms)
        aside = place / f".{name}.partial"
        try:
            aside.mkdir(mode=0o700)
            made, damaged = _filled(source, cut, published, aside, tick, hold, began)
            manifests.write(aside, made)
            aside.rename(place / name)
            sync_folder(place)
        except OSError as error:
            shutil.rmtree(aside, ignore_errors=True)
            raise InputError(
                f"the backup was not written ({error})", where=str(place), mend="Nothing of it is left."
            ) from error
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
    return Written(place / name, damaged)


def prune(place: Path, keep: int, installation: str) -> list[Path]:
    """Delete the oldest backups of an installation but for the last `keep`; files that later ones share with them stay.

    Whatever else is there is left alone: folders of other names, backups of others, those that cannot be read. One of
    the future is neither deleted nor one of the last: a clock that was wrong must not cost those that are right.
    """
    if not installation:
        return []  # whose they are cannot be told
    with _locked(place):
        until_ms = time.time_ns() // 1_000_000 + manifests.AHEAD_MS
        past = [folder for folder, made in manifests.ours(place, installation) if made.at_ms <= until_ms]
        gone = [folder for folder in reversed(past[max(1, keep) :]) if not folder.is_symlink()]
        for path in gone:
            aside = path.with_name(f".{path.name}.gone")
            path.rename(aside)  # from here on it is no backup, however far the deleting comes
            shutil.rmtree(aside, ignore_errors=True)
    return gone


def _filled(
    source: Source, cut: Cut, published: bytes, aside: Path, tick: Tick, hold: bool, began: float
) -> tuple[BackupManifest, tuple[str, ...]]:
    copier = _Copier(source.data, aside, _former(aside.parent, manifests.installation_of(source.data)))
    copier.need_room(cut, files_of(source.data, aside.parent)[0], copies=2 if hold else 1)
    cut.copy(aside, tick)
    if not hold:
        cut.close()
    copies = [CATALOG, *(f"{BOOKS}/book-{number}.db" for number in range(cut.books))]
    files = [_entry(aside, name) for name in copies]
    books = tuple(_book(aside / name, number) for number, name in enumerate(copies[1:]))
    segments = [row for name in copies[1:] for row in _segments(aside / name)]
    for done, (path, digest) in enumerate(segments):
        files.append(copier.copied(f"{SEGMENTS}/{path}", must=digest))
        tick("segments", done + 1, len(segments))
    others, passed = files_of(source.data, aside.parent)
    if source.settings is not None:
        others = [path for path in others if path != SETTINGS]
    for done, path in enumerate(others):
        if (entry := copier.taken(path)) is not None:
            files.append(entry)
        tick("files", done + 1, len(others))
    if published:
        files.append(copier.written(PUBLISHED, published, 0o644))
    if source.settings is not None:
        files.append(copier.written(SETTINGS, source.settings, 0o600))
    for folder in sorted({(aside / file.path).parent for file in files} | {aside}):
        sync_folder(folder)
    clock = read_clock(source.data) or Clock(0, 0, 1.0)
    made = BackupManifest(
        product=source.product,
        at_ms=cut.at_ms,
        business_ms=clock.business_ms(cut.at_ms),
        store=cut.kind,
        catalog_schema=_one(aside / CATALOG, "SELECT version_num FROM catalog_schema"),
        books=books,
        files=tuple(sorted(files, key=lambda file: file.path)),
        elsewhere=tuple(sorted({*source.elsewhere, *passed})),
        linked=copier.linked,
        took_ms=round((time.monotonic() - began) * 1000),
    )
    return made, tuple(copier.damaged)


class _Copier:
    """Copies files of the data folder; one that a former backup has with the same bytes is linked instead."""

    def __init__(self, data: Path, aside: Path, former: tuple[Path, dict[str, FileEntry]]) -> None:
        self._data, self._aside = data, aside
        self._former, self._known = former
        self.linked = 0
        self.damaged: list[str] = []
        """Files of the former backup that could have been linked, and are not any more what was written."""

    def need_room(self, cut: Cut, others: list[str], *, copies: int) -> None:
        """Raise InputError where what must be copied has no room, before anything is; `copies`: so many of all."""
        need = cut.size
        for book in range(cut.books):
            for path, digest in cut.stream(book, NAMED_SEGMENTS):
                before = self._known.get(f"{SEGMENTS}/{path}")
                if before is None or before.sha256 != digest:
                    need += _size(self._data / SEGMENTS / path)
        for path in others:
            before, size = self._known.get(path), _size(self._data / path)
            need += size if before is None or before.size != size else 0
        need = need * copies + SPARE_BYTES
        free = shutil.disk_usage(self._aside).free
        if free < need:
            what = f"there is room for {free >> 20} MB, the backup needs {need >> 20} MB"
            if copies > 1:
                what = f"there is room for {free >> 20} MB, {copies} copies need {need >> 20} MB"
            raise InputError(what, where=str(self._aside.parent), mend="Free some, or name another disk.")

    def copied(self, name: str, *, must: str) -> FileEntry:
        """Link or copy a file whose sha256 is known. Raises BrokenWorldError where it is missing or not so."""
        before = self._known.get(name)
        if before is not None and before.sha256 == must and self._link(before):
            return before
        try:
            entry = self._copy(name)
        except FileNotFoundError:
            raise BrokenWorldError(f"{self._data / name} is missing, and a book names it") from None
        if entry.sha256 != must:
            raise BrokenWorldError(f"{self._data / name} is damaged: its sha256 is not that of its book")
        return entry

    def taken(self, name: str) -> FileEntry | None:
        """Link or copy any other file; None where it has gone meanwhile."""
        try:
            before = self._known.get(name)
            size = (self._data / name).stat().st_size
            same = before is not None and before.size == size
            if same and before and manifests.sha256_of(self._data / name) == before.sha256 and self._link(before):
                return before
            return self._copy(name)
        except FileNotFoundError:
            return None

    def written(self, name: str, content: bytes, mode: int) -> FileEntry:
        """Write a file of given content; never into one that is there, which may be linked to an earlier backup's."""
        path = self._aside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return FileEntry(name, len(content), sha256(content).hexdigest(), mode)

    def _link(self, before: FileEntry) -> bool:
        """Share a file of the former backup, if it still is as it was written: a flaw would be in all later ones."""
        source, target = self._former / before.path, self._aside / before.path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if manifests.sha256_of(source) != before.sha256:
                self.damaged.append(f"{self._former.name}/{before.path}")
                return False
            os.link(source, target)
        except OSError:  # it is gone, or the disk knows no links: a copy is as good
            return False
        self.linked += 1
        return True

    def _copy(self, name: str) -> FileEntry:
        source, target = self._data / name, self._aside / name
        digest, size = sha256(), 0
        with source.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode & 0o777
            target.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as copy:
                while piece := file.read(PIECE_BYTES):
                    copy.write(piece)
                    digest.update(piece)
                    size += len(piece)
                copy.flush()
                os.fsync(copy.fileno())
        return FileEntry(name, size, digest.hexdigest(), mode)


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    """Be the only one who writes into a place; clear away what somebody left there who was killed."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        lock = os.open(place / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror})", where=str(place), mend="Name another folder."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for left in place.iterdir():
            if LEFT_BEHIND.fullmatch(left.name) and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
        yield
    except BlockingIOError:
        raise ConflictError(
            "another backup is being written there", where=str(place), mend="Wait for its end."
        ) from None
    finally:
        os.close(lock)


def _former(place: Path, installation: str) -> tuple[Path, dict[str, FileEntry]]:
    """Return an installation's newest readable backup in a place and its files; none: nothing can be linked."""
    for folder, made in manifests.ours(place, installation):
        return folder, {file.path: file for file in made.files}
    return place, {}


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _entry(aside: Path, name: str) -> FileEntry:
    path = aside / name
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return FileEntry(name, path.stat().st_size, manifests.sha256_of(path), 0o600)


def _book(path: Path, number: int) -> BookEntry:
    words = dict(_all(path, "SELECT name, value FROM book"))
    return BookEntry(number, words["schema"], words.get("epoch", 0))


def _segments(path: Path) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in _all(path, NAMED_SEGMENTS)]


def _one(path: Path, sql: str) -> str:
    return str(_all(path, sql)[0][0])


def _all(path: Path, sql: str) -> list[Any]:
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()

"""One moment of all books and of the catalog, held open while they are copied. Writers never wait for it.

Why one moment: a posting goes from the outbox of one book to the inbox of another, by numbers that are never given
twice. Copies of two moments could hold a posting that the one has sent and the other not yet had (money lost), or a
number seen by the one that the other will give again (money never taken).
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import psycopg

from domain.errors import BrokenWorldError, InputError, NotFoundError
from store.away import away, database_named
from store.backups.manifest import Tick
from store.book_rows import Row

BOOKS, CATALOG = "books", "catalog.db"
"""Where the copies lie, in a backup as in a data folder."""
PAGES = 2_000
"""Pages (8 MB) copied between two calls of `tick`."""
STILL_S = 30.0
"""So long we try to find a moment in which no book commits; with one book the first try is one."""
ITSELF = "sqlite_master"


class Cut(Protocol):
    """All books and the catalog at one moment."""

    kind: str
    """What it was taken from: sqlite or postgresql."""
    at_ms: int
    """That moment, UTC ms by the machine."""
    books: int
    size: int
    """Bytes that copies of all of them need at most; 0: not known."""

    def stream(self, book: int | None, sql: str) -> Iterator[Row]:
        """Yield the rows of a question to one book, or to the catalog (None), without holding them all."""
        ...

    def copy(self, folder: Path, tick: Tick) -> None:
        """Write the catalog and the books as SQLite files, each complete in itself."""
        ...

    def close(self) -> None:
        """Let go of the moment. May be called twice."""
        ...


class SqliteCut:
    """Read transactions on all files, open at the same time.

    In WAL mode a reader keeps no writer waiting; what the writers add meanwhile stays in the WAL files until we are
    done. Invariant: between the first snapshot and the last one no file was committed to, as witnesses beside saw.
    """

    kind = "sqlite"

    def __init__(self, catalog: Path, books: Sequence[Path]) -> None:
        self.books = len(books)
        self._files = [catalog, *books]
        for path in self._files:
            if not path.is_file():
                mend = "A switchboard that was started once has all its books: look for it before anything else."
                raise NotFoundError("is missing", where=str(path), mend=mend)
        self.size = bytes_of(self._files)
        self._readers = [_opened(path) for path in self._files]
        self.at_ms = self._begin([_opened(path) for path in self._files])

    def _begin(self, witnesses: list[sqlite3.Connection]) -> int:
        deadline = time.monotonic() + STILL_S
        try:
            while True:
                before = [_version(one) for one in witnesses]
                at_ms = time.time_ns() // 1_000_000
                for reader in self._readers:
                    reader.execute("BEGIN")
                    reader.execute(f"SELECT count(*) FROM {ITSELF}").fetchone()  # the snapshot begins here
                if [_version(one) for one in witnesses] == before:
                    return at_ms
                for reader in self._readers:
                    reader.execute("ROLLBACK")
                if time.monotonic() > deadline:
                    raise BrokenWorldError(f"the books did not hold still together within {STILL_S:.0f} s: try again")
                time.sleep(0.001)
        except BaseException:
            self.close()
            raise
        finally:
            for one in witnesses:
                one.close()

    def stream(self, book: int | None, sql: str) -> Iterator[Row]:
        """Yield the rows of a question."""
        return self._readers[0 if book is None else 1 + book].execute(sql)

    def copy(self, folder: Path, tick: Tick) -> None:
        """Copy by SQLite's backup API, over the open snapshots: pages that change meanwhile begin nothing anew."""
        (folder / BOOKS).mkdir(exist_ok=True)
        for reader, source in zip(self._readers, self._files, strict=True):
            target = folder / (CATALOG if source is self._files[0] else f"{BOOKS}/{source.name}")
            target.touch(mode=0o600)
            copied = sqlite3.connect(target, isolation_level=None)
            try:
                copied.execute("PRAGMA synchronous=OFF")  # who calls us makes the files durable
                reader.backup(copied, pages=PAGES, progress=_ticking(tick, target.name))
                copied.execute("PRAGMA journal_mode=DELETE")  # one file, without a WAL beside it
            finally:
                copied.close()

    def close(self) -> None:
        """End the read transactions."""
        for reader in self._readers:
            reader.close()


@contextmanager
def open_cut(data: Path, url: str, books: int) -> Iterator[Cut]:
    """Open the durable store of a data folder at one moment: PostgreSQL where `url` names one, else its files.

    Raises InputError where it is away, BrokenWorldError where it cannot be read.
    """
    cut: Cut | None = None
    try:
        if url.startswith("postgresql"):
            from store.backups.postgres_cut import PostgresCut  # SQLModel is for those who need it

            cut = PostgresCut(url, books)
        else:
            cut = SqliteCut(data / CATALOG, [data / BOOKS / f"book-{number}.db" for number in range(books)])
        yield cut
    except Exception as error:
        if not isinstance(getattr(error, "orig", error), sqlite3.Error | psycopg.Error):  # SQLAlchemy wraps them
            raise
        if why := away(error, database_named(url) if url else str(data)):
            raise InputError(why, mend="Nothing was copied: try again when it is back.") from error
        raise BrokenWorldError(f"the books cannot be copied: {error}") from error
    finally:
        if cut is not None:
            cut.close()


def bytes_of(files: Sequence[Path]) -> int:
    """Return how much room copies of SQLite files need at most: what lies in their WAL files may be added to them."""
    parts = [path.with_name(f"{path.name}{ending}") for path in files for ending in ("", "-wal")]
    return sum(part.stat().st_size for part in parts if part.is_file())


def _ticking(tick: Tick, name: str) -> Callable[[int, int, int], None]:
    return lambda _, left, total: tick(name, total - left, total)


def _opened(path: Path) -> sqlite3.Connection:
    # not mode=ro: a reader of a WAL file must be able to make its shared-memory index
    db = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=5, check_same_thread=False
    )
    db.execute("PRAGMA query_only=ON")
    return db


def _version(witness: sqlite3.Connection) -> int:
    """Return a number that changes when another connection commits."""
    return int(witness.execute("PRAGMA data_version").fetchone()[0])

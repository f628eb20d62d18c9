"""Books read from outside their shard: read-only, one consistent moment per question. Used by desk and tasks."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from domain.calls import Parked, Side
from domain.causes import ParkCause
from domain.ids import PartnerId
from domain.ledger import Transfer
from domain.money import Currency
from store import book_rows, book_schema
from store.book_rows import Row


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A sealed segment, as the book names it."""

    segment: str
    file: str
    day: int
    legs: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance as the book's own table says it, units."""

    partner: PartnerId
    side: Side
    currency: Currency
    posted: int
    held: int
    open_calls: int


class Snapshot:
    """All of one book at one moment."""

    def __init__(self, query: Any) -> None:
        self._query = query

    def rows(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """Return the rows of a question written with `?` marks."""
        return list(self._query(sql, args))

    def leg_rows(self, columns: Iterable[str], tail: str, args: Sequence[Any] = ()) -> list[Row]:
        """Return columns (or sums) of the legs that the book itself holds; `tail` begins with WHERE or GROUP BY."""
        return self.rows(f"SELECT {', '.join(columns)} FROM leg {tail}", args)

    def segments(self) -> list[SegmentRow]:
        """Return the segments, in order of sealing."""
        found = self.rows("SELECT segment, file, day, legs, sha256 FROM segment ORDER BY first_seq")
        return [SegmentRow(*row) for row in found]

    def ended_legs(self, last_seq: int = 2**62) -> list[Row]:
        """Return the ended legs that are not sealed, in order of seq: LEG_COLUMNS and then seq."""
        columns = ", ".join([*book_schema.LEG_COLUMNS, "seq"])
        return self.rows(f"SELECT {columns} FROM leg WHERE seq <= ? ORDER BY seq", (last_seq,))

    def open_legs(self) -> list[Row]:
        """Return the legs that have begun and not ended."""
        columns = ", ".join(book_schema.LEG_COLUMNS)
        return self.rows(f"SELECT {columns} FROM leg WHERE state = 'open'")

    def transfers(self) -> list[Transfer]:
        """Return all transfers, in order of time."""
        columns = ", ".join(book_schema.TRANSFER_COLUMNS)
        found = self.rows(f"SELECT {columns} FROM transfer ORDER BY at_ms, transfer_id")
        return [book_rows.transfer_of(row) for row in found]

    def transfer(self, transfer_id: str) -> Transfer | None:
        """Return one transfer."""
        columns = ", ".join(book_schema.TRANSFER_COLUMNS)
        found = self.rows(f"SELECT {columns} FROM transfer WHERE transfer_id = ?", (transfer_id,))
        return book_rows.transfer_of(found[0]) if found else None

    def balances(self) -> list[Balance]:
        """Return the balances."""
        found = self.rows("SELECT partner, side, currency, posted, held, open_calls FROM balance ORDER BY 1, 2, 3")
        return [Balance(PartnerId(p), Side(s), Currency(c), *sums) for p, s, c, *sums in found]

    def parked(self, limit: int, offset: int) -> tuple[list[Parked], int]:
        """Return a page of the parked records, newest first, and their count."""
        columns = ", ".join(book_schema.PARKED_COLUMNS)
        found = self.rows(f"SELECT {columns} FROM parked ORDER BY received_ms DESC LIMIT ? OFFSET ?", (limit, offset))
        return [book_rows.parked_of(row) for row in found], self.rows("SELECT count(*) FROM parked")[0][0]

    def parked_after(self, after: tuple[int, bytes], limit: int, causes: Sequence[ParkCause]) -> list[Parked]:
        """Return the parked records of some causes that come behind (received_ms, park_id), in that order."""
        columns, marks = ", ".join(book_schema.PARKED_COLUMNS), ", ".join("?" * len(causes))
        found = self.rows(
            f"SELECT {columns} FROM parked WHERE cause IN ({marks}) AND (received_ms, park_id) > (?, ?) "
            "ORDER BY received_ms, park_id LIMIT ?",
            (*[cause.value for cause in causes], *after, limit),
        )
        return [book_rows.parked_of(row) for row in found]

    def parked_named(self, ids: Sequence[bytes]) -> list[Parked]:
        """Return the parked records with these ids (1,000 at most)."""
        columns, marks = ", ".join(book_schema.PARKED_COLUMNS), ", ".join("?" * len(ids))
        found = self.rows(f"SELECT {columns} FROM parked WHERE park_id IN ({marks})", ids)
        return [book_rows.parked_of(row) for row in found]

    def holds(self) -> list[tuple[str, int]]:
        """Return (partner, amount) of every hold."""
        return [(row[0], row[1]) for row in self.rows("SELECT partner, amount FROM hold")]


class BookReader:
    """Opens books for reading; a book that is not there yet reads as an empty one."""

    def __init__(self, url: str, folder: Path, books: int) -> None:
        self._url, self._folder, self._books = url, folder, books

    @contextmanager
    def book(self, number: int) -> Iterator[Snapshot]:
        """Open one book at one moment."""
        if self._url.startswith("postgresql"):
            yield from self._postgres(number)
        else:
            yield from self._sqlite(number)

    def every(self) -> Iterator[tuple[int, Snapshot]]:
        """Open the books one after the other."""
        for number in range(self._books):
            with self.book(number) as snapshot:
                yield number, snapshot

    def _sqlite(self, number: int) -> Iterator[Snapshot]:
        path = self._folder / f"book-{number}.db"
        if not path.exists():
            yield from _empty()
            return
        # not mode=ro: a reader of a WAL file must be able to make its shared-memory index
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=5)
        try:
            db.execute("PRAGMA query_only=ON")
            db.execute("BEGIN")
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'leg'").fetchone():
                yield from _empty()
                return
            yield Snapshot(lambda sql, args: db.execute(sql, args).fetchall())
        finally:
            db.close()

    def _postgres(self, number: int) -> Iterator[Snapshot]:
        url = self._url.replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(url, autocommit=True) as db:
            db.execute(f"SET search_path TO book_{int(number)}")
            db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            there = db.execute("SELECT to_regclass('leg') IS NOT NULL").fetchone()
            if there is None or not there[0]:
                yield from _empty()
                return
            # bytes: psycopg takes a str only as a literal, against statements made of users' words
            yield Snapshot(lambda sql, args: db.execute(sql.replace("?", "%s").encode(), args).fetchall())


def _empty() -> Iterator[Snapshot]:
    db = sqlite3.connect(":memory:")
    try:
        for statement in book_schema.tables(bytes_type="BLOB", int_type="INTEGER"):
            db.execute(statement)
        yield Snapshot(lambda sql, args: db.execute(sql, args).fetchall())
    finally:
        db.close()

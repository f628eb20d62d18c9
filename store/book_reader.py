"""Books read from outside their shard: read-only, one consistent moment per question. Used by desk and tasks."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from domain.calls import Parked, Side
from domain.causes import ParkCause
from domain.commands import Parcel, Posting
from domain.ids import PartnerId
from domain.ledger import Transfer, TransferKind
from domain.money import Currency
from store import book_rows, book_schema, whereabouts_rows
from store.book_rows import Row
from store.drivers import connected
from store.parcel_json import parcel_of


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A sealed segment, as the book names it."""

    segment: str
    file: str
    day: int
    legs: int
    sha256: str
    last_seq: int


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance as the book's own table says it, units."""

    partner: PartnerId
    side: Side
    currency: Currency
    posted: int
    held: int
    open_calls: int


@dataclass(frozen=True, slots=True)
class Underway:
    """A posting that waits for the book of a partner's money, units; or what is posted of a partner that moves."""

    number: int
    to_book: int
    partner: PartnerId
    side: Side
    currency: Currency
    amount: int


class Snapshot:
    """All of one book at one moment."""

    def __init__(self, query: Any, *, postgres: bool = False) -> None:
        self._query, self._postgres = query, postgres

    def rows(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """Return the rows of a question written with `?` marks."""
        return list(self._query(sql, args))

    def has(self, column: str) -> str:
        """Return the condition that octets hold other octets, which its mark stands for."""
        return f"position(? in {column}) > 0" if self._postgres else f"instr({column}, ?) > 0"

    def leg_rows(self, columns: Iterable[str], tail: str, args: Sequence[Any] = ()) -> list[Row]:
        """Return columns (or sums) of the legs that the book itself holds; `tail` begins with WHERE or GROUP BY."""
        return self.rows(f"SELECT {', '.join(columns)} FROM leg {tail}", args)

    def segments(self) -> list[SegmentRow]:
        """Return the segments, in order of sealing."""
        found = self.rows("SELECT segment, file, day, legs, sha256, last_seq FROM segment ORDER BY first_seq")
        return [SegmentRow(*row) for row in found]

    def highest_seq(self) -> int:
        """Return the seq of the leg that ended last, 0 without any."""
        asked = ("SELECT max(seq) FROM leg", "SELECT max(last_seq) FROM segment")
        return max(self.rows(one)[0][0] or 0 for one in asked)

    def ended_legs(self, last_seq: int = 2**62) -> list[Row]:
        """Return the ended legs that are not sealed, in order of seq: LEG_COLUMNS and then seq."""
        columns = ", ".join([*book_schema.LEG_COLUMNS, "seq"])
        return self.rows(f"SELECT {columns} FROM leg WHERE seq <= ? ORDER BY seq", (last_seq,))

    def open_legs(self) -> list[Row]:
        """Return the legs that have begun and not ended."""
        columns = ", ".join(book_schema.LEG_COLUMNS)
        return self.rows(f"SELECT {columns} FROM leg WHERE state = 'open'")

    def overdue(self, before_ms: int) -> int:
        """Count the legs that began before a moment and have not ended."""
        since = "seq IS NULL AND state = 'open' AND coalesce(connect_ms, setup_ms) < ?"
        return int(self.rows(f"SELECT count(*) FROM leg WHERE {since}", (before_ms,))[0][0])

    def transfers(
        self, accounts: Sequence[str] = (), kind: TransferKind | None = None, ref: str = ""
    ) -> list[Transfer]:
        """Return transfers, in order of time: all, or those of one of some accounts, of a kind, of a reference."""
        columns, named = ", ".join(book_schema.TRANSFER_COLUMNS), ", ".join("?" * len(accounts))
        chosen: list[tuple[str, Sequence[str]]] = [("1 = 1", ())]
        if accounts:
            chosen.append((f"(debit IN ({named}) OR credit IN ({named}))", (*accounts, *accounts)))
        chosen += [(f"{column} = ?", (value,)) for column, value in (("kind", kind), ("ref", ref)) if value]
        where = " AND ".join(condition for condition, _ in chosen)
        args = [arg for _, said in chosen for arg in said]
        found = self.rows(f"SELECT {columns} FROM transfer WHERE {where} ORDER BY at_ms, transfer_id", args)
        return [book_rows.transfer_of(row) for row in found]

    def transfer(self, transfer_id: str) -> Transfer | None:
        """Return one transfer."""
        columns = ", ".join(book_schema.TRANSFER_COLUMNS)
        found = self.rows(f"SELECT {columns} FROM transfer WHERE transfer_id = ?", (transfer_id,))
        return book_rows.transfer_of(found[0]) if found else None

    def outbox(self) -> list[Underway]:
        """Return what another book is to post, in order."""
        found = self.rows("SELECT number, to_book, posting FROM outbox ORDER BY number")
        return [each for number, to_book, text in found for each in _underway(number, to_book, parcel_of(text))]

    def inbox(self) -> dict[int, int]:
        """Return the number of the last posting that came from each other book."""
        return dict(self.rows("SELECT from_book, number FROM inbox"))

    def balances(self) -> list[Balance]:
        """Return the balances."""
        found = self.rows("SELECT partner, side, currency, posted, held, open_calls FROM balance ORDER BY 1, 2, 3")
        return [Balance(PartnerId(p), Side(s), Currency(c), *sums) for p, s, c, *sums in found]

    def whereabouts(self, partner: PartnerId) -> int | None:
        """Return the book that a partner went to last who came to this one or left it; None: it did neither."""
        found = self.rows("SELECT value FROM book WHERE name = ?", (whereabouts_rows.PREFIX + partner,))
        return int(found[0][0]) if found else None

    def parked_count(self) -> int:
        """Count the parked records."""
        return int(self.rows("SELECT count(*) FROM parked")[0][0])

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

    @contextmanager
    def together(self) -> Iterator[list[Snapshot]]:
        """Open all books at one moment: of SQLite files within the time that it takes to open them."""
        with ExitStack() as opened:
            if self._url.startswith("postgresql"):
                db = opened.enter_context(connected(self._url))
                db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                yield [opened.enter_context(contextmanager(_schema)(db, book)) for book in range(self._books)]
            else:
                yield [opened.enter_context(self.book(book)) for book in range(self._books)]

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
        with connected(self._url) as db:
            db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield from _schema(db, number)


def _schema(db: psycopg.Connection[Any], number: int) -> Iterator[Snapshot]:
    """Give one book of a transaction, which may have several."""
    path = f"SET LOCAL search_path TO book_{int(number)}".encode()

    def query(sql: str, args: Sequence[Any]) -> Sequence[Row]:
        db.execute(path)
        # bytes: psycopg takes a str only as a literal, against statements made of users' words
        return db.execute(sql.replace("?", "%s").encode(), args).fetchall()

    if query("SELECT to_regclass('leg') IS NOT NULL", ())[0][0]:
        yield Snapshot(query, postgres=True)
    else:
        yield from _empty()


def _underway(number: int, to_book: int, parcel: Parcel) -> list[Underway]:
    if isinstance(parcel, Posting):
        return [Underway(number, to_book, parcel.partner, parcel.side, parcel.currency, parcel.amount)]
    return [Underway(number, to_book, parcel.partner, *its) for its in parcel.posted]


def _empty() -> Iterator[Snapshot]:
    db = sqlite3.connect(":memory:")
    try:
        for statement in book_schema.tables(bytes_type="BLOB", int_type="INTEGER"):
            db.execute(statement)
        yield Snapshot(lambda sql, args: db.execute(sql, args).fetchall())
    finally:
        db.close()

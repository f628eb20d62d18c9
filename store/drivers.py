"""The seam to the database of a book: the same statements on SQLite and PostgreSQL, each with its own lock and speed.

Statements are written with `?` marks. A driver belongs to one thread and one book.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import psycopg

from domain.errors import BrokenWorldError
from store.away import require_room
from store.book_rows import Row

WAL_PAGES = 4_000
"""Pages of the WAL (16 MB) that a commit finds when it copies them into the file, with two syncs: its calls, and those
behind them, wait 10 to 60 ms for that. At SQLite's own 1,000 it was one commit a second under load; four times as many
are copied in hardly more time, since most are the same pages again."""


class Driver(Protocol):
    """One connection to one book."""

    bytes_type: str
    int_type: str
    fence: str
    """What a SELECT ends with to keep others from changing its rows until the transaction is over."""

    def begin(self, *, durable: bool) -> None:
        """Begin a transaction; `durable` ones survive a power cut once committed, others a crash of the process."""
        ...

    def commit(self) -> None:
        """Commit it."""
        ...

    def rollback(self) -> None:
        """Undo it."""
        ...

    def query(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a statement."""
        ...

    def run(self, sql: str, args: Sequence[Any] = ()) -> int:
        """Run a statement and return how many rows it changed."""
        ...

    def run_many(self, sql: str, rows: Iterable[Row]) -> None:
        """Run a statement once per row."""
        ...

    def attach(self, stage: Path) -> None:
        """Make ready for a staging file, before the transaction."""
        ...

    def load_stage(self, stage: Path) -> None:
        """Make the tables of a staging file readable as stage_leg and stage_parked, within a transaction."""
        ...

    def drop_stage(self) -> None:
        """Forget the staging tables (after the transaction)."""
        ...

    def close(self) -> None:
        """Close the connection and free the lock."""
        ...


class SqliteDriver:
    """One SQLite file under flock: one writing process (DESIGN §5, embedded)."""

    bytes_type, int_type = "BLOB", "INTEGER"
    fence = ""  # one writer at a time, by the file's lock

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise BrokenWorldError(f"{path} is being written by another process") from None
        try:
            require_room(path.parent)
            path.touch(mode=0o600)  # who called whom, and for how much; SQLite gives its other files the same mode
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            for pragma in ("journal_mode=WAL", "busy_timeout=5000", "foreign_keys=ON", "cache_size=-32000"):
                self._db.execute(f"PRAGMA {pragma}")
            self._db.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")
        except BaseException:  # the same process tries again, when there is room
            os.close(self._lock)
            raise
        self._durable: bool | None = None

    def begin(self, *, durable: bool) -> None:
        """Begin; the level of safety can only change between transactions."""
        if durable != self._durable:
            self._db.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self._durable = durable
        self._db.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Commit."""
        self._db.execute("COMMIT")

    def rollback(self) -> None:
        """Undo."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def query(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """Return all rows."""
        return self._db.execute(sql, args).fetchall()

    def run(self, sql: str, args: Sequence[Any] = ()) -> int:
        """Run one statement."""
        return self._db.execute(sql, args).rowcount

    def run_many(self, sql: str, rows: Iterable[Row]) -> None:
        """Run one statement per row."""
        self._db.executemany(sql, rows)

    def load_stage(self, stage: Path) -> None:
        """Attach before, since SQLite attaches outside transactions only; then show the tables as views."""
        self._db.execute("CREATE TEMP VIEW stage_leg AS SELECT * FROM stage.leg")
        self._db.execute("CREATE TEMP VIEW stage_parked AS SELECT * FROM stage.parked")

    def attach(self, stage: Path) -> None:
        """Attach a staging file."""
        self._db.execute("ATTACH ? AS stage", (f"{stage}",))

    def drop_stage(self) -> None:
        """Detach it."""
        self._db.execute("DROP VIEW IF EXISTS temp.stage_leg")
        self._db.execute("DROP VIEW IF EXISTS temp.stage_parked")
        self._db.execute("DETACH stage")

    def close(self) -> None:
        """Close and unlock."""
        self._db.close()
        os.close(self._lock)


class PostgresDriver:
    """One schema per book in a PostgreSQL database, fenced by the book's epoch (DESIGN §5, production)."""

    bytes_type, int_type = "BYTEA", "BIGINT"
    fence = " FOR SHARE"

    def __init__(self, url: str, book: int) -> None:
        self._db = connected(url)
        self._db.execute(f"CREATE SCHEMA IF NOT EXISTS book_{int(book)}")
        self._db.execute(f"SET search_path TO book_{int(book)}")
        # a machine that vanished must not keep the epoch's row, and so its successor, until TCP gives up
        self._db.execute("SET idle_in_transaction_session_timeout TO '10s'")

    def begin(self, *, durable: bool) -> None:
        """Begin; a transaction that need not survive a power cut does not wait for the disk."""
        self._db.execute("BEGIN")
        if not durable:
            self._db.execute("SET LOCAL synchronous_commit TO OFF")

    def commit(self) -> None:
        """Commit."""
        self._db.execute("COMMIT")

    def rollback(self) -> None:
        """Undo."""
        self._db.execute("ROLLBACK")

    def query(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """Return all rows."""
        return self._db.execute(_percent(sql), args).fetchall()

    def run(self, sql: str, args: Sequence[Any] = ()) -> int:
        """Run one statement."""
        return self._db.execute(_percent(sql), args).rowcount

    def run_many(self, sql: str, rows: Iterable[Row]) -> None:
        """Run one statement per row, in one pipeline."""
        with self._db.cursor() as cursor:
            cursor.executemany(_percent(sql), list(rows))

    def load_stage(self, stage: Path) -> None:
        """Copy the staging file's tables into temporary ones that go with the transaction."""
        source = sqlite3.connect(f"file:{stage}?mode=ro", uri=True)
        try:
            for table in ("leg", "parked"):
                self._db.execute(f"CREATE TEMP TABLE stage_{table} (LIKE {table}) ON COMMIT DROP")
                rows = source.execute(f"SELECT * FROM {table}")
                columns = ", ".join(column[0] for column in rows.description)
                with (
                    self._db.cursor() as cursor,
                    cursor.copy(f"COPY stage_{table} ({columns}) FROM STDIN") as copy,  # names of our own schema
                ):
                    for row in rows:
                        copy.write_row(row)
        finally:
            source.close()

    def attach(self, stage: Path) -> None:
        """Nothing to do before the transaction."""

    def drop_stage(self) -> None:
        """Nothing to do: the tables went with the transaction."""

    def close(self) -> None:
        """Close."""
        self._db.close()


_PATIENCE = {
    # a server that hangs, or a machine that vanished, must not hold us longer than our own supervision waits
    "connect_timeout": 3,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}


def patience(url: str) -> dict[str, int]:
    """Return how long a connection waits, as libpq names it; what the URL itself says counts."""
    return {name: value for name, value in _PATIENCE.items() if f"{name}=" not in url}


def connected(url: str) -> psycopg.Connection[Any]:
    """Connect to the database of a SQLAlchemy URL, each statement on its own. Raises psycopg.OperationalError."""
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    return psycopg.connect(plain, autocommit=True, **patience(plain))  # type: ignore[arg-type]  # libpq's own names


@lru_cache(maxsize=512)
def _percent(sql: str) -> Any:
    """Turn `?` marks into psycopg's; no statement of ours has a literal question mark or per cent sign."""
    return sql.replace("?", "%s")


def open_driver(url: str, folder: Path, book: int) -> Driver:
    """Open a book: PostgreSQL where the settings name one, else a file in `folder`."""
    if url.startswith("postgresql"):
        return PostgresDriver(url, book)
    return SqliteDriver(folder / f"book-{book}.db")

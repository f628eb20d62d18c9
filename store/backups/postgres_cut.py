"""All books and the catalog of a PostgreSQL database at one moment, copied into SQLite files by our own schema code.

No pg_dump: it may not be there, and must be as new as the server. A logical copy also restores anywhere: into files,
or into another database.
"""

import sqlite3
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, Table, func, insert, select, text

from domain.errors import BrokenWorldError
from store import book_schema
from store.backups.cut import BOOKS, CATALOG
from store.backups.manifest import Tick
from store.book_rows import Row
from store.catalog.engine import open_engine
from store.catalog.schema import migrate, require_newest
from store.tables import CatalogTable

ROWS = 5_000
"""Rows fetched and inserted at once."""


class PostgresCut:
    """One REPEATABLE READ READ ONLY transaction, and the catalog's by its exported snapshot. Holds no lock on rows.

    Raises BrokenWorldError where a schema is not this program's: its rows could not be put into our tables.
    """

    kind = "postgresql"
    size = 0
    """Not known: what a table takes in the database says little about its rows in a file."""

    def __init__(self, url: str, books: int) -> None:
        self.books, self._url = books, url
        self._engine = open_engine(url)
        require_newest(self._engine)
        self._db = psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)
        try:
            self._db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            [(exported,)] = self._db.execute("SELECT pg_export_snapshot()").fetchall()
            self._exported = str(exported)
            self.at_ms = time.time_ns() // 1_000_000
            for number in range(books):
                [(schema,)] = self.stream(number, "SELECT value FROM book WHERE name = 'schema'")
                if schema != book_schema.SCHEMA_VERSION:
                    raise BrokenWorldError(
                        f"book {number} has schema {schema}, this program needs {book_schema.SCHEMA_VERSION}: "
                        "start the switchboard once, which upgrades it, or take the copy with the former program"
                    )
        except psycopg.errors.UndefinedTable as error:
            self.close()
            raise BrokenWorldError(f"the database has not all of the {books} books: {error}") from error
        except BaseException:
            self.close()
            raise

    def stream(self, book: int | None, sql: str) -> Iterator[Row]:
        """Yield the rows of a question."""
        path = "public" if book is None else f"book_{int(book)}"
        self._db.execute(f"SET LOCAL search_path TO {path}".encode())
        for rows in self._fetched(sql):
            yield from rows

    def copy(self, folder: Path, tick: Tick) -> None:
        """Make the tables anew as SQLite files and fill them."""
        (folder / BOOKS).mkdir(exist_ok=True)
        self._copy_catalog(folder / CATALOG, tick)
        for number in range(self.books):
            self._copy_book(number, folder / BOOKS / f"book-{number}.db", tick)

    def close(self) -> None:
        """End the transaction."""
        self._db.close()
        self._engine.dispose()

    def _copy_book(self, number: int, target: Path, tick: Tick) -> None:
        target.touch(mode=0o600)
        copied = sqlite3.connect(target, isolation_level=None)
        try:
            copied.execute("PRAGMA synchronous=OFF")  # who calls us makes the file durable
            for statement in book_schema.tables(bytes_type="BLOB", int_type="INTEGER"):
                copied.execute(statement)
            for (table,) in copied.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                columns = [row[1] for row in copied.execute(f"PRAGMA table_info({table})")]
                copied.execute("BEGIN")
                done = 0
                for rows in self._fetched(f"SELECT {', '.join(columns)} FROM book_{int(number)}.{table}"):
                    copied.executemany(book_schema.insert(table, columns), rows)
                    done += len(rows)
                    tick(f"{target.name} {table}", done, 0)
                copied.execute("COMMIT")
        finally:
            copied.close()

    def _fetched(self, sql: str) -> Iterator[list[Row]]:
        with self._db.cursor(name="copied") as cursor:
            cursor.execute(sql.encode())
            while rows := cursor.fetchmany(ROWS):
                yield rows

    def _copy_catalog(self, target: Path, tick: Tick) -> None:
        copied = open_engine(f"sqlite:///{target.absolute()}")
        try:
            migrate(copied)
            reading = self._engine.execution_options(isolation_level="REPEATABLE READ")
            with reading.connect() as source, copied.begin() as aim:
                source.execute(text(f"SET TRANSACTION SNAPSHOT '{self._exported}'"))
                copy_catalog(source, aim, tick)
        finally:
            copied.dispose()
        single_file(target)


def copy_catalog(source: Connection, aim: Connection, tick: Tick) -> None:
    """Copy all rows of the catalog into empty tables of the same schema, whatever kind of database the two are."""
    for table in CatalogTable.metadata.sorted_tables:  # parents before those that name them
        total = source.execute(select(func.count()).select_from(table)).scalar_one()
        done = 0
        rows = source.execution_options(yield_per=ROWS).execute(select(table)).mappings()
        for part in rows.partitions(ROWS):
            aim.execute(insert(table), [dict(row) for row in part])
            done += len(part)
            tick(f"catalog {table.name}", done, total)
        if aim.dialect.name == "postgresql":
            _raise_sequence(aim, table)


def single_file(path: Path) -> None:
    """Put what lies in a WAL beside a SQLite file into it."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode=DELETE")
    finally:
        db.close()
    path.with_name(f"{path.name}.lock").unlink(missing_ok=True)


def put_book(url: str, number: int, source: Path, tick: Tick) -> None:
    """Put the rows of a book's SQLite copy into its empty tables in PostgreSQL, in one transaction, by COPY."""
    copied = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    try:
        with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as db:
            db.execute(f"SET LOCAL search_path TO book_{int(number)}".encode())
            for (table,) in copied.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                rows = copied.execute(f"SELECT * FROM {table}")
                columns = ", ".join(column[0] for column in rows.description)
                db.execute(f"DELETE FROM {table}".encode())  # its first words, such as its schema: the copy has them
                _put(db, table, columns, rows, tick)
    finally:
        copied.close()


def put_catalog(engine: Engine, source: Path, tick: Tick) -> None:
    """Put the rows of the catalog's SQLite copy into its empty tables in PostgreSQL, in one transaction."""
    copied = open_engine(f"sqlite:///{source.absolute()}")
    try:
        with copied.connect() as rows, engine.begin() as aim:
            copy_catalog(rows, aim, tick)
    finally:
        copied.dispose()


def not_empty(url: str) -> list[str]:
    """Return what a database has of a switchboard already: schemas of books, tables of the catalog."""
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as db:
        schemas = db.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^book_[0-9]+$' ORDER BY 1").fetchall()
        tables = db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    ours = {*CatalogTable.metadata.tables, "catalog_schema"}
    return [name for (name,) in schemas] + [name for (name,) in tables if name in ours]


def empty_again(url: str) -> None:
    """Take out of a database what a restore that failed has put into it; it was empty before."""
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as db:
        for name in not_empty(url):
            kind = "SCHEMA" if name.startswith("book_") else "TABLE public."
            db.execute(f'DROP {kind}{" " if kind == "SCHEMA" else ""}"{name}" CASCADE'.encode())


def _put(db: psycopg.Connection[Any], table: str, columns: str, rows: Iterable[Row], tick: Tick) -> None:
    with db.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN".encode()) as into:
        for done, row in enumerate(rows):
            into.write_row(row)
            if done % ROWS == 0:
                tick(f"putting {table}", done, 0)


def _raise_sequence(aim: Connection, table: Table) -> None:
    """Let the ids that a table gives itself go on behind those that were copied."""
    [key, *more] = table.primary_key.columns
    if more or not isinstance(key.type.python_type(), int):
        return
    named = aim.execute(text("SELECT pg_get_serial_sequence(:table, :key)"), {"table": table.name, "key": key.name})
    if sequence := named.scalar_one():
        top = f'SELECT setval(:sequence, coalesce((SELECT max("{key.name}") FROM "{table.name}"), 0) + 1, false)'
        aim.execute(text(top), {"sequence": sequence})

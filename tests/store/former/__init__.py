"""What former programs left: books of schema 1 and 2, catalogs 0001 and 0002, made by the code of their commits.

Four legs are sealed (book-N.parquet), two have ended, one is open under a hold that has started, one call was asked
for; a payment of 12.50 was taken.
"""

import shutil
import sqlite3
from pathlib import Path

import psycopg
from alembic import command
from sqlalchemy import BigInteger, Boolean, MetaData, insert, text

from store.catalog.engine import open_engine
from store.catalog.schema import alembic_config

HERE = Path(__file__).parent
FORMER = ((1, "0001"), (2, "0002"))
"""The schemas of books and catalogs that belong together."""
SEGMENT = "day=2025-11-01/0-1-4.parquet"


def loaded(name: str, path: Path | str = ":memory:") -> sqlite3.Connection:
    """Load a dump into a SQLite file."""
    db = sqlite3.connect(path)
    db.executescript((HERE / f"{name}.sql").read_text())
    return db


def leave_folder(data: Path, book: int, catalog: str) -> None:
    """Make a data folder as that program left it."""
    (data / "books").mkdir(parents=True)
    loaded(f"book-{book}", data / "books" / "book-0.db").close()
    loaded(f"catalog-{catalog}", data / "catalog.db").close()
    leave_segment(data, book)


def leave_segment(data: Path, book: int) -> None:
    """Put the sealed legs where a data folder has them."""
    (data / "segments" / SEGMENT).parent.mkdir(parents=True)
    shutil.copy(HERE / f"book-{book}.parquet", data / "segments" / SEGMENT)


def leave_database(url: str, book: int, catalog: str) -> None:
    """Fill a database as that program left it: its own tables, with PostgreSQL's names of types, and all rows."""
    source = loaded(f"book-{book}")
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as db:
        db.execute("CREATE SCHEMA book_0; SET LOCAL search_path TO book_0")
        for kind, name, sql in source.execute("SELECT type, name, sql FROM sqlite_master WHERE sql <> ''").fetchall():
            db.execute(sql.replace("BLOB", "BYTEA").replace("INTEGER", "BIGINT").encode())
            if kind == "table":
                for row in source.execute(f"SELECT * FROM {name}"):
                    db.execute(f"INSERT INTO {name} VALUES ({', '.join(['%s'] * len(row))})".encode(), row)
    source.close()
    _leave_catalog(url, catalog)


def _leave_catalog(url: str, catalog: str) -> None:
    source, engine, tables = loaded(f"catalog-{catalog}"), open_engine(url), MetaData()
    source.row_factory = sqlite3.Row
    with engine.connect() as connection:
        command.upgrade(alembic_config(connection), catalog)
    with engine.begin() as aim:
        tables.reflect(aim, schema="public")
        for table in tables.sorted_tables:
            if table.name == "catalog_schema":
                continue
            truths = {column.name for column in table.columns if isinstance(column.type, Boolean)}
            for row in source.execute(f'SELECT * FROM "{table.name}"'):
                values = {name: bool(row[name]) if name in truths else row[name] for name in row.keys()}  # noqa: SIM118
                aim.execute(insert(table), values)
            if "id" in table.columns and isinstance(table.columns["id"].type, BigInteger):  # it counts its own rows
                counted = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"
                aim.execute(text(counted))
    engine.dispose()
    source.close()

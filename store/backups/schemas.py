"""The schemas of a catalog and of books as they are found, read without changing anything."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

import psycopg
from alembic.script import ScriptDirectory

from domain.errors import BrokenWorldError
from store.book_schema import SCHEMA_VERSION
from store.catalog.engine import open_engine
from store.catalog.schema import alembic_config, current, newest


@dataclass(frozen=True, slots=True)
class Found:
    """The schemas that were found: of the catalog (None: there is none yet) and of the books that are there."""

    catalog: str | None
    books: dict[int, int]

    @property
    def older(self) -> bool:
        """Return whether there is anything to bring up."""
        return self.catalog not in (None, newest()) or any(one < SCHEMA_VERSION for one in self.books.values())

    def require_known(self) -> None:
        """Raise BrokenWorldError where a newer program has been at work; nothing is changed then."""
        known = {one.revision for one in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
        mend = "start the newer program, or go back as docs/operations.md says"
        if self.catalog is not None and self.catalog not in known:
            raise BrokenWorldError(
                f"the catalog has schema {self.catalog}, this program knows {newest()} at most: {mend}"
            )
        for number, schema in self.books.items():
            if schema > SCHEMA_VERSION:
                what = f"book {number} has schema {schema}, this program knows {SCHEMA_VERSION} at most"
                raise BrokenWorldError(f"{what}: {mend}")


def of_database(url: str, books: int) -> Found:
    """Read those of a PostgreSQL database."""
    return Found(_catalog_schema(url), _database_books(url, books))


def of_files(catalog: Path, folder: Path, books: int) -> Found:
    """Read those of SQLite files; what is not there yet has none."""
    if not catalog.is_file():
        return Found(None, {})
    schemas = {number: _file_schema(folder / f"book-{number}.db") for number in range(books)}
    there = {number: schema for number, schema in schemas.items() if schema}
    return Found(_catalog_schema(f"sqlite:///{catalog.absolute()}"), there)


def _catalog_schema(url: str) -> str | None:
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            return current(connection)
    finally:
        engine.dispose()


def _file_schema(path: Path) -> int:
    if not path.is_file():
        return 0
    db = sqlite3.connect(path, timeout=5)
    try:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'book'").fetchone():
            return 0
        return _word(db.execute("SELECT value FROM book WHERE name = 'schema'").fetchall())
    except sqlite3.DatabaseError as error:
        raise BrokenWorldError(f"{path} cannot be read: {error}") from error
    finally:
        db.close()


def _database_books(url: str, books: int) -> dict[int, int]:
    found: dict[int, int] = {}
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as db:
        for number in range(books):
            there = db.execute("SELECT to_regclass(%s) IS NOT NULL", (f"book_{number}.book",)).fetchall()[0][0]
            if there:
                asked = f"SELECT value FROM book_{int(number)}.book WHERE name = 'schema'".encode()
                found[number] = _word(db.execute(asked).fetchall())
    return {number: schema for number, schema in found.items() if schema}


def _word(rows: list[tuple[int, ...]]) -> int:
    return int(rows[0][0]) if rows else 0

"""What two moments of the same books are compared by: rows, sums of money, and a digest of all columns of all rows."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

from store.backups.cut import BOOKS, CATALOG, Cut
from store.book_rows import Row

SUMMED = {
    "balance": ("posted", "held", "open_calls"),
    "hold": ("amount",),
    "transfer": ("amount", "base_amount"),
    "leg": ("charge", "base_charge", "billed_s"),
    "segment": ("legs",),
}
"""What is added up for people to read; the digest covers all columns."""
_OWN_WORDS = "WHERE name NOT IN ('epoch', 'schema')"
"""Of a book's words: a restore raises the one, and may raise the other."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of one book, or of the catalog (`book` None)."""

    book: int | None
    name: str
    columns: tuple[str, ...]

    @property
    def label(self) -> str:
        """Return what people call it."""
        return f"{'catalog' if self.book is None else f'book {self.book}'}: {self.name}"


@dataclass(slots=True)
class Digest:
    """A table's contents, whatever order its rows come in: all hashes of rows added up, modulo 2^128."""

    rows: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    hashes: int = 0

    def add(self, row: Row, summed: tuple[tuple[str, int], ...]) -> None:
        """Add a row."""
        plain = repr(tuple(map(_plain, row)))
        self.rows += 1
        self.hashes = (self.hashes + int.from_bytes(blake2b(plain.encode(), digest_size=16).digest())) % 2**128
        for name, place in summed:
            self.sums[name] = self.sums.get(name, 0) + int(row[place] or 0)

    @property
    def text(self) -> str:
        """Write it in one line."""
        return ", ".join([f"{self.rows:,} rows", *(f"{name} {units:,}" for name, units in self.sums.items())])


def tables_of(backup: Path, books: int) -> list[Table]:
    """Return the tables that a backup has, in its copies of the books and of the catalog."""
    found = [table for number in range(books) for table in _tables(backup / BOOKS / f"book-{number}.db", number)]
    return found + [table for table in _tables(backup / CATALOG, None) if table.name != "catalog_schema"]


def digest_of(cut: Cut, table: Table) -> Digest:
    """Read a table at a moment."""
    made = Digest()
    names = SUMMED.get(table.name, ()) if table.book is not None else ()
    summed = tuple((name, table.columns.index(name)) for name in names)
    where = _OWN_WORDS if table.book is not None and table.name == "book" else ""
    columns = ", ".join(f'"{name}"' for name in table.columns)
    for row in cut.stream(table.book, f'SELECT {columns} FROM "{table.name}" {where}'):
        made.add(row, summed)
    return made


def _tables(path: Path, book: int | None) -> Iterator[Table]:
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        for (name,) in db.execute(named).fetchall():
            columns = tuple(sorted(row[1] for row in db.execute(f'PRAGMA table_info("{name}")')))
            yield Table(book, name, columns)
    finally:
        db.close()


def _plain(value: Any) -> Any:
    """Make what the two databases say in their own ways the same: octets, true and false, JSON."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            value = orjson.loads(value)
        except ValueError:
            return value
    if isinstance(value, dict | list):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return bytes(value) if isinstance(value, memoryview) else value

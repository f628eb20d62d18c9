"""Builders of books, staging files and segment drafts."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from domain.booking import fingerprint
from domain.calls import Leg, Parked, Side
from domain.ids import PartnerId
from domain.money import Currency
from store import book_rows, book_schema
from store.book import Book, Writes
from store.book_bulk import SegmentDraft
from tests.domain.call_builders import a_leg


def opened(url: str, folder: Path, number: int = 0) -> Book:
    book = Book.open(url, folder, number)
    book.load()
    return book


def holding(book: Book, *legs: Leg) -> Book:
    """Put legs into a book."""
    book.commit(Writes(legs={leg.leg_id: (leg, fingerprint(leg)) for leg in legs}))
    return book


def staged(path: Path, legs: Sequence[Leg], parked: Sequence[Parked] = ()) -> Path:
    """Write a staging file as a task does."""
    db = sqlite3.connect(path)
    with db:
        for statement in book_schema.stage_tables():
            db.execute(statement)
        rows = [book_rows.leg_row(leg, fingerprint(leg)) for leg in legs]
        db.executemany(book_schema.insert("leg", book_schema.LEG_COLUMNS), rows)
        db.executemany(book_schema.insert("parked", book_schema.PARKED_COLUMNS), map(book_rows.parked_row, parked))
    db.close()
    return path


def draft(book: Book, name: str = "s1", **fields: Any) -> SegmentDraft:
    """Draft one segment of all ended legs of a book, which are of one day here."""
    rows = book.driver.query("SELECT partner, side, currency, charge, base_charge, seq, day FROM leg WHERE seq > 0")
    sums: Counter[tuple[PartnerId, Side, Currency]] = Counter()
    base: Counter[tuple[PartnerId, Side, Currency]] = Counter()
    for partner, side, currency, charge, base_charge, _, _ in rows:
        sums[PartnerId(partner), Side(side), Currency(currency)] += charge
        base[PartnerId(partner), Side(side), Currency(currency)] += base_charge
    seqs = [row[5] for row in rows]
    values: dict[str, Any] = {
        "segment": name, "file": f"day=x/{name}.parquet", "day": rows[0][6], "first_seq": min(seqs),
        "last_seq": max(seqs), "legs": len(rows), "sha256": "00", "sums": {key: (sums[key], base[key]) for key in sums},
    }  # fmt: skip
    return SegmentDraft(**(values | fields))


def calls(*names: str, side: Side = Side.CLIENT, **fields: Any) -> list[Leg]:
    return [a_leg(name, side, **fields) for name in names]

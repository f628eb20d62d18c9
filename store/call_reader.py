"""What the books hold of one call: holds, parked records, moments of its legs, and the transfers of a segment."""

from collections.abc import Sequence
from typing import Any

from domain.calls import Parked
from domain.holds import Hold
from domain.ids import CallKey
from domain.ledger import Transfer
from store.book_reader import BookReader
from store.book_rows import hold_of, parked_of, transfer_of
from store.book_schema import HOLD_COLUMNS, PARKED_COLUMNS, TRANSFER_COLUMNS

_IDS = (("hold", "hold_id"), ("leg", "leg_id"), ("parked", "leg_id"))
MANY = 3
"""Keys that are fetched of each kind: whether there are several is all that matters."""


def keys_between(reader: BookReader, low: bytes, high: bytes) -> set[CallKey]:
    """Return keys of calls that have an id, of hold, leg or call, between two."""
    found: set[CallKey] = set()
    for _, book in reader.every():
        for table, own in _IDS:
            for column in (own, "call_key"):
                sql = f"SELECT DISTINCT call_key FROM {table} WHERE {column} >= ? AND {column} <= ? LIMIT {MANY}"
                found |= {CallKey(bytes(row[0])) for row in book.rows(sql, (low, high))}
    return found


def holds_and_parked(reader: BookReader, key: CallKey) -> tuple[list[Hold], list[Parked]]:
    """Return the holds and the parked records of a call."""
    holds = [hold_of(row) for row in _rows(reader, HOLD_COLUMNS, "hold", "call_key", key)]
    return holds, [parked_of(row) for row in _rows(reader, PARKED_COLUMNS, "parked", "call_key", key)]


def leg_moments(reader: BookReader, key: CallKey) -> list[int]:
    """Return when the legs of a call that the books still hold were set up, UTC ms."""
    return [row[0] for row in _rows(reader, ["setup_ms"], "leg", "call_key", key)]


def transfers_of(reader: BookReader, ref: str) -> list[Transfer]:
    """Return the transfers that a segment, a payment or a job made."""
    return [transfer_of(row) for row in _rows(reader, TRANSFER_COLUMNS, "transfer", "ref", ref)]


def _rows(reader: BookReader, columns: Sequence[str], table: str, by: str, key: Any) -> list[Any]:
    sql = f"SELECT {', '.join(columns)} FROM {table} WHERE {by} = ?"
    return [row for _, book in reader.every() for row in book.rows(sql, (key,))]

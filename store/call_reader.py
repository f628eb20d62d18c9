"""What the books hold of one call: holds, parked records, moments of its legs, and the transfers of a segment."""

from collections.abc import Collection, Iterable, Sequence
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
AT_ONCE = 10_000
"""Keys that one statement names; SQLite takes 32,766 values, PostgreSQL 65,535."""


def keys_between(reader: BookReader, low: bytes, high: bytes) -> set[CallKey]:
    """Return keys of calls that have an id, of hold, leg or call, between two."""
    found: set[CallKey] = set()
    for _, book in reader.every():
        for table, own in _IDS:
            for column in (own, "call_key"):
                sql = f"SELECT DISTINCT call_key FROM {table} WHERE {column} >= ? AND {column} <= ? LIMIT {MANY}"
                found |= _keys(book.rows(sql, (low, high)))
    return found


def keys_known(reader: BookReader, keys: Collection[CallKey]) -> set[CallKey]:
    """Return those of some keys whose calls have a hold, a leg that is not sealed, or a parked record."""
    every, found = list(keys), set[CallKey]()
    for _, book in reader.every():
        for at in range(0, len(every), AT_ONCE):
            some = every[at : at + AT_ONCE]
            for table, _ in _IDS:
                found |= _keys(book.rows(f"SELECT DISTINCT call_key FROM {table} WHERE call_key {_among(some)}", some))
    return found


def keys_running(reader: BookReader, session_ids: Sequence[bytes], switch: str = "") -> set[CallKey]:
    """Return the calls held now whose client's leg has one of these session ids, at a switch ("": any)."""
    sql, args = f"SELECT DISTINCT call_key FROM hold WHERE session_id {_among(session_ids)}", [*session_ids]
    return {
        key
        for _, book in reader.every()
        for key in _keys(book.rows(f"{sql} AND switch = ?" if switch else sql, [*args, switch] if switch else args))
    }


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


def _among(values: Sequence[Any]) -> str:
    return f"IN ({', '.join('?' * len(values))})"


def _keys(rows: Iterable[Sequence[Any]]) -> set[CallKey]:
    """Read keys; that of a record that could not be read is of no call."""
    return {CallKey(bytes(row[0])) for row in rows if any(row[0])}


def _rows(reader: BookReader, columns: Sequence[str], table: str, by: str, key: Any) -> list[Any]:
    sql = f"SELECT {', '.join(columns)} FROM {table} WHERE {by} = ?"
    return [row for _, book in reader.every() for row in book.rows(sql, (key,))]

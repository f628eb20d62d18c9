"""Legs whose end does not come, as a book has them: those that are silent, and those that we closed."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.calls import Leg
from domain.ids import SwitchId
from store import book_rows, book_schema
from store.book_reader import Snapshot
from store.book_schema import ALIVE

_OPEN = "seq IS NULL AND state = 'open'"
_OURS = "seq IS NULL AND state = 'partial'"


@dataclass(frozen=True, slots=True)
class Silent:
    """An open leg, and when it was last heard of (UTC ms)."""

    leg: Leg
    alive_ms: int


def silent(book: Snapshot, switch: SwitchId, before_ms: int, most: int) -> Iterator[Silent]:
    """Give the open legs of a switch that nothing was heard of since a moment, the longest silent first."""
    columns = ", ".join([*book_schema.LEG_COLUMNS, ALIVE])
    tail = f"WHERE {_OPEN} AND switch = ? AND {ALIVE} < ? ORDER BY {ALIVE}, leg_id LIMIT ?"
    for row in book.rows(f"SELECT {columns} FROM leg {tail}", (switch, before_ms, most)):
        yield Silent(book_rows.leg_of(row), row[-1])


def closed_by_us(book: Snapshot) -> tuple[int, int]:
    """Count the legs that we closed and that wait for their real end, and what they cost in the base currency."""
    count, units = book.rows(f"SELECT count(*), coalesce(sum(base_charge), 0) FROM leg WHERE {_OURS}")[0]
    return int(count), int(units)

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


def silent(
    book: Snapshot, switch: SwitchId, before_ms: int, most: int, after: Silent | None = None
) -> Iterator[Silent]:
    """Give the open legs of a switch that nothing was heard of since a moment, the longest silent first, those that
    come behind one where it is given.
    """
    columns = ", ".join([*book_schema.LEG_COLUMNS, ALIVE])
    behind = (after.alive_ms, after.leg.leg_id) if after is not None else ()
    where = f"{_OPEN} AND switch = ? AND {ALIVE} < ?" + (f" AND ({ALIVE}, leg_id) > (?, ?)" if behind else "")
    tail = f"WHERE {where} ORDER BY {ALIVE}, leg_id LIMIT ?"
    for row in book.rows(f"SELECT {columns} FROM leg {tail}", (switch, before_ms, *behind, most)):
        yield Silent(book_rows.leg_of(row), row[-1])


def closed_by_us(book: Snapshot) -> tuple[int, int]:
    """Count the legs that we closed and that wait for their real end, and what they cost in the base currency."""
    count, units = book.rows(f"SELECT count(*), coalesce(sum(base_charge), 0) FROM leg WHERE {_OURS}")[0]
    return int(count), int(units)

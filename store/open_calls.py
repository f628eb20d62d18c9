"""Calls that may be running, found in the books' holds (DESIGN §4: lists are read from the books, read-only)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from domain.holds import Hold
from domain.ids import CallKey, DestinationId
from store.book_reader import BookReader, Snapshot
from store.book_rows import hold_of
from store.book_schema import HOLD_COLUMNS

NameOf = Callable[[DestinationId], str]
ASKED, STARTED = "asked", "started"


@dataclass(frozen=True, slots=True)
class CallSearch:
    """Which calls to list; empty texts match all.

    `number`, `destination` (its name) and `text` (a number, the client or the trunk) are parts; client, vendor, trunk
    and switch are exact, or a beginning followed by `*`. `state`: asked or started. `keys`: only these calls.
    """

    text: str = ""
    number: str = ""
    client: str = ""
    vendor: str = ""
    trunk: str = ""
    destination: str = ""
    switch: str = ""
    state: str = ""
    keys: frozenset[CallKey] | None = None
    limit: int = 50
    offset: int = 0


def find_calls(reader: BookReader, search: CallSearch, name_of: NameOf) -> tuple[list[Hold], int]:
    """Return a page of the holds that match, oldest first, and how many match. Runs in a thread."""
    with_vendor = _calls_with(reader, search.vendor) if search.vendor else None
    most = search.offset + search.limit
    found: list[Hold] = []
    total = 0
    for _, book in reader.every():
        holds, count = _of_book(book, search, name_of, with_vendor, most)
        found += holds
        total += count
    found.sort(key=lambda hold: (hold.placed_ms, hold.hold_id))
    return found[search.offset : most], total


def _of_book(
    book: Snapshot, search: CallSearch, name_of: NameOf, with_vendor: set[bytes] | None, most: int
) -> tuple[list[Hold], int]:
    conditions, args = ["1 = 1"], list[Any]()
    for condition, *said in _conditions(search):
        conditions.append(condition)
        args += said
    if search.destination:
        known = [row[0] for row in book.rows("SELECT DISTINCT destination FROM hold")]
        named = [one for one in known if search.destination.lower() in name_of(DestinationId(one)).lower()]
        conditions.append(f"destination IN ({', '.join('?' * len(named))})" if named else "1 = 0")
        args += named
    where = " AND ".join(conditions)
    select = f"SELECT {', '.join(HOLD_COLUMNS)} FROM hold WHERE {where} ORDER BY placed_ms, hold_id"
    if with_vendor is not None:
        holds = [hold_of(row) for row in book.rows(select, args) if bytes(row[1]) in with_vendor]
        return holds[:most], len(holds)
    rows = book.rows(f"{select} LIMIT ?", (*args, most))
    return [hold_of(row) for row in rows], book.rows(f"SELECT count(*) FROM hold WHERE {where}", args)[0][0]


def _conditions(search: CallSearch) -> Iterator[tuple[Any, ...]]:
    for column, text in (("partner", search.client), ("trunk", search.trunk), ("switch", search.switch)):
        if text:
            yield _named(column, text)
    if search.number:
        yield f"({_has('a')} OR {_has('b')})", search.number, search.number
    if search.text:
        columns = ("a", "b", "partner", "trunk")
        yield f"({' OR '.join(_has(column) for column in columns)})", *[search.text] * len(columns)
    if search.state:
        yield "started = ?", int(search.state == STARTED)
    if search.keys is not None:
        yield f"call_key IN ({', '.join('?' * len(search.keys))})" if search.keys else "1 = 0", *search.keys


def _has(column: str) -> str:
    """Contains, without LIKE: what is searched for may hold its signs."""
    return f"replace({column}, ?, '') <> {column}"


def _named(column: str, text: str) -> tuple[Any, ...]:
    if text.endswith("*"):
        return f"substr({column}, 1, ?) = ?", len(text) - 1, text[:-1]
    return f"{column} = ?", text


def _calls_with(reader: BookReader, vendor: str) -> set[bytes]:
    """Return the keys of the calls whose open vendor legs are with a vendor."""
    condition, *args = _named("partner", vendor)
    tail = f"WHERE seq IS NULL AND state = 'open' AND side = 'vendor' AND {condition}"
    return {bytes(row[0]) for _, book in reader.every() for row in book.leg_rows(("call_key",), tail, args)}

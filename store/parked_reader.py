"""Parked records found in the books: by a text, or by an id of their call."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from domain.calls import Parked
from domain.ids import CallKey
from store.book_reader import BookReader
from store.book_rows import parked_of
from store.book_schema import PARKED_COLUMNS

LEAST_OF_A_PACKET = 8
"""Octets of an id that is looked for inside of records that could not be read: shorter ones are everywhere."""


@dataclass(frozen=True, slots=True)
class ParkedSearch:
    """Which parked records; what is empty matches all.

    `text`: part of the cause, the detail or the record. `keys`, `sent_ids`: those of one of these calls, and those that
    name one of these ids: as Acct-Session-Id, or anywhere where they could not be read. `switch`: then it must be its.
    """

    text: str = ""
    keys: tuple[CallKey, ...] = ()
    sent_ids: tuple[bytes, ...] = ()
    switch: str = ""
    limit: int = 50
    offset: int = 0


def find_parked(reader: BookReader, search: ParkedSearch) -> tuple[list[Parked], int]:
    """Return a page of the parked records that match, newest first, and how many match. Runs in a thread."""
    columns, most = ", ".join(PARKED_COLUMNS), search.offset + search.limit
    found: list[Parked] = []
    total = 0
    for _, book in reader.every():
        parts = list(_conditions(search, book.has("raw")))
        where = " AND ".join(["1 = 1", *(condition for condition, _ in parts)])
        args = [value for _, values in parts for value in values]
        rows = book.rows(f"SELECT {columns} FROM parked WHERE {where} ORDER BY received_ms DESC LIMIT ?", (*args, most))
        found += [parked_of(row) for row in rows]
        total += book.rows(f"SELECT count(*) FROM parked WHERE {where}", args)[0][0]
    found.sort(key=lambda parked: -parked.received_ms)
    return found[search.offset : most], total


def keys_reported(reader: BookReader, sent_ids: Sequence[bytes], switch: str = "") -> set[CallKey]:
    """Return the calls that have a parked record whose Acct-Session-Id is one of these ids, at a switch ("": any)."""
    keys: set[CallKey] = set()
    for _, book in reader.every():
        condition, args = _by_session(sent_ids, switch, book.has("raw"))
        rows = book.rows(f"SELECT DISTINCT call_key FROM parked WHERE {condition}", args)
        keys |= {CallKey(bytes(row[0])) for row in rows}
    return {key for key in keys if any(key)}


def _conditions(search: ParkedSearch, in_raw: str) -> Iterator[tuple[str, list[Any]]]:
    if search.text:
        text = search.text
        in_words = " OR ".join(f"replace({column}, ?, '') <> {column}" for column in ("cause", "detail"))
        yield f"({in_words} OR {in_raw})", [text, text, text.encode()]
    ways: list[tuple[str, list[Any]]] = []
    if search.keys:
        ways.append((f"call_key IN ({', '.join('?' * len(search.keys))})", [*search.keys]))
    if search.sent_ids:
        ways.append(_by_session(search.sent_ids, search.switch, in_raw))
    if inside := [one for one in search.sent_ids if len(one) >= LEAST_OF_A_PACKET]:
        its = " OR ".join([in_raw] * len(inside))
        of_switch, name = _of_switch(search.switch, in_raw)
        ways.append((f"(call_key = ? AND ({its}){of_switch})", [bytes(16), *(_hex(one) for one in inside), *name]))
    if ways:
        yield f"({' OR '.join(way for way, _ in ways)})", [value for _, values in ways for value in values]


def _by_session(sent_ids: Sequence[bytes], switch: str, in_raw: str) -> tuple[str, list[Any]]:
    """Return the condition that a record, kept as JSON with octets in hex, has one of these session ids."""
    its = " OR ".join([in_raw] * len(sent_ids))
    of_switch, name = _of_switch(switch, in_raw)
    return f"(({its}){of_switch})", [*(b'"session_id":"' + _hex(one) + b'"' for one in sent_ids), *name]


def _of_switch(switch: str, in_raw: str) -> tuple[str, list[Any]]:
    if not switch:
        return "", []
    return f" AND ({in_raw} OR {in_raw})", [f'"switch":{gap}"{switch}"'.encode() for gap in ("", " ")]


def _hex(octets: bytes) -> bytes:
    return octets.hex().encode()

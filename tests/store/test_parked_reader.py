"""Parked records are found by a text, and by the ids that are in them, in the books of both databases."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from domain.calls import Parked
from domain.causes import ParkCause
from domain.ids import CallKey, LegId
from domain.report_json import report_to_json
from store.book import Writes
from store.book_reader import BookReader
from store.parked_reader import ParkedSearch, find_parked, keys_reported
from tests.domain.call_builders import a_leg, key_of
from tests.domain.reports import report
from tests.store.books import opened

UNREAD = json.dumps({"switch": "gw", "packet": b"...Call-99@host...".hex(), "error": "bad-time"}).encode()
SESSION = b"0000001F"


def parked(number: int, key: CallKey, cause: ParkCause, raw: bytes, detail: str = "") -> Parked:
    return Parked(bytes([number]) * 16, key, LegId(a_leg("x").leg_id), cause, detail, raw, number)


@pytest.fixture
def reader(book_url: str, tmp_path: Path) -> BookReader:
    """Three records: of c1 with a session id, of c2 by the same of another switch, and one that could not be read."""
    records = [
        parked(1, key_of("c1"), ParkCause.NO_RATE, report_to_json(report(session_id=SESSION)), "50 % of it_"),
        parked(2, key_of("c2"), ParkCause.NO_TRUNK, report_to_json(report(session_id=SESSION, switch="sw2"))),
        parked(3, CallKey(bytes(16)), ParkCause.UNREADABLE, UNREAD),
    ]
    book = opened(book_url, tmp_path)
    book.commit(Writes(parked=records))
    book.close()
    return BookReader(book_url, tmp_path, 1)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        (ParkedSearch(), [3, 2, 1]),
        (ParkedSearch(limit=1, offset=1), [2]),
        (ParkedSearch(text="no-rate"), [1]),
        (ParkedSearch(text="50 %"), [1]),
        (ParkedSearch(text="it_"), [1]),
        (ParkedSearch(text="bad-time"), [3]),
        (ParkedSearch(text="b%d"), []),
        (ParkedSearch(keys=(key_of("c1"), key_of("c9"))), [1]),
        (ParkedSearch(sent_ids=(SESSION,)), [2, 1]),
        (ParkedSearch(sent_ids=(SESSION,), switch="sw2"), [2]),
        (ParkedSearch(keys=(key_of("c1"),), sent_ids=(SESSION[:-1],)), [1]),
        (ParkedSearch(sent_ids=(b"Call-99@host",)), [3]),
        (ParkedSearch(sent_ids=(b"Call-99@host",), switch="gw"), [3]),
        (ParkedSearch(sent_ids=(b"Call-99@host",), switch="sw2"), []),
        (ParkedSearch(sent_ids=(b"Call",)), []),
    ],
    ids=str,
)
def test_records_are_found_by_what_is_in_them(reader: BookReader, search: ParkedSearch, found: Sequence[int]) -> None:
    page, total = find_parked(reader, search)
    assert [record.received_ms for record in page] == found
    assert total == (3 if search.limit == 1 else len(found))


def test_calls_are_known_by_the_session_ids_of_their_parked_records(reader: BookReader) -> None:
    assert keys_reported(reader, [SESSION, b"other"]) == {key_of("c1"), key_of("c2")}
    assert keys_reported(reader, [SESSION], "sw2") == {key_of("c2")}
    assert keys_reported(reader, [b"other"]) == set()

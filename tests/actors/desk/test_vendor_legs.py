"""The vendor that an open call is with."""

from pathlib import Path

from actors.desk.vendor_legs import answered_ms, vendors_of
from domain.calls import Side
from store.book_reader import BookReader
from tests.actors.builders import open_shard, outcomes
from tests.domain.call_builders import start, stop


def test_an_open_call_is_with_the_vendor_whose_leg_has_begun_and_not_ended(book_url: str, tmp_path: Path) -> None:
    shard = open_shard(book_url, tmp_path)
    begun = start("c1", Side.VENDOR)
    outcomes(shard, start("c1"), begun, start("c2"), start("c2", Side.VENDOR), stop("c2", Side.VENDOR))
    reader = BookReader(book_url, tmp_path, 1)
    keys = [begun.leg.call_key, stop("c2").leg.call_key]
    found = vendors_of(reader, keys)
    assert set(found) == {begun.leg.call_key}
    assert found[begun.leg.call_key].vendor == begun.leg.partner
    shard.book.close()


def test_no_calls_ask_nothing(tmp_path: Path) -> None:
    assert vendors_of(BookReader("", tmp_path, 1), []) == {}


def test_a_call_is_answered_when_its_open_client_leg_says_so(book_url: str, tmp_path: Path) -> None:
    shard = open_shard(book_url, tmp_path)
    begun, ringing = start("c1"), start("c2", connect_ms=None)
    outcomes(shard, begun, ringing, start("c3"), stop("c3"))
    keys = [one.leg.call_key for one in (begun, ringing, stop("c3"))]
    assert answered_ms(BookReader(book_url, tmp_path, 1), keys) == {begun.leg.call_key: begun.leg.connect_ms}
    assert answered_ms(BookReader("", tmp_path, 1), []) == {}
    shard.book.close()

"""Open calls and one call's records are found in the books of both databases."""

from pathlib import Path

import pytest

from domain.calls import Side
from store.book_reader import BookReader
from store.call_reader import holds_and_parked, keys_between, leg_moments, transfers_of
from store.open_calls import CallSearch, find_calls
from tests.actors.builders import one, open_shard, outcomes
from tests.domain.builders import NOON
from tests.domain.call_builders import ask, key_of, paid, start

KENYA = 254


@pytest.mark.parametrize(
    ("search", "found"),
    [
        (CallSearch(), ["c1", "c2"]),
        (CallSearch(text="orbita-uk"), ["c2"]),
        (CallSearch(number="2547"), ["c2"]),
        (CallSearch(client="orb*", state="started"), ["c1"]),
        (CallSearch(client="orb"), []),
        (CallSearch(vendor="kes*"), ["c1"]),
        (CallSearch(destination="KEN"), ["c2"]),
        (CallSearch(destination="mars"), []),
        (CallSearch(switch="sw1", limit=1), ["c1"]),
        (CallSearch(number="%"), []),
    ],
    ids=str,
)
def test_holds_are_found_by_what_they_are(book_url: str, tmp_path: Path, search: CallSearch, found: list[str]) -> None:
    shard = open_shard(book_url, tmp_path)
    one(shard, ask("c1"))
    outcomes(shard, start("c1"), start("c1", Side.VENDOR))
    one(shard, ask("c2", b="254722000111", trunk="orbita-uk", at_ms=NOON + 1000, destination=KENYA))
    reader = BookReader(book_url, tmp_path, 1)
    holds, _ = find_calls(reader, search, lambda destination: "Kenya" if destination == KENYA else "UK")
    assert [hold.call_key for hold in holds] == [key_of(call) for call in found]
    shard.book.close()


def test_a_call_is_found_by_the_beginning_of_any_of_its_ids(book_url: str, tmp_path: Path) -> None:
    shard = open_shard(book_url, tmp_path)
    hold, begun, payment = ask("c1"), start("c1"), paid("5")
    one(shard, hold)
    outcomes(shard, begun)
    one(shard, payment)
    reader = BookReader(book_url, tmp_path, 1)
    for its_id in (hold.hold_id, begun.leg.leg_id, key_of("c1")):
        assert keys_between(reader, its_id[:4] + bytes(12), its_id[:4] + b"\xff" * 12) == {key_of("c1")}
    assert [its.hold_id for its in holds_and_parked(reader, key_of("c1"))[0]] == [hold.hold_id]
    assert leg_moments(reader, key_of("c1")) == [begun.leg.setup_ms]
    assert transfers_of(reader, payment.transfers[0].ref) == list(payment.transfers)
    shard.book.close()

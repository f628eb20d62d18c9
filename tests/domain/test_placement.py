"""Placement is the same on every machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import PartnerId, SwitchId, call_key
from domain.placement import Placement

sizes = st.integers(1, 1024).flatmap(lambda books: st.tuples(st.just(books), st.integers(1, books)))


@given(sizes, st.text(max_size=30))
def test_every_key_has_a_book_that_exactly_one_shard_writes(size: tuple[int, int], name: str) -> None:
    books, shards = size
    placement = Placement(books, shards)
    for book in (
        placement.book_of_partner(PartnerId(name)),
        placement.book_of_call(call_key(SwitchId("sw"), name.encode())),
    ):
        assert 0 <= book < books
        assert book in placement.books_of_shard(placement.shard_of_book(book))


@given(sizes)
def test_shards_share_the_books_among_them(size: tuple[int, int]) -> None:
    placement = Placement(*size)
    owned = [book for shard in range(size[1]) for book in placement.books_of_shard(f"shard-{shard}")]
    assert sorted(owned) == list(range(size[0]))


@pytest.mark.parametrize("name", ["shard-3", "shard-03", "shard-٣", "shard-", "3", "node-0", "shard-1-1", "shard--1"])
def test_who_is_no_shard_writes_no_book(name: str) -> None:
    assert Placement(books=8, shards=3).books_of_shard(name) == []


def test_places_never_change() -> None:
    placement = Placement(books=8, shards=4)
    assert [placement.book_of_partner(PartnerId(name)) for name in ("orbita", "minnow", "kestrel")] == [0, 6, 3]
    assert placement.book_of_call(call_key(SwitchId("sw1"), b"call-1")) == 2


def test_a_pin_says_otherwise_for_one_partner_only() -> None:
    plain, pinned = Placement(books=4), Placement(books=4, pins={PartnerId("orbita"): 3})
    assert pinned.book_of_partner(PartnerId("orbita")) == 3
    assert pinned.book_of_partner(PartnerId("minnow")) == plain.book_of_partner(PartnerId("minnow"))


@pytest.mark.parametrize("fields", [{"books": 2, "shards": 3}, {"books": 0}, {"pins": {PartnerId("orbita"): 1}}])
def test_a_placement_that_leaves_something_nowhere_is_none(fields: dict[str, int]) -> None:
    with pytest.raises(AssertionError):
        Placement(**fields)  # type: ignore[arg-type]  # built of names and wrong values on purpose

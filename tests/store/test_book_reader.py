"""Books read from outside: one moment, nothing changed, and a book that is not there yet is an empty one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.calls import LegState, Side
from domain.ids import PartnerId
from domain.ledger import BANK, Occasion, TransferKind, payable, payment_in, receivable, surcharge
from domain.money import Money
from store.book import Book, Writes
from store.book_bulk import seal
from store.book_reader import Balance, BookReader
from tests.domain.builders import NOON
from tests.domain.call_builders import ORBITA, USD
from tests.store.books import calls, draft, holding, opened


@pytest.fixture
def book(book_url: str, tmp_path: Path) -> Iterator[Book]:
    book = opened(book_url, tmp_path)
    yield book
    book.close()


@pytest.fixture
def reader(book_url: str, tmp_path: Path) -> BookReader:
    return BookReader(book_url, tmp_path, 2)


def test_a_book_that_is_not_there_reads_as_an_empty_one_and_is_not_made(reader: BookReader, tmp_path: Path) -> None:
    for number, book in reader.every():
        assert (book.ended_legs(), book.balances(), book.holds(), book.parked_count()) == ([], [], [], 0), number
    assert list(tmp_path.glob("book-*")) == []


def test_all_that_a_book_holds_is_read(book: Book, reader: BookReader) -> None:
    holding(book, *calls("c1", "c2"), *calls("c3", state=LegState.OPEN))
    payment = payment_in(ORBITA, Money.of("5", "USD"), 500_000_000, Occasion(NOON, NOON, "p"))
    balances = {(ORBITA, Side.CLIENT, USD): (5, 6, 7)}
    book.commit(Writes(transfers=[payment], balances=balances))
    with reader.book(0) as found:
        assert len(found.ended_legs()) == 2
        assert len(found.ended_legs(last_seq=1)) == 1
        assert len(found.open_legs()) == 1
        assert found.transfers() == [payment]
        assert found.balances() == [Balance(ORBITA, Side.CLIENT, USD, 5, 6, 7)]


def test_transfers_are_read_by_account_kind_and_reference(book: Book, reader: BookReader) -> None:
    five, other = Money.of("5", "USD"), PartnerId("minnow")
    paid, theirs = (payment_in(who, five, 5, Occasion(NOON, NOON, "p")) for who in (ORBITA, other))
    first, fee = (surcharge(Side.CLIENT, ORBITA, five, 5, Occasion(NOON, NOON, ref)) for ref in ("i-1", "i-2"))
    taken = surcharge(Side.CLIENT, ORBITA, Money.of("-1", "USD"), -1, Occasion(NOON + 1, NOON, "i-2"), 1)
    book.commit(Writes(transfers=[paid, theirs, first, fee, taken]))
    with reader.book(0) as found:
        assert len(found.transfers()) == 5
        assert {one.transfer_id for one in found.transfers([BANK])} == {paid.transfer_id, theirs.transfer_id}
        assert found.transfers([receivable(other), payable(other)]) == [theirs]
        assert found.transfers([receivable(ORBITA)], TransferKind.SURCHARGE, "i-2") == [fee, taken]
        assert found.transfers(kind=TransferKind.PAYMENT, ref="i-2") == []


def test_segments_are_read_in_order_of_sealing(book: Book, reader: BookReader) -> None:
    for name in ("first", "second"):
        seal(holding(book, *calls(name)), [], NOON)
        seal(book, [draft(book, name)], NOON)
    with reader.book(0) as found:
        assert [(its.segment, its.legs) for its in found.segments()] == [("first", 1), ("second", 1)]


def test_a_reader_sees_one_moment_while_the_book_goes_on(book: Book, reader: BookReader) -> None:
    holding(book, *calls("c1"))
    with reader.book(0) as found:
        assert len(found.ended_legs()) == 1
        holding(book, *calls("c2"))
        seal(book, [draft(book)], NOON)
        assert (len(found.ended_legs()), found.segments(), found.transfers()) == (1, [], [])
    with reader.book(0) as found:
        assert (found.ended_legs(), len(found.segments())) == ([], 1)


def test_a_reader_cannot_write(book: Book, reader: BookReader) -> None:
    with reader.book(0) as found, pytest.raises(Exception, match=r"readonly|read-only"):
        found.rows("DELETE FROM leg RETURNING leg_id")


def test_books_that_are_open_together_are_told_apart(book_url: str, book: Book, reader: BookReader) -> None:
    first, second = (payment_in(ORBITA, Money.of("5", "USD"), 5, Occasion(NOON, NOON, ref)) for ref in "pq")
    book.commit(Writes(transfers=[first]))
    with reader.together() as books:
        book.commit(Writes(transfers=[second]))
        assert [each.transfers() for each in books] == [[first], []]
        assert books[0].transfer(first.transfer_id) == first
        assert books[0].transfer(second.transfer_id) is None

"""The books are proved at one moment: what is underway between two of them is no difference, what is lost is one."""

from pathlib import Path

import pytest

from actors.desk.finance import check_books, checked
from cluster.tasks.leg_sums import proof
from domain.money import Currency
from store.book_reader import Underway
from tests.actors.test_retry import Office
from tests.cluster.tasks.test_replay import a_report

USD = Currency("USD")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path)
    office.report(*(a_report(f"call-{n}") for n in range(12)))
    return office


def deliver(office: Office, from_book: int, to_book: int) -> list[int]:
    outbox = office.shards[from_book].outbox.items()
    items = [(number, posting) for number, (to, posting) in sorted(outbox) if to == to_book]
    return office.shards[to_book].receive(from_book, items)


def test_postings_between_two_books_are_counted_once_wherever_they_are(office: Office) -> None:
    found = proof(office.desk.home)
    assert found.underway and {each.to_book for each in found.underway} <= {0, 1}
    assert isinstance(found.underway[0], Underway)
    assert list(checked(found, USD).differences) == []
    done = {book: deliver(office, book, 1 - book) for book in (0, 1)}
    arrived = proof(office.desk.home)
    assert (arrived.underway, list(checked(arrived, USD).differences)) == ((), [])
    for book, numbers in done.items():
        office.shards[book].sent(numbers)
    assert list(checked(proof(office.desk.home), USD).differences) == []


def test_a_balance_that_is_not_what_legs_say_is_a_difference(office: Office) -> None:
    for shard in office.shards:
        shard.book.driver.run("UPDATE balance SET posted = posted + 1")
    found = checked(proof(office.desk.home), USD)
    assert len(found.differences) > 0 and not found.balances_add_up
    assert found.cdrs_minus_postings.units == len(found.differences)


def test_holds_are_compared_with_the_balances_of_the_same_moment(office: Office) -> None:
    for shard in office.shards:
        shard.book.driver.run("UPDATE balance SET open_calls = open_calls + 1, held = held + 5")
    found = checked(proof(office.desk.home), USD)
    assert (found.holds_add_up, found.balances_add_up) == (False, True)


async def test_the_desk_proves_its_books(office: Office) -> None:
    found = await check_books(office.desk)
    assert (list(found.differences), found.balances_add_up, found.open_holds) == ([], True, 0)

"""What one book has for another arrives exactly once, wherever the way from the one to the other is cut.

The driver of both books fails before the n-th statement, for every n; or after the n-th commit, when nobody hears any
more that it was done (after any other statement is before the next one: nothing leaves a process between them). The
process ends then; its next incarnation opens the book, and who has no answer asks again.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from actors.moving import due
from actors.shard import Shard
from domain.calls import Side
from domain.commands import Command
from domain.grants import cost_of
from domain.ids import CallKey, PartnerId
from domain.placement import Placement
from tests.actors.builders import assert_true, on_the_way, open_shard
from tests.domain.call_builders import KESTREL, ORBITA, TERMS, USD, a_leg, ask, key_of, paid, start, stop
from tests.store.books import staged

HERE, THERE = 0, 1
"""The client's book, and the book that is home to its calls."""
PLACEMENT = Placement(books=2, shards=2, pins={ORBITA: HERE, KESTREL: HERE})
MINUTE, PAID = cost_of(TERMS, 60), 500_000_000
MANY = 1000


class Cut(Exception):
    """The process ended here."""


class Fuse:
    """Burns down with each statement of any book, or with each commit if it is late; at its end, once, the process of
    that book ends."""

    def __init__(self) -> None:
        self.left, self.late, self.burnt = MANY * MANY, False, False

    def lay(self, length: int, *, late: bool) -> None:
        self.left, self.late, self.burnt = length, late, False

    def around(self, statement: Callable[..., Any], *, commits: bool) -> Callable[..., Any]:
        def guarded(*args: Any, **fields: Any) -> Any:
            if not self.late:
                self._burn()
            result = statement(*args, **fields)
            if self.late and commits:
                self._burn()
            return result

        return guarded

    def _burn(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.burnt = True
            raise Cut


class FusedDriver:
    """A book's driver with the fuse around each statement."""

    def __init__(self, driver: Any, fuse: Fuse) -> None:
        self._driver = driver
        for name in ("begin", "commit", "query", "run", "run_many", "load_stage"):
            setattr(self, name, fuse.around(getattr(driver, name), commits=name == "commit"))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)


class TwoBooks:
    """Two books whose processes end when the fuse is burnt; each step is repeated until it is answered."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder, self.fuse = url, folder, Fuse()
        self.shards = [self._opened(book) for book in (HERE, THERE)]

    def _opened(self, book: int) -> Shard:
        shard = open_shard(self._url, self._folder, book=book, placement=PLACEMENT)
        shard.book.driver = FusedDriver(shard.book.driver, self.fuse)
        return shard

    def step(self, book: int, work: Callable[[Shard], Any]) -> Any:
        while True:
            try:
                return work(self.shards[book])
            except Cut:
                self.shards[book].book.driver.close()
                self.shards[book] = self._opened(book)

    def turn(self, book: int, *commands: Command) -> None:
        self.step(book, lambda shard: shard.turn(commands))

    def deliver(self) -> None:
        """Bring what waits over, as the shards do: again until it is durable there and forgotten here."""
        while self.shards[THERE].outbox:
            items = due(self.shards[THERE].outbox, 2)[HERE]  # in several goes
            done = self.step(HERE, partial(Shard.receive, from_book=THERE, items=items))
            self.step(THERE, partial(Shard.sent, numbers=done))

    def posted(self, partner: PartnerId, side: Side) -> int:
        return self.shards[HERE].partner(partner).posted.get((side, USD), 0)


@pytest.fixture
def books(book_url: str, tmp_path: Path) -> Iterator[TwoBooks]:
    two = TwoBooks(book_url, tmp_path)
    yield two
    for shard in two.shards:
        shard.book.close()


def calls_there(prefix: str, many: int) -> list[str]:
    """Return ids of calls that are at home in the other book."""
    found: list[str] = []
    for number in count():
        call = f"{prefix}-{number}"
        if PLACEMENT.book_of_call(CallKey(key_of(call))) == THERE:
            found.append(call)
        if len(found) == many:
            return found
    raise AssertionError("there are calls of every book")


def three_calls_and_a_payment(two: TwoBooks, name: str, stage: Path) -> None:
    """Two calls as a switch reports them, a payment, and a call of a file: all of it for partners of the other book."""
    first, second, third = calls_there(name, 3)
    two.turn(HERE, ask(first), ask(second))
    two.turn(THERE, start(first), start(first, Side.VENDOR), start(second))
    two.deliver()
    two.turn(THERE, stop(first), stop(first, Side.VENDOR))
    two.turn(THERE, paid("5", ref=name), stop(second))
    if not stage.exists():
        staged(stage, [a_leg(third)])
    two.step(THERE, lambda shard: shard.take_block(stage, 0))
    two.deliver()


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_whichever_statement_is_the_last_each_amount_arrives_once(books: TwoBooks, late: bool, tmp_path: Path) -> None:
    for length in range(1, MANY):
        books.fuse.lay(length, late=late)
        three_calls_and_a_payment(books, f"n{length}", tmp_path / f"{length}.stage")
        burnt = books.fuse.burnt
        books.fuse.lay(MANY * MANY, late=False)
        assert books.posted(ORBITA, Side.CLIENT) == length * (3 * MINUTE - PAID), length
        assert books.posted(KESTREL, Side.VENDOR) == length * MINUTE, length
        assert not books.shards[HERE].partner(ORBITA).holds
        assert_true(*books.shards)
        assert not any(on_the_way(shard, books.shards) for shard in books.shards)
        if not burnt:
            assert length > (8 if late else 40), "every statement was the last once"
            return
    pytest.fail("it never came to its end")

"""What one book has for another arrives exactly once, wherever the way from the one to the other is cut.

The driver of each book fails before every statement of every step once, or after every commit, when nobody hears any
more that it was done. The process ends then; its next incarnation opens the book, and who has no answer asks again.
"""

from functools import partial
from itertools import count
from pathlib import Path

import pytest

from actors.shard import Shard
from domain.calls import Side
from domain.commands import Command
from domain.grants import cost_of
from domain.ids import CallKey, PartnerId
from domain.placement import Placement
from tests.actors.builders import assert_true, on_the_way
from tests.actors.cut_books import CutBooks
from tests.domain.call_builders import KESTREL, ORBITA, TERMS, USD, a_leg, ask, key_of, paid, start, stop
from tests.store.books import staged

HERE, THERE = 0, 1
"""The client's book, and the book that is home to its calls."""
PLACEMENT = Placement(books=2, shards=2, pins={ORBITA: HERE, KESTREL: HERE})
MINUTE, PAID = cost_of(TERMS, 60), 500_000_000


class TwoBooks(CutBooks):
    """The two books, and what goes from the one to the other."""

    def turn(self, book: int, *commands: Command) -> None:
        self.step(book, lambda shard: shard.turn(commands))

    def deliver(self) -> None:
        """Bring what waits over, as the shards do: again until it is durable there and forgotten here."""
        while self.shards[THERE].outbox:
            items = self.shards[THERE].outbox.due(2)[HERE]  # in several goes
            done = self.step(HERE, partial(Shard.receive, from_book=THERE, items=items))
            self.step(THERE, partial(Shard.sent, numbers=done))

    def posted(self, partner: PartnerId, side: Side) -> int:
        return self.shards[HERE].partner(partner).posted.get((side, USD), 0)


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
def test_whichever_statement_is_the_last_each_amount_arrives_once(book_url: str, late: bool, tmp_path: Path) -> None:
    books = TwoBooks(book_url, tmp_path, PLACEMENT, late=late)
    for run in books.runs():
        three_calls_and_a_payment(books, f"n{run}", tmp_path / f"{run}.stage")
        assert books.posted(ORBITA, Side.CLIENT) == run * (3 * MINUTE - PAID), run
        assert books.posted(KESTREL, Side.VENDOR) == run * MINUTE, run
        assert not books.shards[HERE].partner(ORBITA).holds
        assert_true(*books.shards)
        assert not any(on_the_way(shard, books.shards) for shard in books.shards)
    assert books.cuts > (12 if late else 80), "every statement was the last once"
    books.close()

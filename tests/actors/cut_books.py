"""Books of one placement whose processes end before any statement of their drivers, or after any commit."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from actors.shard import Shard
from domain.placement import Placement
from tests.actors.builders import assert_true, open_shard

MANY = 1000
"""More statements than a step has."""


class Cut(Exception):
    """The process ended here."""


class Fuse:
    """Burns down with each statement, or with each commit if it is late; at its end, once, the process ends."""

    def __init__(self, *, late: bool) -> None:
        self.left, self.late = 0, late

    def around(self, statement: Callable[..., Any], *, commits: bool) -> Callable[..., Any]:
        """Return a statement that burns the fuse down: before it, or if the fuse is late after it, where it commits."""

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
            raise Cut


class FusedDriver:
    """A book's driver with the fuse around each statement."""

    def __init__(self, driver: Any, fuse: Fuse) -> None:
        self._driver = driver
        for name in ("begin", "commit", "query", "run", "run_many", "load_stage"):
            setattr(self, name, fuse.around(getattr(driver, name), commits=name == "commit"))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)


class CutBooks:
    """Books that are cut at every statement of every step, one book in each run and at most once in each step.

    The next incarnation opens the book, and who has no answer asks again. The books must be true then: so a step begins
    with memories and books that agree, and no cut can hide what the one before it left behind.
    """

    def __init__(self, url: str, folder: Path, placement: Placement, *, late: bool) -> None:
        """`late`: after commits, when nobody hears any more that it was done (after any other statement is before the
        next one: nothing leaves a process between them); otherwise before statements."""
        self._url, self._folder, self._placement = url, folder, placement
        self._fuse = Fuse(late=late)
        self._hurt, self._length = 0, MANY
        self.cuts = 0
        self.shards = [self._opened(book) for book in range(placement.books)]

    def _opened(self, book: int) -> Shard:
        shard = open_shard(self._url, self._folder, book=book, placement=self._placement)
        shard.book.driver = FusedDriver(shard.book.driver, self._fuse)
        return shard

    def runs(self) -> Iterator[int]:
        """Number runs of the same steps, from 1: of each book the first statements of its steps are cut in one run, the
        second ones in the next, until a run has no step with so many."""
        number = 0
        for book in range(len(self.shards)):
            for length in range(1, MANY):
                before, self._hurt, self._length = self.cuts, book, length
                number += 1
                yield number
                if self.cuts == before:
                    break
            else:
                pytest.fail("it never came to its end")

    def step(self, book: int, work: Callable[[Shard], Any]) -> Any:
        """Let a book do some work, again after a cut; return what it answers."""
        if book != self._hurt:
            return work(self.shards[book])
        self._fuse.left = self._length
        try:
            return work(self.shards[book])
        except Cut:
            self.cuts += 1
            self.shards[book].book.driver.close()
            self.shards[book] = self._opened(book)
            result = work(self.shards[book])
            assert_true(*self.shards)
            return result
        finally:
            self._fuse.left = 0  # burns no more

    def close(self) -> None:
        """Close all books."""
        for shard in self.shards:
            shard.book.close()

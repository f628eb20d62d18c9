"""What is due when: found without looking at what is not due yet."""

from bisect import bisect_left, insort
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


@dataclass(slots=True)
class Agenda(Generic[T]):
    """Things, each with the moment (ms) at which it is due.

    Adding and removing cost the same however many there are: things of one second lie together, and only the seconds
    are kept in order. Invariants: `seconds` are the keys of `by_second` in order, and none of its dicts is empty.
    """

    seconds: list[int] = field(default_factory=list)
    by_second: dict[int, dict[T, int]] = field(default_factory=dict)

    def add(self, thing: T, due_ms: int) -> None:
        """Put a thing down; it must not be in already."""
        second = due_ms // 1000
        its = self.by_second.get(second)
        if its is None:
            its = self.by_second[second] = {}
            insort(self.seconds, second)
        its[thing] = due_ms

    def remove(self, thing: T, due_ms: int) -> None:
        """Take a thing off, given the moment for which it was put down; nothing happens where it is not there."""
        second = due_ms // 1000
        its = self.by_second.get(second)
        if its is None or its.pop(thing, None) is None or its:
            return
        del self.by_second[second]
        del self.seconds[bisect_left(self.seconds, second)]

    def due(self, at_ms: int) -> Iterator[T]:
        """Return what is due at the moment, by the second; what is found must be taken off before the next is added."""
        for second in self.seconds:
            if second > at_ms // 1000:
                return
            for thing, due_ms in self.by_second[second].items():
                if due_ms <= at_ms:
                    yield thing

    def __len__(self) -> int:
        """Return how many things are down: for tests and figures, it counts them."""
        return sum(map(len, self.by_second.values()))

"""Answers that cost a task, told for some seconds to all who ask the same."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

KEPT_S = 10.0
"""So long an answer is told again, machine time: screens ask each 5 s, each reader's for itself."""
MOST_KEPT = 64
T = TypeVar("T")


class Lately(Generic[T]):
    """Invariants: what is asked while it is being made is made once; of an older world nothing is told; at most
    MOST_KEPT answers are kept, and none that failed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._world: object = None
        self._made: dict[Hashable, tuple[float, asyncio.Task[T]]] = {}

    async def get(self, asked: Hashable, world: object, make: Callable[[], Awaitable[T]]) -> T:
        """Return the answer to a question about a world, made anew where it is too old. Raises what `make` does."""
        if world is not self._world:
            self._world, self._made = world, {}
        begun_s, task = self._made.get(asked, (float("-inf"), None))
        if task is None or self._clock() - begun_s >= KEPT_S or _failed(task):
            self._made.pop(asked, None)
            while len(self._made) >= MOST_KEPT:
                del self._made[next(iter(self._made))]
            task = asyncio.ensure_future(_run(make))
            self._made[asked] = self._clock(), task
        return await asyncio.shield(task)  # one who goes away leaves it to the others


async def _run(make: Callable[[], Awaitable[T]]) -> T:
    return await make()


def _failed(task: "asyncio.Task[T]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)

"""How what waits in the outboxes of a shard's books comes to other books: to each at its own pace."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from actors.outbox import Outbox
from domain.commands import Parcel

RESEND_S = 0.05
ANSWER_S = 10.0
"""How long a book may take to answer before it is asked again."""
LOOKING = 0.1
"""The part of the time that looking through outboxes may take: behind a book that is away they grow long."""

Items = list[tuple[int, Parcel]]
Outboxes = Mapping[int, Outbox]
"""What waits, by the book that it is from."""


class UnreachableError(Exception):
    """The other book is between two incarnations, or in trouble: what is for it is tried again."""


class Delivery:
    """Brings parcels to their books, in order, again until they are durable there.

    Invariants: between two books one batch is under way, the oldest parcels that wait; so an answer that comes late,
    or never, changes nothing. A book out of reach holds up none but those that are for it.

    `carry` gets (to book, from book, parcels), returns the numbers of those that are durable there and raises
    UnreachableError; `forget` gets (from book, numbers). What else they raise ends `run`.
    """

    def __init__(
        self,
        outboxes: Callable[[], Outboxes],
        carry: Callable[[int, int, Items], Awaitable[list[int]]],
        forget: Callable[[int, list[int]], Awaitable[None]],
        *,
        most: int,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._outboxes, self._carry, self._forget = outboxes, carry, forget
        self._most, self._answer_s = most, answer_s
        self._silent: set[int] = set()
        """Books that did not answer in time: given one parcel at a time, as what is given may wait there for long."""
        self._under_way: dict[tuple[int, int], asyncio.Task[None]] = {}
        self._more = asyncio.Event()

    async def run(self) -> None:
        """Deliver, for ever."""
        try:
            while True:
                began = time.monotonic()
                self._look()
                pause_s = max(RESEND_S, (time.monotonic() - began) / LOOKING)
                with suppress(TimeoutError):  # else more may wait, and does not have to
                    async with asyncio.timeout(pause_s):
                        await self._more.wait()
                self._more.clear()
        finally:
            for task in self._under_way.values():
                task.cancel()

    def _look(self) -> None:
        """Begin all deliveries for which something waits and none is under way. Raises what one of them raised."""
        for pair, task in list(self._under_way.items()):
            if task.done():
                self._under_way.pop(pair).result()
        for from_book, outbox in self._outboxes().items():
            if not outbox:
                continue
            for to_book, items in outbox.due(self._most).items():
                if (from_book, to_book) not in self._under_way:
                    bringing = self._bring(to_book, from_book, items[:1] if to_book in self._silent else items)
                    self._under_way[from_book, to_book] = asyncio.create_task(bringing)

    async def _bring(self, to_book: int, from_book: int, items: Items) -> None:
        """Bring parcels to their book and forget those that are durable there."""
        try:
            async with asyncio.timeout(self._answer_s):
                done = await self._carry(to_book, from_book, items)
        except TimeoutError:
            self._silent.add(to_book)
            return
        except UnreachableError:
            return
        await self._forget(from_book, done)
        if to_book in self._silent or len(done) == self._most:
            self._more.set()
        self._silent.discard(to_book)

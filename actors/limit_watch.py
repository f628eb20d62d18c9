"""How a node hears what all books count of the soft limits."""

import asyncio
from collections.abc import Sequence

from actors.refs import AnyBook, AnyBooks
from domain.limit_gate import LimitGate
from domain.limits import LimitUse

EVERY_S = 0.5
WAIT_S = 1.0
"""For so long a book is waited for; of one that hangs the last board counts, and the others are learned of."""


class LimitWatch:
    """Asks all books in turn. Invariant: the gate learns only of boards that were asked for after it was told so; of a
    book that is out of reach the last one counts.
    """

    def __init__(self, gate: LimitGate, books: AnyBooks, wait_s: float = WAIT_S) -> None:
        self._gate, self._books, self._wait_s = gate, books, wait_s
        self._known: dict[int, Sequence[LimitUse]] = {}

    async def run(self) -> None:
        """Ask every half second, where there is a limit to keep."""
        while True:
            await asyncio.sleep(EVERY_S)
            if self._gate.needed:
                await self.refresh()

    async def refresh(self) -> None:
        """Ask once."""
        self._gate.asks()
        answers = await asyncio.gather(*(self._asked(book) for book in self._books.all))
        self._known |= {number: uses for number, uses in enumerate(answers) if uses is not None}
        self._gate.learn(self._known)

    async def _asked(self, book: AnyBook) -> Sequence[LimitUse] | None:
        try:
            async with asyncio.timeout(self._wait_s):
                return await book.limit_use()
        except TimeoutError:
            return None

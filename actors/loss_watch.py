"""How a node hears what all books count of allowed losses, and lets a book know of a call that may lose money."""

import asyncio
from collections import Counter

from actors.refs import AnyBook, AnyBooks, UnavailableError
from domain.commands import FindLoss, LossAside, OpenLoss, Reply
from domain.decisions import Decision
from domain.loss_book import Period
from domain.loss_gate import LossGate
from domain.losses import LossUse

EVERY_S = 0.5
WAIT_S = 1.0
ASKED_S = 240
"""So long what a call may lose is set aside at least where nothing is heard of it."""
RINGS_S = 60
"""By so much longer than its hold waits: it rings."""


class LossWatch:
    """Asks all books in turn. Invariant: while one of them does not answer no call may lose money."""

    def __init__(self, gate: LossGate, books: AnyBooks, wait_s: float = WAIT_S) -> None:
        self._gate, self._books, self._wait_s = gate, books, wait_s

    async def run(self) -> None:
        """Ask every half second, where a loss is allowed."""
        while True:
            await asyncio.sleep(EVERY_S)
            if self._gate.needed:
                await self.refresh()

    async def refresh(self) -> None:
        """Ask once."""
        self._gate.asks()
        answers = await asyncio.gather(*(self._asked(book) for book in self._books.all))
        known = {number: uses for number, uses in enumerate(answers) if uses is not None}
        self._gate.learn(known if len(known) == len(answers) else None)

    async def _asked(self, book: AnyBook) -> list[LossUse] | None:
        try:
            async with asyncio.timeout(self._wait_s):
                return await book.loss_use()
        except TimeoutError:
            return None


def asked_s(hold_asked_s: int) -> int:
    """Return how long what a call may lose is set aside where nothing is heard of it, by how long its hold waits."""
    return max(ASKED_S, hold_asked_s + RINGS_S)


async def set_aside(decision: Decision, gate: LossGate, books: AnyBooks, wait_s: float, asked_s: int = ASKED_S) -> bool:
    """Let the book at home for a call know what it may lose, durably; tell whether it does, or need not.

    What is set aside counts here from before the book is asked, so that calls that are decided meanwhile see it.
    """
    ways = gate.ways(decision.routes, decision.at_ms)
    if not ways:
        return True
    command = OpenLoss(decision.call_key, ways, decision.at_ms, asked_s)
    with gate.setting_aside(ways, decision.call_key, decision.at_ms) as aside:
        try:
            reply = await books.of_call(decision.call_key).ask(command, wait_s)
        except UnavailableError:
            return False
        aside.durable, aside.before = True, _told(reply)
    return True


async def hear_of(decision: Decision, gate: LossGate, books: AnyBooks, wait_s: float) -> None:
    """Ask the book at home for a call what is set aside for it; where that is away what is known here stays."""
    try:
        reply = await books.of_call(decision.call_key).ask(FindLoss(decision.call_key, decision.at_ms), wait_s)
    except UnavailableError:
        return
    gate.hears(decision.call_key, _told(reply), decision.at_ms)


def _told(reply: Reply) -> Counter[Period]:
    assert isinstance(reply, LossAside), "a book answers what it was asked"
    return Counter({(use_id, period_ms): units for use_id, period_ms, units in reply.aside})


async def take_back(decision: Decision, books: AnyBooks, wait_s: float) -> None:
    """Set nothing aside any more for a call that does not go; where its book is away that lapses by itself."""
    try:
        await books.of_call(decision.call_key).ask(OpenLoss(decision.call_key, (), decision.at_ms, 0), wait_s)
    except UnavailableError:
        return

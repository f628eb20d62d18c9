"""Who of those who want batch work done is next: people first, what goes on behind them when nobody else waits."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

PATIENCE_S = 0.5
"""So long who waits leaves work behind alone: most of it ends by itself before that."""
BEHIND_S = 60.0
"""Work behind that waits as long as this is next, whoever else waits: it is late, not left out."""


@dataclass(eq=False, slots=True)
class Turn:
    """One that waits for a place, or has one."""

    behind: bool
    yields: bool
    since_s: float
    ready: "asyncio.Future[None]"
    wanted: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it is to give its place to who waits, if it can."""


class Slots:
    """So many places for batch work, each as large as a machine's memory allows beside the others.

    Invariants: never more are taken than there are; who waits in front goes in the order in which they came, and before
    what waits behind, unless that has waited BEHIND_S. Belongs to one event loop.
    """

    def __init__(self, places: int, clock: Callable[[], float] | None = None, patience_s: float = PATIENCE_S) -> None:
        """`clock`: seconds, the loop's own where none is given."""
        self._free, self._clock, self._patience_s = places, clock, patience_s
        self._front, self._behind = deque[Turn](), deque[Turn]()
        self._running: list[Turn] = []

    @asynccontextmanager
    async def place(self, *, behind: bool = False, yields: bool = False) -> AsyncIterator[Turn]:
        """Have a place while this lasts. `yields`: it is behind, and gives its place back when that is wanted."""
        turn = await self.take(behind=behind, yields=yields)
        try:
            yield turn
        finally:
            self.leave(turn)

    async def take(self, *, behind: bool = False, yields: bool = False) -> Turn:
        """Wait for a place; `leave` it in the end."""
        loop = asyncio.get_running_loop()
        turn = Turn(behind, yields and behind, self._now(), loop.create_future())
        (self._behind if behind else self._front).append(turn)
        self._let_in()
        if not behind and not turn.ready.done():
            loop.call_later(self._patience_s, self._ask_for, turn)
        try:
            await turn.ready
        except asyncio.CancelledError:
            self._give_up(turn)
            raise
        return turn

    def leave(self, turn: Turn) -> None:
        """Give a place back."""
        self._running.remove(turn)
        self._free += 1
        self._let_in()

    def _now(self) -> float:
        return self._clock() if self._clock else asyncio.get_running_loop().time()

    def _let_in(self) -> None:
        while self._free and (self._front or self._behind):
            turn = self._next()
            if turn.ready.cancelled():  # it has gone away
                continue
            self._free -= 1
            self._running.append(turn)
            turn.ready.set_result(None)

    def _next(self) -> Turn:
        late = self._behind and self._now() - self._behind[0].since_s >= BEHIND_S
        return self._behind.popleft() if late or not self._front else self._front.popleft()

    def _ask_for(self, turn: Turn) -> None:
        """Ask the work behind that began last for its place, for one that still waits; again until it has one."""
        if turn.ready.done():
            return
        asked = sum(one.wanted.is_set() for one in self._running)
        if asked < len(self._front):
            can = [one for one in self._running if one.yields and not one.wanted.is_set()]
            if can:
                can[-1].wanted.set()
        asyncio.get_running_loop().call_later(self._patience_s, self._ask_for, turn)

    def _give_up(self, turn: Turn) -> None:
        if turn in self._running:
            self.leave(turn)
            return
        with suppress(ValueError):  # it was passed over already
            (self._behind if turn.behind else self._front).remove(turn)

"""Starting an actor once, and again at an even pace while what holds the truth is away."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from store.away import AGAIN_S, AwayError, away

START_S = 60.0
"""How long a new process of an actor may take to answer for the first time: Ray starts it, it loads and recovers. Were
it ended as hanging sooner, on a busy machine none would ever come so far."""


class Starting:
    """Begins an actor's work once, however many ask; `where` names its folder or database in what it says.

    Invariants: one start at a time. A start that fails since the store is away is told to who asked, and tried again
    when somebody asks a second later: a process for each try would cost more than the outage. What else fails is raised
    as it is. Beginning and end of an outage are logged once each.
    """

    def __init__(self, begin: Callable[[], Awaitable[None]], where: str) -> None:
        self._begin, self._where = begin, where
        self._lock: asyncio.Lock | None = None
        self._failed_at = float("-inf")
        self._why = ""
        self.done = False

    async def ensure(self) -> None:
        """Start, unless that was done. Raises AwayError while the store is away."""
        if self.done:
            return
        if self._lock is None:
            self._lock = asyncio.Lock()
        async with self._lock:
            if self.done:
                return
            if self._why and time.monotonic() - self._failed_at < AGAIN_S:
                raise AwayError(self._why)
            await self._try()

    async def _try(self) -> None:
        try:
            await self._begin()
        except Exception as error:
            why = away(error, self._where)
            if not why:
                raise
            if not self._why:
                structlog.get_logger().error("cannot start yet", why=why)
            self._why, self._failed_at = why, time.monotonic()
            raise AwayError(why) from None
        self.done = True
        if self._why:
            structlog.get_logger().info("started after all", after=self._why)

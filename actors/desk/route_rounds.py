"""The desk's part in watching routes: it gives quality-0 the states that the catalog kept, and writes what changes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from typing import Any

from ray.exceptions import RayError

from actors.desk.core import Desk
from actors.refs import QUALITY, UnavailableError, handle
from actors.watched_routes import MOST_TOLD
from domain.route_book import KeptState, News, Route
from domain.route_states import LOCKED, Measured, Standing
from store.catalog.route_states import WrittenEvent

EVERY_S = 0.5
ANSWER_S = 5.0
MOST_WAITING = 1_000
"""Events that a slow listener may be behind; it misses the older ones, the list has them."""
ALARM = "routes out"
MOST_NAMED = 3
"""Routes that the alarm names of each kind."""
States = list[tuple[KeptState, tuple[Measured, ...], int]]


class RouteRounds:
    """Takes the news of quality-0 into the catalog, tells who listens, and keeps an alarm while routes are out.

    Invariant: news are acknowledged when they are written, and written once.
    """

    def __init__(self, desk: Desk, alarm: Callable[[str, str, str], None]) -> None:
        self._desk, self._alarm = desk, alarm
        self._process, self._written = "", 0
        self._listening: set[asyncio.Queue[WrittenEvent]] = set()

    async def keep(self) -> None:
        """Do one round; that quality-0 is away is an alarm already, and its changes wait there."""
        with suppress(UnavailableError):
            await self.round()

    async def round(self) -> None:
        """Write what changed. Raises UnavailableError where quality-0 does not answer."""
        while True:
            process, restored, news = await self._ask("route_news", self._process, self._written)
            if process != self._process:
                self._process, self._written = process, 0
            if not restored:
                await self._ask(
                    "restore_routes", await self._desk.read(lambda catalog: catalog.route_states.standing())
                )
                await self._count_out()
            if not news:
                return
            await self._write(news)
            if len(news) < MOST_TOLD:
                return

    async def order(self, route: Route, standing: Standing, why: str, until_ms: int | None, who: str) -> bool:
        """Have quality-0 put a route in a state; return whether anything changed."""
        changed: bool = await self._ask("order_route", route, standing, why, until_ms, who)
        await self.round()
        return changed

    async def states(self, every: bool = False) -> States:
        """Return the states that quality-0 has, those of routes that are simply active where every one is asked for."""
        found: States = await self._ask("route_states", every)
        return found

    async def listen(self) -> AsyncIterator[WrittenEvent]:
        """Yield events as they are written, for ever."""
        waiting: asyncio.Queue[WrittenEvent] = asyncio.Queue(MOST_WAITING)
        self._listening.add(waiting)
        try:
            while True:
                yield await waiting.get()
        finally:
            self._listening.discard(waiting)

    async def _write(self, news: list[News]) -> None:
        process = self._process
        events = await self._desk.write(lambda catalog: catalog.route_states.write(news, process))
        self._written = news[-1].seq
        for event in events:
            for waiting in self._listening:
                if waiting.full():
                    waiting.get_nowait()
                waiting.put_nowait(event)
        await self._count_out()

    async def _count_out(self) -> None:
        kept = await self._desk.read(lambda catalog: catalog.route_states.standing())
        judged = [one for one in kept if one.standing not in LOCKED and not one.is_new]
        out = {(one.vendor, one.destination) for one in judged if one.is_out}
        last = {(one.vendor, one.destination) for one in judged if one.is_last} - out
        told = [f"{self._named(those)} {how} for quality" for those, how in ((out, "out"), (last, "last")) if those]
        self._alarm(ALARM, f"{'; '.join(told)}: see `switchboard routes states`" if told else "", "warning")

    def _named(self, those: Iterable[Route]) -> str:
        each = [f"{vendor} {self._desk.name_of(where)}" for vendor, where in sorted(those)]
        more = f" and {len(each) - MOST_NAMED} more" if len(each) > MOST_NAMED else ""
        return ", ".join(each[:MOST_NAMED]) + more

    async def _ask(self, method: str, *args: object) -> Any:
        try:
            actor = handle(QUALITY)
            async with asyncio.timeout(ANSWER_S):
                return await getattr(actor, method).remote(*args)
        except (RayError, ValueError, TimeoutError) as error:
            raise UnavailableError(f"{QUALITY} does not answer: it knows how routes stand") from error

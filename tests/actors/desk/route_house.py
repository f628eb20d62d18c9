"""A desk and its quality-0 in one process: the real actor, the real catalog, time that tests let pass."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from actors.desk import route_rounds
from actors.desk.core import Desk
from actors.desk.route_rounds import RouteRounds
from actors.desk.routes import RoutesService
from actors.quality_actor import QualityActor
from domain.calls import Side
from domain.clock import Clock
from domain.directory import Policy
from domain.ids import LegId, PartnerId
from domain.quality import LegBegun, LegSeen
from store.clock_file import write_clock

VENDOR = PartnerId("kestrel")


class Near:
    """An actor that answers in this process, as Ray's handles have its methods."""

    def __init__(self, actor: QualityActor) -> None:
        self.actor = actor

    def __getattr__(self, method: str) -> Any:
        @dataclass
        class Method:
            work: Any

            async def remote(self, *args: object) -> Any:
                return await self.work(*args)

        return Method(getattr(self.actor, method))


class House:
    """A desk with its quality-0 and a policy that watches."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk, self.legs = desk, 0
        self.alarms: dict[str, str] = {}
        self.rounds = RouteRounds(desk, lambda key, text, severity: self.alarms.__setitem__(key, text))
        self.service = RoutesService(desk, self.rounds)
        self._patch = monkeypatch
        self.passes(0)  # both go by the clock of the folder
        self.begin()

    def begin(self) -> None:
        """Start quality-0, or another one in its place."""
        self.quality = QualityActor("quality-0", self.desk.home)
        self._patch.setattr(route_rounds, "handle", lambda _: Near(self.quality))

    async def open(self) -> None:
        """Publish a policy that watches, and let quality-0 hear of it and of what was kept."""
        self.where = self.desk.catalog.codes.destination("Kenya").id
        policy = Policy("default", watch_asr=35.0, watch_rest_s=60)
        await self.desk.change(lambda catalog, at_ms: catalog.policies.set(policy, who="ada", at_ms=at_ms))
        await self.meet()

    async def meet(self) -> None:
        """Let the desk and quality-0 hear of one another."""
        await self.rounds.keep()
        await self.quality.board(0)

    def passes(self, seconds: int) -> None:
        """Let business time pass."""
        self.desk.clock = Clock(self.desk.now_ms() + 1000 * seconds, 0, 0.0)
        write_clock(self.desk.home.data, self.desk.clock)

    async def calls(self, answers: str) -> None:
        """Let calls end, `x` answered and `.` not."""
        for sign in answers:
            self.legs += 1
            self.passes(1)
            now_ms, answered = self.desk.now_ms(), sign == "x"
            seen = LegSeen(
                leg_id=LegId(self.legs.to_bytes(16, "big")),
                destination=self.where,
                side=Side.VENDOR,
                partner=VENDOR,
                setup_ms=now_ms,
                answered=answered,
                duration_ms=60_000 if answered else 0,
                pdd_ms=2_000,
                cause=16 if answered else 34,
                alerted=True,
            )
            await self.quality.count([seen])
        await self.rounds.keep()

    async def answers(self, calls: int) -> list[LegId]:
        """Let calls be answered that go on; return their legs."""
        now_ms, legs = self.desk.now_ms(), []
        for _ in range(calls):
            self.legs += 1
            legs.append(LegId(self.legs.to_bytes(16, "big")))
            begun = LegBegun(legs[-1], self.where, Side.VENDOR, VENDOR, now_ms, answered=True, connect_ms=now_ms)
            await self.quality.count([], [begun])
        return legs

    async def standing(self) -> dict[Any, Any]:
        """Return what nodes are told of the destination."""
        await asyncio.sleep(0.25)
        change = await self.quality.board(0)
        known = change.known.get(self.where) if change else None
        return {watch: dict(its) for watch, its in known.standings.items()} if known else {}

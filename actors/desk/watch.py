"""The desk's watch: pings every actor once a second, kills what hangs, and makes the board from what they say."""

import asyncio
import os
import time
from collections import deque
from importlib.metadata import version
from typing import Any

import ray
from ray.exceptions import RayActorError

from actors.desk.core import Desk
from actors.home import machine_ms
from actors.pulse import Pulse, rss_mb
from actors.refs import QUALITY, handle
from domain.calls import Side
from domain.quality import Counts
from protos import operators_pb2 as pb
from protos import switch_pb2

HISTORY = 300
HOUR_MS = 3_600_000


class Watch:
    """What every actor said last. Invariant: `status` never waits; figures carry their age."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._pulses: dict[str, Pulse] = {}
        self._silent_since: dict[str, float] = {}
        self._totals: dict[Side, Counts] = {}
        self._parked = 0
        self._asked = 0.0
        self._seen_ms = machine_ms()
        self._cps: deque[float] = deque(maxlen=HISTORY)
        self._open: deque[float] = deque(maxlen=HISTORY)
        self._alarms: dict[str, pb.Alarm] = {}
        self._version = version("switchboard")
        self._started_ms = machine_ms()

    def names(self) -> list[tuple[str, str]]:
        """Return (name, kind) of all actors but the desk."""
        home = self._desk.home
        shards = dict.fromkeys(home.placement.shard_of_book(book) for book in range(home.placement.books))
        nodes = [(node.name, "node") for node in home.settings.node]
        return [*((name, "shard") for name in shards), (QUALITY, "quality"), *nodes]

    async def run(self) -> None:
        """Look once a second, for ever."""
        while True:
            began = time.monotonic()
            await asyncio.gather(*(self._ping(name) for name, _ in self.names()))
            await self._gather()
            every_s = self._desk.home.settings.limits.ping_s
            await asyncio.sleep(max(0.05, every_s - (time.monotonic() - began)))

    async def _ping(self, name: str) -> None:
        """Ping; who does not answer for hang_s is killed, and Ray brings the next incarnation."""
        hang_s = self._desk.home.settings.limits.hang_s
        try:
            actor = handle(name)
            pulse: Pulse = await asyncio.wait_for(actor.ping.remote(), hang_s)
            hangs = pulse.figures.get("transaction_s", 0.0) > hang_s
        except TimeoutError:
            hangs = True
        except (RayActorError, ValueError):
            self._silent_since.setdefault(name, time.monotonic())
            return
        if hangs:
            self._silent_since.setdefault(name, time.monotonic())
            ray.kill(actor, no_restart=False)
            return
        if name in self._silent_since:
            away_s = time.monotonic() - self._silent_since.pop(name)
            self._alarm(f"restart {name}", f"{name} was away for {away_s:.1f} s", "warning")
        before = self._pulses.get(name)
        if name == QUALITY and before is not None and before.pid != pulse.pid:
            self._desk.quality_stale.set()  # a new process has counted nothing yet
        self._pulses[name] = pulse

    async def _gather(self) -> None:
        """Ask for the totals of the hour and make the next point of the curves."""
        try:
            quality: Any = handle(QUALITY)
            self._totals = await asyncio.wait_for(quality.totals.remote(HOUR_MS), 2)
        except (RayActorError, ValueError, TimeoutError):
            pass  # the board says its age
        self._parked = await asyncio.to_thread(self._count_parked)
        now_ms = machine_ms()
        asked = sum(pulse.figures.get("asked", 0.0) for pulse in self._pulses.values())
        seconds = max(0.001, (now_ms - self._seen_ms) / 1000)
        self._cps.append(max(0.0, asked - self._asked) / seconds)
        self._asked, self._seen_ms = asked, now_ms
        self._open.append(sum(p.figures.get("open_calls", 0.0) for p in self._pulses.values() if p.kind == "shard"))
        if self._parked:
            self._alarm("parked", f"{self._parked} records wait in the unrated queue", "error")
        else:
            self._alarms.pop("parked", None)
        for pulse in self._pulses.values():
            for figure, at_ms in pulse.figures.items():
                if figure.startswith("last."):
                    self._desk.sources.see(figure[5:], int(at_ms), int(pulse.figures.get("recorded.new", 0)))

    def _count_parked(self) -> int:
        return sum(book.rows("SELECT count(*) FROM parked")[0][0] for _, book in self._desk.reader.every())

    def _alarm(self, key: str, text: str, severity: str) -> None:
        since_ms = self._alarms[key].since_ms if key in self._alarms else self._desk.now_ms()
        self._alarms[key] = pb.Alarm(key=key, text=text, since_ms=since_ms, severity=severity)

    def status(self) -> pb.Status:
        """Return the picture: actors and board."""
        own = Pulse("desk", "desk", os.getpid(), self._started_ms, rss_mb())
        actors = [self._actor(pulse) for pulse in [own, *self._pulses.values()]]
        return pb.Status(version=self._version, data=str(self._desk.home.data), actors=actors, board=self._board())

    def _actor(self, pulse: Pulse) -> pb.Actor:
        state = "away" if pulse.name in self._silent_since else "alive"
        return pb.Actor(
            name=pulse.name,
            kind=pulse.kind,
            state=state,
            pid=pulse.pid,
            started_ms=pulse.started_ms,
            rss_mb=pulse.rss_mb,
            incarnation=pulse.incarnation,
            figures=pulse.figures,
        )

    def _board(self) -> pb.Board:
        client = self._totals.get(Side.CLIENT, Counts())
        vendor = self._totals.get(Side.VENDOR, Counts())
        base = self._desk.base_currency
        refusals: dict[str, int] = {}
        for pulse in self._pulses.values():
            for figure, count in pulse.figures.items():
                if figure.startswith("refused."):
                    refusals[figure[8:]] = refusals.get(figure[8:], 0) + int(count)
        return pb.Board(
            now_ms=self._desk.now_ms(),
            clock_speed=self._desk.clock.speed,
            cps=self._cps[-1] if self._cps else 0.0,
            open_calls=int(self._open[-1]) if self._open else 0,
            attempts_1h=client.attempts,
            answered_1h=client.answered,
            user_failed_1h=client.user_failures,
            seconds_1h=client.talk_ms // 1000,
            pdd_ms_sum_1h=client.pdd_ms,
            pdd_count_1h=client.pdd_legs,
            revenue_1h=switch_pb2.Money(units=client.base_charge, currency=base),
            cost_1h=switch_pb2.Money(units=vendor.base_charge, currency=base),
            refused_1h=sum(refusals.values()),
            alarms=list(self._alarms.values()),
            switches=self._switches(),
            cps_history=list(self._cps),
            open_history=list(self._open),
            refusals=refusals,
            parked=self._parked,
            directory_version=int(max((p.figures.get("version", 0.0) for p in self._pulses.values()), default=0)),
            age_ms=machine_ms() - self._seen_ms,
        )

    def _switches(self) -> list[pb.SwitchState]:
        world = self._desk.world
        if world is None:
            return []
        last: dict[str, int] = {}
        for pulse in self._pulses.values():
            for figure, at_ms in pulse.figures.items():
                if figure.startswith("last."):
                    last[figure[5:]] = max(last.get(figure[5:], 0), int(at_ms))
        return [
            pb.SwitchState(
                switch_id=switch.id,
                address=switch.address,
                recipe=switch.recipe.name,
                last_record_ms=last.get(switch.id, 0),
            )
            for switch in world.index.directory.switches.values()
        ]

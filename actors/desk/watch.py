"""The desk's watch: pings every actor once a second, kills what hangs, and keeps the alarms."""

import asyncio
import os
import time
from importlib.metadata import version
from typing import Any

import ray
import structlog
from ray.exceptions import RayError, RayTaskError

from actors.desk.board import HOUR_MS, Board
from actors.desk.canary_rounds import CanaryRounds
from actors.desk.clocks import Clocks
from actors.desk.core import Desk
from actors.desk.finance import check_books
from actors.desk.machines import Machines
from actors.desk.panic import PanicMemory
from actors.desk.promises import PromiseRounds
from actors.desk.repeating import first_line
from actors.desk.route_rounds import RouteRounds
from actors.desk.store_watch import StoreWatch
from actors.home import machine_ms
from actors.logs import Log
from actors.pulse import Pulse, rss_mb
from actors.refs import QUALITY, handle
from actors.starting import START_S
from domain.calls import Side
from domain.errors import StoppedError
from domain.listeners import DESK, Listener, listeners_of
from domain.quality import Counts
from protos import operators_pb2 as pb
from store.away import away

TOTALS_WAIT_S = 2.0
RESTARTS_SHOWN_S = 600.0
WAITING_MANY = 50_000
"""Postings of one shard that wait for other books, some 1 kB of memory each."""
SLEPT_S = 1.0
"""Who is given up so much later than hang_s was not waited for all that time: the desk itself stood still."""
MOST_AGAIN = 3
"""So often in a row somebody is asked again for that; then it is taken to hang."""
FIRST_CHECK_S, CHECK_S = 600.0, 86_400.0
"""The books are proved once a day (DESIGN §5), and soon after each start."""


def _asked(actor: Any) -> tuple[float, asyncio.Future[Pulse]]:
    """Begin a ping; return the moment and what will have the answer."""
    return time.monotonic(), asyncio.ensure_future(actor.ping.remote())


class Watch:
    """What every actor said last. Invariant: `status` never waits."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.board = Board(desk)
        self.routes = RouteRounds(desk, self.alarm)
        self.promises = PromiseRounds(desk, self.alarm)
        self.canaries = CanaryRounds(desk, self.alarm)
        self.machines = Machines(desk, self.alarm)
        self._panics = PanicMemory(desk, self.alarm)
        self._clocks = Clocks(desk, self.alarm)
        self._store = StoreWatch(desk, self.alarm)
        self._pulses: dict[str, Pulse] = {}
        self._silent_since: dict[str, float] = {}
        self._asked: dict[str, tuple[float, asyncio.Future[Pulse]]] = {}
        """Pings of those that are starting, each with its moment: they are waited for round after round."""
        self._again: dict[str, int] = {}
        """How often in a row who did not answer was spared, since the desk stood still."""
        self._alarms: dict[str, pb.Alarm] = {}
        self._clear_at: dict[str, float] = {}
        self._totals: dict[Side, Counts] = {}
        self._version = version("switchboard")
        self._log: Log = structlog.get_logger().bind(actor="desk")
        self._started_ms = machine_ms()

    def names(self) -> list[str]:
        """Return the names of all actors but the desk."""
        home = self._desk.home
        return [*home.placement.shard_names, QUALITY, *(node.name for node in home.settings.node)]

    async def run(self) -> None:
        """Look once a second, for ever."""
        while True:
            began = time.monotonic()
            away = await self.machines.look(self.names())
            for name in away:
                self._gone(name)
            await asyncio.gather(*(self._ping(name) for name in self.names() if name not in away))
            await self._panics.round(self._alive())
            await self._gather()
            every_s = self._desk.home.settings.limits.ping_s
            await asyncio.sleep(max(0.05, every_s - (time.monotonic() - began)))

    def _alive(self) -> list[Pulse]:
        return [pulse for name, pulse in self._pulses.items() if name not in self._silent_since]

    def listening_since_ms(self) -> int:
        """Return since when reports could be heard and written, business time: the desk, all nodes and shards have been
        up since, and the store has answered; now, where that is not so.
        """
        names = [name for name in self.names() if name != QUALITY]
        if self._desk.away or any(name in self._silent_since or name not in self._pulses for name in names):
            return self._desk.now_ms()
        since_ms = max(self._started_ms, self._store.back_ms, *(self._pulses[name].started_ms for name in names))
        return self._desk.clock.business_ms(since_ms)

    def pulse(self, name: str) -> Pulse | None:
        """Return what an actor said last; None while it is away."""
        return None if name in self._silent_since else self._pulses.get(name)

    async def prove(self) -> None:
        """Prove the books; a difference is an alarm until the next proof finds none."""
        found = await check_books(self._desk)
        self.alarm("books", "; ".join(found.differences), "error")

    def alarm(self, key: str, text: str, severity: str) -> None:
        """Raise an alarm, or clear it with an empty text; one that goes on keeps its beginning."""
        if not text:
            self._alarms.pop(key, None)
            return
        if key not in self._alarms:
            self._log.warning("alarm", key=key, text=text)
        since_ms = self._alarms[key].since_ms if key in self._alarms else self._desk.now_ms()
        self._alarms[key] = pb.Alarm(key=key, text=text, since_ms=since_ms, severity=severity)

    async def _ping(self, name: str) -> None:
        """Ping; who is silent for hang_s, or START_S while it starts, is killed: Ray brings the next incarnation."""
        hang_s, began_s = self._desk.home.settings.limits.hang_s, time.monotonic()
        starting = name in self._silent_since or name not in self._pulses
        try:
            actor = handle(name)
            asked_s, answer = self._asked.pop(name) if name in self._asked else _asked(actor)
            async with asyncio.timeout(hang_s):
                pulse = await asyncio.shield(answer)
            hangs = pulse.figures.get("transaction_s", 0.0) > hang_s
        except TimeoutError:
            if starting and time.monotonic() - asked_s < START_S:
                self._asked[name] = asked_s, answer
                self._gone(name)
                return
            answer.cancel()
            hangs = True
        except RayTaskError as error:  # it lives, and cannot start: an address that is taken
            self._does_not_start(name, error)
            return
        except (RayError, ValueError):
            self._gone(name)
            return
        if hangs:
            if not self._is_spared(name, time.monotonic() - began_s - hang_s):
                self._log.error("killed", name=name, after_s=hang_s)
                self._gone(name)
                ray.kill(actor, no_restart=False)
            return
        self._heard(name, pulse, asked_s)

    def _is_spared(self, name: str, late_s: float) -> bool:
        """Say whether somebody is to be asked again before it is killed; `late_s`: how late after hang_s it is.

        On a machine that stood still all seem to hang in the same moment, and none does: the desk heard nobody.
        """
        again = self._again.pop(name, 0) + 1
        if late_s <= SLEPT_S or again > MOST_AGAIN:
            return False
        self._again[name] = again
        self._log.warning("asked again", name=name, late_s=round(late_s, 1))
        return True

    def _heard(self, name: str, pulse: Pulse, asked_s: float) -> None:
        """Take a pulse; `asked_s`: when it was asked for."""
        self._again.pop(name, None)
        self._back(name)
        before = self._pulses.get(name)
        if name == QUALITY and before is not None and before.pid != pulse.pid:
            self._desk.quality_stale.set()  # a new process has counted nothing yet
        self._pulses[name] = pulse
        self._clocks.heard(pulse, asked_s)

    def _back(self, name: str) -> None:
        """Note that an actor answers; of one that was away that is told for a while."""
        self.alarm(f"start {name}", "", "error")
        self.alarm(f"away {name}", "", "error")
        self._desk.silent.pop(name, None)
        if name in self._silent_since:
            away_s = time.monotonic() - self._silent_since.pop(name)
            self.alarm(f"restart {name}", f"{name} was away for {away_s:.1f} s", "warning")
            self._clear_at[f"restart {name}"] = time.monotonic() + RESTARTS_SHOWN_S

    def _does_not_start(self, name: str, error: RayTaskError) -> None:
        """Tell why an actor answers with an error; one that was told to stop is away, as was meant."""
        if not isinstance(error.cause, StoppedError):
            why = away(error) or first_line(error.cause)
            self.alarm(f"start {name}", f"{name} does not start: {why}", "error")
        self._gone(name)

    def _gone(self, name: str) -> None:
        """Note that an actor does not answer, since now where it did before; of one that was there it is an alarm."""
        self._silent_since.setdefault(name, time.monotonic())
        self._desk.silent.setdefault(name, self._desk.now_ms())
        if name in self._pulses and name not in self._desk.absent:  # that its machine is away is an alarm already
            shard = name in self._desk.home.placement.shard_names
            waits = ": calls of its partners are refused or trusted by their contract" if shard else ""
            self.alarm(f"away {name}", f"{name} does not answer{waits}", "error")

    async def _gather(self) -> None:
        """Ask for the totals of the hour, and make the board's next second."""
        try:
            quality: Any = handle(QUALITY)
            async with asyncio.timeout(TOTALS_WAIT_S):
                self._totals = await quality.totals.remote(HOUR_MS)
        except (RayError, ValueError, TimeoutError):
            pass  # the last totals stay
        self._clocks.tell(self._alive())
        found = await self._store.look()
        self.board.take(self._pulses.values(), self._totals, found.parked)
        self.alarm("parked", f"{found.parked} records wait in the unrated queue" if found.parked else "", "error")
        text = f"{found.overdue} legs have begun and not ended: see `switchboard cdrs list --open`"
        self.alarm("overdue", text if found.overdue else "", "error")
        self._tell_waiting()
        self._tell_other_programs()
        for key, at_s in list(self._clear_at.items()):
            if time.monotonic() > at_s:
                del self._clear_at[key]
                self.alarm(key, "", "warning")

    def _tell_waiting(self) -> None:
        """Tell of shards with very much that waits for other books: it is kept in memory, and on their disk."""
        for pulse in self._pulses.values():
            if "outbox" in pulse.figures:
                count = int(pulse.figures["outbox"])
                text = f"{count} postings of {pulse.name} wait for books that do not take them: bring their shards back"
                self.alarm(f"waiting {pulse.name}", text if count >= WAITING_MANY else "", "error")

    def _tell_other_programs(self) -> None:
        """Tell of who runs another program than the desk: it goes on with what it had, and takes nothing new."""
        named = ", ".join(pulse.name for pulse in self._alive() if pulse.figures.get("other_program"))
        mend = "end `join` there, `up` here anew, then `join`, with the same program on both"
        text = f"{named} run another program than the desk and take no changes: {mend}"
        self.alarm("other program", text if named else "", "error")

    def status(self) -> pb.Status:
        """Return the picture: actors and board."""
        own = Pulse("desk", "desk", os.getpid(), self._started_ms, rss_mb())
        actors = [self._actor(pulse) for pulse in [own, *self._pulses.values()]]
        board = self.board.made(list(self._alarms.values()))
        silent, shards = self._desk.silent, self._desk.home.placement.shard_names
        board.away.extend(pb.ShardAway(shard=name, since_ms=silent[name]) for name in shards if name in silent)
        listeners = [self._listener(one) for one in listeners_of(self._desk.home.settings)]
        data = str(self._desk.home.data)
        return pb.Status(version=self._version, data=data, actors=actors, board=board, listeners=listeners)

    def _listener(self, one: Listener) -> pb.Listener:
        """Say where a listener really is: a port may be any free one."""
        pulse = self._pulses.get(one.owner)
        opened = pulse.listens.get(one.setting, "") if pulse and one.owner not in self._silent_since else ""
        return pb.Listener(
            owner=one.owner,
            setting=one.setting,
            door=one.door,
            transport=one.transport,
            address=opened or one.address,
            listening=bool(opened) or one.owner == DESK,
        )

    def _actor(self, pulse: Pulse) -> pb.Actor:
        figures = dict(pulse.figures)
        if "version" in figures:  # what it answered to an announcement may be newer than its last pulse
            figures["version"] = max(figures["version"], self._desk.versions.get(pulse.name, 0))
        return pb.Actor(
            name=pulse.name,
            kind=pulse.kind,
            state="away" if pulse.name in self._silent_since else "alive",
            pid=pulse.pid,
            started_ms=pulse.started_ms,
            rss_mb=pulse.rss_mb,
            incarnation=pulse.incarnation,
            figures=figures,
        )

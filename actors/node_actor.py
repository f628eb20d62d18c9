"""The Ray face of a node: loads snapshots, opens the listeners that the settings name, keeps quality fresh."""

import asyncio
import os
from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

from ray.exceptions import RayError

from actors.decision_carrier import Carrier
from actors.decision_log import DecisionLog
from actors.gateways.disconnect import Disconnector
from actors.gateways.listeners import Gateway, open_listeners
from actors.gateways.state import GatewayState
from actors.home import Home, machine_ms
from actors.identities import Identities
from actors.limit_watch import LimitWatch
from actors.logs import open_log
from actors.loss_watch import LossWatch
from actors.mirror import Mirror
from actors.node import Node
from actors.panic import PanicRoom
from actors.pulse import Pulse, fatal, rss_mb
from actors.quiet import quieten
from actors.refs import Books, DeskRef, QualityRef
from actors.world_files import load_world
from domain.calls import Parked
from domain.clock import Clock
from domain.cuts import CutReason, CutResult
from domain.errors import StoppedError
from domain.guard import Ban
from domain.holds import Hold
from domain.limit_gate import LimitGate
from domain.panic import PanicOrder
from domain.quality_board import QualityBoard
from domain.settings import NodeSettings
from domain.sla.unmet import UnmetCount

REFRESH_S = 1.0
QUALITY_S = 0.5
"""How often quality is asked what changed: a call that is over counts within a second for the next ones."""
STOP_S = 2.0
WATCH_S = 5.0
"""How often the folder of STIR certificates is looked at."""
SLICE = 32
"""Decisions that are put into words at once, some 30 µs each, in competition with the calls."""


class NodeActor:
    """One node's process. `start` is repeated by the first ping after each restart (DESIGN §4.5)."""

    def __init__(self, name: str, home: Home, listeners: NodeSettings) -> None:
        self._name, self._home, self._listeners = name, home.here(), listeners
        self._mirror = Mirror(self._home, DeskRef()) if self._home.joined else None
        days = home.settings.limits.decisions_days
        self._carrier = Carrier(self._home.decisions, name, days, DeskRef().take_decisions)
        self._started_ms = 0
        self._process = f"{name} {uuid4().hex[:12]}"
        self._stopped = False
        self._starting: asyncio.Lock | None = None
        self._loading: asyncio.Lock | None = None
        self._clock: Clock | None = None
        self._board = QualityBoard(min_calls=home.settings.limits.quality_prior)
        self._manifest_version = -1
        self._gateways: list[Gateway] = []
        self._listens: dict[str, str] = {}

    async def ping(self) -> Pulse:
        """Start if need be, and tell how it goes. Raises StoppedError after `stop`."""
        if self._stopped:
            raise StoppedError(f"{self._name} was told to stop")
        await self._started()
        figures = {name: float(count) for name, count in self._node.counts.items()}
        figures |= {f"last.{switch}": float(at_ms) for switch, at_ms in self._node.last_record.items()}
        figures |= {f"lag.{switch}": float(lag_ms) for switch, lag_ms in self._node.lag_ms.items()}
        figures |= {f"limit.refused.{limit}": float(count) for limit, count in self._node.gate.refused.items()}
        figures |= {f"limit.cps.{limit}": cps for limit, cps in self._node.gate.cps(self._now_ms()).items()}
        figures["decisions_lost"] = float(self._node.log.lost)
        figures["waiting"] = float(self._node.books.waiting)
        figures["version"] = float(self._manifest_version)
        figures["other_program"] = float(self._mirror is not None and self._mirror.other_program)
        figures["panic"] = float(self._room.panic.mark)
        for gateway in self._gateways:
            for name, figure in gateway.figures().items():  # two listeners of a kind count together
                figures[name] = figures.get(name, 0.0) + figure
        return Pulse(self._name, "node", os.getpid(), self._started_ms, rss_mb(), 0, figures, self._listens)

    async def announce(self) -> int:
        """Read what is published now, and the clock; return the version that the node decides from."""
        await self._started()
        if self._mirror is not None:
            await self._mirror.try_refresh(wait_s=None)  # who announces waits until it is in force
        await self._load()
        return self._manifest_version

    async def panic(self, orders: list[PanicOrder], told: list[str]) -> tuple[list[PanicOrder], list[PanicOrder]]:
        """Obey what the desk knows; return what is known here, and what the desk has not entered yet."""
        await self._started()
        known = await self._room.learn(orders, told)
        return list(known.last.values()), list(known.untold)

    async def unmet(self, process: str, after: int) -> tuple[str, int, list[UnmetCount]]:
        """Return this process's name, and what it counted since a version of promises that no vendor keeps."""
        await self._started()
        return self._process, *self._node.unmet.news(after if process == self._process else 0)

    async def gateways(self) -> list[GatewayState]:
        """Return how each listener goes."""
        await self._started()
        return [gateway.state() for gateway in self._gateways]

    async def bans(self) -> list[Ban]:
        """Return the sources that are banned now, the newest first."""
        await self._started()
        return self._node.guard.bans(machine_ms())

    async def unban(self, source: str) -> bool:
        """Read a banned source again; tell whether it was banned."""
        await self._started()
        return self._node.guard.unban(source)

    async def disconnect(self, hold: Hold) -> CutResult:
        """Tell a call's switch to end it, since an operator wants that; some seconds where it does not answer."""
        await self._started()
        return await self._disconnector.cut(hold, CutReason.OPERATOR)

    async def stop(self) -> None:
        """Take no more calls; answer those in work, for two seconds at most; write the last decisions."""
        self._stopped = True
        await asyncio.gather(*(gateway.finish(STOP_S) for gateway in self._gateways))
        for task in self._background:
            task.cancel()
        self._close_sockets()
        self._log.info("stopped")
        await asyncio.to_thread(self._node.log.flush)
        if self._home.joined:
            await self._try_to_bring()

    async def _started(self) -> None:
        """Start once; a start that fails is told to who asked, undone, and tried again by the next ping."""
        if self._started_ms:
            return
        if self._starting is None:
            self._starting = asyncio.Lock()
        async with self._starting:
            if not self._started_ms:
                try:
                    await self._start()
                except Exception:
                    self._close_sockets()
                    raise

    def _close_sockets(self) -> None:
        for gateway in self._gateways:
            gateway.close()
        self._gateways.clear()

    async def _start(self) -> None:
        home, limits = self._home, self._home.settings.limits
        self._log = open_log(home, self._name)
        if self._mirror is not None:
            await self._mirror.begin()
        books = self._books = Books(home.placement, batch=limits.batch, queue=limits.queue, who=self._name)
        with suppress(OSError):  # a full disk keeps nobody from answering calls
            await asyncio.to_thread(self._carrier.begin)
        log = DecisionLog(home.decisions, self._name)
        self._node = Node(books, limits, log, self._now_ms, home.settings.guard)
        self._node.gate = LimitGate(len(home.settings.node))
        self._node.on_parked = self._tell_parked
        self._room = PanicRoom(home.data, self._name, self._node.obey)
        self._identities = Identities(home.stir, home.settings.sip.stir_age_s)
        self._node.verify_identities = self._identities.verify
        await self._read_certificates()
        await self._load()
        await self._refresh()
        await open_listeners(self._node, home, self._listeners, self._gateways, self._room)
        states = [gateway.state() for gateway in self._gateways]
        self._listens = {state.name: state.address.partition(" ")[2] for state in states}
        self._disconnector = await Disconnector.listen(self._node, self._listeners.radius_host())
        self._gateways.append(self._disconnector)
        limits_watch = LimitWatch(self._node.gate, books)
        jobs = [
            self._each_second,
            self._each_half_second,
            self._write_decisions,
            self._watch,
            self._disconnector.run,
            limits_watch.run,
            LossWatch(self._node.losses, books).run,
        ]
        jobs += [self._bring_decisions] if home.joined else []
        self._background = [asyncio.create_task(job()) for job in jobs]
        for task in self._background:
            task.add_done_callback(self._died)
        quieten()
        self._log.info("started", pid=os.getpid(), version=self._manifest_version)
        self._started_ms = machine_ms()

    def _tell_parked(self, parked: Parked) -> None:
        self._log.warning("parked", call=parked.call_key.hex(), cause=parked.cause, detail=parked.detail)

    def _now_ms(self) -> int:
        assert self._clock is not None, "the clock is read at the start"
        return self._clock.business_ms(machine_ms())

    async def _load(self) -> None:
        """Swap to what is published; the next call is decided from it.

        One at a time, else an older world could be entered last; with the board of now, which may be newer than that
        of the moment when the loading began.
        """
        if self._loading is None:
            self._loading = asyncio.Lock()
        async with self._loading:
            if self._mirror is not None:
                await self._mirror.try_refresh()
            self._clock = self._home.clock()
            self._books.placement = self._home.placement
            manifest = self._home.manifest()
            if manifest is None or manifest.version == self._manifest_version:
                return
            world = await asyncio.to_thread(load_world, self._home.snapshots, manifest, self._board)
            self._node.enter(replace(world, quality=self._board))
            self._manifest_version = manifest.version

    async def _refresh(self) -> None:
        change = await QualityRef().board(self._board.version)
        if change is not None and self._node.world is not None:
            self._board = self._board.changed(change)
            self._node.enter(replace(self._node.world, quality=self._board))

    async def _each_second(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_S)
            await self._load()

    async def _each_half_second(self) -> None:
        while True:
            await asyncio.sleep(QUALITY_S)
            await self._refresh()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_S)
            await self._read_certificates()
            await self._room.keep()  # the disk may have been full

    async def _read_certificates(self) -> None:
        for what in await self._identities.refresh():
            self._log.warning("certificate not read", file=what)

    async def _write_decisions(self) -> None:
        """Write decisions in slices: a whole second's lines at once would hold up calls for a tenth of a second."""
        while True:
            written = await asyncio.to_thread(self._node.log.flush, SLICE)
            await asyncio.sleep(0.005 if written == SLICE else 0.1)

    async def _bring_decisions(self) -> None:
        """Bring decisions to the first machine; they wait here while it is away."""
        while True:
            await asyncio.sleep(REFRESH_S)
            await self._try_to_bring()

    async def _try_to_bring(self) -> None:
        with suppress(RayError, ValueError, OSError, TimeoutError):
            await self._carrier.carry(self._now_ms())

    def _died(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled():
            fatal(f"a background task of {self._name}", task.exception() or RuntimeError("ended"))

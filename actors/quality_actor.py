"""The shard of destinations: counts legs, open and ended, and makes the board that nodes rank by. All of it derived."""

import asyncio
import os
from collections.abc import Sequence

from actors.home import Home, machine_ms
from actors.logs import open_log
from actors.pulse import Pulse, rss_mb
from actors.quality_views import QualityViews
from actors.running_promises import RunningPromises
from actors.watched_routes import Heard
from actors.world_files import NoCodes
from domain.calls import Side
from domain.errors import BrokenWorldError
from domain.ids import TrunkId
from domain.policies.asking import asked_of
from domain.quality import Counts, LegBegun, LegSeen
from domain.quality_board import BoardChange
from domain.quality_counts import QualityCounts
from domain.quality_making import BoardMaker
from domain.quality_refill import Refill
from domain.quality_state import Filling, QualityState
from domain.quantities.reading import volume_figures
from domain.quantities.standing import Counted
from domain.quantities.volumes import Volume
from domain.sla.products import products_of
from domain.world import CodeBook
from store.directory_file import read_directory
from store.manifest import Manifest
from store.snapshots import MappedCodes

FRESH_MS = 200
"""A board is made anew when it is asked for and older than this, machine time."""
MAKING_MS = 300
"""So long a board is made at most; what waits then is made with the next one, the longest waiting first."""
AGAIN_MS = 60_000
"""So often all figures are made anew, machine time: calls leave their windows."""
FORGET_MS = 3_600_000
"""So often what is older than all windows is looked for: a second for a million series."""


class QualityActor(QualityViews, RunningPromises):
    """quality-0: one process with all destinations (DESIGN §4.1).

    Legs may be lost when a shard or this actor restarts: the counts are for choosing, not for charging, and a refill
    from the books sets them right.
    """

    def __init__(self, name: str, home: Home) -> None:
        QualityViews.__init__(self, home)
        RunningPromises.__init__(self)
        self._name, self._home = name, home
        self._codes: CodeBook = NoCodes()
        self._products: dict[TrunkId, str] = {}
        self._state = QualityState(self._country_of, (), self._product_of)
        self._filling: Filling | None = None
        self._filled = False
        self._volumes: tuple[Volume, ...] = ()
        self._maker = BoardMaker(self._state.counts, home.settings.limits.quality_prior, machine_ms())
        self._making, self._reading = asyncio.Lock(), asyncio.Lock()
        self._made_ms = self._all_ms = 0
        self._forgot_ms = machine_ms()
        self._manifest_version = -1
        self._waiting = self._legs = 0
        self._started_ms = machine_ms()
        self._log = open_log(home, name)
        self._log.info("started", pid=os.getpid())

    async def ping(self) -> Pulse:
        """Tell how it goes."""
        figures = {
            "destinations": float(len(self._state.durations)),
            "legs": float(self._legs),
            "series": float(len(self._state.counts)),
            "waiting": float(self._waiting),
        }
        return Pulse(self._name, "quality", os.getpid(), self._started_ms, rss_mb(), 0, figures)

    async def count(self, seen: Sequence[LegSeen], begun: Sequence[LegBegun] = ()) -> None:
        """Count ended legs, and open ones; of a leg that is among both its beginning counts first."""
        now_ms = self._now_ms()
        heard: list[Heard] = [Heard(leg.connect_ms, leg) for leg in begun if self._state.begin(leg)]
        for ended in seen:
            goes_on = self._state.counts.goes_on(ended.leg_id)
            if self._state.end(ended, now_ms):  # else it was filled in, and states were refilled with it
                heard.append(Heard(ended.end_ms, ended, goes_on))
        self.hear_promised((*begun, *seen))
        self.hear_routes(heard, now_ms)  # states are not filled in: they hear of each leg, here only
        if self._filling is not None:
            self._filling.hear([*begun, *seen])
        self._legs += len(seen)

    async def begin_filling(self) -> None:
        """Count anew what is heard from now on, beside what a task makes of the books; what is counted stays so far."""
        await self._read_published()
        self._filling = Filling(self._country_of, self._volumes, self._product_of)

    async def fill(self, piece: Refill) -> None:
        """Take a piece of what a task made of the books; nothing where this process did not begin the filling."""
        if self._filling is not None:
            self._filling.state.fill(piece, self._now_ms())

    async def end_filling(self) -> None:
        """Go by what was filled in."""
        if self._filling is not None:
            self._state, self._filling = self._filling.done(self._now_ms()), None
            self._maker.count_by(self._state.counts)
            self._filled = True
            self.touch_all()

    async def board(self, version: int) -> BoardChange | None:
        """Return what of the board changed since `version`, None where that is the newest, or none can be made yet."""
        async with self._making:
            if machine_ms() - self._made_ms > FRESH_MS:
                try:
                    await self._make()
                except Exception as error:  # nodes go on with what they have, and say nothing of it
                    self._log.error("board not made", error=repr(error))
                    raise
        return self._maker.change(version) if self.routes_restored else None

    async def totals(self, window_ms: int) -> dict[Side, Counts]:
        """Return the counts of each side since now - window, over all destinations."""
        now_ms = self._now_ms()
        return {side: self._state.totals.total(side, window_ms, now_ms) for side in Side}

    async def volumes(self) -> dict[str, Counted | None]:
        """Return what is counted of each commitment and swap, by its title; None: its calls are being counted yet."""
        await self._read_published()
        return {one.title: self._state.volumes.counted(one) for one in self._volumes}

    async def _make(self) -> None:
        at_ms, now_ms = machine_ms(), self._now_ms()
        await self._read_published()
        if at_ms - self._all_ms > AGAIN_MS:
            self._all_ms = at_ms
            self._maker.look_again()
        if at_ms - self._forgot_ms > FORGET_MS:
            self._forgot_ms = at_ms
            self._state.counts.forget_old(now_ms)
        if self._filled:
            self.refill_routes()
            self._maker.tell_volumes(volume_figures(self._volumes, self._state.volumes, now_ms))
        self._state.counts.changed |= self.moved_routes(now_ms)
        while True:
            self._waiting = self._maker.renew(self._state.durations, now_ms, self.routes.standings)
            if not self._waiting or machine_ms() - at_ms > MAKING_MS:
                break
            await asyncio.sleep(0)  # legs are counted in between
        self._made_ms = machine_ms()

    async def _read_published(self) -> None:
        """See what policies ask for, and where destinations lie, once something is published.

        One at a time: who read an older directory and was done after the other would have its routes watched by that,
        and the states of all watches that are new would go.
        """
        async with self._reading:
            await self._read(self._home.manifest())

    async def _read(self, manifest: Manifest | None) -> None:
        if manifest is None or manifest.version == self._manifest_version:
            return
        folder = self._home.snapshots
        try:
            directory = await asyncio.to_thread(read_directory, folder / manifest.directory.name)
            self._codes = MappedCodes.open(folder / manifest.codes.name) if manifest.codes else NoCodes()
        except BrokenWorldError as error:  # superseded and tidied away meanwhile: the next turn reads the newer one
            self._log.warning("not read", file=manifest.directory.name, error=str(error))
            return
        self._maker.ask(asked_of(directory.policies))
        self._volumes = directory.volumes
        self._state.volumes.keep(self._volumes)
        self._products = products_of(directory)
        self.follow_promises(directory)
        self.follow_routes(directory)
        self._manifest_version = manifest.version

    def _counts(self) -> QualityCounts:
        return self._state.counts

    def _product_of(self, trunk: TrunkId) -> str | None:
        return self._products.get(trunk)

    def _now_ms(self) -> int:
        return self._home.clock().business_ms(machine_ms())

"""The shard of destinations: counts ended legs, makes the board that nodes rank by. All of it derived from legs."""

import os
from collections.abc import Sequence

from actors.home import Home, machine_ms
from actors.logs import open_log
from actors.pulse import Pulse, rss_mb
from domain.calls import Side
from domain.ids import DestinationId
from domain.quality import NOTHING, Counts, DestinationQuality, LegSeen, Sample
from domain.quality_board import PlainBoard, QualityBoard

DAY_MS = 86_400_000
FRESH_MS = 500
"""A board is made anew when it is asked for and older than this, machine time."""


class QualityActor:
    """quality-0: one process with all destinations (DESIGN §4.1).

    Legs may come twice or be lost when a shard or this actor restarts: the counts are for choosing, not for charging,
    and `fill` from the books sets them right.
    """

    def __init__(self, name: str, home: Home) -> None:
        self._name, self._home = name, home
        self._entities: dict[DestinationId, DestinationQuality] = {}
        self._board = QualityBoard(min_calls=home.settings.limits.quality_prior)
        self._made_ms = 0
        self._changed = False
        self._legs = 0
        self._started_ms = machine_ms()
        open_log(home, name).info("started", pid=os.getpid())

    async def ping(self) -> Pulse:
        """Tell how it goes."""
        figures = {"destinations": float(len(self._entities)), "legs": float(self._legs)}
        return Pulse(self._name, "quality", os.getpid(), self._started_ms, rss_mb(), 0, figures)

    async def count(self, seen: Sequence[LegSeen]) -> None:
        """Count ended legs."""
        now_ms = self._now_ms()
        for leg in seen:
            self._entity(leg.destination).apply(leg, now_ms)
        self._legs += len(seen)
        self._changed = True

    async def fill(self, samples: Sequence[Sample], *, anew: bool) -> None:
        """Take counts that a task made from the books; `anew` forgets what was counted before."""
        if anew:
            self._entities.clear()
        now_ms = self._now_ms()
        for sample in samples:
            self._entity(sample.destination).fill(sample, now_ms)
        self._changed = True

    async def board(self, version: int) -> PlainBoard | None:
        """Return the board if it is newer than `version`."""
        if self._changed and machine_ms() - self._made_ms > FRESH_MS:
            self._board = self._board.renewed(self._entities.values(), DAY_MS, self._now_ms())
            self._made_ms, self._changed = machine_ms(), False
        return self._board.to_plain() if self._board.version != version else None

    async def totals(self, window_ms: int) -> dict[Side, Counts]:
        """Return the counts of each side since now - window, over all destinations."""
        now_ms = self._now_ms()
        entities = list(self._entities.values())
        return {side: sum((its.total(side, window_ms, now_ms) for its in entities), NOTHING) for side in Side}

    def _entity(self, destination: DestinationId) -> DestinationQuality:
        found = self._entities.get(destination)
        if found is None:
            found = self._entities[destination] = DestinationQuality(destination)
        return found

    def _now_ms(self) -> int:
        return self._home.clock().business_ms(machine_ms())

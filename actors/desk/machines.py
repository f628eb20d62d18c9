"""The desk's eye on machines: which are there, which actors wait for one that is away, and what is done about it."""

import asyncio
import time
from collections.abc import Callable
from functools import partial

from actors.desk.core import Desk
from actors.desk.placing import order
from actors.machines import present
from domain.placement import Orders

FIRST_WAIT_S = 120.0
"""How long a machine that was not there since the desk began may take to join, before its shards run elsewhere."""
Alarm = Callable[[str, str, str], None]


class Machines:
    """The machines of the cluster as they were a second ago.

    Invariant: an actor of a machine that is away is not pinged, and not killed for its silence.
    """

    def __init__(self, desk: Desk, alarm: Alarm, now_s: Callable[[], float] = time.monotonic) -> None:
        self._desk, self._alarm, self._now_s = desk, alarm, now_s
        first = desk.home.settings.cluster
        self.addresses: dict[str, str] = {first.machine: first.address}
        self._away_since: dict[str, float] = {}
        self._seen: set[str] = set()

    async def look(self, names: list[str]) -> set[str]:
        """Ask which machines are there; return the actors that wait for one that is not."""
        home = self._desk.home
        if not home.settings.cluster.address:
            return set()
        self.addresses = await asyncio.to_thread(present)
        self._seen |= self.addresses.keys()
        wanted: dict[str, list[str]] = {machine: [] for machine in home.settings.machines()}
        for name in names:
            wanted.setdefault(home.machine_of(name), []).append(name)
        away = {machine: its for machine, its in wanted.items() if machine not in self.addresses}
        for machine in wanted:
            text = f"machine {machine} is away: {', '.join(away.get(machine, ())) or 'nothing'} waits for it"
            self._alarm(f"machine {machine}", text if machine in away else "", "error")
        now_s = self._now_s()
        self._away_since = {machine: self._away_since.get(machine, now_s) for machine in away}
        await self._bring_home(away, now_s)
        self._desk.absent = {name for its in away.values() for name in its}
        return self._desk.absent

    async def _bring_home(self, away: dict[str, list[str]], now_s: float) -> None:
        """Order the shards of a machine that is away for long to the first one, where the settings say so."""
        cluster = self._desk.home.settings.cluster
        if cluster.away != "move":
            return
        for machine, names in away.items():
            patience_s = cluster.away_s if machine in self._seen else max(cluster.away_s, FIRST_WAIT_S)
            if now_s - self._away_since[machine] < patience_s:
                continue
            for shard in [name for name in names if name.startswith("shard-")]:
                await order(self._desk, partial(Orders.moved, shard=shard, machine=cluster.machine))
                await self._desk.note("move", "shard", shard, f"to {cluster.machine}, since {machine} is away")

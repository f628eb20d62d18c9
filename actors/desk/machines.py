"""The desk's eye on machines: which are there, which actors wait for one that is away, and what is done about it."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from ray.exceptions import RayError

from actors.desk.core import Desk
from actors.desk.placing import order
from actors.desk.repeating import first_line
from actors.home import Home
from actors.machines import present
from domain.placement import Orders
from store.away import away as away_of

FIRST_WAIT_S = 120.0
"""How long a machine that was not there since the desk began may take to join, before its shards run elsewhere."""
MOVING = "shards home"
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
        self._unnoted: deque[tuple[str, str]] = deque()
        """Shards that were ordered home, each with the machine that is away: not in the audit trail yet."""
        self._moving: asyncio.Task[None] | None = None
        self._void: set[str] = set()
        """Shards with an order to a machine that the settings do not name."""

    async def look(self, names: list[str]) -> set[str]:
        """Ask which machines are there; return the actors that wait for one that is not."""
        home = self._desk.home
        self._tell_void(home)
        if not home.settings.cluster.address:
            return set()
        with suppress(RayError):  # Ray is between two incarnations: the last ones stay
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
        self._bring_home(away, now_s)
        self._desk.absent = {name for its in away.values() for name in its}
        return self._desk.absent

    def _tell_void(self, home: Home) -> None:
        """Say which orders count for nothing, since their machine was taken out of the settings, and what to do."""
        for shard in self._void - (void := home.void_orders()).keys():
            self._alarm(f"order of {shard}", "", "warning")
        for shard, machine in void.items():
            where = home.machine_of(shard)
            text = (
                f"{shard} runs on {where}: it was ordered to {machine}, which the settings do not name. "
                f"`switchboard cluster move {shard} {where}` forgets that order"
            )
            self._alarm(f"order of {shard}", text, "warning")
        self._void = set(void)

    def _bring_home(self, away: dict[str, list[str]], now_s: float) -> None:
        """Begin to order the shards of a machine that is away for long to the first one, where the settings say so.

        Nobody waits for that here: the database may be away, or hang, while all actors are to be pinged.
        """
        cluster = self._desk.home.settings.cluster
        if cluster.away != "move" or (self._moving is not None and not self._moving.done()):
            return
        late: list[tuple[str, str]] = []
        for machine, names in away.items():
            patience_s = cluster.away_s if machine in self._seen else max(cluster.away_s, FIRST_WAIT_S)
            if now_s - self._away_since[machine] >= patience_s:
                late += [(name, machine) for name in names if name.startswith("shard-")]
        if late or self._unnoted:
            self._moving = self._desk.begin(self._move(late))

    async def _move(self, late: list[tuple[str, str]]) -> None:
        """Order shards home, and note it. What fails is told in an alarm and tried again with the next look."""
        home = self._desk.home.settings.cluster.machine
        try:
            for shard, machine in late:
                await order(self._desk, partial(Orders.moved, shard=shard, machine=home))
                self._unnoted.append((shard, machine))
            while self._unnoted:
                shard, machine = self._unnoted[0]
                await self._desk.note("move", "shard", shard, f"to {home}, since {machine} is away")
                self._unnoted.popleft()
        except Exception as error:
            waits = ", ".join(dict.fromkeys(shard for shard, _ in (*self._unnoted, *late)))
            why = away_of(error) or first_line(error)
            self._alarm(MOVING, f"{waits}: the order to run on {home} waits, it is tried again: {why}", "error")
        else:
            self._alarm(MOVING, "", "error")

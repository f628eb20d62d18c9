"""What the desk sees of the store: whether database and disk answer, how much room is left, what waits in the books."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from actors.desk.core import Desk
from actors.desk.repeating import first_line
from actors.home import machine_ms
from store.away import away, disk_of, free_bytes

Alarm = Callable[[str, str, str], None]
LOOK_S = 2.0
"""A look at the books that takes longer says that the database hangs; it goes on, and ends when it answers."""
MB = 2**20


@dataclass(frozen=True, slots=True)
class Counted:
    """Records that are parked, and legs that are open for longer than a call may last."""

    parked: int
    overdue: int


class StoreWatch:
    """Looks at the books in a thread of its own: a database that hangs holds up nothing else.

    Invariant: `desk.away` says what does not answer, "" when it did at the last look; `back_ms` is when the last outage
    was over, by the machine's clock.
    """

    def __init__(self, desk: Desk, alarm: Alarm) -> None:
        self._desk, self._alarm = desk, alarm
        self._thread = ThreadPoolExecutor(1, "books")
        self._looking: asyncio.Future[Counted] | None = None
        self.last = Counted(0, 0)
        self.back_ms = 0

    async def look(self) -> Counted:
        """Return what was counted last; raise or clear the alarms. Waits LOOK_S at most."""
        self._look_at_disk()
        if self._looking is None:
            self._looking = asyncio.get_running_loop().run_in_executor(self._thread, self._count)
        done, _ = await asyncio.wait([self._looking], timeout=LOOK_S)
        if not done:
            self._say(f"the database {self._desk.home.truth} hangs")
            return self.last
        looked, self._looking = self._looking, None
        try:
            self.last = looked.result()
        except Exception as error:  # whatever it is, pings and alarms must go on
            self._say(away(error, self._desk.home.truth) or f"the books cannot be read: {first_line(error)}")
        else:
            self._say("")
        return self.last

    def _say(self, why: str) -> None:
        if self._desk.away and not why:
            self.back_ms = machine_ms()
        self._desk.away = why
        waits = "; calls are refused or trusted by their contract, records wait with their switches"
        self._alarm("store", f"{why}{waits}" if why else "", "error")

    def _count(self) -> Counted:
        before_ms = self._desk.overdue_ms()
        parked = overdue = 0
        for _, book in self._desk.reader.every():
            parked += book.rows("SELECT count(*) FROM parked")[0][0]
            overdue += book.overdue(before_ms)
        return Counted(parked, overdue)

    def _look_at_disk(self) -> None:
        """Warn before the disk of the data folder is full."""
        home = self._desk.home
        least_mb = home.settings.store.free_mb
        try:
            free = free_bytes(home.data)
        except OSError as error:
            self._alarm("disk", f"the disk of {home.data} does not answer: {error}", "error")
            return
        text = (
            f"the disk {disk_of(home.data)} of {home.data} has {free // MB:,} MB left, less than store.free_mb "
            f"({least_mb:,}): when it is full, calls are refused"
        )
        self._alarm("disk", text if free < least_mb * MB else "", "error")

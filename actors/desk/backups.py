"""Backups that the desk takes by itself: a job each time one is due, and an alarm when the last one is too old."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from actors.desk.core import Desk
from actors.desk.jobs import JobCancelledError
from actors.home import machine_ms
from store.backups import manifest as manifests

HOUR_MS = 3_600_000
LATE = 2
"""So many times `every_h` old, and the last backup is an alarm, whatever the reason."""


def wall_ms() -> int:
    """Return what the machine's clock shows, UTC ms."""
    return time.time_ns() // 1_000_000


class Backups:
    """Keeps the last whole backup younger than [backup] every_h: what counts is what is there, of this installation.

    Backups are called by what the machine's clock shows, so their age is told by that clock, steps and all. One of the
    future counts for nothing and is an alarm: else a clock that was once a year ahead would end all backups for a year.
    A restart neither repeats nor forgets one, and a backup that an operator takes into the same place counts too.
    """

    def __init__(self, desk: Desk, alarm: Callable[[str, str, str], None]) -> None:
        self._desk, self._alarm = desk, alarm
        self._settings = desk.home.settings.backup
        self._not_before_ms = 0

    async def keep(self) -> None:
        """Take a backup if one is due. Raises what it raised; one that an operator cancels is due a period later."""
        if not self._settings.every_h:
            return
        place, every_ms = Path(self._settings.to), self._settings.every_h * HOUR_MS
        now_ms = wall_ms()
        newest_ms, ahead = await asyncio.to_thread(self._newest, place, now_ms)
        self._tell(place, newest_ms, now_ms)
        self._tell_ahead(place, ahead)
        if now_ms - newest_ms < every_ms or machine_ms() < self._not_before_ms:
            return
        try:
            await self._take(place)
        except JobCancelledError:
            self._not_before_ms = machine_ms() + every_ms
        else:
            self._tell(place, now_ms, now_ms)

    def _newest(self, place: Path, now_ms: int) -> tuple[int, tuple[str, ...]]:
        return manifests.newest(place, manifests.installation_of(self._desk.home.data), now_ms)

    async def _take(self, place: Path) -> None:
        async with self._desk.jobs.running("backup", str(place)) as job:
            steps: asyncio.Queue[tuple[int, int, str]] = asyncio.Queue()
            taking = asyncio.create_task(self._desk.tasks.back_up(place, self._settings.keep, steps))
            done = total = 0
            try:
                while not taking.done():
                    with suppress(TimeoutError):
                        async with asyncio.timeout(1.0):
                            done, total, _ = await steps.get()
                    await job.at(done, total)  # however little it tells, it can be cancelled
                self._tell_damaged(place, await taking)
            finally:
                taking.cancel()
                await asyncio.wait({taking})  # its place is free when the next try begins

    def _tell(self, place: Path, newest_ms: int, now_ms: int) -> None:
        age_ms = now_ms - newest_ms
        late = age_ms > LATE * self._settings.every_h * HOUR_MS
        since = f"is {age_ms // HOUR_MS} hours old" if newest_ms else "was never taken"
        text = f"the last backup in {place} {since}: see `switchboard jobs list`"
        self._alarm("backup", text if late else "", "error")

    def _tell_damaged(self, place: Path, damaged: list[str]) -> None:
        text = f"in {place} {', '.join(damaged[:3])} {'is' if len(damaged) == 1 else 'are'} not as written"
        mend = f"the new backup has copies of its own; look at that disk: `switchboard backup --verify {place}`"
        self._alarm("backup damaged", f"{text}; {mend}" if damaged else "", "error")

    def _tell_ahead(self, place: Path, ahead: tuple[str, ...]) -> None:
        text = f"in {place} are backups of the future ({', '.join(ahead[:3])}): the clock was wrong, then or now"
        mend = "they count for nothing; look at the clock, then rename or remove them"
        self._alarm("backup of the future", f"{text}; {mend}" if ahead else "", "error")

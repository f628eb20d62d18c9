"""Backups that the desk takes by itself: a job each time one is due, and an alarm when the last one is too old."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from actors.desk.core import Desk
from actors.home import machine_ms
from store.backups import manifest as manifests

HOUR_MS = 3_600_000
LATE = 2
"""So many times `every_h` old, and the last backup is an alarm, whatever the reason."""


class Backups:
    """Keeps the last whole backup younger than [backup] every_h, by the machine's time: what counts is what is there.

    A restart neither repeats nor forgets one, and a backup that an operator takes into the same place counts too.
    """

    def __init__(self, desk: Desk, alarm: Callable[[str, str, str], None]) -> None:
        self._desk, self._alarm = desk, alarm
        self._settings = desk.home.settings.backup

    async def keep(self) -> None:
        """Take a backup if one is due. Raises what it raised."""
        if not self._settings.every_h:
            return
        place, every_ms = Path(self._settings.to), self._settings.every_h * HOUR_MS
        age_ms = machine_ms() - await asyncio.to_thread(manifests.newest_ms, place)
        self._tell(place, age_ms, every_ms)
        if age_ms >= every_ms:
            await self._take(place)
            self._tell(place, 0, every_ms)

    async def _take(self, place: Path) -> None:
        async with self._desk.jobs.running("backup", str(place)) as job:
            steps: asyncio.Queue[tuple[int, int, str]] = asyncio.Queue()
            taking = asyncio.create_task(self._desk.tasks.back_up(place, self._settings.keep, steps))
            try:
                while not taking.done():
                    try:
                        done, total, _ = await asyncio.wait_for(steps.get(), 1.0)
                    except TimeoutError:
                        done, total = 0, 0
                    if total:
                        await job.at(done, total)
                await taking
            finally:
                taking.cancel()

    def _tell(self, place: Path, age_ms: int, every_ms: int) -> None:
        late = age_ms > LATE * every_ms
        since = f"is {age_ms // HOUR_MS} hours old" if age_ms < machine_ms() // 2 else "was never taken"
        text = f"the last backup in {place} {since}: see `switchboard jobs list`"
        self._alarm("backup", text if late else "", "error")

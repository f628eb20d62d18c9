"""Backups that the desk takes by itself: when one is due, when that is an alarm, and what follows a cancelled one."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from actors.desk import backups
from actors.desk.backups import HOUR_MS, Backups
from actors.desk.core import Desk
from actors.desk.invoices import JobsService
from domain.settings import BackupSettings
from protos import operators_pb2 as pb
from store.backups import manifest as manifests
from store.backups.manifest import BackupManifest, FileEntry
from store.backups.take import prune
from tests.actors.desk.test_money import HERE

NOW = 1_800_000_000_000


class Place:
    """Where backups go, and a desk whose clock a test sets: it takes them by writing a manifest."""

    def __init__(self, desk: Desk, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (desk.home.data / "secret").write_bytes(b"ours")
        settings = desk.home.settings.model_copy(update={"backup": BackupSettings(to=str(place), every_h=1)})
        desk.home = replace(desk.home, settings=settings)
        self.desk, self.place, self.now_ms = desk, place, NOW
        self.alarms: dict[str, str] = {}
        self.cancelled = self.freed = False
        self.damaged: list[str] = []
        self.steps = [(1, 2, "files")]
        monkeypatch.setattr(backups, "wall_ms", lambda: self.now_ms)
        monkeypatch.setattr(backups, "machine_ms", lambda: self.now_ms)
        monkeypatch.setattr(desk.tasks, "back_up", self.back_up)
        self.backups = Backups(desk, lambda key, text, _: self.alarms.update({key: text}))

    async def back_up(self, place: Path, keep: int, steps: "asyncio.Queue[tuple[int, int, str]]") -> list[str]:
        if self.cancelled:
            await JobsService(self.desk).Cancel(pb.Named(name="1"), HERE)
            try:
                for step in self.steps:
                    steps.put_nowait(step)
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(0.05)
                self.freed = True
        self.write(self.now_ms)
        return self.damaged

    def write(self, at_ms: int, house: bytes = b"") -> None:
        """Leave a backup of a moment there; `house`: of another installation."""
        folder = self.place / manifests.name_of(at_ms)
        folder.mkdir(parents=True)
        its = manifests.installation_of(self.desk.home.data)
        entry = FileEntry("secret", 4, house.hex() or its)
        manifests.write(folder, BackupManifest("1", at_ms, at_ms, "sqlite", "1", (), (entry,)))

    def names(self) -> list[str]:
        """Return what is there."""
        return [folder.name for folder in manifests.whole(self.place)]


@pytest.fixture
def place(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A place without backups."""
    return Place(desk, tmp_path / "place", monkeypatch)


async def test_one_is_taken_when_the_last_is_as_old_as_the_period(place: Place) -> None:
    for minutes, count in ((0, 1), (59, 1), (60, 2)):
        place.now_ms = NOW + minutes * 60_000
        await place.backups.keep()
        assert len(place.names()) == count
    assert place.alarms == {"backup": "", "backup of the future": "", "backup damaged": ""}


async def test_a_damaged_file_of_the_one_before_is_an_alarm_until_all_are_right(place: Place) -> None:
    place.damaged = ["2026-11-21/segments/one.parquet"]
    await place.backups.keep()
    assert "2026-11-21/segments/one.parquet is not as written" in place.alarms["backup damaged"]
    place.damaged, place.now_ms = [], NOW + HOUR_MS
    await place.backups.keep()
    assert place.alarms["backup damaged"] == ""


async def test_another_installation_s_backup_is_none_of_ours(place: Place) -> None:
    place.write(NOW - 60_000, b"theirs")
    await place.backups.keep()
    assert manifests.name_of(NOW) in place.names()


async def test_without_the_secret_of_the_house_one_is_taken_a_period_and_none_is_deleted(place: Place) -> None:
    (place.desk.home.data / "secret").unlink()
    for _ in range(3):
        await place.backups.keep()
    assert len(place.names()) == 1
    assert prune(place.place, 1, "") == []


async def test_a_backup_of_the_future_neither_ends_backups_nor_goes_unsaid(place: Place) -> None:
    place.write(NOW - 5 * HOUR_MS)
    place.write(NOW + 365 * 24 * HOUR_MS)
    await place.backups.keep()
    assert manifests.name_of(NOW) in place.names()
    assert place.alarms["backup"] == ""
    assert manifests.name_of(NOW + 365 * 24 * HOUR_MS) in place.alarms["backup of the future"]
    await place.backups.keep()
    assert len(place.names()) == 3, "it is not taken again and again"


@pytest.mark.parametrize("steps", [[(1, 2, "files")], [(9, 0, "book-0.db leg")], []])
async def test_a_cancelled_one_is_no_failure_and_is_due_a_period_later(
    place: Place, steps: list[tuple[int, int, str]]
) -> None:
    place.cancelled, place.steps = True, steps
    await place.backups.keep()
    assert place.names() == [] and place.freed, "who took it has let go of the place by now"
    place.cancelled = False
    place.now_ms = NOW + HOUR_MS - 1
    await place.backups.keep()
    assert place.names() == []
    place.now_ms = NOW + HOUR_MS
    await place.backups.keep()
    assert place.names() == [manifests.name_of(NOW + HOUR_MS)]

"""What is needed stays on disk, and nothing else for ever."""

import os
from pathlib import Path

from actors.decision_log import read_decisions
from actors.desk import retention
from actors.desk.core import Desk
from domain.clock import Clock
from domain.ids import PlanId
from store.publication import publish
from tests.cluster.tasks.places import DAY_MS, NOW
from tests.domain.builders import row

PLAN = PlanId("sell")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_decisions_are_kept_for_their_days(desk: Desk) -> None:
    today = NOW // DAY_MS
    desk.home.decisions.mkdir()
    for day in (today - 8, today - 7, today):
        (desk.home.decisions / f"{day}-node-0.jsonl").write_bytes(b"")
    (desk.home.decisions / "notes.jsonl").write_bytes(b"")
    await desk.tidy()
    assert names(desk.home.decisions) == {f"{today - 7}-node-0.jsonl", f"{today}-node-0.jsonl", "notes.jsonl"}
    assert read_decisions(desk.home.decisions, b"", range(today, today + 1)) == []


async def test_snapshots_in_force_and_the_last_before_them_stay(desk: Desk) -> None:
    for at in range(14):
        rates = [row("254", f"0.{at + 1}")]
        desk.clock = Clock(NOW + at, 0, 0.0)
        desk.catalog.plans.add_rates(PLAN, rates, who="ada", at_ms=NOW + at)
        await desk.publish()
    before, history = names(desk.home.snapshots), desk.catalog.snapshots.history("plan", "sell")
    unchanged = {name for name in before if not name.startswith(("plan-sell-", "directory-"))}
    await desk.tidy()
    after = names(desk.home.snapshots)
    kept = {entry.file for entry in history[: retention.SNAPSHOTS_KEPT]}
    assert kept | unchanged <= after
    assert history[-1].file in before - after
    assert publish(desk.catalog, desk.home.snapshots, who="desk", at_ms=NOW + 14, renew=False) == desk.home.manifest()
    assert names(desk.home.snapshots) == after


async def test_staging_files_left_behind_go(desk: Desk) -> None:
    folder = desk.home.data / "staging"
    folder.mkdir()
    for name in ("old", "new"):
        (folder / name).write_bytes(b"")
    os.utime(folder / "old", (0, 0))
    await desk.tidy()
    assert names(folder) == {"new"}

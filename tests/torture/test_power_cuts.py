"""The power goes: what was acknowledged is on the disk; holds may be lost, charges are not."""

import asyncio
import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from cluster.bench.up_process import UpProcess
from tests.torture.books import Books
from tests.torture.conftest import SEED, TIMES, Tortured, on_files
from tests.torture.house import started_house
from tests.torture.power import cut_power
from tests.torture.traffic import Traffic
from tests.torture.truth import Truth

pytestmark = [pytest.mark.torture, pytest.mark.timeout(900)]

MOMENTS, WITHIN_S = TIMES, 150.0


@dataclass(frozen=True, slots=True)
class Copy:
    """A data folder at the moment of a power cut, what was acknowledged before it, and what was told by then."""

    folder: Path
    truth: Truth


def frozen_copy(up: UpProcess, truth: Truth, to: Path) -> Copy:
    """Copy the data folder while none of its processes writes."""
    acknowledged = truth.copy()
    tree = up.tree()[1:]
    for pid in tree:
        os.kill(pid, signal.SIGSTOP)
    try:
        shutil.copytree(up.data, to, ignore=shutil.ignore_patterns("*.lock", "up.said", "endpoint.json"))
    finally:
        for pid in tree:
            os.kill(pid, signal.SIGCONT)
    acknowledged.told = truth.told + (truth.acknowledged - acknowledged.acknowledged)
    return Copy(to, acknowledged)


@on_files
async def test_what_was_acknowledged_outlives_a_power_cut_at_any_moment(
    tortured: Tortured, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dice, copies = Random(SEED + 4), list[Copy]()
    async with tortured.traffic() as traffic:
        for moment in range(MOMENTS + 1):
            await traffic.beyond(dice.randrange(20, 60), WITHIN_S)
            await asyncio.sleep(dice.uniform(0, 1))
            copies.append(frozen_copy(tortured.board.up, tortured.truth, tmp_path / f"copy-{moment}"))
        await traffic.beyond(10, WITHIN_S)
    await tortured.compare()
    tortured.board.up.stop()  # the copies have its ports
    try:
        await _look_at(copies, capsys)
    finally:
        await asyncio.to_thread(tortured.board.up.start)


async def _look_at(copies: list[Copy], capsys: pytest.CaptureFixture[str]) -> None:
    """Cut the power of each copy, and start a switchboard on what is left: it must tell the truth."""
    for number, copy in enumerate(copies):
        torn = number == MOMENTS
        lost = [cut_power(path, torn=torn) for path in (copy.folder / "books").glob("book-*.db")]
        with capsys.disabled():
            print(f"\n  copy {number}: {copy.truth.legs} legs acknowledged, {sum(lost)} transactions lost", end="")
        with started_house(copy.folder) as board:
            await Books(board, copy.truth).compare(ended=False)
            if number == 0 or torn:
                async with Traffic(board, copy.truth, seed=SEED + number) as more:
                    await more.beyond(10, WITHIN_S)
                await Books(board, copy.truth).compare(ended=False)

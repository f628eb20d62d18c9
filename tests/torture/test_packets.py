"""Whatever the wire and the switches do with their packets: twice, in reverse, late by an hour, or swallowed."""

import asyncio
import os
import signal
from random import Random

import pytest

from tests.torture.conftest import SEED, TIMES, Tortured, on_files
from tests.torture.doors import Manner

pytestmark = [pytest.mark.torture, pytest.mark.timeout(600)]

WITHIN_S = 150.0


@on_files
@pytest.mark.parametrize(
    "manner",
    [Manner(twice=True), Manner(reverse=True), Manner(late_s=3600), Manner(old=True)],
    ids=["twice", "in-reverse", "late-by-an-hour", "old-grpc-messages"],
)
async def test_reports_count_once_however_they_come(tortured: Tortured, manner: Manner) -> None:
    async with tortured.traffic(manner) as traffic:
        await traffic.beyond(60, WITHIN_S)
    assert not traffic.given_up
    await tortured.compare()


async def test_reports_that_come_twice_in_reverse_late_and_not_at_all_count_once(tortured: Tortured) -> None:
    async with tortured.traffic(Manner(twice=True, reverse=True, late_s=3600, lost=0.05, old=True)) as traffic:
        await traffic.beyond(60, WITHIN_S)
    assert not traffic.given_up
    await tortured.compare()


@on_files
@pytest.mark.parametrize("name", ["shard-0", "node-0"])
async def test_a_fifth_of_all_packets_is_lost_while_something_is_killed(tortured: Tortured, name: str) -> None:
    dice = Random(SEED + 1)
    async with tortured.traffic(Manner(lost=0.2, twice=True)) as traffic:
        for _ in range(TIMES):
            await traffic.beyond(10, WITHIN_S)
            await asyncio.sleep(dice.uniform(0, 1.0))
            pid = int((await asyncio.to_thread(tortured.board.actor, name))["pid"])
            os.kill(pid, signal.SIGKILL)
            await traffic.beyond(10, WITHIN_S)
            await tortured.until_alive()
    assert not traffic.given_up
    await tortured.compare()

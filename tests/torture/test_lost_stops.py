"""Starts without Stops, Stops without Starts, and ends that say otherwise, while a shard is killed."""

import asyncio
from random import Random

import pytest

from tests.live.waiting import until
from tests.torture.books import Books
from tests.torture.conftest import SEED, Tortured
from tests.torture.doors import Manner
from tests.torture.house import House
from tests.torture.trade import RADIUS, SIP
from tests.torture.traffic import Traffic

pytestmark = [pytest.mark.torture, pytest.mark.timeout(600)]

WITHIN_S = 150.0


async def killed_once(tortured: Tortured, traffic: Traffic, name: str = "shard-0") -> None:
    """Kill a shard in the midst of calls."""
    await traffic.beyond(20, WITHIN_S)
    (await asyncio.to_thread(tortured.board.killer, name))()
    await traffic.beyond(20, WITHIN_S)
    await tortured.until_alive()


async def test_another_end_of_a_leg_waits_for_a_person_once_and_the_first_stands(tortured: Tortured) -> None:
    before = tortured.truth.differing
    async with tortured.traffic(Manner(other=True, twice=True)) as traffic:
        await killed_once(tortured, traffic)
    assert tortured.truth.differing > before
    await tortured.compare()


async def test_ends_without_starts_are_charged(tortured: Tortured) -> None:
    async with tortured.traffic(Manner(starts=False)) as traffic:
        await killed_once(tortured, traffic)
    await tortured.compare()


async def test_calls_whose_ends_are_lost_are_closed_at_their_last_sign_of_life_until_the_ends_come(
    tortured: Tortured,
) -> None:
    dice, board = Random(SEED + 6), tortured.board
    async with tortured.traffic(Manner(silent=0.4), switches=(RADIUS, SIP)) as traffic:
        await killed_once(tortured, traffic)
        await traffic.calm()
        expected = traffic.known()
        kill = await asyncio.to_thread(board.killer, "shard-0")
        closing = asyncio.create_task(asyncio.to_thread(close_lost, board, len(traffic.silent)))
        await asyncio.sleep(dice.uniform(0, 1))
        kill()
        await closing
        await tortured.until_alive()
        books = Books(board, tortured.truth)
        found = await asyncio.to_thread(books.partial)
        assert found == expected, f"missing {expected - found}, too much {found - expected}"
        check = board.told("ledger", "check")
        assert check["differences"] == [] and check["holds_add_up"] and check["balances_add_up"]
        await traffic.end_the_silent()
    await tortured.compare()


def close_lost(board: House, legs: int) -> None:
    """Close them as an operator does, who says so again until none is left."""
    for entry in (RADIUS, SIP):
        board.sb("switches", "set", entry.id, "lost_end_s=1")

    def closed() -> bool:
        told = board.tried("cdrs", "close-lost")
        listed = board.tried("cdrs", "list", "--partial", "--json")
        return told.exit_code == 0 and f'"total": {legs}' in listed.stdout

    until(closed, f"{legs} legs are closed", WITHIN_S)
    for entry in (RADIUS, SIP):
        board.sb("switches", "set", entry.id, "lost_end_s=0")

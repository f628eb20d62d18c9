"""Prices change while something is away: every leg has the price that was in force when it was answered."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import pytest

from tests.live.waiting import until
from tests.torture.conftest import SEED, TIMES, Tortured, on_files
from tests.torture.doors import Manner
from tests.torture.house import House
from tests.torture.trade import MERIDIAN, PREFIX

pytestmark = [pytest.mark.torture, pytest.mark.timeout(600)]

AHEAD_S, WITHIN_S = 20, 150.0
FROZEN_S = 3.0
"""Shorter than `limits.hang_s`: the node lives on, and hears of the change when it thaws."""


def killed_desk(board: House) -> Callable[[], None]:
    """It dies between the catalog, the publication and the announcement, or before all of them."""
    return board.killer("desk")


def killed_node(board: House) -> Callable[[], None]:
    return board.killer("node-0")


def frozen_node(board: House) -> Callable[[], None]:
    pid = board.pid_of("node-0")

    def freeze() -> None:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(FROZEN_S)
        os.kill(pid, signal.SIGCONT)

    return freeze


def change_price(tortured: Tortured, price: str) -> int:
    """Import a price that comes into force soon, as an operator does, who tries again; return from when (UTC ms)."""
    from_s = int(time.time()) + AHEAD_S
    sheet = tortured.board.folder / f"change-{from_s}.csv"
    moment = datetime.fromtimestamp(from_s, UTC).strftime("%Y-%m-%d %H:%M:%S")
    sheet.write_text(f"Code,Rate,Increments,Effective\n{PREFIX},{price},{MERIDIAN.increments},{moment}\n")
    plan, leaps = f"{MERIDIAN.partner}-sell", ("--accept", "ten times as dear")

    def taken() -> bool:
        return tortured.board.tried("rates", "import", str(sheet), "--plan", plan, *leaps).exit_code == 0

    until(taken, "the price is changed", AHEAD_S - 2)
    assert time.time() < from_s - 1, "known before it is in force"
    return from_s * 1000


@on_files
@pytest.mark.parametrize("hurter", [killed_desk, killed_node, frozen_node])
async def test_a_change_of_price_reaches_who_was_away(
    tortured: Tortured, hurter: Callable[[House], Callable[[], None]]
) -> None:
    dice, board = Random(SEED + 5), tortured.board
    async with tortured.traffic(Manner(talk_most_s=3)) as traffic:
        for _ in range(min(TIMES, 2)):
            await traffic.beyond(5, WITHIN_S)
            price = f"0.{dice.randrange(60, 99)}"
            hurt = await asyncio.to_thread(hurter, board)
            change = asyncio.create_task(asyncio.to_thread(change_price, tortured, price))
            await asyncio.sleep(dice.uniform(0, 0.5))
            await asyncio.to_thread(hurt)
            from_ms = await change
            tortured.truth.prices.setdefault(MERIDIAN.partner, []).append((from_ms, price))
            await tortured.until_alive()
            await asyncio.sleep(max(0.0, from_ms / 1000 - time.time()))
            await traffic.beyond(30, WITHIN_S)
    await tortured.compare()

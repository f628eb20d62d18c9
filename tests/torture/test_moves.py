"""Partners are pinned to another book and back under traffic, while what carries them over is killed."""

import asyncio
import json
from random import Random

import pytest

from domain.ids import PartnerId
from domain.placement import Placement
from tests.live.waiting import until
from tests.torture.conftest import POSTGRES, SEED, Tortured
from tests.torture.house import House
from tests.torture.trade import LOWLAND, MERIDIAN, PLEDGE

pytestmark = [pytest.mark.torture, pytest.mark.timeout(600)]

FLOW, WITHIN_S = 10, 150.0
MOVED = (MERIDIAN.partner, PLEDGE.partner, LOWLAND.partner)
"""A client of either book, one of them prepaid, and a vendor."""


NOBODY, SHARDS, DESK = (), ("shard-0", "shard-1"), ("desk",)
"""Who is killed: nobody, who has the books, who gives the order and sees to it."""


def other_book(partner: str) -> int:
    return 1 - Placement(books=2, shards=2).home_of_partner(PartnerId(partner))


def pinned(board: House, partner: str) -> None:
    """Pin a partner to the book that is not its own, as an operator does, who tries again; return when it is there."""

    def there() -> bool:
        told = [pin for pin in pins(board) if pin["partner"] == partner]
        if not told:
            board.tried("cluster", "pin", partner, str(other_book(partner)))
        return bool(told) and told[0]["lives_in"] == told[0]["book"] == other_book(partner)

    until(there, f"{partner} lives in the other book", WITHIN_S)


def unpinned(board: House, partner: str) -> None:
    """Let it go back to its own book; return when it is there."""

    def there() -> bool:
        told = [pin for pin in pins(board) if pin["partner"] == partner]
        if told and told[0]["book"] != told[0]["home"]:
            board.tried("cluster", "unpin", partner)
        return not told

    until(there, f"{partner} lives in its own book", WITHIN_S)


def pins(board: House) -> list[dict[str, object]]:
    """Return all pins, as soon as the desk answers."""
    found: list[dict[str, object]] = []

    def told() -> bool:
        asked = board.tried("cluster", "show", "--json")
        if asked.exit_code == 0:
            found.extend(json.loads(asked.stdout)["pins"])
        return asked.exit_code == 0

    until(told, "the desk answers", WITHIN_S)
    return found


@pytest.mark.parametrize("tortured", [POSTGRES], indirect=True)
@pytest.mark.parametrize("killed", [NOBODY, SHARDS, DESK], ids=["undisturbed", "shards-killed", "desk-killed"])
async def test_a_partner_that_moves_under_traffic_takes_its_money_along(
    tortured: Tortured, killed: tuple[str, ...]
) -> None:
    dice, board = Random(f"{SEED} {killed}"), tortured.board
    async with tortured.traffic() as traffic:
        for move in (pinned, unpinned):
            await traffic.beyond(FLOW, WITHIN_S)
            kill = await asyncio.to_thread(board.killer, *killed)
            moves = [asyncio.create_task(asyncio.to_thread(move, board, partner)) for partner in MOVED]
            await asyncio.sleep(dice.uniform(0, 1.0))
            kill()
            await asyncio.gather(*moves)
            await tortured.until_alive()
            await traffic.beyond(FLOW, WITHIN_S)
    assert not traffic.given_up
    await tortured.compare()

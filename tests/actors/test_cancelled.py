"""Who is told to end ends, also where that comes in the same moment as what it waits for."""

import asyncio
from pathlib import Path
from typing import Any

from actors.delivery import Delivery

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("actors", "cluster/tasks", "tui", "cli")


async def test_a_delivery_that_is_told_to_end_as_more_comes_ends() -> None:
    delivery = Delivery(dict, _nothing, _nothing, most=1)
    running = asyncio.create_task(delivery.run())
    for _ in range(20):
        await asyncio.sleep(0)
    delivery._more.set()
    running.cancel()
    await asyncio.wait({running}, timeout=1)
    assert running.cancelled()


def test_nobody_waits_in_the_way_that_loses_a_cancel_that_comes_with_the_answer() -> None:
    """asyncio.wait_for does so in Python 3.11; asyncio.timeout in none."""
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    assert len(files) > 300
    assert [str(path) for path in files if "asyncio.wait_for(" in path.read_text()] == []


async def _nothing(*_: object) -> Any:
    return []

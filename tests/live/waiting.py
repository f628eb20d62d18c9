"""Waiting for what must come true: look again and again until a deadline, never sleep and hope."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE_S = 0.05


def until(look: Callable[[], T], what: str, within_s: float = 60.0) -> T:
    """Look until something is there; return it. Fails with `what` when it never comes."""
    deadline = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what}: not within {within_s:.0f} s"
        time.sleep(PAUSE_S)


async def until_async(look: Callable[[], Awaitable[T]], what: str, within_s: float = 60.0) -> T:
    """Like `until`, for what has to be awaited."""
    deadline = time.monotonic() + within_s
    while True:
        found = await look()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what}: not within {within_s:.0f} s"
        await asyncio.sleep(PAUSE_S)

"""A back-test as several tasks: what was known of the period first, then its parts, as many at once as may be."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from domain.backtest_quality import PeriodQuality
from domain.backtests import Backtest, BacktestOrder

Run = Callable[..., Awaitable[Any]]
"""Does a piece of work in its turn: the module, the function, what it is given."""


async def in_parts(run: Run, order: BacktestOrder, steps: "asyncio.Queue[tuple[int, int]]") -> Backtest:
    """Return the sum of all parts; where it is given up, or one fails, no other part begins."""
    parts = order.parts()
    known: PeriodQuality = await run("backtest_quality", "period_quality", order)
    found = Backtest(cpu_s=known.cpu_s)

    async def one(from_ms: int, until_ms: int) -> Backtest:
        part: Backtest = await run("backtest", "backtest_part", order, known, from_ms, until_ms)
        return part

    waiting = [asyncio.ensure_future(one(*part)) for part in parts]
    try:
        for done, ended in enumerate(asyncio.as_completed(waiting), 1):
            found += await ended
            steps.put_nowait((done, len(parts)))
    finally:
        for part in waiting:
            part.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    return found

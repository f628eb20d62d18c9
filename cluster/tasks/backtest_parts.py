"""A back-test as several tasks: how it is cut, what is known of the period, then its parts, as many as may be."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any

from domain.backtest_cuts import Part
from domain.backtest_quality import PeriodQuality
from domain.backtests import Backtest, BacktestOrder

Run = Callable[..., Awaitable[Any]]
"""Does a piece of work in its turn: the module, the function, what it is given."""


async def in_parts(run: Run, order: BacktestOrder, steps: "asyncio.Queue[tuple[int, int]]") -> Backtest:
    """Return the sum of all parts; where it is given up, or one fails, no other part begins.

    Half of the steps are of counting: the stretches that are counted may be more than those that are decided.
    """
    counting, deciding = await run("backtest_cuts", "backtest_cuts", order)
    all_counted = len(deciding)
    known, counted = PeriodQuality(), 0
    async with aclosing(_each(lambda part: run("backtest_quality", "count_part", order, *part), counting)) as parts:
        async for one in parts:
            known, counted = known + one, counted + 1
            steps.put_nowait((all_counted * counted // len(counting), 2 * all_counted))
    found = Backtest(cpu_s=known.cpu_s)
    async with aclosing(_each(lambda part: run("backtest", "backtest_part", order, known, *part), deciding)) as decided:
        async for part in decided:
            found += part
            steps.put_nowait((all_counted + found.parts, 2 * all_counted))
    return found


async def _each(run: Callable[[Part], Awaitable[Any]], parts: Sequence[Part]) -> AsyncGenerator[Any, None]:
    """Yield what parts come to as they end; those that nobody waits for any more are called off."""
    waiting = [asyncio.ensure_future(run(part)) for part in parts]
    try:
        for ended in asyncio.as_completed(waiting):
            yield await ended
    finally:
        for part in waiting:
            part.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

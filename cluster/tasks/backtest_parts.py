"""A back-test as several tasks: how it is cut, what is known of the period, then its parts, as many as may be."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from domain.backtest_cuts import Part
from domain.backtest_quality import PeriodQuality
from domain.backtests import Backtest, BacktestOrder

Run = Callable[..., Awaitable[Any]]
"""Does a piece of work in its turn: the module, the function, what it is given."""


async def in_parts(run: Run, order: BacktestOrder, steps: "asyncio.Queue[tuple[int, int]]") -> Backtest:
    """Return the sum of all parts; where it is given up, or one fails, no other part begins."""
    counting, deciding = await run("backtest_cuts", "backtest_cuts", order)
    done, known = 0, PeriodQuality()
    found = Backtest()

    def took() -> None:
        nonlocal done
        done += 1
        steps.put_nowait((done, len(counting) + len(deciding)))

    def count(part: PeriodQuality) -> None:
        nonlocal known
        known += part
        took()

    def add(part: Backtest) -> None:
        nonlocal found
        found += part
        took()

    await _each(lambda part: run("backtest_quality", "count_part", order, *part), counting, count)
    found = Backtest(cpu_s=known.cpu_s)
    await _each(lambda part: run("backtest", "backtest_part", order, known, *part), deciding, add)
    return found


async def _each(run: Callable[[Part], Awaitable[Any]], parts: Sequence[Part], take: Callable[[Any], None]) -> None:
    waiting = [asyncio.ensure_future(run(part)) for part in parts]
    try:
        for ended in asyncio.as_completed(waiting):
            take(await ended)
    finally:
        for part in waiting:
            part.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

"""A back-test as several tasks: how it is cut, what is known of the period, then its parts, as many as may be."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence, Set
from contextlib import aclosing
from typing import Any

from domain.backtest_cuts import Part
from domain.backtest_overflow import Away
from domain.backtest_quality import PeriodQuality
from domain.backtest_room import meets_bounds
from domain.backtests import Backtest, BacktestOrder

Run = Callable[..., Awaitable[Any]]
"""Does a piece of work in its turn: the module, the function, what it is given."""
Steps = asyncio.Queue[tuple[int, int, str]]
"""Steps done, of how many, and what is done now."""
COUNTING, DECIDING, FOLLOWING = "counting", "deciding", "following calls"


async def in_parts(run: Run, order: BacktestOrder, steps: Steps) -> Backtest:
    """Return the sum of all parts; where it is given up, or one fails, no other part begins.

    Half of the steps are of counting: the stretches that are counted may be more than those that are decided. Where
    calls find no room they are followed from one part to the next in the end, which has steps of its own.
    """
    counting, deciding = await run("backtest_cuts", "backtest_cuts", order)
    all_counted = len(deciding)
    known, counted = PeriodQuality(), 0
    async with aclosing(_each(lambda part: run("backtest_quality", "count_part", order, *part), counting)) as parts:
        async for one in parts:
            known, counted = known + one, counted + 1
            what = COUNTING if counted < len(counting) else DECIDING
            steps.put_nowait((all_counted * counted // len(counting), 2 * all_counted, what))
    found, full = Backtest(cpu_s=known.cpu_s), set[Part]()

    async def decided(part: Part) -> tuple[Part, Backtest]:
        return part, await run("backtest", "backtest_part", order, known, *part)

    async with aclosing(_each(decided, deciding)) as ended:
        async for part, its in ended:
            found += its
            full |= {part} if meets_bounds(its.uses) else set()
            steps.put_nowait((all_counted + found.parts, 2 * all_counted, DECIDING))
    return found + await _followed(run, order, known, deciding, full, steps) if full else found


async def _followed(
    run: Run, order: BacktestOrder, known: PeriodQuality, parts: Sequence[Part], full: Set[Part], steps: Steps
) -> Backtest:
    """Return what is to be added since calls overflow: who is away at a part's end is so when the next one begins.

    A part that is not `full` by itself is worked on once more where anybody is away: it had left nothing.
    """
    found, away = Backtest(), tuple[Away, ...]()
    for number, part in enumerate(parts):
        steps.put_nowait((number, len(parts), FOLLOWING))
        if away and part not in full:
            again = await run("backtest", "backtest_part", order, known, *part, True)
            found += Backtest(cpu_s=again.cpu_s)
        if away or part in full:
            more, away = await run("backtest_overflow", "overflow_part", order, *part, away)
            found += more
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

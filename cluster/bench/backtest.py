"""`bench backtest`: millions of past calls under another policy, and what a call costs in one part and in many."""

import asyncio
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import reduce
from importlib import import_module
from operator import add
from pathlib import Path
from shutil import rmtree
from typing import Any

from actors.home import Home
from cluster.bench.backtest_calls import BEGIN_MS, DAY_MS, Calls, made
from cluster.bench.report import Floor, Report, Value
from cluster.tasks.backtest_parts import in_parts
from domain.backtest_quality import PeriodQuality
from domain.backtests import FOLDER, Backtest, BacktestOrder
from domain.errors import BrokenWorldError
from domain.policies.policy import Policy

AT_LEAST, AT_MOST = 50_000, 1.5
COST, QUALITY = Policy("cost", order="real_cost"), Policy("quality", order="least price * (150 - asr)")
PARTS = (1, 2, 4, 8)


def run(
    say: Callable[[str], None],
    size: Calls | None = None,
    folder: Path | None = None,
    parts: Sequence[int] = PARTS,
    cores: int | None = None,
) -> Report:
    """Measure; `folder`: where the calls are kept from one run to the next. `parts`: in how many a day is done;
    `cores`: how many processes do all days, None: one for each core.

    Raises BrokenWorldError where parts do not add up to the whole.
    """
    size, load = size or Calls(), os.getloadavg()[0]
    kept = Path(tempfile.gettempdir(), f"switchboard-bench-backtest-{size.calls}-{size.days}-{size.codes}")
    home = made(folder or kept, size, say)
    cores = cores or len(os.sched_getaffinity(0))
    os.environ["POLARS_MAX_THREADS"] = "1"  # of the processes that are begun below, as for tasks
    with _pool(cores) as pool:
        say(f"all of them by real cost, in {cores} processes")
        began = time.perf_counter()
        whole = asyncio.run(_all(pool, home, _order(size, COST)))
        took_s = time.perf_counter() - began
    if whole.total.calls != size.calls:
        raise BrokenWorldError(f"{whole.total.calls} calls were found of {size.calls}")
    with _pool(1) as pool:
        say(f"a day in {', '.join(map(str, parts))} parts")
        cpu = _in_parts(pool, home, _order(size, COST, days=1), parts)
        least, most = min(parts), max(parts)
        say(f"a day by a formula that asks for the quality of then, in {least} and {most} parts")
        asked = _in_parts(pool, home, _order(size, QUALITY, days=1), (least, most))
        peak_mb = pool.submit(_peak_mb).result()
    figures: dict[str, Value] = {
        "calls_per_s": round(whole.total.calls / took_s),
        "took_s": round(took_s, 1),
        "parts": whole.parts,
        "decisions": whole.decided,
        "cpu_s_per_million": round(whole.cpu_s / whole.total.calls * 1e6, 2),
        **{f"cpu_us_per_call_{number}_parts": round(each, 2) for number, each in cpu.items()},
        f"cpu_{most}_parts_to_{least}": round(cpu[most] / cpu[least], 3),
        **{f"cpu_us_per_call_quality_then_{number}_parts": round(each, 2) for number, each in asked.items()},
        "worker_rss_mb_peak": peak_mb,
    }
    workload: dict[str, Value] = {"calls": size.calls, "days": size.days, "codes": size.codes, "processes": cores}
    floors = Floor("calls_per_s", at_least=AT_LEAST), Floor(f"cpu_{most}_parts_to_{least}", at_most=AT_MOST)
    return Report("backtest", workload, figures, floors, load)


def _order(size: Calls, policy: Policy, days: int | None = None) -> BacktestOrder:
    until_ms = size.until_ms if days is None else BEGIN_MS + days * DAY_MS
    return BacktestOrder(policy, BEGIN_MS, until_ms, size.until_ms, place=policy.name)


async def _all(pool: ProcessPoolExecutor, home: Home, order: BacktestOrder) -> Backtest:
    """Do what the desk has done, in processes in place of tasks."""

    async def ran(module: str, function: str, *args: object) -> Any:
        return await asyncio.get_running_loop().run_in_executor(pool, _do, module, function, home, *args)

    return await in_parts(ran, order, asyncio.Queue())


def _in_parts(pool: ProcessPoolExecutor, home: Home, order: BacktestOrder, numbers: Sequence[int]) -> dict[int, float]:
    """Return the processor time of a call, µs, by how many parts a period is cut into; each time all of it is done."""
    found: dict[int, float] = {}
    sums = []
    for number, parts in enumerate((max(numbers), *numbers)):  # the first time reads plans, and counts for nothing
        step = (order.until_ms - order.from_ms) // parts
        cuts = [(order.from_ms + at * step, order.from_ms + (at + 1) * step) for at in range(parts)]
        order = replace(order, place=f"{number}")  # another order, which knows nothing of what was decided before
        rmtree(home.data / FOLDER / order.place, ignore_errors=True)  # what another run left
        counted = [pool.submit(_do, "backtest_quality", "count_part", home, order, *cut).result() for cut in cuts]
        known: PeriodQuality = reduce(add, counted)
        done = [pool.submit(_do, "backtest", "backtest_part", home, order, known, *cut).result() for cut in cuts]
        whole: Backtest = reduce(add, done, Backtest())
        sums.append((whole.groups, whole.tried, whole.uses))
        found[parts] = (whole.cpu_s + known.cpu_s) / whole.total.calls * 1e6
    if any(each != sums[0] for each in sums):
        raise BrokenWorldError("the parts of a back-test add up to something else than the whole")
    return found


def _pool(processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"))


def _do(module: str, function: str, *args: object) -> Any:
    work: Callable[..., Any] = getattr(import_module(f"cluster.tasks.{module}"), function)
    return work(*args)


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10

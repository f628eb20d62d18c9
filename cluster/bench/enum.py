"""`bench enum`: ENUM answers with the full decision and no hold, on a switchboard of its own.

Steps of rising rate find the highest one that is sustained; half of it then gives the times and the costs.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context

from cluster.bench.enum_load import EnumLoad, generate
from cluster.bench.open_loop import BACKLOG_MS, SUSTAINED, Load, climb, times
from cluster.bench.report import Floor, Report, Value
from cluster.bench.stand import ENUM_SWITCH, VENDORS, Stand, numbers, stand
from domain.errors import BrokenWorldError

FLOORS = (Floor("answers_per_s", at_least=2_000), Floor("latency_ms_p99", at_most=25))
STEPS = (1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 8_000, 10_000, 12_000, 15_000)
WARM_UP_PER_S = 500.0


def run(say: Callable[[str], None], seconds: float = 2.0, rate: float | None = None) -> Report:
    """Measure, each step for `seconds`; with `rate` only that one and half of it.

    Raises BrokenWorldError when the switchboard does not come up or the lowest rate is not sustained.
    """
    load_before = os.getloadavg()[0]
    with stand(say) as its, loading(its, seconds) as load:
        load(WARM_UP_PER_S)
        highest, tried = climb((rate,) if rate else STEPS, load, say, "ENUM answers")
        before = its.cpu_s()[0]
        half = load(highest / 2)
        node_s = its.cpu_s()[0] - before
        node, _ = its.memory()
    if not half.in_time:
        raise BrokenWorldError(f"nothing was answered at {highest / 2:.0f} a second: {dict(half.statuses)}")
    figures = {
        "answers_per_s": highest,
        **times(half),
        "half_load_answered_share": round(half.success, 5),
        "cpu_us_per_answer": round(1e6 * node_s / half.calls),
        "rss_mb": node.rss_mb,
    }
    workload: dict[str, Value] = {
        "door": "ENUM over UDP with EDNS, an answer of a NAPTR per vendor",
        "vendors": len(VENDORS),
        "hold": "none",
        "seconds_per_step": seconds,
        "sustained_share": SUSTAINED,
        "sustained_backlog_ms": BACKLOG_MS,
        "tried_per_s": tried,
    }
    return Report("enum", workload, figures, FLOORS, load_before)


@contextmanager
def loading(its: Stand, seconds: float) -> Iterator[Load]:
    """Give a function that asks at a rate in a process of its own, as a switch is one."""
    asked = EnumLoad(its.enum, ENUM_SWITCH.address, numbers(20_000), WARM_UP_PER_S, seconds)
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        yield lambda per_s: process.submit(generate, replace(asked, per_s=per_s)).result()

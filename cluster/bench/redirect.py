"""`bench redirect`: SIP redirects with the full decision and a hold for each call, on a switchboard of its own.

Steps of rising rate find the highest one that is sustained; half of it then gives the times and the costs.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context

from cluster.bench.processes import Memory
from cluster.bench.report import Floor, Report, Value, percentile
from cluster.bench.sip_load import SipLoad, SipOutcome, generate
from cluster.bench.stand import SIP_SWITCH, VENDORS, Stand, numbers, stand
from domain.errors import BrokenWorldError

FLOORS = (Floor("redirects_per_s", at_least=2_000), Floor("latency_ms_p99", at_most=25))
STEPS = (500, 1_000, 1_500, 2_000, 2_500, 3_000, 4_000, 5_000, 6_000, 8_000)
SUSTAINED = 0.999
"""The share of calls that must be redirected in time, without a second sending, for a rate to count as sustained."""
BACKLOG_MS = 100.0
"""What the last calls of a step may take: a growing queue would hide in a short step behind the callers' patience."""
WARM_UP_PER_S, WARM_UP_S = 300.0, 2.0
TRIES = 3
"""A step fails when it fails so often: on a shared machine one bad moment says nothing."""
Load = Callable[[float], SipOutcome]
"""Runs calls at a rate."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What one load cost: processor time in µs per call, memory afterwards."""

    node_us: float
    shard_us: float
    node: Memory
    shard: Memory


def run(say: Callable[[str], None], seconds: float = 2.0, rate: float | None = None) -> Report:
    """Measure, each step for `seconds`; with `rate` only that one and half of it.

    Raises BrokenWorldError when the switchboard does not come up or the lowest rate is not sustained.
    """
    load_before = os.getloadavg()[0]
    with stand(say) as its, loading(its, seconds) as load:
        load(WARM_UP_PER_S)
        highest, tried = climb((rate,) if rate else STEPS, load, say)
        half, costs = _at_half(its, load, highest)
    workload: dict[str, Value] = {
        "door": "SIP over UDP, INVITE with SDP, 302, ACK",
        "vendors": len(VENDORS),
        "hold": "10 minutes, postpaid client",
        "seconds_per_step": seconds,
        "sustained_share": SUSTAINED,
        "sustained_backlog_ms": BACKLOG_MS,
        "tried_per_s": tried,
    }
    return Report("redirect", workload, _figures(highest, half, costs), FLOORS, load_before)


@contextmanager
def loading(its: Stand, seconds: float) -> Iterator[Load]:
    """Give a function that runs calls at a rate in a process of its own, as a switch is one."""
    asked = SipLoad(its.sip, SIP_SWITCH.address, numbers(20_000), WARM_UP_PER_S, seconds, "0")
    runs = iter(range(1, 1_000))
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        yield lambda per_s: process.submit(generate, replace(asked, per_s=per_s, run=f"r{next(runs)}")).result()


def climb(steps: tuple[float, ...], load: Load, say: Callable[[str], None]) -> tuple[float, list[float]]:
    """Return the highest rate that is sustained, and the rates tried. Raises BrokenWorldError when the first is not."""
    highest, tried = 0.0, []
    for step in steps:
        tried.append(step)
        if not any(_sustained(load(step), step, say) for _ in range(TRIES)):
            break
        highest = step
    if not highest:
        raise BrokenWorldError(f"{steps[0]:.0f} redirects a second are not sustained: give a lower --rate")
    return highest, tried


def _sustained(outcome: SipOutcome, per_s: float, say: Callable[[str], None]) -> bool:
    said = ", ".join(f"{count} × {status}" for status, count in sorted(outcome.statuses.items()))
    say(
        f"{per_s:.0f}/s: {outcome.success:.2%} redirected in time ({said}; {outcome.late} late), "
        f"the last ones after {outcome.behind_ms:.0f} ms, "
        f"the generator at most {outcome.lag_ms:.0f} ms behind"
    )
    return outcome.success >= SUSTAINED and outcome.behind_ms <= BACKLOG_MS


def _at_half(its: Stand, load: Load, highest: float) -> tuple[SipOutcome, Costs]:
    before = its.cpu_s()
    half = load(highest / 2)
    node_s, shard_s = (after - then for after, then in zip(its.cpu_s(), before, strict=True))
    if not half.redirected:
        raise BrokenWorldError(f"nothing was redirected at {highest / 2:.0f} a second: {dict(half.statuses)}")
    node, shard = its.memory()
    return half, Costs(1e6 * node_s / half.calls, 1e6 * shard_s / half.calls, node, shard)


def _figures(highest: float, half: SipOutcome, costs: Costs) -> dict[str, float]:
    return {
        "redirects_per_s": highest,
        "latency_ms_p50": round(percentile(half.times_ms, 50), 2),
        "latency_ms_p99": round(percentile(half.times_ms, 99), 2),
        "latency_ms_max": round(max(half.times_ms), 2),
        "half_load_redirected_share": round(half.success, 5),
        "generator_lag_ms_max": round(half.lag_ms, 2),
        "cpu_us_per_redirect": round(costs.node_us),
        "cpu_us_per_redirect_shard": round(costs.shard_us),
        "rss_mb": costs.node.rss_mb,
        "rss_mb_shard": costs.shard.rss_mb,
    }

"""`bench redirect`: SIP redirects with the full decision and a hold for each call, on a switchboard of its own.

Steps of rising rate find the highest one that is sustained; half of it then gives the times and the costs. Beside it,
if asked for, Kamailio as a static redirector takes the same load: what C does with the bytes alone is the yardstick.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from cluster.bench.open_loop import BACKLOG_MS, STEPS, SUSTAINED, climb, times
from cluster.bench.processes import Memory
from cluster.bench.report import Floor, Report, Value
from cluster.bench.sip_load import SipLoad, SipOutcome, generate
from cluster.bench.stand import SIP_SWITCH, VENDORS, Stand, numbers, stand, vendor_host
from cluster.bench.static_redirector import redirector
from domain.errors import BrokenWorldError

FLOORS = (Floor("redirects_per_s", at_least=2_000), Floor("latency_ms_p99", at_most=25))
WARM_UP_PER_S, WARM_UP_S = 300.0, 2.0
Load = Callable[[float], SipOutcome]
"""Runs calls at a rate."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What one load cost: processor time in µs per call, memory afterwards."""

    node_us: float
    shard_us: float
    node: Memory
    shard: Memory


def run(
    say: Callable[[str], None], seconds: float = 2.0, rate: float | None = None, beside: Path | None = None
) -> Report:
    """Measure, each step for `seconds`; with `rate` only that one and half of it; `beside`: the Kamailio to compare.

    Raises BrokenWorldError when the switchboard does not come up or the lowest rate is not sustained.
    """
    load_before = os.getloadavg()[0]
    steps = (rate,) if rate else STEPS
    with stand(say) as its, loading(its.sip, seconds) as load:
        load(WARM_UP_PER_S)
        highest, tried = climb(steps, load, say, "redirects")
        half, costs = _at_half(its, load, highest)
    figures: dict[str, Value] = {**_figures(highest, half, costs)}
    if beside is not None:
        figures |= _yardstick(beside, say, seconds, steps, highest, half, costs)
    workload: dict[str, Value] = {
        "door": "SIP over UDP, INVITE with SDP, 302, ACK",
        "vendors": len(VENDORS),
        "hold": "10 minutes, postpaid client",
        "seconds_per_step": seconds,
        "sustained_share": SUSTAINED,
        "sustained_backlog_ms": BACKLOG_MS,
        "tried_per_s": tried,
    }
    return Report("redirect", workload, figures, FLOORS, load_before)


@contextmanager
def loading(server: tuple[str, int], seconds: float) -> Iterator[Load]:
    """Give a function that runs calls at a rate in a process of its own, as a switch is one."""
    asked = SipLoad(server, SIP_SWITCH.address, numbers(20_000), WARM_UP_PER_S, seconds, "0")
    runs = iter(range(1, 1_000))
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        yield lambda per_s: process.submit(generate, replace(asked, per_s=per_s, run=f"r{next(runs)}")).result()


def _at_half(its: Stand, load: Load, highest: float) -> tuple[SipOutcome, Costs]:
    before = its.cpu_s()
    half = load(highest / 2)
    node_s, shard_s = (after - then for after, then in zip(its.cpu_s(), before, strict=True))
    if not half.in_time:
        raise BrokenWorldError(f"nothing was redirected at {highest / 2:.0f} a second: {dict(half.statuses)}")
    node, shard = its.memory()
    return half, Costs(1e6 * node_s / half.calls, 1e6 * shard_s / half.calls, node, shard)


def _yardstick(
    program: Path,
    say: Callable[[str], None],
    seconds: float,
    steps: tuple[float, ...],
    highest: float,
    half: SipOutcome,
    costs: Costs,
) -> dict[str, Value]:
    """Give Kamailio the same steps, then our half load; a ratio says how many times as much it does, or we take."""
    say("the same for Kamailio, which knows one Contact and decides nothing")
    with redirector(program, vendor_host(0)) as kamailio, loading(kamailio.sip, seconds) as load:
        load(WARM_UP_PER_S)
        its_highest, _ = climb(steps, load, say, "redirects of Kamailio")
        before = kamailio.cpu_s()
        its_half = load(highest / 2)
        cpu_us = 1e6 * (kamailio.cpu_s() - before) / its_half.calls
    its = times(its_half)
    return {
        "kamailio_redirects_per_s": its_highest,
        "kamailio_latency_ms_p50": its["latency_ms_p50"],
        "kamailio_latency_ms_p99": its["latency_ms_p99"],
        "kamailio_cpu_us_per_redirect": round(cpu_us, 1),
        "ratio_redirects_per_s": round(its_highest / highest, 2),
        "ratio_latency_p99": round(times(half)["latency_ms_p99"] / its["latency_ms_p99"], 2),
        "ratio_cpu": round((costs.node_us + costs.shard_us) / cpu_us, 1),
    }


def _figures(highest: float, half: SipOutcome, costs: Costs) -> dict[str, float]:
    return {
        "redirects_per_s": highest,
        **times(half),
        "half_load_redirected_share": round(half.success, 5),
        "cpu_us_per_redirect": round(costs.node_us),
        "cpu_us_per_redirect_shard": round(costs.shard_us),
        "rss_mb": costs.node.rss_mb,
        "rss_mb_shard": costs.shard.rss_mb,
    }

"""`bench soak`: whole calls at an even rate for minutes, with sealing meanwhile.

Memory must stay flat, every leg that a switch had acknowledged must be in the books, and CDRs and ledger must agree at
every look and in the end.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median

from actors.home import machine_ms
from cluster.bench.processes import memory
from cluster.bench.report import Floor, Report, Value
from cluster.bench.stand import free_ports, settings_text
from cluster.bench.up_process import UpProcess
from cluster.demo import world as data
from cluster.demo.figures import SwitchFigures, latency
from cluster.demo.script import Attempt, numbers_for
from cluster.demo.stage import Operator, node_address
from cluster.demo.switch import AccountingSwitch
from cluster.demo.switch_radius import RadiusSwitch
from cluster.demo.switch_sip import SipSwitch
from cluster.demo.vendors import Vendors
from cluster.demo.verify import switch_checks
from domain.clock import Clock
from domain.errors import BrokenWorldError
from domain.settings import Settings
from protos import operators_pb2 as pb

SECONDS, PER_S = 600.0, 40.0
LOOK_S, SEAL_EVERY_S = 10.0, 60
GROWTH_SHARE = 0.05
"""Memory of the last third may be that much above the memory of the middle third; the first one fills caches."""
WATCHED = ("node-0", "shard-0")
FLOORS = (
    Floor("not_admitted", at_most=0),
    Floor("legs_lost", at_most=0),
    Floor("drift_units_most", at_most=0),
    Floor("own_memory_growth_share_node", at_most=GROWTH_SHARE),
    Floor("own_memory_growth_share_shard", at_most=GROWTH_SHARE),
)
BEGINS_MS = data.ORIGIN_MS + 3_600_000
"""An hour ahead: a clock that is set back would be before the tables that nodes were given while it was furnished."""
_PATIENCE_S = 40
"""Callers hang up after that: a call of the load is open for 50 s at most."""
_TURN = ((data.ORBITA, data.KENYA), (data.CALLWELL, data.UK))
_QUIET_S, _PAUSE_S = 120.0, 1.0


@dataclass(slots=True)
class Looks:
    """What was seen every LOOK_S: own memory of each process in MiB, open calls, and how far the books drifted."""

    own_mb: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in WATCHED})
    open_calls: list[int] = field(default_factory=list)
    drift_units: list[int] = field(default_factory=list)

    def checked(self, check: pb.LedgerCheck) -> None:
        """Note what the books said. Raises BrokenWorldError where they do not add up."""
        if check.differences:
            raise BrokenWorldError(f"the books differ: {'; '.join(check.differences)}")
        self.drift_units += [abs(check.cdrs_minus_postings.units), abs(check.trial_balance.units)]
        self.open_calls.append(check.open_calls)


def run(say: Callable[[str], None], seconds: float = SECONDS, per_s: float = PER_S) -> Report:
    """Measure. Raises BrokenWorldError when the switchboard does not come up, or what is in the books differs."""
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as name:
        folder = Path(name)
        (folder / "switchboard.toml").write_text(
            settings_text(free_ports(6), seal_every_s=SEAL_EVERY_S, clock_settable=True, max_call_s=data.MAX_CALL_S)
        )
        up = UpProcess(folder)
        try:
            say("starting a switchboard")
            up.start()
            switches, looks = asyncio.run(_soak(folder, up.home.settings, say, seconds, per_s))
        finally:
            up.stop()
        wrong = [check for check in switch_checks(folder, switches.values(), BEGINS_MS) if not check.holds]
    if wrong:
        raise BrokenWorldError("; ".join(f"{one.what}: {one.must} told, {one.found} in the books" for one in wrong))
    workload: dict[str, Value] = {
        "door": "RADIUS and SIP 302 in turn, legs over RADIUS accounting",
        "calls_per_s": per_s,
        "seconds": seconds,
        "sealed_every_s": SEAL_EVERY_S,
        "checked": "books proven at each look; legs in the books equal those the switches had acknowledged",
    }
    return Report("soak", workload, _figures(switches, looks), FLOORS, load_before)


def attempts(per_s: float, seconds: float) -> tuple[Attempt, ...]:
    """Return the calls of the whole time, the clients in turn."""
    random, made = Random(f"{data.SEED}/soak"), []
    for number in range(round(per_s * seconds)):
        client, destination = _TURN[number % len(_TURN)]
        at_ms = BEGINS_MS + round(1000 * number / per_s)
        a, b = numbers_for(client, destination, random)
        made.append(Attempt(number, client, destination, at_ms, at_ms + 1000 * _PATIENCE_S, a, b))
    return tuple(made)


def growth_share(own_mb: Sequence[float]) -> float:
    """Return by what share the last third's median exceeds the middle third's. Raises ValueError below three looks."""
    third = len(own_mb) // 3
    if not third:
        raise ValueError("growth needs three looks")
    middle, last = median(own_mb[third : 2 * third]), median(own_mb[-third:])
    return (last - middle) / middle


async def _soak(
    folder: Path, settings: Settings, say: Callable[[str], None], seconds: float, per_s: float
) -> tuple[dict[str, SwitchFigures], Looks]:
    operator, looks = Operator(folder), Looks()
    try:
        await operator.furnish(data.world(1), say)
        await operator.open_books(data.world(1))
        pids = {actor.name: actor.pid for actor in (await operator.status()).actors}
        await operator.set_clock(BEGINS_MS, 1)
        clock, node, vendors = Clock(BEGINS_MS, machine_ms(), 1), node_address(settings), Vendors()
        switches: dict[str, AccountingSwitch] = {
            data.ORBITA: RadiusSwitch(data.switch_of(data.ORBITA), node, vendors),
            data.CALLWELL: SipSwitch(data.switch_of(data.CALLWELL), node, vendors),
        }
        watch = asyncio.create_task(_watch(operator, pids, looks, say, seconds))
        try:
            await _call(switches, attempts(per_s, seconds), clock)
            await watch
        finally:
            watch.cancel()
        await _quiet(operator, looks)
    finally:
        await operator.close()
    return {name: switch.figures for name, switch in switches.items()}, looks


async def _call(switches: dict[str, AccountingSwitch], made: Sequence[Attempt], clock: Clock) -> None:
    for switch in switches.values():
        await switch.start()
    try:
        await asyncio.gather(
            *(switch.run([one for one in made if one.client == name], clock) for name, switch in switches.items())
        )
    finally:
        for switch in switches.values():
            await switch.close()


async def _watch(
    operator: Operator, pids: dict[str, int], looks: Looks, say: Callable[[str], None], seconds: float
) -> None:
    ends_s = time.monotonic() + seconds
    while time.monotonic() < ends_s:
        await asyncio.sleep(min(LOOK_S, seconds / 10))
        for name in WATCHED:
            looks.own_mb[name].append(memory(pids[name]).own_mb)
        looks.checked(await operator.check())
        own = ", ".join(f"{name} {mb[-1]:.1f} MB" for name, mb in looks.own_mb.items())
        say(f"{looks.open_calls[-1]} calls open, drift {max(looks.drift_units)} units, {own}")


async def _quiet(operator: Operator, looks: Looks) -> None:
    """Seal, and check when nothing is open any more. Raises BrokenWorldError where something stays open."""
    until_s = time.monotonic() + _QUIET_S
    while (check := await operator.check()).open_calls or check.open_holds:
        if time.monotonic() > until_s:
            raise BrokenWorldError(f"{check.open_calls} calls and {check.open_holds} holds stay open")
        await asyncio.sleep(_PAUSE_S)
    await operator.seal()
    looks.checked(await operator.check())


def _figures(switches: dict[str, SwitchFigures], looks: Looks) -> dict[str, Value]:
    every = list(switches.values())
    asked = latency([sample for figures in every for sample in figures.asking.samples_ms])
    found: dict[str, Value] = {
        "calls": sum(figures.attempts for figures in every),
        "not_admitted": sum(figures.attempts - figures.admitted for figures in every),
        "refused": ", ".join(sorted({cause for figures in every for cause in figures.refused})),
        "legs": sum(tally.attempts for figures in every for tally in figures.legs.values()),
        "legs_lost": sum(figures.accounting.lost + figures.accounting.under_way for figures in every),
        "latency_ms_p99": round(asked.p99_ms, 2),
        "open_calls_most": max(looks.open_calls),
        "drift_units_most": max(looks.drift_units),
    }
    for name in WATCHED:
        kind = name.partition("-")[0]
        found[f"own_mb_{kind}"] = [round(mb) for mb in looks.own_mb[name]]
        found[f"own_memory_growth_share_{kind}"] = round(growth_share(looks.own_mb[name]), 4)
    return found

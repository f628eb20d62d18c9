"""`bench route`: decisions at 8 vendors × 400,000 codes from mapped plan files (peers B11: 5–6 s elsewhere).

Plans are built and written in one process and asked in another, as a task and a node do, so that the memory that is
told is that of the asking alone.
"""

import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from random import Random

from actors.quiet import quieten
from cluster.bench.decks import COUNTRIES, deck, pool, traffic
from cluster.bench.processes import Memory, memory
from cluster.bench.report import Floor, Report, percentile
from domain.attribution import DirectoryIndex
from domain.calls import CallSetup, Door
from domain.candidates import price_at
from domain.codes import CodeEntry, Destination, ReferenceBook
from domain.decisions import Decision
from domain.directory import Direction, Directory, Partner, Switch, Trunk
from domain.errors import BrokenWorldError
from domain.ids import DestinationId, PartnerId, PlanId, SwitchId, TrunkId
from domain.intervals import flatten
from domain.money import Currency
from domain.policies.policy import DEFAULT, Policies, Policy
from domain.policies.rules import WINDOW
from domain.quality_board import QualityBoard
from domain.quality_figures import UNKNOWN, DestinationFigures, Figures
from domain.rates import PlanRules, PlanTable
from domain.recipes import recipe_named
from domain.routing import RankCache, decide
from domain.world import World
from store.snapshots import MappedCodes, MappedPlan, write_codes, write_plan

FLOORS = (Floor("lookup_us_p99", at_most=1000), Floor("rss_mb", at_most=1024))
AT_MS = 1_795_000_000_000
USD = Currency("USD")
SWITCH, SOURCE = SwitchId("switch"), "127.0.0.1"
SELL = PlanId("sell")
CALLS = 100_000
_CHECKED = 500


@dataclass(frozen=True, slots=True)
class Size:
    """How much: vendors, codes in each buy plan, codes of the sell plan, decisions asked; by which formula, "" none."""

    vendors: int = 8
    codes: int = 400_000
    sell_codes: int = 20_000
    calls: int = CALLS
    order: str = ""


FORMULA = "real_cost, then asr * acd / pdd_p50"
"""What twenty vendors are ordered by, each asked with figures that change as often as a board comes to a busy node."""
BOARD_EACH = 2_000
"""Decisions between two boards: a second of a node that is asked as much as it can answer."""


@dataclass(frozen=True, slots=True)
class Built:
    """What building took: seconds for all plans to be durable files, and their bytes."""

    seconds: float
    file_bytes: int
    rows: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What asking took. Times in µs; `cold` are those of the first calls of an empty cache."""

    open_ms: float
    p50_us: float
    p99_us: float
    p999_us: float
    mean_us: float
    cold_p99_us: float
    routes_mean: float
    memory: Memory


def run(say: Callable[[str], None], size: Size | None = None) -> Report:
    """Measure. Raises BrokenWorldError when a decision is not what the rates say."""
    size, load = size or Size(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as name:
        folder = Path(name)
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            say(f"building {size.vendors} buy plans of {size.codes:,} codes")
            built = process.submit(build, folder, size).result()
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            say(f"asking for {size.calls:,} decisions")
            asked = process.submit(ask, folder, size).result()
        codes = max(size.codes // 8, 2 * len(COUNTRIES))
        many = Size(vendors=20, codes=codes, sell_codes=min(codes, size.sell_codes), calls=size.calls, order=FORMULA)
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            say(f"building {many.vendors} buy plans of {many.codes:,} codes")
            process.submit(build, folder, many).result()
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            say(f"asking for {many.calls:,} decisions by formula: {FORMULA}")
            by_formula = process.submit(ask, folder, many).result()
    return Report("route", _workload(size), _figures(built, asked) | _of_formula(by_formula), FLOORS, load)


def build(folder: Path, size: Size) -> Built:
    """Write the plan files and the reference book."""
    codes = pool(size.codes * 5 // 4)
    destinations = [Destination(DestinationId(at), f"Country {code}", "001") for at, code in enumerate(COUNTRIES, 1)]
    entries = [CodeEntry(code, DestinationId(at)) for at, code in enumerate(COUNTRIES, 1)]
    write_codes(folder / "codes", ReferenceBook(1, destinations, entries, AT_MS))
    began = time.perf_counter()
    wanted = {SELL: (size.sell_codes, 1_000)} | {buy_plan(at): (size.codes, 0) for at in range(size.vendors)}
    for seed, (plan, (count, markup_bp)) in enumerate(wanted.items()):
        columns = flatten(deck(codes, min(count, len(codes)), seed, markup_bp=markup_bp))
        write_plan(folder / plan, columns, PlanRules(plan, USD), 1)
    seconds = time.perf_counter() - began
    plans = [folder / plan for plan in wanted]
    return Built(seconds, sum(path.stat().st_size for path in plans), sum(count for count, _ in wanted.values()))


def ask(folder: Path, size: Size) -> Asked:
    """Map what was built, decide the calls one by one and time each; then check some of the decisions."""
    began = time.perf_counter()
    world = world_of(folder, size)
    open_ms = 1000 * (time.perf_counter() - began)
    numbers = traffic(pool(size.codes * 5 // 4), size.calls).numbers
    setups = [CallSetup(Door.SIP, SWITCH, b"%d" % at, SOURCE, "12025550100", b, AT_MS) for at, b in enumerate(numbers)]
    cache, times, routes = RankCache(), [], 0
    quieten()  # as a node does
    for at, setup in enumerate(setups):
        if size.order and at % BOARD_EACH == 0:
            world = replace(world, quality=board(size, at))
        start = time.perf_counter_ns()
        decision = decide(setup, world, cache)
        times.append((time.perf_counter_ns() - start) / 1000)
        routes += len(decision.routes)
    used = memory(os.getpid())
    for setup in setups[:: max(1, len(setups) // _CHECKED)]:
        check(decide(setup, world, cache), world)
    return Asked(
        open_ms=open_ms,
        p50_us=percentile(times, 50),
        p99_us=percentile(times, 99),
        p999_us=percentile(times, 99.9),
        mean_us=sum(times) / len(times),
        cold_p99_us=percentile(times[: len(times) // 50 or 1], 99),
        routes_mean=routes / len(setups),
        memory=used,
    )


def board(size: Size, seed: int) -> QualityBoard:
    """Return figures of all vendors to all destinations, none of them as before."""
    draw = Random(seed)
    known = {
        DestinationId(at): DestinationFigures(
            vendors={PartnerId(f"vendor-{one}"): {WINDOW: _figures_of(draw)} for one in range(size.vendors)}
        )
        for at in range(1, len(COUNTRIES) + 1)
    }
    return QualityBoard(version=seed, known=known)


def _figures_of(draw: Random) -> Figures:
    return replace(UNKNOWN, asr=draw.uniform(20, 60), acd=draw.uniform(60, 300), pdd_p50=draw.uniform(1, 8))


def check(decision: Decision, world: World) -> None:
    """Compare a decision with the plans, looked up one by one without cache. Raises BrokenWorldError."""
    offered = {route.vendor: route.code for route in decision.routes}
    costs = [route.real_cost_per_min for route in decision.routes]
    for vendor, code in offered.items():
        found = price_at(world.plans[PlanId(f"buy-{vendor}")], decision.b, decision.at_ms)
        if found is None or found[0].code != code or not decision.b.startswith(code):
            raise BrokenWorldError(f"{decision.b} was routed to {vendor} by code {code}, the plan says {found}")
    if costs != sorted(costs):
        raise BrokenWorldError(f"the routes of {decision.b} do not stand in the order of their cost: {costs}")


def buy_plan(at: int) -> PlanId:
    """Return the name of a vendor's plan."""
    return PlanId(f"buy-vendor-{at}")


def world_of(folder: Path, size: Size) -> World:
    """Map the files and make the world around them: one client, vendors with a trunk each."""
    partners = [Partner(PartnerId("client"), "Client", USD, sell_plan=SELL)]
    trunks = [Trunk(TrunkId("client-in"), PartnerId("client"), Direction.IN, switch=SWITCH)]
    plans: dict[PlanId, PlanTable] = {SELL: MappedPlan.open(folder / SELL)}
    for at in range(size.vendors):
        vendor, plan = PartnerId(f"vendor-{at}"), buy_plan(at)
        partners.append(Partner(vendor, f"Vendor {at}", USD, buy_plan=plan))
        trunks.append(Trunk(TrunkId(f"{vendor}-out"), vendor, Direction.OUT, host=f"127.0.1.{at + 1}"))
        plans[plan] = MappedPlan.open(folder / plan)
    directory = Directory(
        version=1,
        base_currency=USD,
        partners={partner.id: partner for partner in partners},
        switches={SWITCH: Switch(SWITCH, SOURCE, recipe_named("sip302"))},
        trunks={trunk.id: trunk for trunk in trunks},
        policies=Policies({DEFAULT: Policy(DEFAULT, order=size.order)} if size.order else {}),
    )
    return World(DirectoryIndex(directory), plans, MappedCodes.open(folder / "codes"), QualityBoard())


def _workload(size: Size) -> dict[str, int | str]:
    return {
        "vendors": size.vendors,
        "codes_per_vendor": size.codes,
        "sell_codes": size.sell_codes,
        "decisions": size.calls,
        "traffic": "Zipf (weight 1 / rank) over all codes, cache empty at the start",
        "formula": f"20 vendors: {FORMULA}; all figures new each {BOARD_EACH:,} calls",
    }


def _of_formula(asked: Asked) -> dict[str, float]:
    return {
        "formula_us_p50": round(asked.p50_us, 1),
        "formula_us_p99": round(asked.p99_us, 1),
        "formula_us_mean": round(asked.mean_us, 1),
        "formula_rss_mb": asked.memory.rss_mb,
    }


def _figures(built: Built, asked: Asked) -> dict[str, float]:
    return {
        "lookup_us_p50": round(asked.p50_us, 1),
        "lookup_us_p99": round(asked.p99_us, 1),
        "lookup_us_p999": round(asked.p999_us, 1),
        "lookup_us_mean": round(asked.mean_us, 1),
        "lookup_us_p99_cold": round(asked.cold_p99_us, 1),
        "routes_mean": round(asked.routes_mean, 2),
        "rss_mb": asked.memory.rss_mb,
        "rss_own_mb": asked.memory.own_mb,
        "open_ms": round(asked.open_ms, 1),
        "build_s": round(built.seconds, 1),
        "build_rows_per_s": round(built.rows / built.seconds),
        "file_bytes_per_row": round(built.file_bytes / built.rows, 1),
    }

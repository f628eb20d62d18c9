"""`bench rating`: calls rated one by one as a node does, and in frames as a rerating does, the two compared."""

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import polars as pl

from cluster.bench.decks import VALID_FROM_MS, deck, pool, traffic
from cluster.bench.report import Floor, Report, percentile
from domain.columnar import RATED, BatchPlan, rate_calls
from domain.errors import BrokenWorldError
from domain.ids import PlanId
from domain.intervals import PlanIntervals
from domain.money import Currency
from domain.rates import Charge, PlanRules
from domain.rating import rate

FLOORS = (Floor("cdrs_per_s", at_least=300_000),)
CDRS = 1_000_000
ANSWERED_OF_TEN = 5
"""Wholesale traffic is about half answered; unanswered calls are CDRs too."""
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Size:
    """How much: CDRs, codes of the plan, how often the file is rated, and how many calls are compared."""

    cdrs: int = CDRS
    codes: int = 50_000
    repeats: int = 3
    compared: int = 5_000


def run(say: Callable[[str], None], seconds: float = 2.0, size: Size | None = None) -> Report:
    """Measure; `seconds` is how long calls are rated one by one. Raises BrokenWorldError when the ratings differ."""
    size, load = size or Size(), os.getloadavg()[0]
    codes = pool(size.codes * 5 // 4)
    say(f"a plan of {size.codes:,} codes, {size.cdrs:,} CDRs")
    began = time.perf_counter()
    plan = BatchPlan.of(PlanRules(PlanId("bench"), Currency("USD")), deck(codes, size.codes, 7))
    built_s = time.perf_counter() - began
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as folder:
        path = Path(folder) / "cdrs.parquet"
        cdrs(codes, size.cdrs).write_parquet(path)
        say("rating in frames")
        runs = [_rated(path, plan) for _ in range(size.repeats)]
    rated = runs[-1][1]
    say("rating one by one")
    each_s = _one_by_one(rated.head(200_000), plan.scalar, seconds)
    compare(rated.sample(min(size.compared, rated.height), seed=3), plan.scalar)
    took = [each for each, _ in runs]
    figures = {
        "cdrs_per_s": round(size.cdrs / percentile(took, 50)),
        "cdrs_per_s_best": round(size.cdrs / min(took)),
        "calls_one_by_one_per_s": round(1 / each_s),
        "us_per_call_one_by_one": round(1e6 * each_s, 1),
        "plan_build_s": round(built_s, 2),
        "compared": min(size.compared, rated.height),
    }
    return Report("rating", _workload(size, rated), figures, FLOORS, load)


def cdrs(codes: list[str], count: int) -> pl.DataFrame:
    """Return calls of one month in the columns that rate_calls needs: times to the millisecond, minutes on average."""
    dice = Random(13)
    setups = [VALID_FROM_MS + dice.randrange(30 * _DAY_MS) for _ in range(count)]
    talks = [int(dice.expovariate(1 / 180_000)) if dice.randrange(10) < ANSWERED_OF_TEN else None for _ in range(count)]
    rings = [2_000 + dice.randrange(15_000) for _ in range(count)]
    return pl.DataFrame(
        {
            "b": traffic(codes, count).numbers,
            "connect_ms": [None if s is None else at + r for at, r, s in zip(setups, rings, talks, strict=True)],
            "setup_ms": setups,
            "duration_ms": [talk or 0 for talk in talks],
        },
        schema={"b": pl.String, "connect_ms": pl.Int64, "setup_ms": pl.Int64, "duration_ms": pl.Int64},
    )


def compare(rated: pl.DataFrame, plan: PlanIntervals) -> None:
    """Rate the calls of a rated frame again, one by one. Raises BrokenWorldError at the first that differs."""
    for b, connect_ms, setup_ms, duration_ms, *found in rated.select(
        "b", "connect_ms", "setup_ms", "duration_ms", *RATED
    ).iter_rows():
        charge = rate(plan, b, connect_ms, setup_ms, duration_ms)
        expected: list[object] = [*[None] * (len(RATED) - 1), str(charge)]
        if isinstance(charge, Charge):
            price = charge.terms.next_price if charge.terms else 0
            billed = charge.billed_s, charge.billed_volume
            expected = [charge.code, charge.rate_type, *billed, price, charge.units, None]
        if found != expected:
            raise BrokenWorldError(f"{b} at {setup_ms}: rated {found} in the frame, {expected} alone")


def _rated(path: Path, plan: BatchPlan) -> tuple[float, pl.DataFrame]:
    began = time.perf_counter()
    rated = rate_calls(pl.read_parquet(path), plan)
    return time.perf_counter() - began, rated


def _one_by_one(calls: pl.DataFrame, plan: PlanIntervals, seconds: float) -> float:
    """Rate calls in turn for so long, again from the first where they end; return the seconds that one took."""
    rows = calls.select("b", "connect_ms", "setup_ms", "duration_ms").rows()
    done, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < seconds:
        for b, connect_ms, setup_ms, duration_ms in rows[done % len(rows) :][:1000]:
            rate(plan, b, connect_ms, setup_ms, duration_ms)
            done += 1
    return took / done


def _workload(size: Size, rated: pl.DataFrame) -> dict[str, int | float | str]:
    return {
        "cdrs": size.cdrs,
        "codes": size.codes,
        "answered_share": round(rated["connect_ms"].count() / rated.height, 3),
        "rated_without_fault": rated["fault"].null_count(),
        "repeats": size.repeats,
        "polars_threads": pl.thread_pool_size(),
    }

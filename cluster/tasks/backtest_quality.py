"""What was known of calls of a period: durations by destination, and the quality of vendors and clients.

Counted part by part, and of the calls of all clients. Where formulas ask for what was known THEN, each part leaves its
counts by the moment in a file, for the parts that decide.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path
from time import process_time

import polars as pl

from actors.home import Home
from cluster.tasks.backtest_calls import voice_legs
from cluster.tasks.backtest_cells import BASE, CELL, COUNTS, DELAYS, leave_cells
from cluster.tasks.backtest_steps import steps_of
from cluster.tasks.batch_world import world_of
from cluster.tasks.leg_frames import ENDED_SCHEMA
from cluster.tasks.quality_bits import HEARD, bits_of
from domain.backtest_cuts import PART_LEGS
from domain.backtest_quality import CELL_S, QUARTER_S, Base, PeriodQuality, Sums
from domain.backtests import FOLDER, BacktestOrder, Knowing
from domain.calls import Side
from domain.durations import COARSE_S, FINE_S, LONGEST_S
from domain.ids import DestinationId, PartnerId
from domain.policies.asking import QualityAsked, asked_of
from domain.policies.policy import Policies
from domain.quality_calls import PDD_BINS
from domain.quality_windows import SPANS

DAY_MS = 86_400_000
LEANED_MS = DAY_MS + 3_600_000
"""What figures of few calls lean on is a day, from the hour on in which it begins."""
WEEK_MS = 7 * DAY_MS + 21_600_000
_SAID = {name: ENDED_SCHEMA[name] for name in HEARD if name != "trunk"}


def asked_by(known: Policies, order: BacktestOrder) -> QualityAsked:
    """Return what the policies of an order ask of quality."""
    tried = {f"tried {place}": one for place, one in enumerate((order.policy, order.against)) if one is not None}
    return asked_of(replace(known, named={**known.named, **tried}))


def reach_ms(asked: QualityAsked, order: BacktestOrder) -> int:
    """Return how long before a call others must be known: 0 where nobody asks for what was known then."""
    if not asked.windows or order.knowing is Knowing.NOW:
        return 0
    return WEEK_MS if SPANS["7d"] in asked.windows else LEANED_MS


def count_part(home: Home, order: BacktestOrder, from_ms: int, until_ms: int, most: int = PART_LEGS) -> PeriodQuality:
    """Count the calls, of all clients, that are dated in [from, until); before the order's period cells only.

    More than `most` legs are counted in steps, so that they take no more memory.
    """
    steps = steps_of(home, from_ms, until_ms, most)
    return reduce(add, (_counted(home, order, *step) for step in steps), PeriodQuality())


def _counted(home: Home, order: BacktestOrder, from_ms: int, until_ms: int) -> PeriodQuality:
    began = process_time()
    asked = asked_by(world_of(home, order.now_ms).world.index.directory.policies, order)
    legs = voice_legs(home, _SAID, from_ms, until_ms)
    within = from_ms >= order.from_ms
    histograms = _histograms(legs) if within else {}
    sums: Mapping[Base, Sums] = {}
    if asked.windows and legs.height:
        heard = legs if "client_" in asked.levels else legs.filter(pl.col("side") == Side.VENDOR.value)
        cells = counted(heard, delays=_asks_delay(home, order))
        if order.knowing is Knowing.THEN:
            leave_cells(folder_of(home, order), from_ms, cells)
        elif within:
            sums = _sums(cells)
    return PeriodQuality(histograms, sums, process_time() - began)


def folder_of(home: Home, order: BacktestOrder) -> Path:
    """Return where parts leave what others need."""
    return home.data / FOLDER / order.place


def _asks_delay(home: Home, order: BacktestOrder) -> bool:
    """Say whether a formula may ask for post-dial delay, which takes most of the room of counts."""
    known = world_of(home, order.now_ms).world.index.directory.policies
    policies = (*known.named.values(), *(one for one in (order.policy, order.against) if one is not None))
    return any("pdd" in text for one in policies for text in one.formulas)


def _histograms(legs: pl.DataFrame) -> dict[DestinationId, dict[int, int]]:
    """Return the answered durations of the clients' legs, in bins as durations.bin_of has them."""
    seconds = (pl.max_horizontal("duration_ms", 0) + 999) // 1000
    coarse = (seconds + COARSE_S - 1) // COARSE_S * COARSE_S
    length = pl.when(seconds <= FINE_S).then(seconds).otherwise(pl.min_horizontal(coarse, LONGEST_S))
    talked = legs.filter((pl.col("side") == Side.CLIENT.value) & pl.col("connect_ms").is_not_null())
    bins: dict[DestinationId, dict[int, int]] = {}
    for place, bin_s, calls in talked.group_by("destination", length.alias("bin")).agg(pl.len()).iter_rows():
        bins.setdefault(DestinationId(place), {})[bin_s] = calls
    return bins


def counted(legs: pl.DataFrame, *, delays: bool) -> pl.DataFrame:
    """Return the counts of legs by partner, destination and cell."""
    bits = bits_of(legs).filter("can_be_packed")
    answered, user = pl.col("answered") == 1, pl.col("user_failures") == 1
    up_s = pl.when(answered).then(pl.col("connect_ms") // 1000)
    by = bits.with_columns(
        (pl.col("setup_s") // CELL_S).alias("setup"),
        (-(-up_s // QUARTER_S)).alias("up"),
        (-(-pl.col("end_s") // QUARTER_S)).alias("end"),
    ).group_by(*BASE, *CELL)
    of_pdd = [(pl.col("pdd") == number).sum().alias(f"pdd{number}") for number in range(1, PDD_BINS + 1)]
    return by.agg(
        (~answered & ~user).sum().alias("other"),
        (~answered & user).sum().alias("user"),
        answered.sum().alias("answered"),
        pl.col("talk_s").sum(),
        pl.col("short").sum(),
        *(of_pdd if delays else []),
    )


def _sums(cells: pl.DataFrame) -> dict[Base, Sums]:
    names = [name for name in (*COUNTS, *DELAYS) if name in cells.columns]
    found = cells.group_by(BASE).agg(pl.col(names).sum())
    return {
        (Side(side), PartnerId(partner), DestinationId(place)): tuple(sums)
        for side, partner, place, *sums in found.select(*BASE, *names).iter_rows()
    }

"""What parts of a back-test decide by: what was known at each quarter of an hour, or what is known of the period."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from actors.home import Home
from cluster.tasks.backtest_quality import CELL, COUNTS, DELAYS, asked_by, folder_of, reach_ms
from cluster.tasks.batch_world import BatchWorld, world_of
from domain.backtest_choices import Chooser
from domain.backtest_quality import CELL_S, QUARTER_MS, Cells, Now, PeriodQuality, Then, board_at
from domain.backtests import BacktestOrder
from domain.calls import Side
from domain.durations import Histogram
from domain.ids import DestinationId
from domain.policies.policy import Policy
from domain.quality_board import QualityBoard
from domain.quality_counts import Key


@dataclass(slots=True)
class Kept:
    """What the parts of one order share that are decided in one process: else each would reckon every price anew."""

    order: BacktestOrder
    histograms: Mapping[DestinationId, Histogram]
    choosers: dict[Policy | None, tuple[BatchWorld, Chooser]] = field(default_factory=dict)


_last: list[Kept] = []


@dataclass(frozen=True, slots=True)
class Quality:
    """What is known of quality. `by_quarter`: it differs from one quarter of an hour to the next."""

    counts: Then | Now
    kept: "Kept"
    by_quarter: bool

    def chooser(self, batch: BatchWorld, policy: Policy | None) -> Chooser:
        """Return what decides; what it found out for other parts of the same order it still knows."""
        found = self.kept.choosers.get(policy)
        if found is None or found[0] is not batch:
            found = self.kept.choosers[policy] = (batch, Chooser(batch.world, policy))
        return found[1]

    def board(self, quarter: int) -> QualityBoard:
        """Return what is known at a quarter of an hour, the number of it since 1970."""
        return board_at(self.counts, self.kept.histograms, quarter * QUARTER_MS)


def quality_of(home: Home, order: BacktestOrder, known: PeriodQuality, from_ms: int, until_ms: int) -> Quality:
    """Return what calls that are dated in [from, until) are decided by."""
    world = world_of(home, order.now_ms).world
    if not _last or _last[0].order != order or not _same(_last[0].histograms, known.histograms):
        _last[:] = [Kept(order, {place: Histogram(bins) for place, bins in known.histograms.items()})]
    kept = _last[0]
    reach = reach_ms(asked_by(world.index.directory.policies, order), order)
    if not reach:
        return Quality(Now(world.codes.country_of, known.sums), kept, by_quarter=False)
    return Quality(then_of(home, order, reach, from_ms, until_ms), kept, by_quarter=True)


def _same(kept: Mapping[DestinationId, Histogram], known: Mapping[DestinationId, Mapping[int, int]]) -> bool:
    return kept.keys() == known.keys() and all(one.bins == known[place] for place, one in kept.items())


def then_of(home: Home, order: BacktestOrder, reach: int, from_ms: int, until_ms: int) -> Then:
    """Return what was known then at the moments of [from, until)."""
    book = world_of(home, order.now_ms).world.codes
    files = sorted(folder_of(home, order).glob("*.parquet"))
    if not files:
        return Then(book.country_of, {})
    setup = pl.col("setup").is_between((from_ms - reach) // 1000 // CELL_S, until_ms // 1000 // CELL_S)
    return known_by(pl.scan_parquet(files).filter(setup).collect(), book.country_of)


def known_by(cells: pl.DataFrame, country_of: Callable[[DestinationId], str]) -> Then:
    """Return what was known then by counts of cells (backtest_quality.counted)."""
    countries = {place: country_of(DestinationId(place)) for place in cells["destination"].unique()}
    country = pl.col("destination").replace_strict(countries, default="", return_dtype=pl.String)
    cells = cells.with_columns(country.alias("country"))
    vendors = cells.filter(pl.col("side") == Side.VENDOR.value)
    found: dict[Key, Cells] = {}
    for side, partner, where, some in _apart(cells, ("side", "partner", "destination")):
        found[Side(side), partner, where] = some
    for side, partner, _, some in _apart(cells.with_columns(pl.lit("").alias("")), ("side", "partner", "")):
        found[Side(side), partner, ""] = some
    for _, partner, where, some in _apart(vendors.filter(pl.col("country") != ""), ("side", "partner", "country")):
        found[Side.VENDOR, partner, where] = some
    for _, _, where, some in _apart(vendors.with_columns(pl.lit("").alias("")), ("side", "", "destination")):
        found[Side.VENDOR, "", where] = some
    return Then(country_of, found)


def _apart(cells: pl.DataFrame, keys: Sequence[str]) -> "list[tuple[Any, Any, Any, Cells]]":
    """Return the cells of each series."""
    names = [name for name in (*COUNTS, *DELAYS) if name in cells.columns]
    summed = cells.group_by(*keys, *CELL).agg(pl.col(names).sum()).sort("setup", "end")
    found = []
    for key, some in summed.partition_by(*keys, as_dict=True, include_key=False).items():
        setup, up, end = (some[name].to_list() for name in CELL)
        found.append((*key, Cells(setup, up, end, list(some.select(names).iter_rows()))))
    return found

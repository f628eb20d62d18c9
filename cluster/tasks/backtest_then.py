"""What parts of a back-test decide by: what was known at each quarter of an hour, or what is known of the period."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from actors.home import Home
from cluster.tasks.backtest_keys import KEYS
from cluster.tasks.backtest_quality import COUNTS, DELAYS, asked_by, folder_of, reach_ms
from cluster.tasks.batch_world import BatchWorld, world_of
from domain.backtest_choices import Chooser, PastCall
from domain.backtest_quality import CELL_S, QUARTER_MS, QUARTER_S, Cells, Now, Opened, PeriodQuality, Then, board_at
from domain.backtests import BacktestOrder, Choice
from domain.calls import Side
from domain.durations import Histogram
from domain.ids import DestinationId
from domain.policies.policy import Policy
from domain.quality_board import QualityBoard
from domain.quality_counts import Key

MOST_CHOICES = 100_000
"""Choices that are kept for other parts, a kilobyte each."""
_ASKED = ("client", "trunk", "number", "a", "destination", "at_ms", "dialled")


@dataclass(slots=True)
class Decider:
    """Decides by one policy in one world. `choices`: what it decided, by KEYS."""

    batch: BatchWorld
    chooser: Chooser
    choices: dict[tuple[object, ...], Choice] = field(default_factory=dict)

    def chosen(self, samples: pl.DataFrame, board: QualityBoard, *, keep: bool) -> tuple[list[Choice], int]:
        """Return what is decided about each group, and how many were not known before; `keep`: others may ask, too."""
        self.chooser.world = replace(self.batch.world, quality=board)
        keys = samples.select(KEYS).iter_rows()
        found: list[Choice] = []
        decided = 0
        for key, asked in zip(keys, samples.select(_ASKED).iter_rows(), strict=True):
            choice = self.choices.get(key)
            if choice is None:
                choice, decided = self.chooser.choice(PastCall(*asked)), decided + 1
                if keep and len(self.choices) < MOST_CHOICES:
                    self.choices[key] = choice
            found.append(choice)
        return found, decided


@dataclass(slots=True)
class Kept:
    """What the parts of one order share that are decided in one process: else each would decide everything anew.

    Invariant: all of it follows from the order, what is `known` of its period, and the worlds of the deciders.
    """

    order: BacktestOrder
    known: PeriodQuality
    histograms: Mapping[DestinationId, Histogram]
    deciders: dict[str, Decider] = field(default_factory=dict)

    def of(self, order: BacktestOrder, known: PeriodQuality) -> bool:
        """Say whether it is of an order and what is known for it."""
        return self.order == order and replace(self.known, cpu_s=0.0) == replace(known, cpu_s=0.0)


_last: list[Kept] = []


@dataclass(frozen=True, slots=True)
class Quality:
    """What is known of quality. `by_quarter`: it differs from one quarter of an hour to the next."""

    counts: Then | Now
    kept: "Kept"
    by_quarter: bool

    def chosen(
        self, side: str, batch: BatchWorld, policy: Policy | None, samples: pl.DataFrame
    ) -> tuple[list[Choice], int]:
        """Return what is decided about each group of calls, which are in order of their quarters, and how many were
        decided for that; `side`: which of two that are compared decides."""
        decider = self.kept.deciders.get(side)
        if decider is None or decider.batch is not batch:
            decider = self.kept.deciders[side] = Decider(batch, Chooser(batch.world, policy))
        found: list[Choice] = []
        decided = 0
        for (quarter,), some in samples.group_by("quarter", maintain_order=True):
            assert isinstance(quarter, int)
            board = board_at(self.counts, self.kept.histograms, quarter * QUARTER_MS)
            choices, number = decider.chosen(some, board, keep=not self.by_quarter)
            found += choices
            decided += number
        return found, decided


def quality_of(home: Home, order: BacktestOrder, known: PeriodQuality, from_ms: int, until_ms: int) -> Quality:
    """Return what calls that are dated in [from, until) are decided by."""
    world = world_of(home, order.now_ms).world
    if not _last or not _last[0].of(order, known):
        _last[:] = [Kept(order, known, {place: Histogram(bins) for place, bins in known.histograms.items()})]
    kept = _last[0]
    reach = reach_ms(asked_by(world.index.directory.policies, order), order)
    if not reach:
        return Quality(Now(world.codes.country_of, known.sums), kept, by_quarter=False)
    return Quality(then_of(home, order, reach, from_ms, until_ms), kept, by_quarter=True)


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
    cells = cells.with_columns(country.alias("country"), pl.lit("").alias("all"))
    vendors = cells.filter(pl.col("side") == Side.VENDOR.value)
    found: dict[Key, Cells] = {}
    for of, partner, where in (
        (cells, "partner", "destination"),
        (cells, "partner", "all"),
        (vendors.filter(pl.col("country") != ""), "partner", "country"),
        (vendors, "all", "destination"),
    ):
        for side, whose, place, some in _apart(of, ("side", partner, where)):
            found[Side(side), whose, place] = some
    return Then(country_of, found)


def _apart(cells: pl.DataFrame, keys: Sequence[str]) -> "Iterator[tuple[Any, Any, Any, Cells]]":
    """Yield the cells of each series."""
    names = [name for name in (*COUNTS, *DELAYS) if name in cells.columns]
    opened = _opened(cells, keys, names)
    counts = cells.group_by(*keys, "setup").agg(pl.col(names).sum().cast(pl.Int64)).sort(*keys, "setup")
    setup, behind = counts["setup"].to_list(), counts.select(pl.col(names).cum_sum().over(keys)).rows()
    begins, nothing = 0, (0,) * len(names)
    for *key, height in counts.group_by(*keys, maintain_order=True).len().iter_rows():
        ends = begins + height
        some = Cells(setup[begins:ends], [nothing, *behind[begins:ends]], opened.get(tuple(key), {}))
        yield key[0], key[1], key[2], some
        begins = ends


def _opened(
    cells: pl.DataFrame, keys: Sequence[str], names: Sequence[str]
) -> dict[tuple[object, ...], dict[int, list[Opened]]]:
    """Return, by series and quarter of an hour, the calls that are open at its beginning."""
    quarters = pl.int_ranges(pl.col("setup") * CELL_S // QUARTER_S + 1, "end").alias("quarter")
    each = cells.with_columns(quarters).filter(pl.col("quarter").list.len() > 0).explode("quarter")
    up = pl.col("answered").filter(pl.col("up") <= pl.col("quarter")).sum().cast(pl.Int64).alias("by_then")
    summed = each.group_by(*keys, "quarter", "setup").agg(up, pl.col(names).sum().cast(pl.Int64))
    found: dict[tuple[object, ...], dict[int, list[Opened]]] = {}
    for side, partner, where, quarter, setup, by_then, *sums in summed.iter_rows():
        series = found.setdefault((side, partner, where), {})
        series.setdefault(quarter, []).append(Opened(setup, tuple(sums), by_then))
    return found

"""What parts of a back-test decide by: what was known at each quarter of an hour, or what is known of the period."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from actors.home import Home
from cluster.tasks.backtest_cells import by_series, cells_left
from cluster.tasks.backtest_keys import ASKED, KINDS
from cluster.tasks.backtest_moments import moments_of
from cluster.tasks.backtest_quality import asked_by, folder_of, reach_ms
from cluster.tasks.batch_world import BatchWorld, world_of
from domain.backtest_choices import Chooser, Offered, PastCall
from domain.backtest_quality import QUARTER_MS, Now, PeriodQuality, Then, board_at
from domain.backtests import BacktestOrder, Choice
from domain.durations import Histogram
from domain.ids import DestinationId
from domain.policies.asking import QualityAsked
from domain.policies.policy import Policy
from domain.quality_board import QualityBoard
from domain.quality_counts import PARENT_WINDOW
from domain.quality_windows import Window

MOST_CHOICES, MOST_OFFERED = 100_000, 20_000
"""Kinds of calls of which is kept what was decided, a kilobyte each, and by whom they may go, some kilobytes each."""
_Kind = tuple[object, ...]


@dataclass(slots=True)
class Decider:
    """Decides by one policy in one world. By KINDS: by whom calls may go (`offered`), and `choices`, what was decided
    where quality is the same at all times."""

    batch: BatchWorld
    chooser: Chooser
    offered: dict[_Kind, Offered | Choice] = field(default_factory=dict)
    choices: dict[_Kind, Choice] = field(default_factory=dict)

    def always(self, kinds: pl.DataFrame, board: QualityBoard) -> tuple[list[Choice], int]:
        """Return what is decided about each kind at any time, and how many were not known before."""
        self.chooser.world = replace(self.batch.world, quality=board)
        found: list[Choice] = []
        decided = 0
        for kind, asked in zip(kinds.select(KINDS).iter_rows(), kinds.select(ASKED).iter_rows(), strict=True):
            choice = self.choices.get(kind)
            if choice is None:
                choice, decided = self.chooser.choice(PastCall(*asked)), decided + 1
                if len(self.choices) < MOST_CHOICES:
                    self.choices[kind] = choice
            found.append(choice)
        return found, decided

    def at_times(self, kinds: pl.DataFrame, groups: pl.DataFrame, board: Callable[[int], QualityBoard]) -> list[Choice]:
        """Return what is decided about each group by the board of its quarter of an hour."""
        keys, asked = kinds.select(KINDS), kinds.select(ASKED)
        here: dict[int, Offered | Choice] = {}
        found: list[Choice] = []
        for (quarter,), some in groups.group_by("quarter", maintain_order=True):
            assert isinstance(quarter, int)
            self.chooser.world = replace(self.batch.world, quality=board(quarter))
            for kind in some["kind"].to_list():
                offered = here.get(kind)
                if offered is None:
                    offered = self._offered(keys.row(kind), PastCall(*asked.row(kind)))
                    if len(here) < MOST_OFFERED:
                        here[kind] = offered
                found.append(self.chooser.chosen(offered))
        return found

    def _offered(self, kind: _Kind, call: PastCall) -> Offered | Choice:
        found = self.offered.get(kind)
        if found is None:
            found = self.chooser.offered(call)
            if len(self.offered) < MOST_OFFERED:
                self.offered[kind] = found
        return found


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
        self, side: str, batch: BatchWorld, policy: Policy | None, kinds: pl.DataFrame, groups: pl.DataFrame
    ) -> tuple[list[Choice], int]:
        """Return what is decided about each group of calls (`kind`, a place in `kinds`, and `quarter`, in its order),
        and how many were decided for that; `side`: which of two that are compared decides."""
        decider = self.kept.deciders.get(side)
        if decider is None or decider.batch is not batch:
            decider = self.kept.deciders[side] = Decider(batch, Chooser(batch.world, policy))
        if not self.by_quarter:
            choices, decided = decider.always(kinds, self._board(0))
            return [choices[kind] for kind in groups["kind"]], decided
        return decider.at_times(kinds, groups, self._board), groups.height

    def _board(self, quarter: int) -> QualityBoard:
        return board_at(self.counts, self.kept.histograms, quarter * QUARTER_MS)


def asks_then(home: Home, order: BacktestOrder) -> bool:
    """Say whether a formula asks for what was known when a call came."""
    return reach_ms(_asked(home, order), order) > 0


def quality_of(home: Home, order: BacktestOrder, known: PeriodQuality, groups: pl.DataFrame) -> Quality:
    """Return what groups of calls are decided by, each in its `quarter` of an hour."""
    if not _last or not _last[0].of(order, known):
        _last[:] = [Kept(order, known, {place: Histogram(bins) for place, bins in known.histograms.items()})]
    kept, country_of = _last[0], world_of(home, order.now_ms).world.codes.country_of
    asked = _asked(home, order)
    reach = reach_ms(asked, order)
    if not reach:
        return Quality(Now(country_of, known.sums), kept, by_quarter=False)
    first, last = (
        int(quarter) for quarter in groups.select(pl.col("quarter").min(), pl.col("quarter").max().alias("last")).row(0)
    )
    singly = any(window.calls for window in asked.windows)
    from_ms = first * QUARTER_MS
    cells = cells_left(folder_of(home, order), from_ms - reach, from_ms, last * QUARTER_MS, singly=singly)
    then = Then(country_of) if cells is None else known_by(cells, country_of, asked.windows, first, last)
    return Quality(then, kept, by_quarter=True)


def _asked(home: Home, order: BacktestOrder) -> QualityAsked:
    return asked_by(world_of(home, order.now_ms).world.index.directory.policies, order)


def known_by(
    cells: pl.DataFrame,
    country_of: Callable[[DestinationId], str],
    windows: Iterable[Window],
    first: int,
    last: int,
) -> Then:
    """Return what was known then at the beginnings of some quarters of an hour, by counts of cells
    (backtest_quality.counted), over some windows."""
    timed = {PARENT_WINDOW, *(window for window in windows if not window.calls)}
    singly = by_series(cells, country_of) if any(window.calls for window in windows) else {}
    return Then(country_of, moments_of(cells, timed, first, last, country_of).at, singly)

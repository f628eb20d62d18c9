"""What was counted by each quarter of an hour of a stretch, over whole windows: made of the counts of cells at once.

A cell counts in a window from the quarter on at which its calls are over, until the one at which the window begins
behind it: two changes, whose running sum is the count at any quarter.
"""

from collections.abc import Callable, Iterable, Sequence

import polars as pl

from cluster.tasks.backtest_cells import BASE, COUNTS, DELAYS
from domain.backtest_quality import CELL_S, QUARTER_S, Counted
from domain.calls import Side
from domain.ids import DestinationId, PartnerId
from domain.quality_counts import Key, keys_of
from domain.quality_series import width_s
from domain.quality_windows import Window

STILL = "still"
"""Beside the sums: how many calls are answered and not over."""


class Moments:
    """Counts at the quarters from `first` to `last`, by window. `series`: whose, in the order of the rows of a quarter;
    rows are by series and then by quarter."""

    def __init__(
        self, series: Sequence[Key], first: int, last: int, begun: pl.Series, counts: dict[Window, pl.DataFrame]
    ) -> None:
        self._places = {key: place for place, key in enumerate(series)}
        self._first, self._quarters = first, last - first + 1
        self._begun, self._counts = begun, counts

    def at(self, quarter: int) -> Counted:
        """Return what was counted by the beginning of a quarter of an hour."""
        place, every = quarter - self._first, self._quarters
        assert 0 <= place < every, "it is of the stretch"
        now = {window: counts.gather_every(every, place) for window, counts in self._counts.items()}
        return Counted(
            self._places,
            (self._begun.gather_every(every, place) > 0).to_list(),
            {window: counts.drop(STILL).rows() for window, counts in now.items()},
            {window: counts[STILL].to_list() for window, counts in now.items()},
        )


def moments_of(
    cells: pl.DataFrame,
    windows: Iterable[Window],
    first: int,
    last: int,
    country_of: Callable[[DestinationId], str],
) -> Moments:
    """Return what was counted in windows of time by the quarters from `first` to `last`; cells: as
    backtest_quality.counted has them."""
    base = cells.select(BASE).unique().sort(BASE).with_row_index("series")
    cells = cells.join(base, on=BASE, how="left").with_columns(pl.col("series").cast(pl.Int64)).drop(BASE)
    names = [name for name in (*COUNTS, *DELAYS) if name in cells.columns]
    series, wider = _series(base, country_of)
    asked = sorted(windows)

    def summed(changes: list[pl.LazyFrame]) -> pl.DataFrame:
        return _summed(changes, wider, len(series), first, last)

    counts = {window: summed(_counted(cells, window, names, first)) for window in asked}
    return Moments(series, first, last, summed(_begun(cells, asked[-1], first))["begun"], counts)


def _series(base: pl.DataFrame, country_of: Callable[[DestinationId], str]) -> tuple[list[Key], pl.DataFrame]:
    """Return all series in which the calls of these (BASE) count, these first, and which of the others (`wider`) each
    counts in."""
    found: list[Key] = [(Side(side), partner, place) for side, partner, place in base.select(BASE).iter_rows()]
    others: dict[Key, int] = {}
    pairs: list[tuple[int, int]] = []
    for number, (side, partner, place) in enumerate(found):
        where = DestinationId(int(place))
        keys = keys_of(side, PartnerId(partner), where, country_of(where))[1:]
        pairs += [(number, others.setdefault(key, len(found) + len(others))) for key in keys]
    return [*found, *others], pl.DataFrame(pairs, schema={"series": pl.Int64, "wider": pl.Int64}, orient="row")


def _summed(changes: list[pl.LazyFrame], wider: pl.DataFrame, series: int, first: int, last: int) -> pl.DataFrame:
    """Return the running sums of changes: one row for each of all series and each quarter."""
    own = (
        pl.concat(changes).filter(pl.col("quarter") <= last).group_by("series", "quarter").agg(pl.all().sum()).collect()
    )
    of_wider = own.join(wider, on="series").drop("series").rename({"wider": "series"})
    quarters = last - first + 1
    at = (pl.col("series") * quarters + pl.col("quarter") - first).alias("at")
    every = pl.concat([own, of_wider.select(own.columns)]).group_by(at).agg(pl.exclude("series", "quarter").sum())
    rows = pl.DataFrame({"at": pl.int_range(series * quarters, eager=True)})
    filled = rows.join(every, on="at", how="left", maintain_order="left").fill_null(0)
    return filled.select(pl.exclude("at").cum_sum().over(pl.col("at") // quarters))


def _counted(cells: pl.DataFrame, window: Window, names: list[str], first: int) -> list[pl.LazyFrame]:
    """Return the changes of what is counted in a window: series, quarter, and what is added to sums."""
    lazy = _within(cells, window, first)
    over = lazy.with_columns(pl.max_horizontal("begins", "end").alias("since")).filter(
        pl.col("since") < pl.col("leaves")
    )
    up = (
        lazy.filter(pl.col("answered") > 0)
        .with_columns(
            pl.max_horizontal("begins", "up").alias("since"), pl.min_horizontal("end", "leaves").alias("until")
        )
        .filter(pl.col("since") < pl.col("until"))
    )
    nothing = [pl.lit(0, pl.Int64).alias(name) for name in names]
    sums, none = [pl.col(name).cast(pl.Int64) for name in names], pl.lit(0, pl.Int64).alias(STILL)
    still = pl.col("answered").cast(pl.Int64)
    return [
        over.select("series", pl.col("since").alias("quarter"), *sums, none),
        over.select("series", pl.col("leaves").alias("quarter"), *(-each for each in sums), none),
        up.select("series", pl.col("since").alias("quarter"), *nothing, still.alias(STILL)),
        up.select("series", pl.col("until").alias("quarter"), *nothing, (-still).alias(STILL)),
    ]


def _begun(cells: pl.DataFrame, window: Window, first: int) -> list[pl.LazyFrame]:
    """Return the changes of how many calls of a window had been set up."""
    lazy = _within(cells, window, first).filter(pl.col("begins") < pl.col("leaves"))
    calls = pl.sum_horizontal("other", "user", "answered").cast(pl.Int64)
    return [
        lazy.select("series", pl.col("begins").alias("quarter"), calls.alias("begun")),
        lazy.select("series", pl.col("leaves").alias("quarter"), (-calls).alias("begun")),
    ]


def _within(cells: pl.DataFrame, window: Window, first: int) -> pl.LazyFrame:
    """Add the quarter by which the calls of a cell had been set up, `first` at least, and the one at which the window
    begins behind them (quality_series.begins_s)."""
    width, span_s = max(width_s(window), CELL_S), window.span_ms // 1000
    ends_s = (pl.col("setup") * CELL_S // width + 1) * width + span_s
    begins = pl.max_horizontal(pl.col("setup") * CELL_S // QUARTER_S + 1, pl.lit(first, pl.Int64))
    lazy = cells.lazy().with_columns(begins.alias("begins"), (-(-ends_s // QUARTER_S)).alias("leaves"))
    return lazy.filter(pl.col("leaves") > first)

"""Counts of cells as parts leave them for others, and those of a single series in order of time.

Each part leaves its cells, and the same by the hour for those that are decided so much later that its calls are over:
a day is a tenth of the rows then.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from domain.backtest_quality import CELL_S, QUARTER_S, Cells, Opened
from domain.calls import Side
from domain.ids import DestinationId
from domain.quality_calls import PDD_BINS
from domain.quality_counts import Key

BASE = ("side", "partner", "destination")
CELL = ("setup", "up", "end")
COUNTS = ("other", "user", "answered", "talk_s", "short")
DELAYS = tuple(f"pdd{number}" for number in range(1, PDD_BINS + 1))
HOUR_S = 3_600
_CELLS, _QUARTERS = HOUR_S // CELL_S, HOUR_S // QUARTER_S
LATER = 3
"""Hours from the beginning of one until its calls are told by the hour: those that are over by then."""
_EACH, _HOURS = "cells", "hours"


def leave_cells(folder: Path, from_ms: int, cells: pl.DataFrame) -> None:
    """Leave the cells of a part that begins at a moment."""
    for name, frame in ((_EACH, cells), (_HOURS, _by_hour(cells))):
        path = folder / name / f"{from_ms}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        frame.write_parquet(partial)
        partial.replace(path)


def cells_left(folder: Path, since_ms: int, from_ms: int, until_ms: int, *, singly: bool) -> pl.DataFrame | None:
    """Return the cells of calls that were set up in [since, until); None where nobody left any.

    Those of hours that are long over at `from_ms` are told by the hour, unless all are asked for `singly`.
    """
    since, until = since_ms // 1000 // CELL_S, until_ms // 1000 // CELL_S
    apart = since if singly else max(since, (from_ms // 1000 // HOUR_S - LATER) * _CELLS)
    setup, found = pl.col("setup"), []
    for name, chosen in (
        (_HOURS, setup.is_between(since, apart, closed="left")),
        (_EACH, setup.is_between(apart, until)),
    ):
        files = sorted((folder / name).glob("*.parquet"))
        if files:
            found.append(pl.scan_parquet(files).filter(chosen).collect())
    return pl.concat(found) if found else None


def _by_hour(cells: pl.DataFrame) -> pl.DataFrame:
    """Add up the cells of an hour whose calls are over LATER hours after its beginning; others stay as they are."""
    hour = pl.col("setup") // _CELLS
    over = pl.col("end") <= (hour + LATER) * _QUARTERS
    names = [name for name in cells.columns if name not in (*BASE, *CELL)]
    told = cells.filter(over).group_by(*BASE, (hour * _CELLS).alias("setup")).agg(pl.col(names).sum())
    told = told.with_columns(pl.lit(0).alias("up"), pl.lit(0).alias("end"))
    return pl.concat([told.select(cells.columns).cast(cells.schema), cells.filter(~over)])


def by_series(cells: pl.DataFrame, country_of: Callable[[DestinationId], str]) -> dict[Key, Cells]:
    """Return the cells of each series in which calls count (quality_counts.keys_of)."""
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
    return found


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
    summed = each.group_by(*keys, "quarter", "setup").agg(pl.col(names).sum().cast(pl.Int64))
    found: dict[tuple[object, ...], dict[int, list[Opened]]] = {}
    for side, partner, where, quarter, setup, *sums in summed.iter_rows():
        series = found.setdefault((side, partner, where), {})
        series.setdefault(quarter, []).append(Opened(setup, tuple(sums)))
    return found

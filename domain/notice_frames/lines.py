"""A plan as a sheet that says all of it from a moment on: its rates, and what ends."""

import polars as pl

from domain.points import OPEN_MS
from domain.sheet_frames.columns import KEY, RATES, TERMS
from domain.sheet_frames.keys import keyed

SPAN = {"key": pl.Int64} | KEY | {"from_ms": pl.Int64, "until_ms": pl.Int64}
LINE = SPAN | TERMS | {"blocked": pl.Boolean, "closed": pl.Boolean}
"""One line: `until_ms` is OPEN_MS where it is open; one that is `closed` says that there is no rate, its terms are
null."""


def ahead(rates: pl.DataFrame, at_ms: int) -> pl.DataFrame:
    """Return the RATES that hold at a moment or later."""
    return rates.filter(pl.col("until_ms").is_null() | (pl.col("until_ms") > at_ms))


def lines_of(plan: pl.DataFrame, told: pl.DataFrame, at_ms: int, day_ms: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the LINEs of a plan from a moment on, and RATES of what is told, both with the same `key`s.

    A rate that ends is followed by a line that closes it, unless another begins there. What was told to hold, and does
    not, is closed from when it ended; where the plan does not know that, from `day_ms` (when the sheet's day begins).
    """
    plan, told = keyed(plan.select(*RATES), told.select(*RATES))
    plan = plan.with_columns(pl.col("until_ms").fill_null(OPEN_MS)).sort("key", "from_ms", maintain_order=True)
    pieces = plan.filter(pl.col("until_ms") > at_ms).with_columns(closed=pl.lit(value=False))
    following = pl.col("from_ms").shift(-1).over("key")
    ends = pieces.filter(pl.col("until_ms") < OPEN_MS, following.is_null() | (following > pl.col("until_ms")))
    ends = ends.select("key", *KEY, from_ms="until_ms")
    holes = _holes(plan.filter(pl.col("until_ms") <= at_ms), pieces, ahead(told, at_ms), day_ms)
    lines = [pieces.select(*LINE), _closed(ends), _closed(holes)]
    return pl.concat(lines).sort("key", "from_ms", maintain_order=True), told


def _holes(over: pl.DataFrame, pieces: pl.DataFrame, told: pl.DataFrame, day_ms: int) -> pl.DataFrame:
    """Where something was told to hold before the plan's first rate of the key, or where it has none."""
    first_told = told.group_by("key", maintain_order=True).agg(*(pl.col(name).first() for name in KEY), told_ms=_FIRST)
    first = pieces.group_by("key").agg(first_ms=_FIRST)
    last = over.group_by("key").agg(over_ms=pl.col("until_ms").max())
    found = first_told.join(first, on="key", how="left").join(last, on="key", how="left")
    begins = pl.max_horizontal("told_ms", pl.col("over_ms").fill_null(day_ms))
    found = found.with_columns(from_ms=begins)
    return found.filter(pl.col("first_ms").is_null() | (pl.col("from_ms") < pl.col("first_ms"))).select(
        "key", *KEY, "from_ms"
    )


_FIRST = pl.col("from_ms").min()


def _closed(spans: pl.DataFrame) -> pl.DataFrame:
    """Lines that close from a moment on; a rate that begins later cuts them."""
    nothing = {name: pl.lit(None, kind) for name, kind in TERMS.items()}
    return spans.with_columns(
        until_ms=pl.lit(OPEN_MS, pl.Int64), blocked=pl.lit(value=False), closed=pl.lit(value=True), **nothing
    ).select(*LINE)

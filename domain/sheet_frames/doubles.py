"""Lines that say the same thing twice, and lines that contradict each other."""

import polars as pl

from domain.sheet_frames.columns import KEY, TERMS
from domain.sheets.findings import Check

_SAYS = [*TERMS, "until_ms", "closed", "blocked"]
_SAME = [*KEY, "from_ms"]


def without_doubles(lines: pl.DataFrame) -> tuple[pl.DataFrame, int, pl.DataFrame]:
    """Merge lines of one key and moment that say the same; of those that differ all rows are refused.

    Returns the lines of rows that are not refused, how many lines were merged, and what contradicts: "tab", "row",
    "check", "reason", one per row. The name that comes first in the alphabet is kept, then the first row: the order of
    rows does not matter. Takes LINES in order.
    """
    clashing = pl.DataFrame(schema={"tab": pl.String, "row": pl.UInt32, "check": pl.String, "reason": pl.String})
    twice = lines["code"].is_duplicated()
    if not twice.any():
        return lines, 0, clashing
    numbered = lines.with_row_index("line")
    same = numbered.filter(twice).filter(pl.struct(_SAME).is_duplicated())
    if same.is_empty():
        return lines, 0, clashing
    differs = pl.struct(_SAYS).n_unique().over(_SAME) > 1
    clashing = _told(same.filter(differs))
    refused = clashing.select("tab", "row").unique()
    if not refused.is_empty():
        numbered = numbered.join(refused, on=["tab", "row"], how="anti", maintain_order="left")
        same = same.join(refused, on=["tab", "row"], how="anti", maintain_order="left")
    ordered = same.sort(pl.col("name") == "", "name", "status", "line")
    kept = ordered.unique(_SAME, keep="first", maintain_order=True)
    merged = same.join(kept.select("line"), on="line", how="anti")
    left = numbered.join(merged.select("line"), on="line", how="anti", maintain_order="left").drop("line")
    return left, merged.height, clashing


def _told(clashing: pl.DataFrame) -> pl.DataFrame:
    """Say of each row with which other one it clashes, by the first code that does."""
    place = pl.struct("tab", "row")
    places = clashing.group_by(_SAME).agg(place.unique(maintain_order=True).alias("places"))
    first, second = (pl.col("places").list.get(at, null_on_oob=True) for at in (0, 1))
    rows = clashing.unique(["tab", "row"], keep="first", maintain_order=True)
    rows = rows.join(places, on=_SAME, how="left", maintain_order="left")
    rows = rows.with_columns(pl.when(place == first).then(second).otherwise(first).alias("other"))
    other_tab, other_row = pl.col("other").struct.field("tab"), pl.col("other").struct.field("row")
    where = (
        pl.when(pl.col("other").is_null() | other_row.is_null())
        .then(pl.lit("the same row"))
        .when(other_tab == pl.col("tab"))
        .then(pl.format("row {}", other_row))
        .otherwise(pl.format("row {} of '{}'", other_row, other_tab))
    )
    day = pl.from_epoch("from_ms", time_unit="ms").dt.strftime("%Y-%m-%d %H:%M")
    reason = pl.format("code {} has another rate from {} UTC in {}", "code", day, where)
    return rows.select("tab", "row", pl.lit(Check.TWO_PRICES.value).alias("check"), reason.alias("reason")).sort(
        "tab", "row"
    )

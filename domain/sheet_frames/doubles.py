"""Lines that say the same thing twice, and lines that contradict each other."""

from datetime import UTC, datetime

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
    reasons: list[tuple[str, int, str, str]] = []
    told: set[tuple[str, int]] = set()
    for key, group in clashing.group_by(_SAME, maintain_order=True):
        places = list(dict.fromkeys(group.select("tab", "row").iter_rows()))
        day = datetime.fromtimestamp(int(key[3]) / 1000, UTC)
        for place in places:
            if place in told:
                continue
            told.add(place)
            tab, row = next((other for other in places if other != place), place)
            where = f"row {row}" if tab == place[0] else f"row {row} of {tab!r}"
            where = "the same row" if (tab, row) == place else where
            words = f"code {key[0]} has another rate from {day:%Y-%m-%d %H:%M} UTC in {where}"
            reasons.append((*place, Check.TWO_PRICES.value, words))
    schema = {"tab": pl.String, "row": pl.UInt32, "check": pl.String, "reason": pl.String}
    return pl.DataFrame(reasons, schema=schema, orient="row").sort("tab", "row")

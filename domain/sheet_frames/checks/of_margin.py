"""R36 of what we buy: what would be sold below what it then costs (of what we sell: of_sold)."""

from collections.abc import Iterator

import polars as pl

from domain.money import half_away
from domain.sheet_frames.checks.found import Row, listed
from domain.sheet_frames.checks.look import Look
from domain.sheet_frames.checks.traffic import STEM
from domain.sheet_frames.checks.wording import minutes_text, price_text
from domain.sheets.findings import Check, Finding

_NUMBERS = [*STEM, "raw"]
_AT = ["new_code", "tab", "row", "name", "sell_code"]


def of_margin(look: Look) -> Iterator[Finding]:
    """Yield what R36 finds: per sell plan, its code and the code of the changed plan, over the calls of a week.

    Costs and prices are averages a minute of talk: increments and fees are in them. Only what the sheet makes dearer.
    """
    if look.contract.side == "sell" or not look.case.sells:
        return
    met = _dearer(look)
    if not met.height:
        return
    for plan in sorted(look.case.sells):
        yield from _of_plan(look, plan, look.sold(met, plan))


def _dearer(look: Look) -> pl.DataFrame:
    """The week's calls that a change, an implicit one or a move of its caller meets, each once, at its last moment."""
    lines = look.case.comparison.changes.with_row_index("id").select("id", "tab", "row", "name")
    hidden = look.implicit.select("id", "tab", "row", pl.lit("").alias("name"))
    said = look.effect.join(lines, on="id").with_columns(pl.lit(0).alias("hidden"))
    silent = look.implicit_effect.join(hidden, on="id").with_columns(pl.lit(1).alias("hidden"))
    moves = look.regrouped_effect.with_columns(
        pl.lit("").alias("tab"), pl.lit(0, pl.UInt32).alias("row"), pl.lit("").alias("name"), pl.lit(1).alias("hidden")
    )
    both = pl.concat([said, silent, moves]).filter(pl.col("new_cost").is_not_null())
    both = both.sort("at_ms", pl.col("new_code").str.len_bytes(), -pl.col("hidden"), descending=True)
    once = both.unique(_NUMBERS, keep="first", maintain_order=True)
    return once.filter(pl.col("old_cost").is_null() | (pl.col("new_cost") > pl.col("old_cost")))


def _of_plan(look: Look, plan: str, sold: pl.DataFrame) -> Iterator[Finding]:
    least = look.contract.terms.least_margin_percent
    sums = sold.filter(pl.col("sell_cost").is_not_null()).group_by(_AT, maintain_order=True).agg(
        pl.col("new_cost", "sell_cost").sum(), pl.col("talk_ms", "calls").sum(), pl.col("at_ms").min()
    )  # fmt: skip
    margin = pl.col("sell_cost") - pl.col("new_cost")
    under = sums.filter(margin * 100 < pl.col("sell_cost") * least, pl.col("talk_ms") > 0)
    rows = under.with_columns(look.traffic.weekly(margin).alias("money"), pl.col("new_code").alias("code"))
    rows = rows.with_columns(pl.lit(plan).alias("column"))

    def say(row: Row) -> str:
        talk_ms = row["talk_ms"]
        cost, price = (half_away(row[name] * 60_000, talk_ms) for name in ("new_cost", "sell_cost"))
        week = minutes_text(talk_ms * 7 // look.contract.terms.traffic_days)
        what = f"margin {look.money(row['money'])} a week over {week}"
        wanted = f" below the margin of {least} %" if least and row["money"] >= 0 else ""
        return (
            f"{plan} sells {row['sell_code']} at {price_text(_short(price))} a minute, {row['code']} would cost"
            f" {price_text(_short(cost))} from {look.day(row['at_ms'])}{wanted}: {what}"
        )

    yield from listed(Check.MARGIN_AT_RISK, rows, say, lambda row: str(row["sell_code"]))


def _short(units: int) -> int:
    """Round an average to six decimals: more would be noise."""
    return half_away(units, 100) * 100

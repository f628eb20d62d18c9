"""R31 to R33 and R35: what the plan as a function of numbers would be."""

from collections.abc import Iterator

import polars as pl

from domain.sheet_frames.checks.found import Row, listed
from domain.sheet_frames.checks.look import Look
from domain.sheet_frames.checks.wording import price_text, told
from domain.sheet_frames.columns import KEY
from domain.sheets.findings import Check, Finding

_KEYS = list(KEY)


def of_function(look: Look) -> Iterator[Finding]:
    """Yield what R31 to R33 and R35 find."""
    if not look.is_first:
        for check in (Check.IMPLICIT_BY_NEW, Check.IMPLICIT_BY_CLOSING, Check.IMPLICIT_BY_CHANGE):
            yield from _implicit(look, check)
    after = _successive(look)
    yield from _overlaps(look, after)
    yield from _gaps(look, after)


def _implicit(look: Look, check: Check) -> Iterator[Finding]:
    rows = look.implicit.filter(pl.col("check") == check.value)

    def say(row: Row) -> str:
        prices = f"from {price_text(row['old_price'])} to {price_text(row['new_price'])}"
        numbers = f"calls to {told({**row, 'code': row['number']})} rise {prices} from {look.day(row['at_ms'])}"
        how = {
            Check.IMPLICIT_BY_NEW: f"new code {row['new_code']} takes them from {row['old_code']}",
            Check.IMPLICIT_BY_CLOSING: f"{row['old_code']} ends and they fall to {row['new_code']}",
            Check.IMPLICIT_BY_CHANGE: f"they move from {row['old_code']} to {row['new_code']}",
        }[check]
        if row["old_code"] == row["new_code"]:
            how = f"a rate type or origin group was added to {row['new_code']} or taken from it"
        lacking = " (the sheet does not name it)" if not row["row"] else ""
        return f"{numbers}: {how}{lacking}{look.a_week(row['money'], row['talk_ms'])}"

    named = rows.with_columns(pl.col("number").alias("code"))
    yield from listed(check, named, say, lambda row: price_text(row["new_price"]))


def _overlaps(look: Look, after: pl.DataFrame) -> Iterator[Finding]:
    rows = _placed(look, after.filter(pl.col("follows_ms") < pl.col("until_ms").fill_null(2**62)))

    def say(row: Row) -> str:
        begins = look.day(row["follows_ms"])
        if row["follows_ms"] == row["from_ms"]:
            return f"{told(row)} would have two rates that begin {begins}"
        return f"{told(row)} would have two rates at once from {begins}: one of {look.day(row['from_ms'])} goes on"

    yield from listed(Check.GAP_OR_OVERLAP, rows, say)


def _gaps(look: Look, after: pl.DataFrame) -> Iterator[Finding]:
    """Times without a rate between two rates that the sheet would make; those that were there before stay silent."""
    gap = ["until_ms", "follows_ms"]
    before = _following(look.case.rates).filter(pl.col("until_ms") < pl.col("follows_ms")).select(*_KEYS, *gap)
    gaps = after.filter(pl.col("until_ms") < pl.col("follows_ms"))
    rows = _placed(look, gaps.join(before, on=[*_KEYS, *gap], how="anti", maintain_order="left"))

    def say(row: Row) -> str:
        return f"{told(row)} would have no rate from {look.day(row['until_ms'])} to {look.day(row['follows_ms'])}"

    yield from listed(Check.GAP_OR_OVERLAP, rows, say)


def _successive(look: Look) -> pl.DataFrame:
    """The rows of the plan after the sheet whose code, type and origin it touches, with the next one's beginning."""
    comparison = look.case.comparison
    touched = comparison.added.select(_KEYS).unique()
    return _following(comparison.after.join(touched, on=_KEYS, how="semi"))


def _following(rates: pl.DataFrame) -> pl.DataFrame:
    several = rates.filter(pl.struct(_KEYS).is_duplicated()).sort("from_ms")
    return several.with_columns(pl.col("from_ms").shift(-1).over(_KEYS).alias("follows_ms")).drop("id")


def _placed(look: Look, rows: pl.DataFrame) -> pl.DataFrame:
    """Add the place of the first line of the sheet for the same code, type and origin."""
    lines = look.case.comparison.changes.select(*_KEYS, "tab", "row", "name").unique(_KEYS, keep="first")
    placed = rows.sort(*_KEYS, "from_ms").join(lines, on=_KEYS, how="left", maintain_order="left")
    return placed.with_columns(pl.col("tab", "name").fill_null(""), pl.col("row").fill_null(0))

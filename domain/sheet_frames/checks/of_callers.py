"""R24 and R33 by who calls: groups that nobody is in, and callers whom a list of the sheet moves."""

from collections.abc import Iterator, Sequence

import polars as pl

from domain.origins import INVALID, REST
from domain.sheet_frames.checks.found import Row, listed
from domain.sheet_frames.checks.look import Look
from domain.sheet_frames.checks.wording import many, price_text
from domain.sheet_frames.moving import TO
from domain.sheets.findings import Check, Finding

_NAMED = 8


def of_callers(look: Look) -> Iterator[Finding]:
    """Yield what R24 finds of origin groups, and R33 of callers."""
    yield from _unlisted(look)
    yield from _regrouped(look)


def _unlisted(look: Look) -> Iterator[Finding]:
    """R24: prices for callers whom neither the sheet nor the plan knows, so that no call is ever charged by them."""
    told = look.case.lists.after
    last = {one.group: max(each.end_ms for each in told if each.group == one.group) for one in told}
    lines = look.case.reading.lines.filter(~pl.col("origin").is_in(["", REST, INVALID]), ~pl.col("closed"))
    until_ms = pl.col("origin").replace_strict(last, default=0, return_dtype=pl.Int64)
    nobody = lines.filter(until_ms <= pl.col("from_ms")).sort("tab", "row", maintain_order=True)
    rows = nobody.group_by("origin", maintain_order=True).agg(
        pl.col("tab").first(), pl.col("row").first().alias("first"), pl.col("code").n_unique().alias("codes")
    )
    rows = rows.with_columns(pl.lit(0, pl.UInt32).alias("row"))

    def say(row: Row) -> str:
        return (
            f"{many(row['codes'], 'price')} for callers of {row['origin']}, from row {row['first']} on, would never be"
            " charged: neither the sheet nor the plan then lists who they are"
            f" (`switchboard plans origins {look.contract.rules.plan} --file`)"
        )

    yield from listed(Check.UNKNOWN_RATE_TYPE, rows, say, lambda row: str(row["origin"]))


def _regrouped(look: Look) -> Iterator[Finding]:
    """R33: one for all numbers that callers pay more for when a list of the sheet moves them."""
    if look.is_first:
        return
    places = pl.lit("").alias("tab"), pl.lit(0, pl.UInt32).alias("row"), pl.lit("").alias("code")
    move = pl.concat_str(pl.col("from_group"), pl.lit(TO), pl.col("to_group")).alias("origin")

    def say(row: Row) -> str:
        who = f"callers {_some(row['callers'].split())} move from {_group(row['from_group'])}"
        prices = f"from {price_text(row['old_price'])} to {price_text(row['new_price'])}"
        rest = f", and calls to {many(row['numbers'] - 1, 'more code')}" if row["numbers"] > 1 else ""
        when = f"to {_group(row['to_group'])} on {look.day(row['at_ms'])}"
        return f"{who} {when}: calls to {row['number']} rise {prices}{rest}{look.a_week(row['money'], row['talk_ms'])}"

    rows = look.regrouped.with_columns(*places, move)
    yield from listed(Check.IMPLICIT_BY_CHANGE, rows, say, lambda row: price_text(row["new_price"]))


def _group(name: str) -> str:
    return name or "no group with prices of its own"


def _some(codes: Sequence[str]) -> str:
    """Name some codes of callers."""
    return ", ".join(codes[:_NAMED]) + (f" and {len(codes) - _NAMED:,} more" if len(codes) > _NAMED else "")

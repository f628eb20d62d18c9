"""R24, R33 and R34 by who calls: groups that nobody is in, and callers whom a list of the sheet moves."""

from collections.abc import Iterator

import polars as pl

from domain.origins import INVALID, REST
from domain.sheet_frames.checks.found import Row, listed
from domain.sheet_frames.checks.look import Look
from domain.sheet_frames.checks.wording import days_text, many, price_text, some
from domain.sheet_frames.moving import TO
from domain.sheets.findings import Check, Finding, Severity

_PLACE = (pl.lit("").alias("tab"), pl.lit(0, pl.UInt32).alias("row"), pl.lit("").alias("code"))
_MOVE = pl.concat_str(pl.col("from_group"), pl.lit(TO), pl.col("to_group")).alias("origin")


def of_callers(look: Look) -> Iterator[Finding]:
    """Yield what R24 finds of origin groups, and R33 and R34 of callers."""
    yield from _unlisted(look)
    yield from _past(look)
    if look.is_first:
        return
    yield from _regrouped(look, look.regrouped, "rise")
    severity = Severity.BLOCK if look.contract.side == "sell" else Severity.NOTE
    yield from _regrouped(look, look.cheapened.with_columns(severity=pl.lit(severity.value)), "fall")


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


def _past(look: Look) -> Iterator[Finding]:
    """R34: lists that count from before today; a first sheet's warn, since there is nothing that they change."""
    severity = Severity.WARN if look.is_first else Severity.BLOCK
    rows = look.moves.filter(pl.col("at_ms") < look.today_ms).sort("at_ms", "from_group", "to_group", "callers")

    def say(row: Row) -> str:
        since = days_text(look.contract.now_ms, row["at_ms"], look.contract.zone)
        return f"{_who(row)} to {_group(row['to_group'])} on {look.day(row['at_ms'])}, {since} now"

    placed = rows.with_columns(*_PLACE, _MOVE, severity=pl.lit(severity.value))
    yield from listed(Check.IN_THE_PAST, placed, say, lambda row: f"{look.day(row['at_ms'])} {row['callers']}")


def _regrouped(look: Look, moves: pl.DataFrame, way: str) -> Iterator[Finding]:
    """R33: one for all numbers that callers pay more, or less, for when a list of the sheet moves them.

    What clients pay less by a list of ours is as silent as what vendors charge more by one of theirs.
    """

    def say(row: Row) -> str:
        who = _who(row)
        prices = f"from {price_text(row['old_price'])} to {price_text(row['new_price'])}"
        rest = f", and calls to {many(row['numbers'] - 1, 'more code')}" if row["numbers"] > 1 else ""
        when = f"to {_group(row['to_group'])} on {look.day(row['at_ms'])}"
        return f"{who} {when}: calls to {row['number']} {way} {prices}{rest}{look.a_week(row['money'], row['talk_ms'])}"

    rows = moves.with_columns(*_PLACE, _MOVE)
    yield from listed(Check.IMPLICIT_BY_CHANGE, rows, say, lambda row: price_text(row["new_price"]))


def _who(row: Row) -> str:
    return f"callers {some(row['callers'].split())} move from {_group(row['from_group'])}"


def _group(name: str) -> str:
    return name or "no group with prices of its own"

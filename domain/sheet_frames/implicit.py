"""Numbers that become dearer without a line that says so: the function number -> price compared, not rows.

A number has a code and a rate of it before a change and after. Where both are the same rate, the line that raises it
says so. Else numbers have moved: to a new longer code (R31), from a code that ended to a shorter one (R32), or from
code to code because one was split, joined or moved, or a rate type or origin group was added to it (R33).
"""

from collections.abc import Iterator

import polars as pl

from domain.origins import chain_of
from domain.points import OPEN_MS
from domain.rates import Unit
from domain.sheet_frames.columns import IMPLICIT, KEY, RATES, TERMS
from domain.sheet_frames.costs import dearer
from domain.sheet_frames.function import (
    beneath,
    counting,
    intervals,
    of_type,
    placed,
    related,
    shared_digits,
    tree,
    variants,
)
from domain.sheet_frames.notice import CLOSED, UNCHANGED
from domain.sheet_frames.outcome import Outcome
from domain.sheets.findings import Check

_ROW = ["rate", *KEY, *TERMS]
_MOVE = ["node", "old_code", "new_code"]


def implicit_increases(
    before: pl.DataFrame, result: Outcome, changes: pl.DataFrame, unit: Unit, percent: int = 0
) -> pl.DataFrame:
    """Return IMPLICIT: what becomes dearer by more than so many per cent, from the first moment at which it is.

    `before` are RATES, `changes` CHANGES, `result` what they do to these rates. One row for all numbers that move from
    one code to another at one moment. A rate type or origin of its own is told only where other rates count for it than
    for any time, any caller.
    """
    changes = changes.filter(pl.col("kind") != UNCHANGED)
    if not before.height or not changes.height:
        return pl.DataFrame(schema=IMPLICIT)
    before = related(before.select(*RATES), changes["code"])
    after = pl.concat([before.filter(~pl.col("id").is_in(result.ended.implode())), result.added])
    nodes = tree(pl.concat([before["code"], result.added["code"]]))
    parts = _parts(nodes, changes)
    near = _near(nodes, parts)
    then, now = (placed(rates, nodes).join(near, on="node", how="semi") for rates in (before, after))
    asked = asked_of(nodes, parts, then, now)
    if asked.is_empty():
        return pl.DataFrame(schema=IMPLICIT)
    found: list[pl.DataFrame] = []
    for moved in _moves(then, now, nodes, asked, dearer(unit, "old_", "new_", percent)):
        increases = moved.sort("at_ms", maintain_order=True)
        found.append(increases.unique([*_MOVE, "check"], keep="first", maintain_order=True))
    if not found:
        return pl.DataFrame(schema=IMPLICIT)
    told_once = [*_MOVE, "check", "at_ms", "old_rate", "new_rate"]
    return _told(pl.concat(found).unique(told_once, keep="first", maintain_order=True), parts, changes)


def _parts(nodes: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """The numbers that may move: `node`, the points [start, end) between which it has any of its own, `since_ms`."""
    begins = changes.group_by("code").agg(mark=pl.col("from_ms").min())
    own = intervals(nodes).group_by("node").agg(pl.col("start").min(), pl.col("end").max())
    return beneath(nodes, begins).join(own, on="node").rename({"mark": "since_ms"}).sort("node")


def _near(nodes: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Which nodes count for these: they themselves, and the codes that begin theirs."""
    near, above = [parts["node"]], parts["node"]
    while above.len():
        above = nodes["parent"].gather(above).drop_nulls().unique()
        near.append(above)
    return pl.concat(near).unique().to_frame()


def asked_of(nodes: pl.DataFrame, parts: pl.DataFrame, then: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Return questions, `ask`, `node` and `at_ms`: each node of `parts` at each moment from its `since_ms` on at which
    a rate of it or above it begins or ends. `then` and `now` are placed rows."""
    moments = pl.concat(
        [rows.select("node", at_ms=end) for rows in (then, now) for end in ("from_ms", "until_ms")]
    ).unique()
    moments = moments.filter(pl.col("at_ms").is_between(parts["since_ms"].min(), OPEN_MS, "left"))
    asked: list[pl.DataFrame] = []
    seeking = parts.select("node", "since_ms", above="node")
    while seeking.height:
        met = seeking.join(moments, left_on="above", right_on="node").filter(pl.col("at_ms") >= pl.col("since_ms"))
        asked.append(met.select("node", "at_ms"))
        seeking = seeking.with_columns(nodes["parent"].gather(seeking["above"]).alias("above")).drop_nulls("above")
    every = pl.concat(asked) if asked else pl.DataFrame(schema={"node": pl.UInt32, "at_ms": pl.Int64})
    return every.unique().sort("node", "at_ms").with_row_index("ask")


def _moves(
    then: pl.DataFrame, now: pl.DataFrame, nodes: pl.DataFrame, asked: pl.DataFrame, counts: pl.Expr
) -> Iterator[pl.DataFrame]:
    """By rate type and origin, the questions whose answer is another code's rate, or another kind of rate, than it was.

    Only those that `counts` says, each with both rows (`old_`, `new_`) and the check that it is for.
    """
    met: dict[str, tuple[pl.DataFrame, pl.DataFrame]] = {}
    for rate_type, origin in variants(pl.concat([then, now])):
        if origin not in met:
            met[origin] = counting(then, nodes, asked, origin), counting(now, nodes, asked, origin)
        old, new = (
            of_type(rows, rate_type).select("ask", *(pl.col(name).alias(f"{when}_{name}") for name in _ROW))
            for rows, when in zip(met[origin], ("old", "new"), strict=True)
        )
        both = asked.join(old, on="ask").join(new, on="ask")
        moved = both.filter(pl.any_horizontal([pl.col(f"old_{name}") != pl.col(f"new_{name}") for name in KEY]))
        moved = moved.filter(counts) if moved.height else moved
        if not moved.height:
            continue
        chain = pl.col("origin").is_in(chain_of(origin))
        goes_on = _asks_in_force(moved, now.filter(chain), ["old_code"], ["code"])
        was = _asks_in_force(moved, then.filter(chain), ["new_code"], ["code"])
        key_was = _asks_in_force(moved, then, [f"new_{name}" for name in KEY], list(KEY))
        yield moved.with_columns(
            rate_type=pl.lit(rate_type), origin=pl.lit(origin), check=_check_for(goes_on, was, key_was)
        )


def _asks_in_force(moved: pl.DataFrame, rows: pl.DataFrame, asked: list[str], named: list[str]) -> pl.Series:
    """Which questions name something that has a rate in force at their moment."""
    met = moved.select("ask", "at_ms", *asked).join(rows, left_on=asked, right_on=named)
    return met.filter(pl.col("at_ms").is_between("from_ms", "until_ms", "left"))["ask"].unique().implode()


def _check_for(goes_on: pl.Series, was: pl.Series, key_was: pl.Series) -> pl.Expr:
    """Name the check: a longer code of one that goes on, the end of one of those that were, or else a change."""
    growth = pl.col("new_code").str.len_chars().cast(pl.Int64) - pl.col("old_code").str.len_chars().cast(pl.Int64)
    ask = pl.col("ask")
    by_new = (growth > 0) & ask.is_in(goes_on)
    by_end = ((growth < 0) & ask.is_in(was)) | ((growth == 0) & ask.is_in(key_was))
    names = [pl.lit(check.value) for check in (Check.IMPLICIT_BY_NEW, Check.IMPLICIT_BY_CLOSING)]
    return pl.when(by_new).then(names[0]).when(by_end).then(names[1]).otherwise(pl.lit(Check.IMPLICIT_BY_CHANGE.value))


def _told(increases: pl.DataFrame, parts: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """Put together the numbers that move from one rate to another at one moment, and name the line that does it."""
    one = ["check", "rate_type", "origin", "at_ms", "old_rate", "new_rate"]
    own = [f"{when}_{name}" for when in ("old", "new") for name in (*KEY, "next_price")]
    grouped = increases.join(parts, on="node").group_by(one, maintain_order=True)
    told = grouped.agg(pl.col(own).first(), pl.col("start").min(), pl.col("end").max()).with_row_index("told")
    ends = pl.col("kind") == CLOSED
    lines = [
        _lines(told.filter(pl.col("check") != Check.IMPLICIT_BY_CLOSING), changes.filter(~ends), "new"),
        _lines(told, changes.filter(ends), "old"),
    ]
    line = pl.concat(lines).unique("told", keep="first", maintain_order=True)
    told = told.join(line, on="told", how="left", maintain_order="left").with_columns(
        pl.col("tab").fill_null(""), pl.col("row").fill_null(0), number=shared_digits("start", "end")
    )
    named = told.rename({"old_next_price": "old_price", "new_next_price": "new_price"})
    return named.select(*IMPLICIT).sort("number", "at_ms", "rate_type", "origin", maintain_order=True)


def _lines(told: pl.DataFrame, changes: pl.DataFrame, when: str) -> pl.DataFrame:
    """The last line by then of the old or new rate: `told`, `tab`, `row`."""
    keys = [f"{when}_{name}" for name in KEY]
    lines = changes.select(*KEY, "from_ms", "tab", "row")
    met = told.select("told", "at_ms", *keys).join(lines, left_on=keys, right_on=list(KEY))
    met = met.filter(pl.col("from_ms") <= pl.col("at_ms")).sort("from_ms", descending=True, maintain_order=True)
    return met.unique("told", keep="first", maintain_order=True).select("told", "tab", "row")

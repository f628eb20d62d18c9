"""Callers whom a sheet's list of origin groups moves, as rows of the comparison: no line of the sheet says so."""

import polars as pl

from domain.sheet_frames import callers
from domain.sheet_frames.case import Case
from domain.sheet_frames.checks.wording import many, some
from domain.sheet_frames.columns import CHANGES, TERMS, empty
from domain.sheet_frames.function import priced
from domain.sheet_frames.moving import TO, earliest_of
from domain.sheet_frames.notice import CALLERS, INCREASE
from domain.sheet_frames.regrouped import moves, regrouped

_MOVE = ["from_group", "to_group", "callers"]


def caller_moves(case: Case) -> pl.DataFrame:
    """Return CHANGES of kind CALLERS, those that begin first before others: who moves (`name`) between which groups
    (`origin`), and the terms before and after of the number (`code`) whose price rises most by it.

    One row more for what becomes cheaper by the same move. `code` is "" and the terms are null where nothing is priced
    otherwise. Those that cost more have the notice of an increase.
    """
    before, after = callers.before(case), callers.after(case)
    moved = moves(before, after)
    if not moved.height:
        return empty(CHANGES)
    unit = case.contract.rules.unit
    told = [_largest(regrouped(before, after, unit, cheaper=cheaper)) for cheaper in (False, True)]
    priced_ones = pl.concat(told, how="vertical")
    rest = moved.join(priced_ones, on=_MOVE, how="anti")
    rows = pl.concat([priced_ones, rest], how="diagonal").sort("at_ms", *_MOVE, maintain_order=True)
    for side, rates, group in (("old_", before.rates, "from_group"), ("", after.rates, "to_group")):
        asked = rows.select(pl.col("number", "rate_type").fill_null(""), "at_ms", origin=group)
        rows = rows.with_columns(_terms(rates, asked).rename({name: f"{side}{name}" for name in TERMS}))
    return _as_changes(case, rows)


def _terms(rates: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """Return TERMS for each of ASKED, nulls where it asks for no number."""
    if not rates.height:
        return pl.DataFrame({name: [None] * asked.height for name in TERMS}, schema=TERMS)
    return priced(rates, asked, tuple(TERMS))


def _largest(rows: pl.DataFrame) -> pl.DataFrame:
    """Of each move the number whose price it changes most, and how many `numbers` it changes."""
    apart = (pl.col("old_price") - pl.col("new_price")).abs()
    by_rise = rows.sort(-apart, "number", "rate_type", maintain_order=True)
    return by_rise.group_by(_MOVE, maintain_order=True).agg(
        pl.col("number", "rate_type", "old_price", "new_price").first(),
        pl.col("at_ms").min(),
        numbers=pl.col("number").n_unique(),
    )


def _as_changes(case: Case, rows: pl.DataFrame) -> pl.DataFrame:
    dearer = (pl.col("new_price") > pl.col("old_price")).fill_null(value=False)
    told = rows.with_columns(
        code=pl.col("number").fill_null(""),
        rate_type=pl.col("rate_type").fill_null(""),
        origin=pl.concat_str("from_group", pl.lit(TO), "to_group"),
        name=pl.Series([_words(*row) for row in rows.select("callers", "numbers").iter_rows()], dtype=pl.String),
        kind=pl.lit(CALLERS),
        from_ms="at_ms",
        said_ms="at_ms",
        asked_ms="at_ms",
        earliest_ms=pl.when(dearer).then(pl.lit(earliest_of(case.contract)[INCREASE])).otherwise("at_ms"),
        row=pl.lit(0),
        blocked=pl.lit(value=False),
        worse_terms=pl.lit(value=False),
        **{name: pl.lit("") for name in ("tab", "country", "status")},
        until_ms=pl.lit(None),
    )
    return told.select(pl.col(name).cast(kind) for name, kind in CHANGES.items())


def _words(codes: str, numbers: int | None) -> str:
    who = f"callers {some(codes.split())}"
    return f"{who}: calls to {many(numbers, 'code')}" if numbers else f"{who}: no price changes"

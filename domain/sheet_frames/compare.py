"""What a sheet does to a plan: line by line, to the numbers that no line names, and the plan after it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import polars as pl

from domain.sheet_frames.case import Comparison, Contract, Reading
from domain.sheet_frames.columns import CHANGES, RATES
from domain.sheet_frames.implicit import implicit_increases
from domain.sheet_frames.judged import judged
from domain.sheet_frames.keys import keyed
from domain.sheet_frames.moving import (
    IMPLICIT_CHECKS,
    dates_of,
    earliest_of,
    moved,
    no_earlier,
    not_overtaken,
    of_all,
    undecided,
)
from domain.sheet_frames.notice import CLOSED
from domain.sheet_frames.outcome import open_end, outcome
from domain.sheet_frames.said import rest_of, said, sheet_date_ms
from domain.sheets.corrections import Corrected
from domain.sheets.findings import place_of
from domain.sheets.terms import Semantics

Tick = Callable[[int, int], None]
"""Is told how many of how many lines are done; may raise to give up."""
_ROUNDS = 8
"""How often lines are judged anew; each time that one moves it is by the notice of another of six kinds."""


def compare(
    reading: Reading, rates: pl.DataFrame, contract: Contract, reference: pl.DataFrame, tick: Tick
) -> Comparison:
    """Compare a sheet with what its plan knows now (RATES), by the function number -> price.

    Each line is judged at the moment when it begins, decisions about dates (Correction.DATE) observed. Rates that were
    to follow are replaced; what was in force before stays. A full sheet also closes what it lacks (row 0), but never
    what a rejected row names. What is moved because of an implicit increase is moved by what the sheet as it came does.
    """
    sheet, rates = keyed(reading.lines, rates.select(*RATES))
    lines = said(replace(reading, lines=sheet), rates, contract, reference)
    total = lines.height
    tick(0, total)
    told = _judged(lines, rates, contract)
    dates = dates_of(contract)
    explicit = [one for one in dates if not _about_implicit(one)]
    comparison = _done(_dated(told, lines, explicit, rates, contract), rates, contract, tick)
    if len(explicit) < len(dates):
        again = _dated(told, lines, dates, rates, contract, comparison.implicit)
        comparison = _done(again, rates, contract, tick)
    tick(total, total)
    if contract.terms.semantics is Semantics.CHANGES:
        return comparison
    unnamed = comparison.changes.filter(pl.col("kind") == CLOSED, pl.col("row") == 0)["from_ms"].min()
    date_ms = sheet_date_ms(reading.lines["from_ms"], contract)
    rest = rest_of(lines, reference) if contract.terms.semantics is Semantics.FULL_BY_COUNTRY else None
    return replace(comparison, rest_from_ms=unnamed if isinstance(unnamed, int) else date_ms, rest=rest)


def _about_implicit(one: Corrected) -> bool:
    place = place_of(one.key)
    return (place.check if place else one.check) in IMPLICIT_CHECKS


def _judged(lines: pl.DataFrame, rates: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    earliest = earliest_of(contract)
    told = judged(lines, rates, contract.rules.unit, contract.received_ms)
    return told.with_columns(
        earliest_ms=pl.col("kind").replace_strict(list(earliest), list(earliest.values()), return_dtype=pl.Int64)
    )


def _dated(
    told: pl.DataFrame,
    lines: pl.DataFrame,
    dates: Sequence[Corrected],
    rates: pl.DataFrame,
    contract: Contract,
    implicit: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Judge anew the lines of codes of which one begins at another moment than its sheet says.

    Where a line has moved, others may be caught by a check whose findings are all moved, and itself may be another
    kind of change, with a notice of its own: until nothing moves any more, each a few times at most.
    """
    lines = moved(told, undecided(lines), dates, contract, implicit)
    for _ in range(_ROUNDS):
        other = lines.filter(pl.col("from_ms") != pl.col("said_ms"))
        if not other.height:
            return told
        affected = pl.col("key").is_in(other["key"].implode())
        again = _judged(not_overtaken(lines.filter(affected)), rates, contract)
        following = moved(again, lines, [one for one in dates if of_all(one)], contract, implicit)
        following = no_earlier(following, again)
        if following["from_ms"].equals(lines["from_ms"]):
            break
        lines = following
    return pl.concat([told.filter(~affected), again.select(told.columns)]).sort("line", maintain_order=True)


def _done(told: pl.DataFrame, rates: pl.DataFrame, contract: Contract, tick: Tick) -> Comparison:
    changes = told.with_columns(open_end("until_ms")).select(pl.col(name).cast(kind) for name, kind in CHANGES.items())
    tick(changes.height // 2, changes.height)
    result = outcome(rates, changes)
    implicit = implicit_increases(rates, result, changes, contract.rules.unit, contract.terms.implicit_percent)
    return Comparison(changes, implicit, result.ended, result.added, result.after)

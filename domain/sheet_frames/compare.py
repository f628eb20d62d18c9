"""What a sheet does to a plan: line by line, to the numbers that no line names, and the plan after it."""

from collections.abc import Callable, Iterable

import polars as pl

from domain.sheet_frames.case import Comparison, Contract, Reading
from domain.sheet_frames.columns import CHANGES, KEY, RATES
from domain.sheet_frames.implicit import implicit_increases
from domain.sheet_frames.judged import judged
from domain.sheet_frames.moving import IMPLICIT_CHECKS, dates_of, moved
from domain.sheet_frames.notice import UNCHANGED, earliest_by_kind
from domain.sheet_frames.outcome import open_end, outcome
from domain.sheet_frames.said import said
from domain.sheets.corrections import Corrected
from domain.sheets.findings import place_of

Tick = Callable[[int, int], None]
"""Is told how many of how many lines are done; may raise to give up."""
_KEYS = list(KEY)


def compare(
    reading: Reading, rates: pl.DataFrame, contract: Contract, reference: pl.DataFrame, tick: Tick
) -> Comparison:
    """Compare a sheet with what its plan knows now (RATES), by the function number -> price.

    Each line is judged at the moment when it begins, decisions about dates (Correction.DATE) observed. Rates that were
    to follow are replaced; what was in force before stays. A full sheet also closes what it lacks (row 0), but never
    what a rejected row names. What is moved because of an implicit increase is moved by what the sheet as it came does.
    """
    rates = rates.select(*RATES)
    lines = said(reading, rates, contract, reference)
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
    return comparison


def _about_implicit(one: Corrected) -> bool:
    place = place_of(one.key)
    return (place.check if place else one.check) in IMPLICIT_CHECKS


def _judged(lines: pl.DataFrame, rates: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    earliest = _earliest(contract)
    told = judged(lines, rates, contract.rules.unit, contract.received_ms)
    return told.with_columns(
        earliest_ms=pl.col("kind").replace_strict(list(earliest), list(earliest.values()), return_dtype=pl.Int64)
    )


def _earliest(contract: Contract) -> dict[str, int]:
    return earliest_by_kind(contract.received_ms, contract.notice, contract.terms, contract.zone)


def _dated(
    told: pl.DataFrame,
    lines: pl.DataFrame,
    dates: Iterable[Corrected],
    rates: pl.DataFrame,
    contract: Contract,
    implicit: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Judge anew the lines of codes of which one begins at another moment than its sheet says."""
    earliest = _earliest(contract)
    lines = moved(told, lines, dates, contract, earliest, implicit)
    other = lines.filter((pl.col("from_ms") != pl.col("said_ms")) | pl.col("least").is_not_null())
    if not other.height:
        return told
    lines = lines.join(other, on=_KEYS, how="semi", maintain_order="left")
    rest = told.join(other, on=_KEYS, how="anti", maintain_order="left")
    # a later moment may make another kind of change of it, which has an earliest moment of its own
    for _ in earliest:
        again = _judged(_not_overtaken(lines).drop("least"), rates, contract)
        again = again.join(lines.select("line", "least"), on="line", maintain_order="left")
        least = pl.max_horizontal("least", "earliest_ms")
        short = pl.col("least").is_not_null() & (pl.col("from_ms") < least) & (pl.col("kind") != UNCHANGED)
        late = again.filter(short).select("line", moved_ms=least)
        if not late.height:
            break
        lines = lines.join(late, on="line", how="left", maintain_order="left")
        lines = lines.with_columns(pl.coalesce("moved_ms", "from_ms").alias("from_ms")).drop("moved_ms")
    return pl.concat([rest, again.select(rest.columns)]).sort("line")


def _not_overtaken(lines: pl.DataFrame) -> pl.DataFrame:
    """Leave out lines that are moved to or beyond a moment at which a later line of the same code begins."""
    ordered = lines.sort(*_KEYS, "said_ms", maintain_order=True)
    following = pl.col("from_ms").shift(-1).reverse().cum_min().reverse().over(_KEYS)
    return ordered.filter(following.is_null() | (pl.col("from_ms") < following)).sort("line")


def _done(told: pl.DataFrame, rates: pl.DataFrame, contract: Contract, tick: Tick) -> Comparison:
    changes = told.with_columns(open_end("until_ms")).select(pl.col(name).cast(kind) for name, kind in CHANGES.items())
    tick(changes.height // 2, changes.height)
    result = outcome(rates, changes)
    implicit = implicit_increases(
        rates, result.added, result.after, changes, contract.rules.unit, contract.terms.implicit_percent
    )
    return Comparison(changes, implicit, result.ended, result.added, result.after)

"""Lines that an analyst lets begin at another moment (Correction.DATE)."""

from collections.abc import Iterable

import polars as pl

from domain.sheet_frames.case import Contract
from domain.sheet_frames.columns import KEY
from domain.sheet_frames.notice import BLOCKED, CLOSED, DECREASE, INCREASE, NEW, UNCHANGED, earliest_by_kind
from domain.sheets.corrections import Corrected, Correction
from domain.sheets.findings import Check, Place, place_of

IMPLICIT_CHECKS = (Check.IMPLICIT_BY_NEW, Check.IMPLICIT_BY_CLOSING, Check.IMPLICIT_BY_CHANGE)
TO = ">"
"""Between two groups, in the place of a finding of callers who move from one to the other."""
_KINDS = {
    Check.SHORT_INCREASE: [INCREASE],
    Check.WORSE_TERMS: [INCREASE],
    Check.SHORT_NEW: [NEW, DECREASE],
    Check.SHORT_CLOSING: [CLOSED, BLOCKED],
}
"""What kinds the checks of notice are about."""


def dates_of(contract: Contract) -> list[Corrected]:
    """Return the decisions about dates, in the order in which they were taken."""
    return [one for one in contract.corrections if one.kind is Correction.DATE]


def earliest_of(contract: Contract) -> dict[str, int]:
    """Return from when each kind of change may begin."""
    return earliest_by_kind(contract.received_ms, contract.notice, contract.terms, contract.zone)


def undecided(lines: pl.DataFrame) -> pl.DataFrame:
    """Return SAID lines with `least`: what those keep that are moved to their earliest moment, null for others."""
    return lines.with_columns(least=pl.lit(None, pl.Int64))


def of_all(one: Corrected) -> bool:
    """Return whether a decision is about all that a check finds, whenever it does."""
    return not one.key and not one.row


def is_of_groups(one: Corrected) -> bool:
    """Return whether a decision is about callers who move from one origin group to another: no line does that."""
    place = place_of(one.key)
    if place is not None:
        return place.check in (Check.IMPLICIT_BY_CHANGE, Check.IN_THE_PAST) and TO in place.origin
    # what is dropped of R34 is named by keys
    past = one.check == Check.IN_THE_PAST and one.kind is Correction.DATE
    return (one.check == Check.IMPLICIT_BY_CHANGE or past) and not one.row


def moved(
    told: pl.DataFrame,
    lines: pl.DataFrame,
    dates: Iterable[Corrected],
    contract: Contract,
    implicit: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return lines (see `undecided`) as dated by decisions; of two decisions about a line the later counts.

    `told` are the lines as judged, `implicit` the IMPLICIT that they made where the sheet puts them.
    """
    for one in dates:
        found, floor_ms = _meant(one, told, contract, implicit)
        here = pl.col("line").is_in(found.implode())
        if one.value:
            to_ms, least = pl.lit(int(one.value)), pl.lit(None, pl.Int64)
        else:
            to_ms, least = pl.max_horizontal("from_ms", pl.lit(floor_ms)), pl.lit(floor_ms)
        lines = lines.with_columns(
            pl.when(here).then(to_ms).otherwise("from_ms").alias("from_ms"),
            pl.when(here).then(least).otherwise("least").alias("least"),
        )
    return no_earlier(lines, told)


def no_earlier(lines: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Move lines that begin before the notice of what they were judged to be, if they are to keep one."""
    kept = told.filter(pl.col("kind") != UNCHANGED).group_by("line").agg(pl.col("earliest_ms").max())
    lines = lines.join(kept, on="line", how="left", maintain_order="left")
    to_ms = pl.max_horizontal("from_ms", "least", "earliest_ms")
    return lines.with_columns(from_ms=pl.when(pl.col("least").is_null()).then("from_ms").otherwise(to_ms)).drop(
        "earliest_ms"
    )


def not_overtaken(lines: pl.DataFrame) -> pl.DataFrame:
    """Leave out lines that are moved to or beyond a moment at which a later line of the same code begins."""
    ordered = lines.sort("key", "said_ms", maintain_order=True)
    following = pl.col("from_ms").shift(-1).reverse().cum_min().reverse().over("key")
    kept = ordered.filter(following.is_null() | (pl.col("from_ms") < following))
    return kept.sort("line").drop("least")


def _meant(
    one: Corrected, told: pl.DataFrame, contract: Contract, implicit: pl.DataFrame | None
) -> tuple[pl.Series, int]:
    """Which lines a decision is about, and before what none of them may be moved."""
    place = place_of(one.key) or Place(one.check, one.tab, one.row)
    if one.key and is_of_groups(one):
        return told["line"].clear(), contract.received_ms
    if place.check in IMPLICIT_CHECKS:
        rows = _of_implicit(told, implicit, place) if implicit is not None else told.clear()
        return rows["line"], max(contract.received_ms, earliest_of(contract)[INCREASE])
    rows = told.filter(_caught(place.check, contract) if of_all(one) else _at(place))
    return rows["line"], contract.received_ms


def _at(place: Place) -> pl.Expr:
    """Which lines stand at a place: those of its row, of its code, rate type and origin where it names them."""
    of_row = [pl.col("tab") == place.tab, pl.col("row") == place.row]
    said = {name: value for name in KEY if (value := str(getattr(place, name)))}
    # a key writes the colons of names otherwise
    of_code = [pl.col(name).str.replace_all(":", ";", literal=True) == value for name, value in said.items()]
    return pl.all_horizontal(*of_row, *of_code)


def _of_implicit(told: pl.DataFrame, implicit: pl.DataFrame, place: Place) -> pl.DataFrame:
    """Which lines make the implicit increases of a check, or those of one row and code of it."""
    rows = implicit.filter(pl.col("check") == place.check)
    if place.code or place.row:
        rows = rows.filter(pl.col("tab") == place.tab, pl.col("row") == place.row)
    if place.code:
        rows = rows.filter(pl.any_horizontal(pl.col("number", "old_code", "new_code") == place.code))
    ends, begins = (rows.select("tab", "row", code=name) for name in ("old_code", "new_code"))
    named = {Check.IMPLICIT_BY_NEW: [begins], Check.IMPLICIT_BY_CLOSING: [ends]}.get(Check(place.check), [ends, begins])
    return told.join(pl.concat(named), on=["tab", "row", "code"], how="semi", maintain_order="left")


def _caught(check: str, contract: Contract) -> pl.Expr:
    """Which lines a check of dates is about; those of others cannot be told here."""
    if check == Check.IN_THE_PAST:
        return (pl.col("from_ms") < contract.now_ms) & (pl.col("kind") != UNCHANGED)
    for about, kinds in _KINDS.items():
        if check == about:
            short = (pl.col("from_ms") < pl.col("earliest_ms")) & pl.col("kind").is_in(kinds)
            return short & pl.col("worse_terms") if check == Check.WORSE_TERMS else short
    return pl.lit(False)

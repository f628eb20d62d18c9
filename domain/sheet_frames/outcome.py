"""Changes put over the rates that a plan knows: which rows are known no longer, and which instead.

The columnar twin of store.catalog.bitemporal.supersede and close, row by row: what is not contradicted stays as it
is, what remains true of a row that is contradicted is known anew.
"""

from dataclasses import dataclass

import polars as pl

from domain.points import OPEN_MS
from domain.sheet_frames.columns import KEY, RATES, TERMS
from domain.sheet_frames.notice import CLOSED, UNCHANGED

PUTS = KEY | TERMS | {"blocked": pl.Boolean, "from_ms": pl.Int64, "until_ms": pl.Int64, "closed": pl.Boolean}
"""Rates to put over others, from a moment until another (OPEN_MS: open); `closed`: nothing from there on."""
_KEYS = list(KEY)
_SAID = [*TERMS, "blocked"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What changes do to a plan: `ended` ids, `added` RATES rows (id null), and the whole plan `after` them."""

    ended: pl.Series
    added: pl.DataFrame
    after: pl.DataFrame


def outcome(rates: pl.DataFrame, changes: pl.DataFrame) -> Outcome:
    """Put the CHANGES that change something over RATES. Of one code, rate type and origin no two begin together.

    Each holds from its moment to its end, whatever held there; of two of them the later one cuts the earlier. What is
    closed ends, with all that was to follow.
    """
    puts = changes.filter(pl.col("kind") != UNCHANGED).select(
        *_KEYS, *_SAID, "from_ms", pl.col("until_ms").fill_null(OPEN_MS), (pl.col("kind") == CLOSED).alias("closed")
    )
    return put(rates, puts)


def put(rates: pl.DataFrame, puts: pl.DataFrame) -> Outcome:
    """Put PUTS over RATES, the earlier before the later."""
    rates = rates.select(*RATES)
    touched = rates.join(puts, on=_KEYS, how="semi", maintain_order="left")
    rest = rates.join(puts, on=_KEYS, how="anti", maintain_order="left")
    pieces = touched.with_columns(pl.col("until_ms").fill_null(OPEN_MS))
    done: list[pl.DataFrame] = []
    for turn in turns(puts):
        # who has no later turn is done: of many codes few have several
        done.append(pieces.join(turn, on=_KEYS, how="anti", maintain_order="left"))
        pieces = lay(pieces.join(turn, on=_KEYS, how="semi", maintain_order="left"), turn)
    laid = pl.concat([*done, pieces]).with_columns(open_end("until_ms"))
    added = laid.filter(pl.col("id").is_null())
    ended = touched.join(laid, on="id", how="anti", maintain_order="left")["id"]
    return Outcome(ended, added, pl.concat([rest, laid]))


def open_end(column: str) -> pl.Expr:
    """Write the end of what has none as null."""
    return pl.when(pl.col(column) < OPEN_MS).then(column).alias(column)


def turns(lines: pl.DataFrame) -> list[pl.DataFrame]:
    """Part lines by code, rate type and origin so that the first part has the first (by from_ms) of each, and so on."""
    several = lines.select(pl.struct(_KEYS).is_duplicated()).to_series()
    if not several.any():
        return [lines]
    again = lines.filter(several).sort("from_ms", maintain_order=True)
    again = again.with_columns(pl.int_range(pl.len()).over(_KEYS).alias("turn"))
    parts = again.partition_by("turn", include_key=False, maintain_order=True, as_dict=True)
    ordered = [parts[key] for key in sorted(parts)]
    return [pl.concat([lines.filter(~several), ordered[0]]), *ordered[1:]]


def lay(pieces: pl.DataFrame, puts: pl.DataFrame) -> pl.DataFrame:
    """Put at most one of PUTS over the pieces of each code: RATES whose until_ms is OPEN_MS where open.

    What says what one piece says for all of its time already changes nothing.
    """
    pieces = pieces.with_row_index("piece")
    puts = puts.with_row_index("put")
    met = pieces.join(puts, on=_KEYS, suffix="_put", maintain_order="left")
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_put")) for name in _SAID) & ~pl.col("closed")
    within = (pl.col("from_ms") <= pl.col("from_ms_put")) & (pl.col("until_ms_put") <= pl.col("until_ms"))
    idle = met.filter(same & within).select("put").to_series()
    # a closing has no end, whatever is said of one
    end = pl.when("closed").then(OPEN_MS).otherwise("until_ms_put")
    meets = (pl.col("from_ms") < end) & (pl.col("from_ms_put") < pl.col("until_ms"))
    cut = met.filter(~pl.col("put").is_in(idle.implode()), meets)
    nameless = pl.lit(None, pl.Int64).alias("id")
    before = cut.filter(pl.col("from_ms") < pl.col("from_ms_put")).with_columns(
        nameless, pl.col("from_ms_put").alias("until_ms")
    )
    behind = cut.filter(end < pl.col("until_ms")).with_columns(nameless, pl.col("until_ms_put").alias("from_ms"))
    new = puts.filter(~pl.col("closed"), ~pl.col("put").is_in(idle.implode())).with_columns(nameless)
    kept = pieces.join(cut, on="piece", how="anti", maintain_order="left")
    return pl.concat([part.select(*RATES) for part in (kept, before, behind, new)])


def overlaps(rates: pl.DataFrame) -> pl.DataFrame:
    """Return where RATES have two rates at once: KEY, from_ms, until_ms (null: for ever)."""
    reached = pl.col("until_ms").fill_null(OPEN_MS).cum_max().shift(1).over(_KEYS).alias("reached")
    rows = _of_several(rates).with_columns(reached)
    end = pl.min_horizontal(pl.col("until_ms").fill_null(OPEN_MS), "reached").alias("until_ms")
    return (
        rows.filter(pl.col("reached") > pl.col("from_ms"))
        .select(*_KEYS, "from_ms", end)
        .with_columns(open_end("until_ms"))
    )


def gaps(rates: pl.DataFrame) -> pl.DataFrame:
    """Return where RATES have none between two rates of one code, rate type and origin: KEY, from_ms, until_ms."""
    reached = pl.col("until_ms").fill_null(OPEN_MS).cum_max().shift(1).over(_KEYS).alias("reached")
    rows = _of_several(rates).with_columns(reached).filter(pl.col("reached") < pl.col("from_ms"))
    return rows.select(*_KEYS, pl.col("reached").alias("from_ms"), pl.col("from_ms").alias("until_ms"))


def _of_several(rates: pl.DataFrame) -> pl.DataFrame:
    """The rates of codes that have more than one, in the order in which they begin."""
    return rates.filter(pl.struct(_KEYS).is_duplicated()).sort(*_KEYS, "from_ms", maintain_order=True)

"""Changes put over the rates that a plan knows: which rows are known no longer, and which instead.

The columnar twin of store.catalog.bitemporal.supersede and close, row by row: what is not contradicted stays as it
is, what remains true of a row that is contradicted is known anew.
"""

from dataclasses import dataclass

import polars as pl

from domain.points import OPEN_MS
from domain.sheet_frames.columns import KEY, RATES, TERMS
from domain.sheet_frames.keys import keyed, of_several
from domain.sheet_frames.notice import CLOSED, UNCHANGED

PUTS = KEY | TERMS | {"blocked": pl.Boolean, "from_ms": pl.Int64, "until_ms": pl.Int64, "closed": pl.Boolean}
"""Rates to put over others, from a moment until another (OPEN_MS: open); `closed`: no rate in that time."""
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
    closed has no rate until then.
    """
    puts = changes.filter(pl.col("kind") != UNCHANGED).select(
        *KEY, *_SAID, "from_ms", pl.col("until_ms").fill_null(OPEN_MS), (pl.col("kind") == CLOSED).alias("closed")
    )
    return put(rates, puts)


def put(rates: pl.DataFrame, puts: pl.DataFrame) -> Outcome:
    """Put PUTS over RATES, the earlier before the later."""
    rates, puts = keyed(rates.select(*RATES), puts.select(*PUTS))
    touched = pl.col("key").is_in(puts["key"].implode())
    pieces, rest = rates.filter(touched), rates.filter(~touched)
    known = pieces["id"]
    pieces = pieces.with_columns(pl.col("until_ms").fill_null(OPEN_MS))
    done: list[pl.DataFrame] = []
    for turn in turns(puts):
        # who has no later turn is done: of many codes few have several
        again = pl.col("key").is_in(turn["key"].implode())
        done.append(pieces.filter(~again))
        pieces = lay(pieces.filter(again), turn)
    laid = pl.concat([*done, pieces]).with_columns(open_end("until_ms")).select(*RATES)
    ended = known.filter(~known.is_in(laid["id"].implode()))
    return Outcome(ended, laid.filter(pl.col("id").is_null()), pl.concat([rest.select(*RATES), laid]))


def open_end(column: str) -> pl.Expr:
    """Write the end of what has none as null."""
    return pl.when(pl.col(column) < OPEN_MS).then(column).alias(column)


def turns(lines: pl.DataFrame) -> list[pl.DataFrame]:
    """Part lines by `key` so that the first part has the first (by from_ms) of each, the next the second, and so on."""
    several = of_several(lines)
    if not several.any():
        return [lines]
    again = lines.filter(several).sort("from_ms", maintain_order=True)
    again = again.with_columns(pl.int_range(pl.len()).over("key").alias("turn"))
    parts = again.partition_by("turn", include_key=False, maintain_order=True, as_dict=True)
    ordered = [parts[key] for key in sorted(parts)]
    return [pl.concat([lines.filter(~several), ordered[0]]), *ordered[1:]]


def lay(pieces: pl.DataFrame, puts: pl.DataFrame) -> pl.DataFrame:
    """Put at most one of PUTS over the pieces of each key: RATES whose until_ms is OPEN_MS where open, and `key`.

    What says what one piece says for all of its time already changes nothing.
    """
    pieces, puts = pieces.with_row_index("piece"), puts.with_row_index("put")
    met = pieces.join(puts, on="key", suffix="_put", maintain_order="left")
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_put")) for name in _SAID) & ~pl.col("closed")
    within = (pl.col("from_ms") <= pl.col("from_ms_put")) & (pl.col("until_ms_put") <= pl.col("until_ms"))
    idle = pl.col("put").is_in(met.filter(same & within)["put"].implode())
    meets = (pl.col("from_ms") < pl.col("until_ms_put")) & (pl.col("from_ms_put") < pl.col("until_ms"))
    cut = met.filter(~idle, meets)
    nameless = pl.lit(None, pl.Int64).alias("id")
    before = cut.filter(pl.col("from_ms") < pl.col("from_ms_put")).with_columns(nameless, until_ms="from_ms_put")
    behind = cut.filter(pl.col("until_ms_put") < pl.col("until_ms")).with_columns(nameless, from_ms="until_ms_put")
    new = puts.filter(~pl.col("closed"), ~idle).with_columns(nameless)
    kept = pieces.filter(~pl.col("piece").is_in(cut["piece"].implode()))
    return pl.concat([part.select(*RATES, "key") for part in (kept, before, behind, new)])


def overlaps(rates: pl.DataFrame) -> pl.DataFrame:
    """Return where RATES have two rates at once: KEY, from_ms, until_ms (null: for ever)."""
    rows = _beside_the_last(rates).filter(pl.col("reached") > pl.col("from_ms"))
    end = pl.min_horizontal(pl.col("until_ms").fill_null(OPEN_MS), "reached").alias("until_ms")
    return rows.select(*KEY, "from_ms", end).with_columns(open_end("until_ms"))


def gaps(rates: pl.DataFrame) -> pl.DataFrame:
    """Return where RATES have none between two rates of one code, rate type and origin: KEY, from_ms, until_ms."""
    rows = _beside_the_last(rates).filter(pl.col("reached") < pl.col("from_ms"))
    return rows.select(*KEY, pl.col("reached").alias("from_ms"), pl.col("from_ms").alias("until_ms"))


def _beside_the_last(rates: pl.DataFrame) -> pl.DataFrame:
    """The rates of what has more than one, in their order, with the moment until which the ones before `reached`."""
    (rows,) = keyed(rates)
    rows = rows.filter(of_several(rows)).sort(*KEY, "from_ms", maintain_order=True)
    return rows.with_columns(pl.col("until_ms").fill_null(OPEN_MS).cum_max().shift(1).over("key").alias("reached"))

"""The file of a plan's first rates, made of the frame that brings them while the catalog writes them down."""

from collections.abc import Iterator

import polars as pl

from actors.home import Home
from actors.sheet_work import PlanFileOrder
from domain.plan_columns import BLOCKED, Piece, gathered
from domain.points import OPEN_MS
from domain.sheet_frames.columns import TERMS
from store.snapshots import write_plan

ROWS = 100_000
"""About so many rates are in a piece."""


def plan_file(home: Home, order: PlanFileOrder) -> None:
    """Write the columns that publication would of a plan that has these rates and no others."""
    rates = pl.read_parquet(order.added)
    ended = rates.filter(pl.col("until_ms") <= order.from_ms)["until_ms"].max()
    columns = gathered(pieces(rates, order.from_ms, order.until_ms))
    whole_from_ms = ended if isinstance(ended, int) else 0
    write_plan(order.path, columns, order.rules, order.version, whole_from_ms)


def pieces(rates: pl.DataFrame, from_ms: int, until_ms: int, rows: int = ROWS) -> Iterator[Piece]:
    """Yield RATES that are valid at some moment of [from, until), as store.catalog.plan_pieces does what it knows."""
    touching = (pl.col("from_ms") < until_ms) & pl.col("until_ms").fill_null(OPEN_MS).gt(from_ms)
    # strings are sorted bytewise, as both databases are told to
    descending = {"code": False, "from_ms": True, "rate_type": True, "origin": True}
    found = rates.filter(touching).sort(*descending, descending=list(descending.values()), maintain_order=True)
    codes = found["code"]
    begin = 0
    while begin < found.height:
        end = min(begin + rows, found.height)
        while end < found.height and codes[end] == codes[end - 1]:
            end += 1
        yield _piece(found.slice(begin, end - begin))
        begin = end


def _piece(part: pl.DataFrame) -> Piece:
    return Piece(
        codes=part["code"].to_list(),
        rate_types=part["rate_type"].to_list(),
        origins=part["origin"].to_list(),
        terms=part.select(*TERMS).iter_rows(),
        valid_from_ms=part["from_ms"].to_list(),
        valid_until_ms=part["until_ms"].fill_null(OPEN_MS).to_list(),
        flags=part.select(pl.col("blocked").cast(pl.Int64) * BLOCKED).to_series().to_list(),
    )

"""What a sheet asks for, whatever its plan knows: by it an earlier sheet is taken back as if it had never been."""

from typing import Any

import polars as pl

from domain.sheet_frames.columns import KEY, TERMS
from domain.sheet_frames.notice import CLOSED

ASKED = [*KEY, *TERMS, "from_ms", "until_ms", "blocked"]
"""The columns of store.catalog.intents.Line, in its order."""


def asked(changes: pl.DataFrame) -> pl.DataFrame:
    """Return ASKED of CHANGES, from the moments that were meant; null terms: it ends.

    Lines that change nothing are among them; those of rejected and dropped rows, which ask for nothing, are not.
    """
    rows = changes.filter(pl.col("asked_ms").is_not_null()).with_columns(from_ms="asked_ms")
    ends = (pl.col("kind") == CLOSED) | pl.col("first_price").is_null()
    kept = (pl.when(~ends).then(name).alias(name) for name in (*TERMS, "until_ms"))
    return rows.with_columns(*kept).select(*ASKED)


def shared(lines: pl.DataFrame) -> tuple[list[str], list[int], list[tuple[Any, ...]]]:
    """Return the codes of ASKED, for each the place of its other columns, and what these are, each once.

    A million lines of a sheet differ in their codes, and have some thousand prices and dates between them.
    """
    others = [name for name in ASKED if name != "code"]
    tails = lines.select(others).unique(maintain_order=True)
    placed = lines.select(others).join(
        tails.with_row_index("tail"), on=others, how="left", nulls_equal=True, maintain_order="left"
    )
    return lines["code"].to_list(), placed["tail"].to_list(), tails.rows()


def left_alone(rows: pl.DataFrame) -> list[str]:
    """Return the codes of REJECTS or LEFT_OUT that can be read: a full sheet does not end them."""
    codes = rows["code"].str.split(" ").explode().unique()
    return codes.filter(codes != "").sort().to_list()


def ends_of(rows: pl.DataFrame) -> tuple[frozenset[str], frozenset[str]]:
    """Return the codes of REST that end and those that do not, "" among the latter: without any, nothing ends."""
    within, without = (frozenset(rows.filter(pl.col("ends") == ends)["code"]) for ends in (True, False))
    return within, without | {""}

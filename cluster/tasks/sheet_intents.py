"""What a digested sheet asks of its plan, packed when it is digested: who approves it later does not wait for that."""

from pathlib import Path

import polars as pl

from domain.sheet_frames.asked import asked, ends_of, left_alone, shared
from store.catalog.intents import Intents, Lines, pack

_PACKED = "packed"


def packed(
    changes: pl.DataFrame,
    rejects: pl.DataFrame,
    left_out: pl.DataFrame | None,
    rest: pl.DataFrame | None,
    rest_from_ms: int | None,
    received_ms: int,
) -> bytes:
    """Return the intents of a sheet (store.catalog.intents) of its parts. A million lines take half a second."""
    stays = left_alone(rejects) + (left_alone(left_out) if left_out is not None else [])
    within, without = ends_of(rest) if rest is not None else (frozenset[str](), frozenset[str]())
    lines = Lines(*shared(asked(changes)))
    return pack(Intents(lines, rest_from_ms, within, frozenset(stays), received_ms, rest_without=without))


def framed(intents: bytes) -> pl.DataFrame:
    """Return packed intents as a part of a sheet: a frame of one cell."""
    return pl.DataFrame({_PACKED: [intents]})


def read_packed(part: Path) -> bytes:
    """Read packed intents from their part."""
    intents: bytes = pl.read_parquet(part)[_PACKED].item()
    return intents

"""One integer for a code with its rate type and origin: a million of them are joined in a fifth of the time."""

from collections.abc import Iterator

import polars as pl

from domain.errors import InputError
from domain.sheet_frames.columns import KEY

MOST_KINDS = 4096
"""Pairs of rate type and origin of one plan and sheet: with a code of 15 digits, one more would not fit 64 bits."""
_KIND = ["rate_type", "origin"]


def keyed(*frames: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the frames with `key`, the same for the same KEY in all of them.

    Raises InputError where they have more than MOST_KINDS pairs of rate type and origin.
    """
    kinds = pl.concat([frame.select(*_KIND).unique() for frame in frames]).unique().sort(*_KIND)
    if kinds.height > MOST_KINDS:
        raise InputError(
            f"{kinds.height:,} pairs of rate types and origin groups, more than {MOST_KINDS:,}",
            mend="Give the template fewer columns of prices.",
        )
    # the one before its digits keeps leading zeros apart
    code = pl.concat_str(pl.lit("1"), "code").cast(pl.Int64) * MOST_KINDS
    for frame in frames:
        if kinds.height > 1:
            kind = frame.select(*_KIND).join(kinds.with_row_index("kind"), on=_KIND, how="left", maintain_order="left")
            yield frame.with_columns(key=code + kind["kind"].cast(pl.Int64))
        else:
            yield frame.with_columns(key=code)


def of_several(frame: pl.DataFrame) -> pl.Series:
    """Return which rows share their key with another."""
    return frame["key"].is_duplicated()


assert list(KEY) == ["code", *_KIND]

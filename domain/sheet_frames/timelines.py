"""What a sheet says of one code at several moments, put one after the other."""

from collections.abc import Iterator

import polars as pl

from domain.points import OPEN_MS
from domain.sheet_frames.keys import of_several


def apart(lines: pl.DataFrame) -> pl.DataFrame:
    """Let of the lines of each `key` only one hold at any moment, the one that begins last.

    A line ends where a later one begins (`until_ms`, OPEN_MS: open), and goes on as a line of its own where that one
    ends before it.
    """
    several = of_several(lines)
    if not several.any():
        return lines
    many = lines.filter(several).sort("key", "from_ms", maintain_order=True)
    following = pl.col("from_ms").shift(-1).over("key")
    ends_first = pl.col("until_ms").shift(-1).over("key") < pl.col("until_ms")
    around = pl.col("key").is_in(many.filter(ends_first.fill_null(False))["key"].unique().implode())
    nested = many.filter(around)
    simple = many.filter(~around).with_columns(until_ms=pl.min_horizontal("until_ms", following))
    parts = [lines.filter(~several), simple]
    if nested.height:
        nested = nested.with_row_index("place")
        pieces = list(_pieces(nested.select("key", "from_ms", "until_ms").rows()))
        cut = pl.DataFrame(pieces, schema={"place": pl.UInt32, "from_ms": pl.Int64, "until_ms": pl.Int64}, orient="row")
        parts.append(cut.join(nested.drop("from_ms", "until_ms"), on="place").select(lines.columns))
    return pl.concat(parts)


def _pieces(spans: list[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    """Yield (place, from, until) of the spans (key, from, until), ordered by key and beginning, that lie on top."""
    under: list[tuple[int, int]] = []  # place and end of those begun, the last on top
    now = 0
    for place, (key, since, until) in enumerate(spans):
        to = since if place and spans[place - 1][0] == key else OPEN_MS
        yield from _until(under, now, to)
        if to == OPEN_MS:
            under.clear()
        under.append((place, until))
        now = since
    yield from _until(under, now, OPEN_MS)


def _until(under: list[tuple[int, int]], now: int, to: int) -> Iterator[tuple[int, int, int]]:
    """Yield what lies on top from a moment to another, and forget what has ended by then."""
    while under and now < to:
        place, end = under[-1]
        if now < end:
            yield place, now, min(end, to)
        if end > to:
            return
        now = max(now, end)
        under.pop()

"""Where a line, beside what was told, becomes another kind of change: there one of its own begins."""

import polars as pl

from domain.rates import Unit
from domain.sheet_frames.judged import judged
from domain.sheet_frames.notice import UNCHANGED


def as_said(lines: pl.DataFrame, known: pl.DataFrame, unit: Unit, at_ms: int) -> pl.DataFrame:
    """Judge LINEs with `line` beside RATES that are known as those of a sheet without marks (sheet_frames.judged)."""
    said = lines.with_columns(
        tab=pl.lit(""), row=pl.lit(0, pl.UInt32), status=pl.lit(""), said_ms="from_ms", stays=pl.lit(value=False)
    )
    return judged(said, known, unit, at_ms)


def turned(lines: pl.DataFrame, known: pl.DataFrame, unit: Unit, at_ms: int) -> pl.DataFrame:
    """Let LINEs begin anew where what was told turns them into another kind of change.

    A line is judged when it begins to say something else. Where the client knows another price from a later moment on,
    it may be another kind there: who was promised less from Friday on, and gets it not, is told an increase of Friday.
    What closes does so whatever was told.
    """
    whole = lines.with_row_index("whole")
    open_lines = whole.filter(~pl.col("closed")).select("whole", "key", "from_ms", "until_ms")
    if not open_lines.height:
        return lines
    first_ms, last_ms = open_lines["from_ms"].min(), open_lines["until_ms"].max()
    edges = [known.select("key", at_ms=name).filter(_between(first_ms, last_ms)) for name in ("from_ms", "until_ms")]
    moments = pl.concat(edges)
    if not moments.height:
        return lines
    cuts = open_lines.join(moments, on="key").filter(_between(pl.col("from_ms"), pl.col("until_ms")))
    if not cuts.height:
        return lines
    cuts = cuts.select("whole", "at_ms").unique().join(whole, on="whole")
    uncut = whole.filter(pl.col("whole").is_in(cuts["whole"].implode()))
    pieces = pl.concat([uncut, cuts.with_columns(from_ms="at_ms").select(whole.columns)]).sort("whole", "from_ms")
    anew = _cut(pieces.filter(_turns(_cut(pieces), known, unit, at_ms)))
    rest = whole.join(anew, on="whole", how="anti")
    return pl.concat([rest, anew]).drop("whole").sort("key", "from_ms", maintain_order=True)


def _between(first_ms: object, last_ms: object) -> pl.Expr:
    return (pl.col("at_ms") > first_ms) & (pl.col("at_ms") < last_ms)


def _turns(pieces: pl.DataFrame, known: pl.DataFrame, unit: Unit, at_ms: int) -> pl.Series:
    """Tell of pieces whether each is the first of its whole, or another change than the last one before it."""
    numbered = pieces.with_row_index("line")
    priced = pl.when(pl.col("old_next_price").is_not_null()).then(pl.lit(" of a price")).otherwise(pl.lit(""))
    kinds = as_said(numbered.drop("whole"), known, unit, at_ms).unique("line", keep="first")
    kinds = kinds.select("line", change=pl.when(pl.col("kind") != UNCHANGED).then(pl.col("kind") + priced))
    found = numbered.join(kinds, on="line", how="left", maintain_order="left")
    before = pl.col("change").forward_fill().shift(1).over("whole")
    first = pl.col("whole") != pl.col("whole").shift(1)
    return found.select(first.fill_null(value=True) | (pl.col("change") != before).fill_null(value=False)).to_series()


def _cut(pieces: pl.DataFrame) -> pl.DataFrame:
    """Let each piece of a whole, in their order, end where the next one begins."""
    following = pl.col("from_ms").shift(-1).over("whole")
    return pieces.with_columns(until_ms=following.fill_null(pl.col("until_ms")))

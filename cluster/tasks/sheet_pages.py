"""Pages of what a digested sheet says, finds and changes."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from actors.home import Home
from actors.sheet_work import RowsPage, RowsQuery
from domain.errors import NotFoundError
from domain.notices.shown import CHANGED
from domain.sheet_frames.notice import UNCHANGED
from domain.sheets.findings import Check, Standing

_OF_A_ROW = ("check", "tab", "row")


def sheet_rows(home: Home, query: RowsQuery) -> RowsPage:
    """Return a page of a part, in the order of the part. Raises NotFoundError where the sheet has none."""
    if not query.file.exists():
        mend = "It is there once the sheet is checked: `switchboard sheets show` tells its state."
        raise NotFoundError(f"this sheet has no {query.file.stem} yet", mend=mend)
    found = pl.scan_parquet(query.file)
    if query.behind is not None:
        found = pl.concat([found, pl.scan_parquet(query.behind)])
    columns = found.collect_schema().names()
    conditions = list(_conditions(query, columns))
    found = found.filter(*conditions) if conditions else found
    if query.rejects is not None:
        found = found.join(_rows_out(query.rejects), on=_OF_A_ROW, how="semi", maintain_order="left")
    if query.columns:
        found = found.select(name for name in query.columns if name in columns)
    total, page = pl.collect_all([found.select(pl.len()), found.slice(query.offset, query.limit)])
    return RowsPage(tuple(page.columns), tuple(page.iter_rows()), int(total.item()))


def _rows_out(rejects: Path) -> pl.LazyFrame:
    """Return the rows that do not go in. A header is none: where its rate type is not known, a whole column of prices
    is not read."""
    of_a_row = (pl.col("code") != "") | (pl.col("check") != Check.UNKNOWN_RATE_TYPE.value)
    return pl.scan_parquet(rejects).filter(of_a_row).select(_OF_A_ROW)


def _conditions(query: RowsQuery, columns: list[str]) -> Iterator[pl.Expr]:
    if query.check:
        yield pl.col("check") == query.check
    if query.kind and "kind" in columns:  # sheets that were read before leaks had kinds have losses only
        yield pl.col("kind") != UNCHANGED if query.kind == CHANGED else pl.col("kind") == query.kind
    if query.code:
        yield pl.col("number" if "number" in columns else "code").str.starts_with(query.code)
    if query.open:
        yield pl.col("standing") == Standing.OPEN.value
    if query.keys:
        yield pl.col("key").is_in(query.keys)
    if query.codes:
        yield pl.col("code").is_in(query.codes)

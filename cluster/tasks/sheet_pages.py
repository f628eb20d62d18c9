"""Pages of what a digested sheet says, finds and changes; and what it does to its plan, from its parts."""

from collections.abc import Iterator

import polars as pl

from actors.home import Home
from actors.sheet_work import ChangeQuery, Columns, PlanChange, RowsPage, RowsQuery
from domain.errors import NotFoundError
from domain.sheet_frames.columns import KEY, TERMS
from domain.sheet_frames.notice import CLOSED
from domain.sheets.findings import Standing


def sheet_rows(home: Home, query: RowsQuery) -> RowsPage:
    """Return a page of a part, in the order of the part. Raises NotFoundError where the sheet has none."""
    if not query.file.exists():
        mend = "It is there once the sheet is checked: `switchboard sheets show` tells its state."
        raise NotFoundError(f"this sheet has no {query.file.stem} yet", mend=mend)
    found = pl.scan_parquet(query.file)
    conditions = list(_conditions(query, found.collect_schema().names()))
    found = found.filter(*conditions) if conditions else found
    total, page = pl.collect_all([found.select(pl.len()), found.slice(query.offset, query.limit)])
    return RowsPage(tuple(page.columns), tuple(page.iter_rows()), int(total.item()))


def sheet_change(home: Home, query: ChangeQuery) -> PlanChange:
    """Read what a sheet does to its plan, from its parts."""
    changes = pl.read_parquet(query.changes)
    closed = pl.col("kind") == CLOSED
    terms = [pl.when(~closed).then(name).alias(name) for name in TERMS]
    asked = changes.select(*KEY, *terms, "from_ms", pl.when(~closed).then("until_ms").alias("until_ms"), "blocked")
    unnamed = changes.filter(closed, pl.col("row") == 0)["from_ms"].min() if query.full else None
    assert unnamed is None or isinstance(unnamed, int), "moments are whole milliseconds"
    return PlanChange(
        ended=pl.read_parquet(query.ended).to_series().to_list(),
        added=_columns(pl.read_parquet(query.added).select(pl.exclude("id"))),
        asked=_columns(asked),
        rest_from_ms=unnamed,
    )


def _columns(lines: pl.DataFrame) -> Columns:
    """Return the columns of intents.Line: those of RATES but for the id."""
    return [column.to_list() for column in lines.select(*KEY, *TERMS, "from_ms", "until_ms", "blocked")]


def _conditions(query: RowsQuery, columns: list[str]) -> Iterator[pl.Expr]:
    if query.check:
        yield pl.col("check") == query.check
    if query.kind:
        yield pl.col("kind") == query.kind
    if query.code:
        yield pl.col("number" if "number" in columns else "code").str.starts_with(query.code)
    if query.open:
        yield pl.col("standing") == Standing.OPEN.value
    if query.keys:
        yield pl.col("key").is_in(query.keys)

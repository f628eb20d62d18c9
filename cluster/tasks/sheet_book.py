"""What an applied sheet teaches the reference book: codes that it lacks, and what the partner calls destinations."""

import polars as pl

from actors.home import Home
from actors.sheet_work import BookNews, BookQuery
from cluster.tasks.batch_world import open_catalog
from cluster.tasks.sheet_world import reference_of
from domain.sheet_frames.notice import CLOSED
from domain.sheets.findings import Check


def sheet_book(home: Home, query: BookQuery) -> BookNews:
    """Read both from the parts of a digested sheet."""
    catalog = open_catalog(home)
    try:
        reference = reference_of(catalog, query.now_ms)
    finally:
        catalog.close()
    lines = pl.read_parquet(query.changes, columns=["code", "name", "kind", "from_ms", "row"])
    doubted = pl.read_parquet(query.findings, columns=["check", "value"])
    doubted = doubted.filter(pl.col("check") == Check.OTHER_DESTINATION.value)
    lines = lines.filter(pl.col("kind") != CLOSED, pl.col("row") > 0)
    return BookNews(unknown_codes(lines, reference), meanings(lines, reference, doubted["value"]))


def unknown_codes(lines: pl.DataFrame, reference: pl.DataFrame) -> tuple[tuple[str, str, int], ...]:
    """Return codes that the book does not have, with their name and first moment; services, which begin with 0 as no
    number does, are none of it."""
    unknown = lines.filter(~pl.col("code").str.starts_with("0")).join(reference, on="code", how="anti")
    by_code = unknown.group_by("code").agg(pl.col("name").first(), pl.col("from_ms").min()).sort("code")
    return tuple(by_code.iter_rows())


def meanings(lines: pl.DataFrame, reference: pl.DataFrame, doubted: pl.Series) -> dict[str, str]:
    """Return names of which all codes that the book has are of one destination.

    Left out are those that a check doubts, and those of our own destinations. A code that the book lacks tells nothing:
    it may be the first one of a destination that is new.
    """
    names = lines.select("code", "name").unique().join(reference.select("code", "destination"), on="code")
    alike = pl.col("name").str.to_lowercase()
    ours = reference["destination"].unique().str.to_lowercase()
    told = names.filter(pl.col("name") != "", ~alike.is_in(ours.implode()), ~pl.col("name").is_in(doubted.implode()))
    owners = told.group_by("name").agg(pl.col("destination").unique())
    clear = owners.filter(pl.col("destination").list.len() == 1).with_columns(pl.col("destination").list.first())
    return dict(clear.sort("name").iter_rows())

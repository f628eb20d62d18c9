"""Answered calls of a period and the short ones among them, counted from the legs themselves, sealed or not."""

from collections import defaultdict
from collections.abc import Sequence

import polars as pl

from actors.home import Home
from actors.tasks import CallCountQuery
from cluster.tasks.leg_frames import AT_SQL, within
from cluster.tasks.segments import book_reader, of_period, scan
from domain.ids import DestinationId
from domain.rates import Service
from domain.short_calls import CallCount
from store.book_reader import SegmentRow, Snapshot
from store.book_rows import Row


def count_calls(home: Home, query: CallCountQuery) -> list[CallCount]:
    """Count the answered calls that ended, of one partner and side, dated in [from, to); sessions are none."""
    held: list[Row] = []
    segments: list[SegmentRow] = []
    for _, book in book_reader(home).every():
        held += held_counts(book, query)
        segments += of_period(book.segments(), query.from_ms, query.to_ms)
    return all_counts(home, held, segments, query)


def all_counts(
    home: Home, held: Sequence[Row], segments: Sequence[SegmentRow], query: CallCountQuery
) -> list[CallCount]:
    """Count the sealed calls in segments, with what books had in `held_counts` when they named these."""
    total: defaultdict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    _add(total, held)
    chosen = scan(home, segments).filter(
        within(query.from_ms, query.to_ms),
        pl.col("partner") == query.partner,
        pl.col("side") == query.side.value,
        pl.col("service") == Service.VOICE.value,
        pl.col("connect_ms").is_not_null(),
    )
    short = (pl.col("duration_ms") <= query.within_s * 1000).sum().cast(pl.Int64).alias("short")
    grouped = chosen.group_by("destination", _code(query.codes)).agg(pl.len().alias("answered"), short)
    _add(total, grouped.collect().rows())
    return [
        CallCount(DestinationId(to), code, *sums)
        for (to, code), sums in sorted(total.items())
        if code or not query.codes
    ]


def held_counts(book: Snapshot, query: CallCountQuery) -> list[Row]:
    """Count in what a book itself holds."""
    short = f"sum(CASE WHEN duration_ms <= {query.within_s * 1000} THEN 1 ELSE 0 END)"
    where = (
        f"WHERE state <> 'open' AND {AT_SQL} >= ? AND {AT_SQL} < ? AND partner = ? AND side = ?"
        " AND service = ? AND connect_ms IS NOT NULL"
    )
    args = (query.from_ms, query.to_ms, query.partner, query.side.value, Service.VOICE.value)
    return book.leg_rows(["destination", _code_sql(query.codes), "count(*)", short], f"{where} GROUP BY 1, 2", args)


def _code_sql(codes: Sequence[str]) -> str:
    """The same as `_code` in a book. Codes are digits, of which the contract's check makes sure."""
    assert all(code.isascii() and code.isdigit() for code in codes), "codes stand in the statement as they are"
    whens = [f"WHEN substr(b, 1, {len(code)}) = '{code}' THEN '{code}'" for code in _longest_first(codes)]
    return f"CASE {' '.join(whens)} ELSE '' END" if whens else "''"


def _code(codes: Sequence[str]) -> pl.Expr:
    """Return the longest of the codes that begins the number, "" where none does."""
    found = pl.lit("")
    for code in reversed(_longest_first(codes)):
        found = pl.when(pl.col("b").str.starts_with(code)).then(pl.lit(code)).otherwise(found)
    return found.alias("begins")


def _longest_first(codes: Sequence[str]) -> list[str]:
    return sorted(codes, key=len, reverse=True)


def _add(total: defaultdict[tuple[int, str], list[int]], rows: Sequence[Row]) -> None:
    for destination, code, answered, short in rows:
        sums = total[int(destination), code]
        sums[0] += int(answered)
        sums[1] += int(short)

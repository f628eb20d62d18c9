"""The calls of the last days that a plan rates: what a change of its rates means in money."""

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from actors.home import Home
from cluster.tasks.leg_frames import frame_of, within
from cluster.tasks.segments import book_reader, of_period, scan
from domain.ids import PlanId
from domain.money import Currency
from domain.sheet_frames.columns import CALLS
from store.book_reader import SegmentRow
from store.book_rows import Row
from store.catalog.plans import BUY

_COLUMNS = {
    "a": pl.String,
    "b": pl.String,
    "connect_ms": pl.Int64,
    "duration_ms": pl.Int64,
    "side": pl.String,
    "partner": pl.String,
    "charge": pl.Int64,
}


@dataclass(frozen=True, slots=True)
class CallsQuery:
    """Whose calls: those that a plan rated, or of partners who have it, from `others_ms` on; with charges in its
    currency."""

    plan: PlanId
    side: str
    partners: Collection[str]
    currency: Currency
    others_ms: int = 0


def plan_calls(home: Home, query: CallsQuery, from_ms: int, whole_ms: int, to_ms: int) -> pl.DataFrame:
    """Return CALLS: the answered voice legs of [whole, to), and of [from, whole) the last one to each number.

    Charges of another currency than the plan's would mean nothing: such legs are left out.
    """
    side = "vendor" if query.side == BUY else "client"
    marks = ", ".join("?" * len(query.partners)) or "NULL"
    where = (
        "WHERE connect_ms IS NOT NULL AND connect_ms >= ? AND connect_ms < ? AND side = ? AND currency = ?"
        f" AND service = 'voice' AND (plan = ? OR (connect_ms >= ? AND partner IN ({marks})))"
    )
    held: list[Row] = []
    segments: list[SegmentRow] = []
    for _, book in book_reader(home).every():
        args = (from_ms, to_ms, side, query.currency, query.plan, query.others_ms, *query.partners)
        held += book.leg_rows(_COLUMNS, where, args)
        segments += of_period(book.segments(), from_ms, to_ms)
    of_others = pl.col("partner").is_in(list(query.partners)) & (pl.col("connect_ms") >= query.others_ms)
    of_plan = (pl.col("plan") == query.plan) | of_others
    its = pl.col("side") == side, pl.col("currency") == query.currency, pl.col("service") == "voice", of_plan
    sealed = scan(home, segments).filter(pl.col("connect_ms").is_not_null(), within(from_ms, to_ms), *its)
    legs = pl.concat([frame_of(held, _COLUMNS).lazy(), sealed.select(*_COLUMNS)])
    # rows stand in no order of time: what is sealed comes last, and files of old calls are imported late
    last = pl.exclude("b").get(pl.col("connect_ms").arg_max())
    older = legs.filter(pl.col("connect_ms") < whole_ms).group_by("b").agg(last).select(*_COLUMNS)
    return _calls(pl.concat([legs.filter(pl.col("connect_ms") >= whole_ms), older]).collect())


def _calls(legs: pl.DataFrame) -> pl.DataFrame:
    of_vendor = pl.col("side") == "vendor"
    return legs.select(
        number="b",
        caller="a",
        at_ms="connect_ms",
        talk_ms="duration_ms",
        vendor=pl.when(of_vendor).then("partner").otherwise(pl.lit("")),
        client=pl.when(of_vendor).then(pl.lit("")).otherwise("partner"),
        charge="charge",
    ).cast(CALLS)  # type: ignore[arg-type]  # its own type is narrower than what it takes

"""The calls of the last days that a plan rates: what a change of its rates means in money."""

from collections.abc import Collection

import polars as pl

from actors.home import Home
from cluster.tasks.leg_frames import frame_of, within
from cluster.tasks.segments import book_reader, of_period, scan
from domain.ids import PlanId
from domain.money import Currency
from domain.sheet_frames.columns import CALLS, empty
from store.book_reader import SegmentRow
from store.book_rows import Row
from store.catalog.plans import BUY

_COLUMNS = {
    "b": pl.String,
    "connect_ms": pl.Int64,
    "duration_ms": pl.Int64,
    "side": pl.String,
    "partner": pl.String,
    "charge": pl.Int64,
}


def plan_calls(
    home: Home, plan: PlanId, side: str, partners: Collection[str], currency: Currency, from_ms: int, to_ms: int
) -> pl.DataFrame:
    """Return CALLS: the answered voice legs of [from, to) that were rated by a plan, or are of partners who have it.

    Charges of another currency than the plan's would mean nothing: such legs are left out.
    """
    side_of_leg = "vendor" if side == BUY else "client"
    named = [plan, *partners]
    marks = ", ".join("?" * len(partners)) or "NULL"
    where = (
        "WHERE connect_ms IS NOT NULL AND connect_ms >= ? AND connect_ms < ? AND side = ? AND currency = ?"
        f" AND service = 'voice' AND (plan = ? OR partner IN ({marks}))"
    )
    held: list[Row] = []
    segments: list[SegmentRow] = []
    for _, book in book_reader(home).every():
        held += book.leg_rows(_COLUMNS, where, (from_ms, to_ms, side_of_leg, currency, *named))
        segments += of_period(book.segments(), from_ms, to_ms)
    frames = [frame_of(held, _COLUMNS)]
    if segments:
        of_plan = (pl.col("plan") == plan) | pl.col("partner").is_in(list(partners))
        chosen = scan(home, segments).filter(
            pl.col("connect_ms").is_not_null(),
            within(from_ms, to_ms),
            pl.col("side") == side_of_leg,
            pl.col("currency") == currency,
            pl.col("service") == "voice",
            of_plan,
        )
        frames.append(chosen.select(*_COLUMNS).collect())
    return _calls(pl.concat(frames)) if any(frame.height for frame in frames) else empty(CALLS)


def _calls(legs: pl.DataFrame) -> pl.DataFrame:
    of_vendor = pl.col("side") == "vendor"
    return legs.select(
        number="b",
        at_ms="connect_ms",
        talk_ms="duration_ms",
        vendor=pl.when(of_vendor).then("partner").otherwise(pl.lit("")),
        client=pl.when(of_vendor).then(pl.lit("")).otherwise("partner"),
        charge="charge",
    ).cast(CALLS)  # type: ignore[arg-type]  # its own type is narrower than what it takes

"""Calls of a stretch of time as frames: one row a call, with how it went, of legs in any book and segment."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from actors.home import Home
from cluster.tasks.leg_frames import AT_SQL, ENDED_SCHEMA, within
from cluster.tasks.segments import book_reader, ended_legs, of_period, scan
from domain.backtests import TICKETS, BacktestOrder
from domain.calls import Side
from domain.rates import Service
from store.book_reader import SegmentRow

APART_MS = 3_600_000
"""The legs of a call are dated so far apart at most: it is searched for them that far beyond a part."""
_SAID = {
    name: ENDED_SCHEMA[name]
    for name in (
        "call_key side partner trunk attempt a b routing_number destination setup_ms connect_ms duration_ms base_charge"
    ).split()
}
_OF_CLIENT = ("trunk", "a", "number", "destination", "at_ms")


def voice_legs(home: Home, said: Mapping[str, Any], from_ms: int, until_ms: int) -> pl.DataFrame:
    """Return columns of the ended legs of calls that are dated in [from, until)."""
    frames: list[pl.DataFrame] = []
    segments: list[SegmentRow] = []
    where, args = f"service = ? AND {AT_SQL} >= ? AND {AT_SQL} < ?", (Service.VOICE.value, from_ms, until_ms)
    for _, book in book_reader(home).every():
        frames.append(ended_legs(book, said, where, args))
        segments += of_period(book.segments(), from_ms, until_ms)
    chosen = (within(from_ms, until_ms), pl.col("service") == Service.VOICE.value)
    frames.append(scan(home, segments).filter(*chosen).select(*said).collect())
    return pl.concat(frames)


def calls_of(home: Home, order: BacktestOrder, from_ms: int, until_ms: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the calls of an order that are dated in [from, until), and the vendors' legs of these.

    A call: `call_key client trunk a number destination at_ms revenue`, then what its vendors had: `carrier` (null: no
    vendor is known), `failed` (joined by "|"), `answered`, `cost`, and of the leg that had it last `setup_ms`,
    `connect_ms`, `duration_ms`.
    """
    legs = voice_legs(home, _SAID, from_ms - APART_MS, until_ms + APART_MS)
    if order.sample_bp < TICKETS:
        legs = legs.filter(share_of_key(0) < order.sample_bp)
    asked = _asked(legs.filter(pl.col("side") == Side.CLIENT.value))
    asked = asked.filter(pl.col("at_ms").is_between(from_ms, until_ms, closed="left"))
    if order.client:
        asked = asked.filter(pl.col("client") == order.client)
    carried = legs.filter(pl.col("side") == Side.VENDOR.value).drop("destination")
    carried = carried.join(asked.select("call_key", "destination"), on="call_key", how="inner")
    calls = asked.join(_carried(carried), on="call_key", how="left", maintain_order="left")
    return calls.with_columns(pl.col("answered").fill_null(False), pl.col("cost").fill_null(0)), carried


def share_of_key(digit: int) -> pl.Expr:
    """Return a number from 0 to below TICKETS, by eight hex digits of the call's key from one on."""
    return pl.col("call_key").bin.encode("hex").str.slice(digit, 8).str.to_integer(base=16) % TICKETS


def _asked(legs: pl.DataFrame) -> pl.DataFrame:
    """Return the clients' side: one row a call, that of the leg that was answered first where there are several."""
    ported = pl.col("routing_number")
    legs = legs.with_columns(
        pl.when(ported == "").then("b").otherwise(ported).alias("number"),
        pl.coalesce("connect_ms", "setup_ms").alias("at_ms"),
    ).sort("connect_ms", "setup_ms", nulls_last=True)
    firsts = [pl.col(name).first() for name in _OF_CLIENT]
    revenue = pl.col("base_charge").cast(pl.Int128).sum().alias("revenue")
    if legs["call_key"].is_unique().all():
        only = pl.col("base_charge").cast(pl.Int128).alias("revenue")
        return legs.select("call_key", pl.col("partner").alias("client"), *_OF_CLIENT, only)
    return legs.group_by("call_key").agg(pl.col("partner").first().alias("client"), *firsts, revenue)


def _carried(legs: pl.DataFrame) -> pl.DataFrame:
    """Return the vendors' side: who had each call last, who failed it, what all of them took."""
    answered = pl.col("connect_ms").is_not_null()
    legs = legs.with_columns(answered.alias("answered")).sort("answered", "attempt", "setup_ms")
    last = [pl.col(name).last() for name in ("setup_ms", "connect_ms", "duration_ms")]
    failed = pl.when(~pl.col("answered")).then("partner")
    return legs.group_by("call_key").agg(
        pl.col("partner").last().alias("carrier"),
        failed.drop_nulls().unique().sort().str.join("|").alias("failed"),
        pl.col("answered").any(),
        pl.col("base_charge").cast(pl.Int128).sum().alias("cost"),
        *last,
    )

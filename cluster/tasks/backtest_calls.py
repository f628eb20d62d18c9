"""Calls of a stretch of time as frames: one row a call, with how it went, of legs in any book and segment."""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from actors.home import Home
from cluster.tasks.leg_frames import AT, AT_SQL, ENDED_SCHEMA, dated
from cluster.tasks.segments import book_reader, ended_legs, of_period, scan
from domain.backtests import TICKETS, BacktestOrder
from domain.calls import Side
from domain.rates import Service
from store.book_reader import SegmentRow

APART_MS = 3_600_000
"""The legs of a call are dated so far apart at most: it is searched for them that far beyond a part."""
LONG_MS = 14_400_000
"""Calls that began so long before a part are looked for among those that are open in it."""
_SAID = {
    name: ENDED_SCHEMA[name]
    for name in (
        "call_key side partner trunk attempt a b routing_number destination setup_ms connect_ms disconnect_ms "
        "duration_ms plan base_charge"
    ).split()
}
ONE_BY_ONE = ("answered", "attempt", "setup_ms")
"""In what order vendors had a call."""
END = pl.max_horizontal(
    pl.coalesce("disconnect_ms", pl.coalesce("connect_ms", "setup_ms") + pl.col("duration_ms")), pl.col("setup_ms")
)


def voice_legs(
    home: Home, said: Mapping[str, Any], from_ms: int, until_ms: int, keys: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return columns of the ended legs of calls that are dated in [from, until); `keys`: of these calls only."""
    frames: list[pl.DataFrame] = []
    segments: list[SegmentRow] = []
    where, args = f"service = ? AND {AT_SQL} >= ? AND {AT_SQL} < ?", (Service.VOICE.value, from_ms, until_ms)
    for _, book in book_reader(home).every():
        frames.append(ended_legs(book, said, where, args))
        segments += of_period(book.segments(), from_ms, until_ms)
    voice = pl.col("service").fill_null(Service.VOICE.value) == Service.VOICE.value
    sealed = scan(home, segments, chosen=dated(from_ms, until_ms) & voice) if segments else None
    if keys is not None:
        frames = [frame.join(keys, on="call_key", how="semi") for frame in frames]
        sealed = sealed.join(keys.lazy(), on="call_key", how="semi") if sealed is not None else None
    if sealed is not None:
        frames.append(sealed.select(*said).collect())
    return pl.concat(frames)


def calls_of(
    home: Home, order: BacktestOrder, from_ms: int, until_ms: int, reprice: Callable[[pl.DataFrame], pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the calls of an order that are dated in [from, until), and the vendors' legs of these.

    A call: `call_key client trunk a number dialled destination at_ms revenue revenue_now`, `dialled` that of a number
    that has moved, else ""; then what its vendors had: `carrier` (null: no vendor is known), `failed` (joined by "|"),
    `answered`, `cost`, `cost_now` (as it would be if it stayed), and of the leg that had it last `carried_by` (its
    trunk) and `setup_ms connect_ms duration_ms end_ms`. Where the order is of all calls those are among them that are
    dated otherwise and open at some moment of [from, until): `own` says which are of this part.
    `reprice` adds to legs what they would be charged, `now_charge`, and whether they cannot be, `unrated`.
    """
    legs = _legs(home, order, from_ms, until_ms)
    asked = _asked(legs.filter(pl.col("side") == Side.CLIENT.value))
    own = pl.col("at_ms").is_between(from_ms, until_ms, closed="left")
    opened = (pl.col("setup_ms") < until_ms) & (pl.col("end_ms") > from_ms)
    asked = asked.with_columns(own.alias("own")).filter(pl.col("own") | opened if order.whole else "own")
    if order.client:
        asked = asked.filter(pl.col("partner") == order.client)
    sold = reprice(
        legs.filter(pl.col("side") == Side.CLIENT.value).join(asked.select("call_key"), on="call_key", how="semi")
    )
    carried = legs.filter(pl.col("side") == Side.VENDOR.value).drop("destination")
    carried = reprice(carried.join(asked.select("call_key", "destination"), on="call_key", how="inner"))
    calls = asked.select(
        "call_key", pl.col("partner").alias("client"), "trunk", "a", "number", "dialled", "destination", "at_ms", "own"
    )
    calls = calls.join(_sold(sold), on="call_key", how="left", maintain_order="left")
    calls = calls.join(_carried(carried), on="call_key", how="left", maintain_order="left")
    none = [pl.col(name).fill_null(0) for name in ("cost", "cost_now")]
    return calls.with_columns(pl.col("answered", "unpaid").fill_null(False), *none), carried


def share_of_key(digit: int) -> pl.Expr:
    """Return a number from 0 to below TICKETS, by eight hex digits of the call's key from one on."""
    return pl.col("call_key").bin.encode("hex").str.slice(digit, 8).str.to_integer(base=16) % TICKETS


def _long(home: Home, from_ms: int) -> pl.DataFrame:
    """Return the legs of calls that began long before a moment and are open then, so far as they are dated before the
    others that are read."""
    since = from_ms - LONG_MS
    said = {name: ENDED_SCHEMA[name] for name in ("call_key", "side", *_TIMES)}
    begun = voice_legs(home, said, since, from_ms - APART_MS)
    keys = begun.filter((pl.col("side") == Side.CLIENT.value) & (from_ms < END)).select("call_key")
    if not keys.height:
        return pl.DataFrame(schema=_SAID)
    return voice_legs(home, _SAID, since - APART_MS, from_ms - APART_MS, keys)


_TIMES = ("setup_ms", "connect_ms", "disconnect_ms", "duration_ms")


def _legs(home: Home, order: BacktestOrder, from_ms: int, until_ms: int) -> pl.DataFrame:
    legs = voice_legs(home, _SAID, from_ms - APART_MS, until_ms + APART_MS)
    if order.whole:
        legs = pl.concat([legs, _long(home, from_ms)])
    elif order.sample_bp < TICKETS:
        legs = legs.filter(share_of_key(0) < order.sample_bp)
    ported = pl.col("routing_number")
    number = pl.when(ported == "").then("b").otherwise(ported).alias("number")
    dialled = pl.when((ported == "") | (ported == pl.col("b"))).then(pl.lit("")).otherwise("b").alias("dialled")
    return legs.with_columns(number, dialled, END.alias("end_ms")).drop("b", "routing_number", "disconnect_ms")


def _asked(legs: pl.DataFrame) -> pl.DataFrame:
    """Return the clients' side: one row a call, that of the leg that was answered first where there are several."""
    legs = legs.with_columns(AT.alias("at_ms"))
    if legs["call_key"].is_unique().all():
        return legs
    ordered = legs.sort("connect_ms", "setup_ms", nulls_last=True)
    ends = pl.col("end_ms").max().over("call_key")
    return ordered.with_columns(ends).unique("call_key", keep="first", maintain_order=True)


def _sold(legs: pl.DataFrame) -> pl.DataFrame:
    """Return what each call earned, and would earn, by its clients' legs."""
    sums = [
        pl.col(name).cast(pl.Int128).alias(its)
        for name, its in (("base_charge", "revenue"), ("now_charge", "revenue_now"))
    ]
    found = legs.select("call_key", *sums, pl.col("unrated").alias("unsold"))
    if found["call_key"].is_unique().all():
        return found
    return found.group_by("call_key").agg(pl.col("revenue", "revenue_now").sum(), pl.col("unsold").any())


def _carried(legs: pl.DataFrame) -> pl.DataFrame:
    """Return the vendors' side: who had each call last, who failed it, what all of them took."""
    answered = pl.col("connect_ms").is_not_null()
    failed = pl.when(~answered).then("partner").alias("failed")
    legs = legs.select(
        "call_key", "attempt", pl.col("partner").alias("carrier"), failed, answered.alias("answered"),
        pl.col("trunk").alias("carried_by"), *_OF_LAST[1:],
        pl.col("base_charge").cast(pl.Int128).alias("cost"), pl.col("now_charge").cast(pl.Int128).alias("cost_now"),
        pl.col("unrated").alias("unpaid"),
    )  # fmt: skip
    several = legs["call_key"].is_duplicated()
    once, tried = legs.filter(~several), legs.filter(several).sort(ONE_BY_ONE, maintain_order=True)
    summed = tried.group_by("call_key").agg(
        pl.col("carrier").last(),
        pl.col("failed").drop_nulls().unique().sort().str.join("|"),
        pl.col("answered").any(),
        *(pl.col(name).last() for name in _OF_LAST),
        pl.col("cost", "cost_now").sum(),
        pl.col("unpaid").any(),
    )
    return pl.concat([once.drop("attempt"), summed])


_OF_LAST = ("carried_by", "setup_ms", "connect_ms", "duration_ms", "end_ms")

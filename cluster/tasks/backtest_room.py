"""Calls at once and a second, by vendor, trunk and limit and by the hour: as they were and as they would be."""

from collections.abc import Sequence

import polars as pl

from domain.backtest_room import HOUR_MS, Bound, HourKey, Room, Use, bounds_of
from domain.directory import Directory

_AT_BITS, _STEP_BITS = 42, 2
_SECOND_MS = 1_000
_FIGURES = ("calls", "cps", "over", "fast")


def uses_of(
    calls: pl.DataFrame, carried: pl.DataFrame, directory: Directory, from_ms: int, until_ms: int
) -> dict[HourKey, Use]:
    """Return the use of [from, until). `calls`: with their fate; `carried`: the legs that their vendors had."""
    sides = _then(carried), _now(calls, carried)
    bounds = bounds_of(directory)
    found: dict[HourKey, Use] = {}
    for column, room in (("vendor", Room.VENDOR), ("by", Room.TRUNK)):
        some = [bound for bound in bounds if bound.room is room]
        then, now = (legs.select(pl.col(column).alias("name"), "setup_ms", "end_ms") for legs in sides)
        found |= _both(then, now, some, from_ms, until_ms)
    of_call = calls.select("call_key", "client", "trunk", "destination", dialled().alias("b"))
    for bound in bounds:
        if bound.room is Room.LIMIT:
            then, now = (_counted(bound, legs, of_call) for legs in sides)
            found |= _both(then, now, [bound], from_ms, until_ms)
    return found


def _then(carried: pl.DataFrame) -> pl.DataFrame:
    named = pl.col("partner").alias("vendor"), pl.col("trunk").alias("by")
    return carried.select("call_key", *named, "setup_ms", "end_ms")


def _now(calls: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """Return the legs that calls would have: of those that stay all that they had, of those that go the ones ahead of
    the new vendor, and one with him for as long as the last one had it."""
    stay = carried.join(changed(calls), on="call_key", how="anti")
    gone = calls.filter("goes").select(
        "call_key", pl.col("way").alias("vendor"), pl.col("way_trunk").alias("by"), "setup_ms", "end_ms"
    )
    return pl.concat([_then(stay), _then(failed_ahead(calls, carried)), gone])


def changed(calls: pl.DataFrame) -> pl.DataFrame:
    """Return the calls that do not stay as they were."""
    return calls.filter(pl.col("goes") | (pl.col("refused") != ""))


def failed_ahead(calls: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """Return the legs of those who failed calls ahead of who has them now."""
    ahead = changed(calls).filter(pl.col("ahead") != "").select("call_key", pl.col("ahead").str.split("|"))
    failed = carried.filter(pl.col("connect_ms").is_null()).join(ahead, on="call_key")
    return failed.filter(pl.col("partner").is_in(pl.col("ahead")))


def dialled() -> pl.Expr:
    """Return the numbers by which limits count calls: those that were dialled."""
    return pl.when(pl.col("dialled") == "").then("number").otherwise("dialled")


def _counted(bound: Bound, legs: pl.DataFrame, of_call: pl.DataFrame) -> pl.DataFrame:
    """Return the legs that a limit counts."""
    legs = legs.filter(_asked(("vendor", bound.vendor), ("by", bound.trunk)))
    if bound.client or bound.trunk_in or bound.destination is not None or bound.code:
        legs = legs.join(of_call.filter(_of_calls(bound)).select("call_key"), on="call_key", how="semi")
    return legs.select(pl.lit(bound.name).alias("name"), "setup_ms", "end_ms")


def counted_by(bound: Bound) -> pl.Expr:
    """Return whether a bound counts a leg (`vendor by`, and of its call `client trunk destination b`)."""
    return _asked(("vendor", bound.vendor), ("by", bound.trunk)) & _of_calls(bound)


def _of_calls(bound: Bound) -> pl.Expr:
    named = _asked(("client", bound.client), ("trunk", bound.trunk_in), ("destination", bound.destination))
    return named & pl.col("b").str.starts_with(bound.code) if bound.code else named


def _asked(*named: tuple[str, object]) -> pl.Expr:
    return pl.all_horizontal(pl.lit(True), *(pl.col(name) == value for name, value in named if value is not None))


def _both(
    then: pl.DataFrame, now: pl.DataFrame, bounds: Sequence[Bound], from_ms: int, until_ms: int
) -> dict[HourKey, Use]:
    names = [bound.name for bound in bounds]
    if not names:
        return {}
    was, would = (_used(legs, bounds, from_ms, until_ms) for legs in (then, now))
    joined = was.join(would, on=["place", "hour"], how="full", coalesce=True, suffix="_now").fill_null(0)
    figures = [f"{name}{side}" for name in _FIGURES for side in ("", "_now")]
    return {
        HourKey(bounds[place].room, names[place], hour * HOUR_MS): Use(*use)
        for place, hour, *use in joined.select("place", "hour", *figures).iter_rows()
        if any(use)  # hours without calls are not told, wherever the period is cut
    }


def _used(legs: pl.DataFrame, bounds: Sequence[Bound], from_ms: int, until_ms: int) -> pl.DataFrame:
    """Return _FIGURES by place among bounds and by hour.

    One sorted column of numbers has all moments at which a count changes: each leg adds one and takes it away again, so
    that the running sum is 0 between any two places.
    """
    legs = legs.filter((pl.col("setup_ms") < until_ms) & (pl.col("end_ms") > from_ms))
    names = pl.Series([bound.name for bound in bounds], dtype=pl.String)
    places = legs["name"].replace_strict(names, pl.Series(range(len(names)), dtype=pl.Int64), default=None)
    legs = legs.with_columns(places.alias("place")).drop_nulls("place")
    base = min(from_ms, _least(legs["setup_ms"], from_ms))
    ends = pl.max_horizontal("end_ms", pl.col("setup_ms") + 1)
    began = legs.select(_packed(pl.col("place"), pl.col("setup_ms") - base, 2)).to_series()
    ended = legs.select(_packed(pl.col("place"), ends - base, 0)).to_series()
    hours = (*range(from_ms - from_ms % HOUR_MS + HOUR_MS, until_ms, HOUR_MS), from_ms)
    used = legs["place"].unique().to_list()
    marks = [(place << _AT_BITS | at - base) << _STEP_BITS | 1 for place in used for at in hours]
    every = pl.concat([began, ended, pl.Series("packed", marks, dtype=pl.Int64)]).sort()
    at_ms = (every // (1 << _STEP_BITS)) % (1 << _AT_BITS) + base
    step = every % (1 << _STEP_BITS) - 1
    frame = pl.DataFrame(
        {"place": every // (1 << (_AT_BITS + _STEP_BITS)), "at_ms": at_ms, "step": step, "open": step.cum_sum()}
    )
    frame = frame.filter(pl.col("at_ms").is_between(from_ms, until_ms, closed="left"))
    return _by_hour(_held(frame, bounds, from_ms, until_ms), bounds)


def _held(moments: pl.DataFrame, bounds: Sequence[Bound], from_ms: int, until_ms: int) -> pl.DataFrame:
    """Add whether the bound is to be kept at each moment (`held`); a limit, which may hold at times, is by itself."""
    edges = bounds[0].edges(from_ms, until_ms)
    since = pl.Series([at_ms for at_ms, _ in edges], dtype=pl.Int64)
    held = pl.Series([holds for _, holds in edges], dtype=pl.Boolean)
    return moments.with_columns(held.gather(since.search_sorted(moments["at_ms"], side="right") - 1).alias("held"))


def _packed(place: pl.Expr, since_ms: pl.Expr, step: int) -> pl.Expr:
    return ((place * (1 << _AT_BITS) + since_ms) * (1 << _STEP_BITS) + step).alias("packed")


def _by_hour(moments: pl.DataFrame, bounds: Sequence[Bound]) -> pl.DataFrame:
    most = [
        pl.Series(values, dtype=pl.Int64)
        for values in ([bound.max_calls for bound in bounds], [bound.max_cps for bound in bounds])
    ]
    began = pl.col("step") == 1
    hour = (pl.col("at_ms") // HOUR_MS).alias("hour")
    calls = (
        moments.with_columns(hour, most[0].gather(moments["place"]).alias("most"))
        .group_by("place", "hour")
        .agg(
            pl.col("open").max().alias("calls"),
            (began & pl.col("held") & (pl.col("open") > pl.col("most"))).sum().alias("over"),
        )
    )
    second = (pl.col("at_ms") // _SECOND_MS).alias("second")
    seconds = moments.filter(began).group_by("place", second).agg(pl.len(), pl.col("held").first())
    seconds = seconds.with_columns(pl.col("len").cast(pl.Int64), most[1].gather(seconds["place"]).alias("most"))
    fast = (pl.col("len") - pl.col("most")).clip(lower_bound=0).filter("held").sum()
    cps = seconds.group_by("place", (pl.col("second") * _SECOND_MS // HOUR_MS).alias("hour")).agg(
        pl.col("len").max().alias("cps"), fast.alias("fast")
    )
    return calls.join(cps, on=["place", "hour"], how="left").select("place", "hour", *_FIGURES).fill_null(0)


def _least(values: pl.Series, default: int) -> int:
    found = values.min()
    return found if isinstance(found, int) else default

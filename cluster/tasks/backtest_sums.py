"""What calls of the past cost and earn by what becomes of them, and what groups of them come to."""

import polars as pl

from cluster.tasks.backtest_charging import charged
from cluster.tasks.batch_world import BatchWorld
from domain.backtests import Group, Spill, Sums
from domain.directory import Portability
from domain.ids import DestinationId, PartnerId, PlanId

_CHARGED = {"call_key": pl.Binary, "charge": pl.Int128}
_MONEY = ("revenue", "revenue_now", "cost", "cost_now")


def with_charges(calls: pl.DataFrame, batch: BatchWorld, carried: pl.DataFrame) -> pl.DataFrame:
    """Add who has each call now (`now`), and what it costs and earns then; `unrated`: it is as it was, for want of a
    rate."""
    fx = batch.world.index.fx
    moved = [pl.DataFrame(schema=_CHARGED)]
    going = _as_paid(calls.filter(pl.col("plan").is_not_null()), batch)
    for (plan,), some in going.group_by("plan"):
        cost = charged(some, batch.plans[PlanId(str(plan))], fx)
        moved.append(some.select("call_key").with_columns(cost.alias("charge")).cast(_CHARGED))  # type: ignore[arg-type]
    calls = calls.join(pl.concat(moved), on="call_key", how="left", maintain_order="left")
    calls = calls.join(_of_ahead(calls, carried), on="call_key", how="left", maintain_order="left")
    refused, goes = pl.col("refused") != "", pl.col("charge").is_not_null()
    stays = ~refused & ~goes
    unrated = (pl.col("plan").is_not_null() & ~goes) | (~refused & pl.col("unsold")) | (stays & pl.col("unpaid"))
    failed = pl.col("failed_cost").fill_null(0)
    now = pl.when(refused).then(pl.lit("")).when(goes).then("way").otherwise(pl.col("carrier").fill_null(""))
    cost_now = pl.when(refused).then(failed).when(goes).then(pl.col("charge") + failed).otherwise("cost_now")
    return calls.with_columns(
        unrated.alias("unrated"),
        goes.alias("goes"),
        now.alias("now"),
        pl.when(refused).then(pl.lit(0, pl.Int128)).otherwise("revenue_now").alias("revenue_now"),
        cost_now.alias("cost_now"),
    )


def _as_paid(calls: pl.DataFrame, batch: BatchWorld) -> pl.DataFrame:
    """Put in the number by which each call's way is paid: the dialled one where its trunk is not told of a move."""
    trunks = batch.world.index.directory.trunks.values()
    told = [trunk.id for trunk in trunks if trunk.options.portability is Portability.HAND_ON]
    untold = (pl.col("dialled") != "") & ~pl.col("way_trunk").is_in(told)
    return calls.with_columns(pl.when(untold).then("dialled").otherwise("number").alias("number"))


def _of_ahead(calls: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """Return what those took that failed calls ahead of who has them now: an attempt may have its fee."""
    some = calls.filter(pl.col("ahead") != "").select("call_key", pl.col("ahead").str.split("|"))
    tried = carried.filter((pl.col("now_charge") != 0) & pl.col("connect_ms").is_null()).join(some, on="call_key")
    ahead = tried.filter(pl.col("partner").is_in(pl.col("ahead")))
    return ahead.group_by("call_key").agg(pl.col("now_charge").cast(pl.Int128).sum().alias("failed_cost"))


def groups_of(calls: pl.DataFrame) -> dict[Group, Sums]:
    """Add up calls that have their charges."""
    keys = ("client", "destination", pl.col("carrier").fill_null("").alias("then"), "now", "refused")
    return {
        Group(PartnerId(client), DestinationId(place), PartnerId(then), PartnerId(now), refused): Sums(*sums)
        for client, place, then, now, refused, *sums in calls.group_by(*keys).agg(_sums()).iter_rows()
    }


def spills_of(before: pl.DataFrame, after: pl.DataFrame) -> dict[Spill, Sums]:
    """Add up calls that find no room: what they would cost and earn with it, and what they do."""
    both = after.with_columns(
        before["now"].alias("first"), before["revenue_now"].alias("revenue"), before["cost_now"].alias("cost")
    )
    found = both.group_by("first", "now").agg(_sums())
    return {Spill(PartnerId(first), PartnerId(now)): Sums(*sums) for first, now, *sums in found.iter_rows()}


def _sums() -> list[pl.Expr]:
    talk_ms = pl.when(pl.col("answered")).then("duration_ms").otherwise(0).cast(pl.Int128).sum().alias("talk_ms")
    return [pl.len(), pl.col("answered").sum(), talk_ms, *(pl.col(name).cast(pl.Int128).sum() for name in _MONEY)]

"""One part of a back-test: calls grouped by what decides, each group decided once, each call charged as it would be.

Charges are those of the very functions that charge files of calls, over the call's own seconds. Nothing is charged.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time

import polars as pl

from actors.home import Home
from cluster.tasks.backtest_calls import calls_of
from cluster.tasks.backtest_charging import charged, repriced
from cluster.tasks.backtest_fates import fated
from cluster.tasks.backtest_keys import KEYS, KEYS_ONLY, keyed
from cluster.tasks.backtest_room import uses_of
from cluster.tasks.backtest_then import Quality, quality_of
from cluster.tasks.backtest_world import Worlds, worlds_of
from cluster.tasks.batch_world import BatchWorld
from domain.backtest_cuts import DAY_MS
from domain.backtest_quality import PeriodQuality
from domain.backtests import Backtest, BacktestOrder, Group, Sums
from domain.directory import Portability
from domain.ids import DestinationId, PartnerId, PlanId

_CHARGED = {"call_key": pl.Binary, "charge": pl.Int128}
_MONEY = ("revenue", "revenue_now", "cost", "cost_now")


def backtest_part(home: Home, order: BacktestOrder, known: PeriodQuality, from_ms: int, until_ms: int) -> Backtest:
    """Return what the calls of an order come to that are dated in [from, until)."""
    with _no_search_for_garbage():
        return _part(home, order, known, from_ms, until_ms)


@contextmanager
def _no_search_for_garbage() -> Iterator[None]:
    """Look for no rings of garbage meanwhile: there are hardly any, and millions of values to look through, which takes
    a third of the time where formulas ask for what was known then."""
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searched:
            gc.enable()


def _part(home: Home, order: BacktestOrder, known: PeriodQuality, from_ms: int, until_ms: int) -> Backtest:
    began = process_time()
    worlds = worlds_of(home, order)
    calls, carried = calls_of(home, order, from_ms, until_ms, lambda legs: repriced(legs, order, worlds.now))
    if not calls.height:
        return Backtest(parts=1, cpu_s=process_time() - began)
    fated, decided = _decided(calls, order, worlds, quality_of(home, order, known, from_ms, until_ms))
    moved = _charged(fated, worlds.now, carried)
    uses = uses_of(moved, carried, worlds.now.world.index.directory, from_ms, until_ms) if order.whole else {}
    own = moved.filter("own")
    return Backtest(
        groups=_groups(own),
        tried=_tried(carried.join(own.select("call_key"), on="call_key", how="semi")),
        unknown=int((own["carrier"].is_null() | own["unrated"]).sum()),
        decided=decided,
        parts=1,
        cpu_s=process_time() - began,
        uses=uses,
    )


def _decided(calls: pl.DataFrame, order: BacktestOrder, worlds: Worlds, quality: Quality) -> tuple[pl.DataFrame, int]:
    """Add what becomes of calls; return how many decisions that took, too."""
    policies = tuple(one for one in (order.policy, order.against) if one is not None)
    both = (worlds.now,) if worlds.now is worlds.then else (worlds.now, worlds.then)
    span = order.from_ms - DAY_MS, order.until_ms + DAY_MS
    grouped = keyed(calls, both, policies, span, by_quarter=quality.by_quarter)
    samples = grouped.group_by(KEYS).agg(pl.col("number", "dialled", "a", "at_ms").first()).sort("quarter")
    samples = samples.with_row_index("group")
    grouped = grouped.join(samples.select("group", *KEYS), on=KEYS, how="left", maintain_order="left")
    now, decided = quality.chosen("now", worlds.now, order.policy, samples)
    then = quality.chosen("then", worlds.then, order.against, samples)[0] if order.compares else None
    return fated(grouped.drop(KEYS_ONLY), now, then), decided


def _charged(calls: pl.DataFrame, batch: BatchWorld, carried: pl.DataFrame) -> pl.DataFrame:
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


def _groups(calls: pl.DataFrame) -> dict[Group, Sums]:
    keys = ("client", "destination", pl.col("carrier").fill_null("").alias("then"), "now", "refused")
    talk_ms = pl.when(pl.col("answered")).then("duration_ms").otherwise(0).cast(pl.Int128).sum().alias("talk_ms")
    money = [pl.col(name).cast(pl.Int128).sum() for name in _MONEY]
    found = calls.group_by(*keys).agg(pl.len(), pl.col("answered").sum(), talk_ms, *money)
    return {
        Group(PartnerId(client), DestinationId(place), PartnerId(then), PartnerId(now), refused): Sums(*sums)
        for client, place, then, now, refused, *sums in found.iter_rows()
    }


def _tried(carried: pl.DataFrame) -> dict[tuple[PartnerId, DestinationId], tuple[int, int]]:
    found = carried.group_by("partner", "destination").agg(
        pl.len(), pl.col("connect_ms").is_not_null().sum().alias("n")
    )
    return {
        (PartnerId(vendor), DestinationId(place)): (attempts, answered)
        for vendor, place, attempts, answered in found.iter_rows()
    }

"""One part of a back-test: calls grouped by what decides, each group decided once, each call charged as it would be.

Charges are those of the very functions that charge files of calls, over the call's own seconds. Nothing is charged.
"""

from dataclasses import replace
from time import process_time

import polars as pl

from actors.home import Home
from cluster.tasks.backtest_calls import calls_of, share_of_key
from cluster.tasks.backtest_keys import KEYS, keyed
from cluster.tasks.batch_world import BatchWorld, world_of
from cluster.tasks.cdr_charging import in_base
from domain.backtest_choices import Chooser, PastCall
from domain.backtest_quality import PeriodQuality
from domain.backtests import NOBODY, Backtest, BacktestOrder, Choice, Fate, Group, Sums, Was, fate
from domain.columnar import BatchPlan, rate_calls
from domain.fx import FxTable
from domain.ids import DestinationId, PartnerId, PlanId, TrunkId
from domain.intervals import OPEN_MS
from domain.policies.policy import Policy

_FATE = {"way": pl.String, "plan": pl.String, "ahead": pl.String, "refused": pl.String}
_ALIKE = ("group", "carrier", "failed", "answered", "ticket")
_CHARGED = {"call_key": pl.Binary, "charge": pl.Int128}
_MONEY = ("revenue", "revenue_now", "cost", "cost_now")


def backtest_part(home: Home, order: BacktestOrder, known: PeriodQuality, from_ms: int, until_ms: int) -> Backtest:
    """Return what the calls of an order come to that are dated in [from, until)."""
    began = process_time()
    batch = world_of(home, order.now_ms)
    calls, carried = calls_of(home, order, from_ms, until_ms)
    if not calls.height:
        return Backtest(parts=1, cpu_s=process_time() - began)
    policies = (order.policy, *((order.against,) if order.against else ()))
    grouped = keyed(calls, batch, policies)
    samples = grouped.group_by(KEYS).agg(pl.col("number", "a", "at_ms").first()).with_row_index("group")
    grouped = grouped.join(samples.select("group", *KEYS), on=KEYS, how="left", maintain_order="left")
    now, then = (_chosen(batch, known, policy, samples) for policy in (order.policy, order.against))
    assert now is not None, "there is always a policy that is tried"
    fated = _fated(grouped, now, then)
    charged = _charged(fated, batch, carried)
    return Backtest(
        groups=_groups(charged),
        tried=_tried(carried),
        unknown=int((charged["carrier"].is_null() | charged["unrated"]).sum()),
        decided=samples.height,
        parts=1,
        cpu_s=process_time() - began,
    )


def _chosen(
    batch: BatchWorld, known: PeriodQuality, policy: Policy | None, samples: pl.DataFrame
) -> list[Choice] | None:
    """Return what a policy decides about each group."""
    if policy is None:
        return None
    chooser = Chooser(replace(batch.world, quality=known.board), policy)
    asked = samples.select("client", "trunk", "number", "a", "destination", "at_ms").iter_rows()
    return [
        chooser.choice(PastCall(PartnerId(client), TrunkId(trunk), number, a, DestinationId(place), at_ms))
        for client, trunk, number, a, place, at_ms in asked
    ]


def _fated(calls: pl.DataFrame, now: list[Choice], then: list[Choice] | None) -> pl.DataFrame:
    """Add to calls what becomes of them (_FATE): found once for calls of a group that went alike."""
    drawn = [bool(choice.drawn) for choice in now]
    drawn = [one or bool(other.drawn) for one, other in zip(drawn, then, strict=True)] if then is not None else drawn
    ticket = pl.when(pl.Series(drawn, dtype=pl.Boolean).gather(calls["group"])).then(share_of_key(8)).otherwise(0)
    calls = calls.with_columns(ticket.alias("ticket"))
    alike = calls.select(_ALIKE).unique()
    fates = []
    for group, carrier, failed, answered, number in alike.iter_rows():
        whose = PartnerId(carrier or NOBODY)
        failing = frozenset(PartnerId(vendor) for vendor in (failed or "").split("|")) - {NOBODY}
        was = Was(whose, failing - ({whose} if answered else set()), answered)
        fates.append(_row(fate(was, now[group].of(number), then[group].of(number) if then is not None else None)))
    told = alike.hstack(pl.DataFrame(fates, schema=_FATE, orient="row"))
    return calls.join(told, on=_ALIKE, how="left", nulls_equal=True, maintain_order="left")


def _row(found: Fate) -> tuple[str | None, str | None, str, str]:
    vendor, plan = found.way or (None, None)
    return vendor, plan, "|".join(found.ahead), found.refusal or ""


def _charged(calls: pl.DataFrame, batch: BatchWorld, carried: pl.DataFrame) -> pl.DataFrame:
    """Add who has each call now (`now`), and what it costs and earns then; `unrated`: it stays, for want of a rate."""
    fx = batch.world.index.fx
    moved = [pl.DataFrame(schema=_CHARGED)]
    for (plan,), some in calls.filter(pl.col("plan").is_not_null()).group_by("plan"):
        moved.append(_under(some, batch.plans[PlanId(str(plan))], fx))
    calls = calls.join(pl.concat(moved), on="call_key", how="left", maintain_order="left")
    calls = calls.join(_of_ahead(calls, carried), on="call_key", how="left", maintain_order="left")
    refused = pl.col("refused") != ""
    unrated = pl.col("plan").is_not_null() & pl.col("charge").is_null()
    goes = pl.col("charge").is_not_null()
    failed = pl.col("failed_cost").fill_null(0)
    return calls.with_columns(
        unrated.alias("unrated"),
        pl.when(refused)
        .then(pl.lit(""))
        .when(goes)
        .then("way")
        .otherwise(pl.col("carrier").fill_null(""))
        .alias("now"),
        pl.when(refused).then(pl.lit(0, pl.Int128)).otherwise("revenue").alias("revenue_now"),
        pl.when(refused).then(failed).when(goes).then(pl.col("charge") + failed).otherwise("cost").alias("cost_now"),
    )


def _under(calls: pl.DataFrame, plan: BatchPlan, fx: FxTable) -> pl.DataFrame:
    """Return what calls cost by a plan, in the base currency; null where it cannot rate one."""
    asked = calls.select(
        "call_key",
        pl.col("number").alias("b"),
        "a",
        "connect_ms",
        "setup_ms",
        "duration_ms",
        pl.lit(None, pl.Int64).alias("volume"),
        pl.coalesce("connect_ms", "setup_ms").alias("dated_ms"),
    )
    rated = rate_calls(asked, plan)
    changes = pl.Series(fx.changes, dtype=pl.Int64)
    rates = pl.Series([fx.rate_at(plan.rules.currency, at) for at in (-OPEN_MS, *fx.changes)], dtype=pl.Int64)
    rated = rated.with_columns(rates.gather(changes.search_sorted(rated["dated_ms"], side="right")).alias("fx"))
    return rated.select("call_key", in_base("charge").alias("charge")).cast(_CHARGED)  # type: ignore[arg-type]


def _of_ahead(calls: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """Return what those took that failed calls ahead of who has them now: an attempt may have its fee."""
    some = calls.filter(pl.col("ahead") != "").select("call_key", pl.col("ahead").str.split("|"))
    tried = carried.filter((pl.col("base_charge") != 0) & pl.col("connect_ms").is_null()).join(some, on="call_key")
    ahead = tried.filter(pl.col("partner").is_in(pl.col("ahead")))
    return ahead.group_by("call_key").agg(pl.col("base_charge").cast(pl.Int128).sum().alias("failed_cost"))


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

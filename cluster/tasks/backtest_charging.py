"""What legs would be charged by other plans, by the very functions that charge files of calls. Nothing is charged."""

import polars as pl

from cluster.tasks.batch_world import BatchWorld
from cluster.tasks.cdr_charging import in_base
from domain.backtests import BacktestOrder
from domain.columnar import BatchPlan, rate_calls
from domain.fx import FxTable
from domain.ids import PlanId
from domain.intervals import OPEN_MS


def repriced(legs: pl.DataFrame, order: BacktestOrder, batch: BatchWorld) -> pl.DataFrame:
    """Add what legs would be charged in the base currency (`now_charge`) by the rates and plans that are tried; those
    that these cannot rate (`unrated`), and all others, as they were."""
    legs = legs.with_columns(pl.col("base_charge").alias("now_charge"), pl.lit(False).alias("unrated"))
    by: pl.Expr = pl.when(pl.col("plan").is_in([str(one.plan) for one in order.rates])).then("plan")
    for one in order.plans:
        theirs = (pl.col("partner") == one.partner) & (pl.col("side") == one.side.value)
        by = pl.when(theirs).then(pl.lit(str(one.plan))).otherwise(by)
    if not order.reprices:
        return legs
    legs = legs.with_columns(by.alias("by"))
    asked = [legs.filter(pl.col("by").is_null())]
    for (plan,), some in legs.filter(pl.col("by").is_not_null()).group_by("by"):
        found = charged(some, batch.plans[PlanId(str(plan))], batch.world.index.fx).cast(pl.Int64)
        new = some.with_columns(
            found.fill_null(some["base_charge"]).alias("now_charge"), found.is_null().alias("unrated")
        )
        asked.append(new)
    return pl.concat(asked).drop("by")


def charged(calls: pl.DataFrame, plan: BatchPlan, fx: FxTable) -> pl.Series:
    """Return what calls (`number a connect_ms setup_ms duration_ms`) cost by a plan, in the base currency.

    Null where it cannot rate one.
    """
    asked = calls.select(
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
    return rated.select(in_base("charge").alias("charge")).to_series()

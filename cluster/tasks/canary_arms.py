"""Both arms of a version that is tried, counted from the legs of books and segments: exact, whenever it is asked."""

from collections.abc import Sequence
from itertools import pairwise

import polars as pl

from actors.decision_counts import count_decisions
from actors.home import Home
from actors.route_work import ArmsCount, ArmsOrder
from cluster.tasks.backtest_calls import APART_MS, voice_legs
from cluster.tasks.batch_world import open_catalog
from cluster.tasks.leg_frames import ENDED_SCHEMA
from domain.calls import Side
from domain.cause_classes import USER_CLASSES, class_of
from domain.directory import Directory
from domain.ids import DestinationId, PartnerId, TrunkId
from domain.policies.comparing import Arm, Part, Spread
from domain.policies.policy import Canary, Policies, drawn
from domain.policies.resolving import PolicyIndex
from store.catalog import Catalog

_SAID = {
    name: ENDED_SCHEMA[name]
    for name in (
        "call_key side switch partner trunk attempt b destination setup_ms alert_ms connect_ms duration_ms cause "
        "base_charge"
    ).split()
}
_WHOSE = ("client", "trunk", "destination")
SLOT_MS = 60_000
"""No part of the week begins within one: they are told in minutes, and zones differ by whole minutes."""


def count_arms(home: Home, order: ArmsOrder) -> ArmsCount:
    """Count the ended calls that were set up in the order's time, and what was decided then."""
    canary = order.canary
    decisions = count_decisions(home.decisions, canary.policy.name, order.from_ms, order.until_ms, order.known)
    legs = voice_legs(home, _SAID, order.from_ms, order.until_ms + APART_MS)
    calls = _asked(legs.filter(pl.col("side") == Side.CLIENT.value))
    calls = calls.filter(pl.col("setup_ms").is_between(order.from_ms, order.until_ms, closed="left"))
    catalog = open_catalog(home)
    try:
        calls = _held(calls, catalog, order)
    finally:
        catalog.close()
    calls = calls.with_columns(pl.Series("tried", _drawn(calls, canary, decisions.by_number), dtype=pl.Boolean))
    calls = calls.join(_carried(legs, calls), on="call_key", how="left", maintain_order="left")
    calls = calls.with_columns(
        pl.col("cost").fill_null(0), pl.col("attempts", "first_ms").fill_null(0), pl.col("carrier").fill_null("")
    )
    current, tried = (_arm(calls.filter(pl.col("tried") == arm)) for arm in (False, True))
    return ArmsCount(current, tried, decisions)


def _asked(legs: pl.DataFrame) -> pl.DataFrame:
    """Return the clients' side: one row a call, as its leg says that was answered, else the first one."""
    alerted, answered = pl.col("alert_ms").is_not_null(), pl.col("connect_ms").is_not_null()
    legs = legs.with_columns(alerted.alias("alerted"), answered.alias("answered"))
    legs = legs.join(_ends(legs), on=["cause", "alerted", "answered"], how="left")
    legs = legs.sort("connect_ms", "setup_ms", nulls_last=True)
    return legs.group_by("call_key", maintain_order=True).agg(
        pl.col("partner").first().alias("client"),
        pl.col("trunk", "destination", "b", "switch", "answered", "user_failure").first(),
        pl.col("setup_ms").min(),
        pl.when(pl.col("answered")).then("duration_ms").otherwise(0).sum().alias("talk_ms"),
        (pl.col("alert_ms") - pl.col("setup_ms")).clip(lower_bound=0).first().alias("pdd_ms"),
        pl.col("base_charge").cast(pl.Int128).sum().alias("revenue"),
    )


def _ends(legs: pl.DataFrame) -> pl.DataFrame:
    """Return each kind of end, and whether it is a failure of the user's, as quality counts it."""
    ends = legs.select("cause", "alerted", "answered").unique()
    kinds = [class_of(cause, answered=was, alerted=rang) in USER_CLASSES for cause, rang, was in ends.iter_rows()]
    return ends.with_columns(pl.Series("user_failure", kinds, dtype=pl.Boolean))


def _held(calls: pl.DataFrame, catalog: Catalog, order: ArmsOrder) -> pl.DataFrame:
    """Return the calls for which the policy held when they were set up, by where it was attached then."""
    directory, name = catalog.directory(), order.canary.policy.name
    scopes = catalog.policies.scopes(order.from_ms, order.until_ms)
    edges = [since for since, _ in scopes] + [order.until_ms]
    parts = []
    for (since, until), (_, policies) in zip(pairwise(edges), scopes, strict=True):
        some = calls.filter(pl.col("setup_ms").is_between(since, until, closed="left"))
        some = some.with_columns((pl.col("setup_ms") // SLOT_MS if policies.profiles else pl.lit(0)).alias("slot"))
        kinds = some.group_by(*_WHOSE, "slot").agg(pl.col("setup_ms").min())
        held = _holding(kinds, directory, policies, name)
        parts.append(some.join(held, on=[*_WHOSE, "slot"], how="semi", maintain_order="left").drop("slot"))
    return pl.concat(parts)


def _holding(kinds: pl.DataFrame, directory: Directory, policies: Policies, name: str) -> pl.DataFrame:
    index = PolicyIndex(policies)

    def holds(client: str, trunk: str, destination: int, at_ms: int) -> bool:
        partner, by = directory.partners.get(PartnerId(client)), directory.trunks.get(TrunkId(trunk))
        own, product = partner.policy if partner else "", by.options.product if by else ""
        rules = index.rules_at(own, PartnerId(client), product, DestinationId(destination), at_ms)
        return any(one.name == name for one in rules.policies)

    asked = kinds.select(*_WHOSE, "setup_ms").iter_rows()
    return kinds.filter(pl.Series([holds(*one) for one in asked], dtype=pl.Boolean))


def _drawn(calls: pl.DataFrame, canary: Canary, by_number: frozenset[str]) -> Sequence[bool]:
    """Return which calls were drawn for what is tried, as nodes did it."""
    salt, share_bp, rows = canary.salt, canary.share_bp, calls.select("call_key", "b", "switch").iter_rows()
    return [drawn(salt, b.encode() if switch in by_number else key) < share_bp for key, b, switch in rows]


def _carried(legs: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    """Return the vendors' side: attempts, cost, who had each call last, and how long it talked with the first."""
    its = legs.filter(pl.col("side") == Side.VENDOR.value).join(calls.select("call_key"), on="call_key", how="semi")
    answered = pl.col("connect_ms").is_not_null()
    talk = pl.when(answered).then("duration_ms").otherwise(0)
    its = its.with_columns(answered.alias("was"), talk.alias("talk")).sort("attempt", "setup_ms")
    return its.group_by("call_key").agg(
        pl.len().cast(pl.Int64).alias("attempts"),
        pl.col("base_charge").cast(pl.Int128).sum().alias("cost"),
        pl.col("talk").first().alias("first_ms"),
        pl.col("partner").sort_by("was", maintain_order=True).last().alias("carrier"),
    )


def _arm(calls: pl.DataFrame) -> Arm:
    parts = (
        calls.filter(pl.col("carrier") != "")
        .group_by("carrier")
        .agg(pl.len().alias("calls"), pl.col("answered").sum(), pl.col("talk_ms").sum())
    )
    answered = calls.filter("answered")
    return Arm(
        calls=calls.height,
        attempts=_sum(calls["attempts"]),
        answered=answered.height,
        user_failures=_sum(calls["user_failure"]),
        talk_ms=_spread(answered["talk_ms"]),
        pdd_ms=_spread(calls["pdd_ms"].drop_nulls()),
        margin=_spread(calls["revenue"] - calls["cost"]),
        revenue=_sum(calls["revenue"]),
        cost=_sum(calls["cost"]),
        first_talk_ms=_sum(calls["first_ms"]),
        vendors={PartnerId(vendor): Part(*sums) for vendor, *sums in parts.sort("carrier").iter_rows()},
    )


def _sum(values: pl.Series) -> int:
    return int(values.cast(pl.Int128).sum())


def _spread(values: pl.Series) -> Spread:
    wide = values.cast(pl.Int128)
    return Spread(len(values), _sum(values), int((wide * wide).sum()))

"""One part of a back-test: calls grouped by what decides, each group decided once, each call charged as it would be.

Charges are those of the very functions that charge files of calls, over the call's own seconds. Nothing is charged.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from operator import add
from time import process_time

import polars as pl

from actors.home import Home
from cluster.tasks.backtest_calls import calls_of
from cluster.tasks.backtest_charging import repriced
from cluster.tasks.backtest_fates import fated
from cluster.tasks.backtest_garbage import no_search_for_garbage
from cluster.tasks.backtest_keys import KEYS_ONLY, grouped, keyed
from cluster.tasks.backtest_left import leave
from cluster.tasks.backtest_room import uses_of
from cluster.tasks.backtest_steps import steps_of
from cluster.tasks.backtest_sums import groups_of, with_charges
from cluster.tasks.backtest_then import asks_then, quality_of
from cluster.tasks.backtest_world import Worlds, worlds_of
from domain.backtest_cuts import DAY_MS, PART_LEGS
from domain.backtest_quality import PeriodQuality
from domain.backtest_room import meets_bounds
from domain.backtests import Backtest, BacktestOrder, Choice
from domain.ids import DestinationId, PartnerId


def backtest_part(
    home: Home,
    order: BacktestOrder,
    known: PeriodQuality,
    from_ms: int,
    until_ms: int,
    leaves: bool = False,
    most: int = PART_LEGS,
) -> Backtest:
    """Return what the calls of an order come to that are dated in [from, until); leave them to be followed, where some
    find no room or it is asked for (`leaves`).

    A part of more than `most` legs is worked on in steps, as parts of its own would be, so that it takes no more
    memory; where its calls are to be followed they are left at once, for the whole.
    """
    whole, steps = (from_ms, until_ms), steps_of(home, from_ms, until_ms, most)
    with no_search_for_garbage():
        if leaves or len(steps) == 1:
            return _part(home, order, known, whole, leaves=leaves)
        found = reduce(add, (_part(home, order, known, step, leaves=None) for step in steps))
        if meets_bounds(found.uses):
            again = _part(home, order, known, whole, leaves=True)
            found = replace(found, cpu_s=found.cpu_s + again.cpu_s)
        return replace(found, parts=1)


def _part(
    home: Home, order: BacktestOrder, known: PeriodQuality, part: tuple[int, int], *, leaves: bool | None
) -> Backtest:
    """Work on a part, or a step of it; `leaves` None: nothing is left whatever comes of it."""
    began, (from_ms, until_ms) = process_time(), part
    worlds = worlds_of(home, order)
    calls, carried = calls_of(home, order, from_ms, until_ms, lambda legs: repriced(legs, order, worlds.now))
    if not calls.height:
        return Backtest(parts=1, cpu_s=process_time() - began)
    fated, choices, decided = _decided(home, calls, order, known, worlds)
    moved = with_charges(fated, worlds.now, carried)
    directory, own = worlds.now.world.index.directory, moved.filter("own")
    uses = uses_of(moved, carried, directory, from_ms, until_ms) if order.whole else {}
    if leaves or (leaves is False and meets_bounds(uses)):
        leave(home, order, from_ms, fated.with_columns(moved["goes"]), carried, choices, directory)
    return Backtest(
        groups=groups_of(own),
        tried=_tried(carried.join(own.select("call_key"), on="call_key", how="semi")),
        unknown=int((own["carrier"].is_null() | own["unrated"]).sum()),
        decided=decided,
        parts=1,
        cpu_s=process_time() - began,
        uses=uses,
    )


def _decided(
    home: Home, calls: pl.DataFrame, order: BacktestOrder, known: PeriodQuality, worlds: Worlds
) -> tuple[pl.DataFrame, Sequence[Choice], int]:
    """Add what becomes of calls; return what was decided about each of their groups, and how many decisions that took,
    too."""
    policies = tuple(one for one in (order.policy, order.against) if one is not None)
    both = (worlds.now,) if worlds.now is worlds.then else (worlds.now, worlds.then)
    span = order.from_ms - DAY_MS, order.until_ms + DAY_MS
    calls = keyed(calls, both, policies, span, by_quarter=asks_then(home, order))
    kinds, groups, group_of = grouped(calls)
    quality = quality_of(home, order, known, groups)
    now, decided = quality.chosen("now", worlds.now, order.policy, kinds, groups)
    then = quality.chosen("then", worlds.then, order.against, kinds, groups)[0] if order.compares else None
    now, then, alike = _different(now, then)
    calls = calls.drop(KEYS_ONLY).with_columns(alike.gather(group_of).alias("group"))
    return fated(calls, now, then), now, decided


def _different(
    now: Sequence[Choice], then: Sequence[Choice] | None
) -> tuple[list[Choice], list[Choice] | None, pl.Series]:
    """Return the different things that are decided, and which of them each group has: of very many groups few are."""
    places: dict[tuple[int, int], int] = {}
    some: list[Choice] = []
    others: list[Choice] = []
    found: list[int] = []
    for one, other in zip(now, now if then is None else then, strict=True):
        place = places.setdefault((id(one), id(other)), len(some))
        if place == len(some):
            some.append(one)
            others.append(other)
        found.append(place)
    return some, None if then is None else others, pl.Series("group", found, dtype=pl.Int64)


def _tried(carried: pl.DataFrame) -> dict[tuple[PartnerId, DestinationId], tuple[int, int]]:
    found = carried.group_by("partner", "destination").agg(
        pl.len(), pl.col("connect_ms").is_not_null().sum().alias("n")
    )
    return {
        (PartnerId(vendor), DestinationId(place)): (attempts, answered)
        for vendor, place, attempts, answered in found.iter_rows()
    }

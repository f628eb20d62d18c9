"""The worlds that a back-test compares: the catalog as it is, and the same with the rates and plans that are tried."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import polars as pl

from actors.home import Home
from cluster.tasks.batch_world import BatchWorld, open_catalog, world_of
from domain.attribution import DirectoryIndex
from domain.backtest_rates import Asked, Key, TrialPlan, TrialRates, at_prices, regrouped
from domain.backtests import BacktestOrder
from domain.calls import Side
from domain.columnar import BatchPlan
from domain.directory import Direction, Directory
from domain.ids import PlanId
from domain.intervals import OPEN_MS
from domain.origins import OriginCode
from domain.rates import Terms
from domain.sheet_frames.asked import asked
from domain.sheet_frames.columns import TERMS
from store.catalog import Catalog

_Tried = tuple[tuple[TrialRates, ...], tuple[TrialPlan, ...]]


@dataclass(frozen=True, slots=True)
class Worlds:
    """As the catalog is (`then`), and as is tried (`now`): the same object where no rate and no plan is."""

    then: BatchWorld
    now: BatchWorld


def worlds_of(home: Home, order: BacktestOrder) -> Worlds:
    """Return both worlds of an order; what was made last in this process is kept."""
    then, tried = world_of(home, order.now_ms), (order.rates, order.plans)
    if not order.reprices:
        return Worlds(then, then)
    if not _kept or _kept[0][0] is not then or _kept[0][1] != tried:
        _kept[:] = [(then, tried, _with(home, then, order))]
    return Worlds(then, _kept[0][2])


_kept: list[tuple[BatchWorld, _Tried, BatchWorld]] = []


def _with(home: Home, then: BatchWorld, order: BacktestOrder) -> BatchWorld:
    catalog = open_catalog(home)
    try:
        tried = {one.plan: _plan(catalog, one) for one in order.rates}
    finally:
        catalog.close()
    index = then.world.index
    if order.plans:
        index = DirectoryIndex(_dealt(index.directory, order.plans))
    return then.having(index, _Over(tried, then.plans))


def _plan(catalog: Catalog, tried: TrialRates) -> BatchPlan:
    entry, rows = catalog.plans.rates_touching(tried.plan, -OPEN_MS, OPEN_MS)
    codes: list[OriginCode] = list(catalog.origins.of(tried.plan, entry.version))
    found = list(rows)
    if tried.changes:
        found = said_of(pl.read_parquet(tried.changes)).over(found)
        told = [OriginCode(*row) for row in pl.read_parquet(tried.origins).iter_rows()] if tried.origins else []
        codes = regrouped(codes, told)
    return BatchPlan.of(entry.rules, at_prices(found, tried.prices), entry.version, codes)


def said_of(changes: pl.DataFrame) -> Asked:
    """Return what a compared sheet says at last of each code: that of its latest line."""
    lines = asked(changes).sort("from_ms").unique(["code", "rate_type", "origin"], keep="last")
    rates: dict[Key, tuple[Terms | None, bool]] = {}
    for code, rate_type, origin, blocked, *terms in lines.select(
        "code", "rate_type", "origin", "blocked", *TERMS
    ).iter_rows():
        rates[code, rate_type, origin] = (Terms(*terms) if terms[0] is not None else None, blocked)
    return Asked(rates)


def _dealt(directory: Directory, plans: tuple[TrialPlan, ...]) -> Directory:
    """Return a directory in which partners have other plans, on all of their trunks."""
    partners, trunks = dict(directory.partners), dict(directory.trunks)
    for one in plans:
        sells = one.side is Side.CLIENT
        partner = partners[one.partner]
        partners[one.partner] = replace(partner, sell_plan=one.plan) if sells else replace(partner, buy_plan=one.plan)
        way = Direction.IN if sells else Direction.OUT
        for trunk in directory.trunks.values():
            if trunk.partner == one.partner and trunk.direction is way:
                trunks[trunk.id] = replace(trunk, plan=None)
    return replace(directory, partners=partners, trunks=trunks)


class _Over(Mapping[PlanId, BatchPlan]):
    """Some plans in place of those of their names."""

    def __init__(self, tried: Mapping[PlanId, BatchPlan], others: Mapping[PlanId, BatchPlan]) -> None:
        self._tried, self._others = tried, others

    def __getitem__(self, plan: PlanId) -> BatchPlan:
        found = self._tried.get(plan)
        return self._others[plan] if found is None else found

    def __iter__(self) -> Iterator[PlanId]:
        return iter(self._others)

    def __len__(self) -> int:
        return len(self._others)

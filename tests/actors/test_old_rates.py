"""What is older than the rates that a node has waits for the whole catalog: a shorter code is not taken for the right
one, because the longer one has ended since and is not among them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.calls import Parked, ReportKind
from domain.causes import ParkCause
from domain.commands import Recorded
from domain.ids import PlanId
from domain.intervals import ColumnPlan
from domain.money import units_of
from domain.parking import OLD_RATES, recharge
from domain.rates import PlanTable
from domain.world import World
from store.catalog import Catalog
from store.publication import publish
from store.snapshots import MappedPlan
from tests.actors.exchange import Exchange
from tests.actors.test_bare_stops import kamailio_world
from tests.cluster.tasks.places import NOW as NOVEMBER
from tests.cluster.tasks.places import a_catalog
from tests.domain.builders import NOON, ms, row, table
from tests.domain.kamailio_records import START, bye, record, reports
from tests.domain.worlds import world

WHOLE_FROM = NOON - 259_200_000
"""Three days back."""


def at_hand(its: World, whole_from_ms: int = WHOLE_FROM) -> World:
    """The world as snapshots have it, which lack rates that ended before a moment."""
    plans: dict[PlanId, PlanTable] = {}
    for name, plan in its.plans.items():
        assert isinstance(plan, ColumnPlan)
        rules = replace(plan.rules, plan=name)
        plans[name] = ColumnPlan(plan.columns, rules, plan.version, whole_from_ms)
    return replace(its, plans=plans)


def ended(at_ms: int) -> dict[str, Any]:
    return {"setup_ms": at_ms - 5_000, "connect_ms": at_ms, "disconnect_ms": at_ms + 60_000}


async def test_an_end_that_is_older_than_the_rates_at_hand_waits_and_is_charged_by_all_of_them(
    exchange: Exchange,
) -> None:
    whole = world(table(row("44", "0.01"), row("447", "0.09", valid_until_ms=WHOLE_FROM)), {})
    exchange.opens(seen=at_hand(world(table(row("44", "0.01")), {})))
    outcome = await exchange.tell(ReportKind.STOP, **ended(WHOLE_FROM - 1))
    assert isinstance(outcome, Parked)
    assert (outcome.cause, outcome.detail) == (ParkCause.LATE, OLD_RATES)
    assert exchange.shards[0].book.sums() == {}
    charged = recharge(outcome, whole)
    assert not isinstance(charged, Parked)
    exchange.shards[0].turn([replace(charged, checked=True)])
    assert exchange.shards[0].book.driver.query("SELECT count(*) FROM parked") == [(0,)]
    assert list(exchange.shards[0].book.sums().values()) == [units_of("0.09")]


async def test_what_is_as_old_as_the_rates_is_charged_at_once_and_so_is_the_oldest_where_none_has_ended(
    exchange: Exchange,
) -> None:
    whole = world(table(row("44", "0.01")), {})
    exchange.opens(seen=at_hand(whole))
    assert isinstance(await exchange.tell(ReportKind.STOP, **ended(WHOLE_FROM)), Recorded)
    exchange.node.enter(whole)
    assert isinstance(await exchange.tell(ReportKind.STOP, call="old", **ended(WHOLE_FROM - 10**9)), Recorded)


async def test_a_call_that_runs_is_not_rated_and_waits_for_nothing(exchange: Exchange) -> None:
    exchange.opens(seen=at_hand(world(table(row("44", "0.01")), {})))
    began = WHOLE_FROM - 5_000
    told = await exchange.tell(ReportKind.INTERIM, setup_ms=began, connect_ms=began, duration_ms=60_000)
    assert isinstance(told, Recorded)


async def test_a_bare_end_of_an_old_call_waits_too(exchange: Exchange) -> None:
    exchange.opens(seen=kamailio_world())
    for report in reports(record(START, 0), NOON):
        await exchange.node.record(report)
    exchange.node.enter(at_hand(kamailio_world(), NOON + 1))
    told = [await exchange.node.record(report) for report in reports(bye(60), NOON + 60_000)]
    assert [one.cause for one in told if isinstance(one, Parked)] == [ParkCause.LATE] * 2


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    its = a_catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    yield its
    its.close()


@pytest.mark.parametrize(("back_days", "whole_from"), [(3, ms(2026, 10, 20, 12)), (30, 0)])
def test_a_snapshot_says_from_when_on_it_has_all_rates(
    catalog: Catalog, tmp_path: Path, back_days: int, whole_from: int
) -> None:
    manifest = publish(catalog, tmp_path, who="ada", at_ms=NOVEMBER, before_ms=back_days * 86_400_000)
    opened = MappedPlan.open(tmp_path / manifest.plans[PlanId("sell")].name)
    assert opened.whole_from_ms == whole_from

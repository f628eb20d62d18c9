"""What is older than the rates that a node has waits for the whole catalog: a shorter code is not taken for the right
one, because the longer one has ended since and is not among them."""

from dataclasses import replace
from typing import Any

import pytest

from actors.node import HOUR_MS
from domain.calls import Parked, ReportKind, Side
from domain.causes import ParkCause
from domain.commands import Recorded
from domain.money import units_of
from domain.parking import OLD_RATES, recharge
from tests.actors.exchange import LIMITS, Exchange
from tests.actors.test_bare_stops import kamailio_world
from tests.domain.builders import NOON, row, table
from tests.domain.kamailio_records import START, bye, record, reports
from tests.domain.worlds import world

BACK_MS = LIMITS.snapshot_back_h * HOUR_MS
NOW = NOON + 7


def ended(at_ms: int) -> dict[str, Any]:
    return {"setup_ms": at_ms - 5_000, "connect_ms": at_ms, "disconnect_ms": at_ms + 60_000}


async def test_an_end_that_is_older_than_the_rates_at_hand_waits_and_is_charged_by_all_of_them(
    exchange: Exchange,
) -> None:
    ended_since = row("447", "0.09", valid_until_ms=NOW - BACK_MS)
    whole, at_hand = (world(table(*rows), {}) for rows in ([row("44", "0.01"), ended_since], [row("44", "0.01")]))
    exchange.opens(seen=at_hand)
    outcome = await exchange.tell(ReportKind.STOP, **ended(NOW - BACK_MS - 1))
    assert isinstance(outcome, Parked)
    assert (outcome.cause, outcome.detail) == (ParkCause.LATE, OLD_RATES)
    assert exchange.shards[0].book.sums() == {}
    charged = recharge(outcome, whole)
    assert not isinstance(charged, Parked)
    exchange.shards[0].turn([replace(charged, checked=True)])
    assert exchange.shards[0].book.driver.query("SELECT count(*) FROM parked") == [(0,)]
    assert list(exchange.shards[0].book.sums().values()) == [units_of("0.09")]


@pytest.mark.parametrize("side", Side)
async def test_what_is_as_old_as_the_rates_is_charged_at_once(exchange: Exchange, side: Side) -> None:
    exchange.opens()
    assert isinstance(await exchange.tell(ReportKind.STOP, side, **ended(NOW - BACK_MS)), Recorded)


async def test_a_call_that_runs_is_not_rated_and_waits_for_nothing(exchange: Exchange) -> None:
    exchange.opens()
    begun: dict[str, Any] = {"setup_ms": NOW - 2 * BACK_MS, "connect_ms": NOW - 2 * BACK_MS, "duration_ms": 60_000}
    assert isinstance(await exchange.tell(ReportKind.INTERIM, **begun), Recorded)


async def test_a_bare_end_of_an_old_call_waits_too(exchange: Exchange) -> None:
    exchange.opens(seen=kamailio_world())
    for report in reports(record(START, 0), NOON):
        await exchange.node.record(report)
    exchange.node.now_ms = lambda: NOON + BACK_MS + 600_000
    told = [await exchange.node.record(report) for report in reports(bye(60), NOON + BACK_MS)]
    assert [one.cause for one in told if isinstance(one, Parked)] == [ParkCause.LATE] * 2

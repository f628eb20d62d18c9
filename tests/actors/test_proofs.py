"""Faults that cost others money, and are none of ours: counters that never come back, memory that grows with callers,
a call that is decided by two states of the rates. See docs/money-proofs.md."""

import asyncio
import gc
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.refs import LocalBook, LocalBooks
from actors.shard import Shard
from domain.calls import ReportKind, Side
from domain.commands import Command, Expire, ReleaseSwitch, Reply
from domain.grants import cost_of
from domain.holds import HoldTimes
from domain.limits import Limit, LimitId
from domain.money import units_of
from domain.rates import Crossing
from domain.rating import rate
from domain.world import World
from tests.actors.builders import assert_true, open_shard, outcomes, restarted
from tests.actors.exchange import CALLWELL, Exchange
from tests.domain.builders import NOON, row, table
from tests.domain.call_builders import KESTREL, ORBITA, SW, TERMS, USD, ask, interim, start, stop
from tests.domain.worlds import client, uk_world, world

DAY_S = 86_400


def of_limited_vendor(shard: Shard) -> Shard:
    """Let the vendor's calls be limited, so that they are counted."""
    shard.directory = replace(shard.directory, limits=(Limit(LimitId("vendor"), vendor=KESTREL, max_calls=99),))
    shard.limits.enter(shard.directory, shard.partners)
    return shard


def at_vendor(shard: Shard) -> int:
    """The calls that the vendor's limit counts."""
    return shard.limit_use(NOON, soft_only=True)[0].calls


@pytest.mark.parametrize("crash", [False, True])
def test_counters_come_back_to_zero_after_cancel_timeout_crash_and_restart(tmp_path: Path, crash: bool) -> None:
    shard = of_limited_vendor(open_shard("", tmp_path))
    calls = [f"c{n}" for n in range(20)]
    shard.turn([ask(call) for call in calls])
    its = shard.partner(ORBITA)
    assert (len(its.holds), its.on_trunk.total()) == (20, 20)
    shard.turn([start(call, switch=SW) for call in calls[:8]])
    shard.turn([start(call, Side.VENDOR, switch=SW) for call in calls[:8]])
    assert at_vendor(shard) == 8
    if crash:
        shard = of_limited_vendor(restarted(shard, "", tmp_path))
        its = shard.partner(ORBITA)
        assert (len(its.holds), at_vendor(shard)) == (20, 8)
    cancelled = [stop(call, seconds=0, connect_ms=None, cause=16) for call in calls[8:12]]
    shard.turn([*(stop(call) for call in calls[:4]), *cancelled])  # of the vendor's legs no end comes
    assert (len(its.holds), at_vendor(shard)) == (12, 4)
    shard.turn([ReleaseSwitch(SW, NOON + 1)])
    assert (len(its.holds), at_vendor(shard)) == (0, 0)
    shard.turn([ask(call, at_ms=NOON + 10_000) for call in ("late", "later")])
    shard.turn([start("late", Side.VENDOR, switch=SW, at_ms=NOON + 10_000), Expire(NOON + 10_000)])
    assert at_vendor(shard) == 1
    shard.turn([Expire(NOON + 10_000 + 1000 * HoldTimes().longest_s)])
    assert at_vendor(shard) == 0
    shard = of_limited_vendor(restarted(shard, "", tmp_path))
    shard.turn([Expire(NOON + 86_400_000), Expire(NOON + 2 * 86_400_000)])
    its = shard.partner(ORBITA)
    assert at_vendor(shard) == 0
    assert (its.holds, its.held.total(), its.on_trunk.total(), its.calls_in.total()) == ({}, 0, 0, 0)
    assert (its.by_call, len(its.lapses)) == ({}, 0)
    assert_true(shard)
    shard.book.close()


async def test_memory_does_not_grow_with_the_number_of_distinct_callers(tmp_path: Path) -> None:
    """What a call leaves behind is bounded by the settings: 4,000 more callers leave less than a byte in eight each.

    The same bounds hold for a million: nothing in a node or book is kept by caller, called number or user.
    """
    exchange = Exchange(tmp_path).opens(credit_limit=units_of("1000"))

    async def called_by(first: int, count: int) -> None:
        for number in range(first, first + count):
            fields: dict[str, Any] = {"caller": f"1202{number:07}", "called": f"4479{number:08}"}
            fields["at_ms"] = NOON + 10 * number  # what is known of a caller for some seconds goes with them
            answer = await exchange.ask(f"call-{number}", **fields)
            assert answer.decision.refusal is None
            await exchange.node.release(answer.decision)
        exchange.node.log.flush()
        gc.collect()

    await called_by(0, 3_000)
    tracemalloc.start()
    await called_by(3_000, 100)
    before, _ = tracemalloc.get_traced_memory()
    await called_by(3_100, 4_000)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 4_000 * 40
    its = exchange.shards[0].partners[client().id]
    assert (its.holds, its.by_call, len(its.lapses), its.held.total()) == ({}, {}, 0, 0)
    exchange.shards[0].book.close()


def test_a_call_of_a_day_at_one_second_increments_stays_one_leg_one_hold_and_a_few_parts(tmp_path: Path) -> None:
    shard = open_shard("", tmp_path)
    shard.turn([ask(), start()])
    for first in range(0, DAY_S, 7_200):  # an interim a minute, an hour's worth in each transaction
        shard.turn([interim(seconds=at) for at in range(first + 60, first + 7_201, 60)])
    its = shard.partner(ORBITA)
    assert (len(its.holds), shard.book.driver.query("SELECT count(*) FROM leg")) == (1, [(1,)])
    assert outcomes(shard, stop(seconds=DAY_S)) == ["closed"]
    assert (its.owed(USD), its.holds) == (cost_of(TERMS, DAY_S), {})
    split = table(row("447", "0.0294"), crossing=Crossing.SPLIT)
    charge = rate(split, "447911123456", NOON, NOON, DAY_S * 1000)
    assert not isinstance(charge, str)
    assert len(charge.parts) < 10
    assert_true(shard)
    shard.book.close()


def priced(version: int) -> World:
    """A state of the rates: sold at so many cents a minute, bought at a tenth of that."""
    buys = {name: table(row("447", f"0.00{version}")) for name in ("bluewire", "kestrel")}
    return world(table(row("44", f"0.0{version}")), buys, partners=[client(credit_limit=units_of("1000"))])


class SlowBook(LocalBook):
    """A book that others keep busy: a state may be entered while it is waited for."""

    async def ask(self, command: Command, wait_s: float) -> Reply:
        await asyncio.sleep(0)
        reply = await super().ask(command, wait_s)
        await asyncio.sleep(0)
        return reply


async def test_each_call_is_decided_by_one_state_of_the_rates_while_they_change_under_load(exchange: Exchange) -> None:
    states = [priced(version) for version in range(1, 6)]
    exchange.opens(seen=states[0])
    slow = [SlowBook(book.turn) for book in exchange.books]
    exchange.node.books = LocalBooks(exchange.shards[0].placement, slow)

    async def change() -> None:
        for turn in range(60):
            exchange.node.enter(states[turn % len(states)])
            await asyncio.sleep(0)

    async def called(number: int) -> set[int]:
        for _ in range(number % 40):
            await asyncio.sleep(0)
        decision = (await exchange.ask(f"call-{number}", CALLWELL)).decision
        assert decision.sell is not None and decision.routes
        assert decision.refusal is None
        prices = {decision.sell.terms.next_price // 10, *(route.terms.next_price for route in decision.routes)}
        await exchange.node.release(decision)
        return prices

    found = (await asyncio.gather(change(), *(called(number) for number in range(300))))[1:]
    assert all(prices is not None and len(prices) == 1 for prices in found)
    assert len({next(iter(prices)) for prices in found if prices}) > 1  # they did change meanwhile


async def test_an_end_is_charged_by_the_rate_of_its_call_whatever_is_entered_meanwhile(exchange: Exchange) -> None:
    exchange.opens(seen=uk_world(partners=[client(credit_limit=units_of("100"))]))
    dated = table(row("44", "0.0294", valid_until_ms=NOON + 30_000), row("44", "0.09", valid_from_ms=NOON + 30_000))
    await exchange.tell(ReportKind.START)
    exchange.node.enter(world(dated, {}, partners=[client(credit_limit=units_of("100"))]))
    await exchange.tell(ReportKind.STOP, Side.CLIENT)
    assert exchange.shards[0].book.driver.query("SELECT charge FROM leg") == [(units_of("0.0294"),)]

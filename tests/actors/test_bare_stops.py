"""Kamailio's calls from record to ledger: two legs by one record, charged once, whatever comes first or twice."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, repeat
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.decision_log import DecisionLog
from actors.node import Node
from actors.refs import LocalBook, LocalBooks
from domain.attribution import DirectoryIndex
from domain.calls import CallReport, Leg, LegState, Parked, Side
from domain.causes import ParkCause
from domain.charging import charge_end, charge_report
from domain.commands import Command, Recorded, Reply
from domain.directory import Switch
from domain.money import units_of
from domain.reading import reports_from_accounting
from domain.wire.radius_packet import Attribute
from domain.world import World
from tests.actors.builders import assert_true
from tests.actors.exchange import LIMITS, Exchange
from tests.domain.builders import NOON
from tests.domain.kamailio_records import FAILED, KAM, START, bye, packet, record, reports
from tests.domain.worlds import SWITCH, client, uk_world

LIVE = NOON + 61_000
ONE_MINUTE = {"client": units_of("0.0294"), "vendor": units_of("0.024")}


def kamailio_world() -> World:
    its = uk_world(partners=[client(credit_limit=units_of("100"))])
    directory = replace(its.index.directory, switches={SWITCH: KAM})
    return replace(its, index=DirectoryIndex(directory))


@pytest.fixture
def opened(exchange: Exchange) -> Exchange:
    return exchange.opens(seen=kamailio_world())


async def tell(node: Node, attributes: list[Attribute], at_ms: int = LIVE) -> list[str]:
    return [_word(await node.record(report)) for report in reports(attributes, at_ms)]


def _word(outcome: Recorded | Parked) -> str:
    return outcome.outcome if isinstance(outcome, Recorded) else outcome.cause


def posted(exchange: Exchange) -> dict[str, int]:
    found = {"client": 0, "vendor": 0}
    for shard in exchange.shards:
        for partner in shard.partners.values():
            for (side, _), units in partner.posted.items():
                found[side.value] += units
    return found


def parked(exchange: Exchange) -> list[str]:
    return [row[0] for shard in exchange.shards for row in shard.book.driver.query("SELECT cause FROM parked")]


def legs(exchange: Exchange) -> list[tuple[str, str, int]]:
    sql = "SELECT side, state, duration_ms FROM leg ORDER BY side"
    return [(row[0], row[1], row[2]) for shard in exchange.shards for row in shard.book.driver.query(sql)]


async def test_start_and_stop_charge_the_client_and_the_vendor_who_took_the_call(opened: Exchange) -> None:
    assert await tell(opened.node, record(START, 0)) == ["opened", "opened"]
    assert await tell(opened.node, bye(60)) == ["closed", "closed"]
    assert posted(opened) == ONE_MINUTE
    assert legs(opened) == [("client", "closed", 60_000), ("vendor", "closed", 60_000)]


async def test_a_bye_of_the_callee_ends_the_same_legs(opened: Exchange) -> None:
    await tell(opened.node, record(START, 0))
    assert await tell(opened.node, bye(60, by_callee=True)) == ["closed", "closed"]
    assert posted(opened) == ONE_MINUTE


async def test_a_switch_that_moves_while_a_call_runs_ends_the_call_that_began(opened: Exchange) -> None:
    await tell(opened.node, record(START, 0))
    moved = reports_from_accounting(packet(bye(60)), replace(KAM, address="203.0.113.40"), LIVE)
    assert isinstance(moved, tuple)
    assert [_word(await opened.node.record(report)) for report in moved] == ["closed", "closed"]
    assert await tell(opened.node, bye(60)) == ["duplicate", "duplicate"]
    assert posted(opened) == ONE_MINUTE


def recipe_without(exchange: Exchange) -> Switch:
    """The switch is given a recipe whose Stops are complete, while its calls run."""
    its = exchange.node.world
    assert its is not None
    told = replace(KAM, recipe=replace(KAM.recipe, stop_is_bare=False))
    exchange.node.enter(replace(its, index=DirectoryIndex(replace(its.index.directory, switches={SWITCH: told}))))
    return told


def read_by(switch: Switch, attributes: list[Attribute]) -> tuple[CallReport, ...]:
    read = reports_from_accounting(packet(attributes), switch, LIVE)
    assert isinstance(read, tuple)
    return read


@pytest.mark.parametrize("code", [200, 503])
async def test_a_running_call_is_charged_from_its_start_though_the_recipe_no_longer_says_so(
    opened: Exchange, code: int
) -> None:
    await tell(opened.node, record(START, 0))
    told = recipe_without(opened)
    ends = read_by(told, record(2, 60, method=8, code=code))
    assert [_word(await opened.node.record(report)) for report in ends] == ["closed", "closed"]
    assert posted(opened) == ONE_MINUTE
    assert legs(opened) == [("client", "closed", 60_000), ("vendor", "closed", 60_000)]


async def test_an_end_that_says_nothing_is_parked_without_its_start_unless_it_says_that_the_call_failed(
    opened: Exchange,
) -> None:
    told = recipe_without(opened)
    quiet, busy = (read_by(told, record(2, 60, call=call, code=code)) for call, code in (("a", 200), ("b", 486)))
    assert [_word(await opened.node.record(report)) for report in quiet] == [ParkCause.NO_START] * 2
    assert [_word(await opened.node.record(report)) for report in busy] == ["new", "new"]
    assert legs(opened) == [("client", "closed", 0), ("vendor", "closed", 0)]
    assert posted(opened) == {"client": 0, "vendor": 0}


async def test_an_interim_that_says_only_that_the_call_goes_on_says_how_long_it_has(opened: Exchange) -> None:
    await tell(opened.node, record(START, 0))
    reported = reports(record(3, 45, delay_s=9), NOON + 54_000)
    assert opened.node.world is not None
    started = [charge_report(one, opened.node.world) for one in reports(record(START, 0))]
    pairs = zip(reported, started, strict=True)
    lasted = [charge_end(one, its, opened.node.world) for one, its in pairs if isinstance(its, Leg)]
    assert [(leg.state, leg.duration_ms) for leg in lasted if isinstance(leg, Leg)] == [(LegState.OPEN, 45_000)] * 2
    assert await tell(opened.node, record(3, 45)) == ["alive", "alive"]
    assert await tell(opened.node, bye(60)) == ["closed", "closed"]
    assert posted(opened) == ONE_MINUTE


async def test_the_held_piece_of_a_call_whose_switch_sends_bare_interims_grows(exchange: Exchange) -> None:
    its = kamailio_world()
    switch = replace(KAM, recipe=replace(KAM.recipe, sends_interims=True, can_disconnect=True, interim_s=60))
    exchange.opens(seen=replace(its, index=DirectoryIndex(replace(its.index.directory, switches={SWITCH: switch}))))
    await exchange.ask("call-1@10.0.0.1", switch=switch)
    await tell(exchange.node, record(START, 0))
    [before] = exchange.shards[0].partners[client().id].holds.values()
    await tell(exchange.node, record(3, 900), NOON + 900_000)
    [after] = exchange.shards[0].partners[client().id].holds.values()
    assert after.amount > before.amount


async def test_a_stop_before_its_start_waits_for_it(opened: Exchange) -> None:
    assert await tell(opened.node, bye(60)) == [ParkCause.NO_START] * 2
    assert posted(opened) == {"client": 0, "vendor": 0}
    assert await tell(opened.node, record(START, 0)) == ["opened", "opened"]
    assert posted(opened) == ONE_MINUTE
    assert parked(opened) == []


async def test_the_redirect_is_no_attempt_and_a_later_answer_is_one_call(opened: Exchange) -> None:
    assert reports(record(FAILED, 0, code=302)) == ()
    assert await tell(opened.node, record(START, 2)) == ["opened", "opened"]
    assert await tell(opened.node, bye(62)) == ["closed", "closed"]
    assert posted(opened) == ONE_MINUTE


async def test_a_vendor_who_failed_has_a_leg_of_its_own_and_ends_no_call(opened: Exchange) -> None:
    await opened.ask("call-1@10.0.0.1")
    first = record(FAILED, 0, code=503, uri="sip:447911123456@kestrel.example;sbm=kestrel-out.0", tags=("from-1", "k"))
    assert await tell(opened.node, first) == ["new"]
    assert len(opened.shards[0].partners[client().id].holds) == 1
    await tell(opened.node, record(START, 3))
    assert await tell(opened.node, bye(63)) == ["closed", "closed"]
    assert legs(opened) == [("client", "closed", 60_000), ("vendor", "closed", 0), ("vendor", "closed", 60_000)]
    assert opened.shards[0].partners[client().id].holds == {}


@pytest.mark.parametrize(("code", "cause"), [(487, 16), (603, 21)])
async def test_a_call_that_the_caller_gave_up_or_that_nobody_will_take_is_over_for_the_client_too(
    opened: Exchange, code: int, cause: int
) -> None:
    await opened.ask("call-1@10.0.0.1")
    over = record(
        FAILED, 5, code=code, uri="sip:447911123456@bluewire.example;sbm=bluewire-out.0", tags=("from-1", "k")
    )
    assert [(report.side, report.cause) for report in reports(over)] == [(Side.CLIENT, cause), (Side.VENDOR, cause)]
    assert await tell(opened.node, over) == ["new", "new"]
    its = opened.shards[0].partners[client().id]
    assert (its.holds, its.held.total()) == ({}, 0)
    assert legs(opened) == [("client", "closed", 0), ("vendor", "closed", 0)]
    assert await tell(opened.node, over) == ["duplicate", "duplicate"]


async def test_what_is_held_is_released_by_the_failure_that_is_marked_as_the_last_and_by_none_before(
    opened: Exchange,
) -> None:
    await opened.ask("call-1@10.0.0.1")
    its = opened.shards[0].partners[client().id]
    for at, vendor in enumerate(("kestrel", "bluewire")):
        uri, tags = f"sip:447911123456@{vendor}.example;sbm={vendor}-out.{at}", ("from-1", vendor)
        assert await tell(opened.node, record(FAILED, at, code=503, uri=uri, tags=tags)) == ["new"]
        assert len(its.holds) == 1
    last = record(FAILED, 2, code=503, uri=uri, tags=tags, last=True)
    assert await tell(opened.node, last) == ["new", "duplicate"]
    assert (its.holds, its.held.total()) == ({}, 0)
    assert legs(opened) == [("client", "closed", 0), ("vendor", "closed", 0), ("vendor", "closed", 0)]


async def test_a_switch_of_its_own_patience_has_its_holds_lapse_sooner(opened: Exchange) -> None:
    patient = replace(KAM, recipe=replace(KAM.recipe, hold_asked_s=75))
    await opened.ask("call-1@10.0.0.1", switch=patient)
    await opened.ask("call-2@10.0.0.1", switch=KAM)
    holds = opened.shards[0].partners[client().id].holds.values()
    assert [hold.expires_ms - hold.placed_ms for hold in holds] == [75_000, 180_000]


async def test_a_call_that_no_vendor_was_asked_for_is_the_clients_failure(opened: Exchange) -> None:
    refused = record(FAILED, 0, code=403, uri="sip:447911123456@127.0.0.1:5070")
    [report] = reports(refused)
    assert (report.side, report.cause) == (Side.CLIENT, 21)
    assert await tell(opened.node, refused) == ["new"]
    await tell(opened.node, record(START, 3))
    assert await tell(opened.node, bye(63)) == ["closed", "closed"]


async def test_an_end_without_a_time_of_its_own_that_comes_again_is_the_same(opened: Exchange) -> None:
    await tell(opened.node, record(START, 0))
    await tell(opened.node, bye(0, stamped=False), NOON + 60_000)
    again = bye(0, stamped=False, delay_s=4)
    assert await tell(opened.node, again, NOON + 64_300) == ["duplicate", "duplicate"]
    assert parked(opened) == []


async def test_a_second_end_that_says_otherwise_is_kept_for_a_person(opened: Exchange) -> None:
    await tell(opened.node, record(START, 0))
    await tell(opened.node, bye(60))
    assert await tell(opened.node, bye(600)) == ["parked", "parked"]
    assert parked(opened) == [ParkCause.DIFFERS] * 2
    assert posted(opened) == ONE_MINUTE


async def test_a_vendor_who_is_not_known_holds_up_its_own_leg_alone(opened: Exchange) -> None:
    strange = record(START, 0, uri="sip:447911123456@203.0.113.9")
    assert await tell(opened.node, strange) == ["opened", ParkCause.NO_VENDOR]
    assert await tell(opened.node, bye(60)) == ["closed", ParkCause.NO_START]
    assert posted(opened)["client"] == ONE_MINUTE["client"]


def test_a_cancel_and_a_reinvite_begin_and_end_nothing() -> None:
    assert reports(record(2, 5, method=2)) == ()
    assert {one.kind for one in reports(record(3, 5))} == {"interim"}


class BusyBook(LocalBook):
    """A book that others use meanwhile: each answer takes some turns of the loop."""

    pauses: Iterator[int] = repeat(0)

    async def ask(self, command: Command, wait_s: float) -> Reply:
        for _ in range(next(self.pauses)):
            await asyncio.sleep(0)
        reply = await super().ask(command, wait_s)
        for _ in range(next(self.pauses)):
            await asyncio.sleep(0)
        return reply


EVENTS = ("start", "stop", "callee", "interim", "again")


def _attributes(event: str, delay_s: int) -> list[Attribute]:
    match event:
        case "start":
            return record(START, 0, delay_s=delay_s)
        case "interim":
            return record(3, 30, delay_s=delay_s)
        case "callee":
            return bye(60, by_callee=True, delay_s=delay_s)
        case _:
            return bye(60, delay_s=delay_s)


@given(
    st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 1), st.integers(0, 9)), max_size=6).flatmap(
        lambda more: st.permutations([("start", 0, 0), ("stop", 1, 0), *more])
    ),
    st.lists(st.integers(0, 4), min_size=1, max_size=7),
)
@settings(max_examples=40, deadline=None)
def test_in_any_order_and_number_through_two_nodes_at_once_a_call_is_charged_once(
    told: list[tuple[str, int, int]], pauses: list[int]
) -> None:
    async def run(exchange: Exchange) -> None:
        other = Node(exchange.node.books, LIMITS, DecisionLog(exchange.folder, "node-1"), lambda: NOON + 7)
        assert exchange.node.world is not None
        other.enter(exchange.node.world)
        nodes = (exchange.node, other)
        work = [nodes[which].record(report) for event, which, delay_s in told for report in _reports(event, delay_s)]
        await asyncio.gather(*work)

    def _reports(event: str, delay_s: int) -> tuple[CallReport, ...]:
        return reports(_attributes(event, delay_s), LIVE + delay_s * 1000)

    with TemporaryDirectory() as folder:
        exchange = Exchange(Path(folder)).opens(seen=kamailio_world())
        busy = [BusyBook(book.turn) for book in exchange.books]
        for book in busy:
            book.pauses = cycle(pauses)
        exchange.node.books = LocalBooks(exchange.shards[0].placement, busy)
        asyncio.run(run(exchange))
        assert posted(exchange) == ONE_MINUTE
        assert parked(exchange) == []
        assert legs(exchange) == [("client", "closed", 60_000), ("vendor", "closed", 60_000)]
        assert_true(*exchange.shards)
        for shard in exchange.shards:
            shard.book.close()

"""One client call, three vendors tried: each attempt is a leg; the one that was answered is charged for its time, and
each attempt for its fee where the plan has one, once."""

from dataclasses import replace
from typing import Any

import pytest

from domain.attribution import DirectoryIndex
from domain.calls import Parked, ReportKind, Side
from domain.directory import Switch
from domain.money import units_of
from domain.world import World
from tests.actors.exchange import CALLWELL, Exchange, told
from tests.actors.test_bare_stops import tell
from tests.domain.builders import NOON, row, table
from tests.domain.kamailio_records import FAILED, KAM, START, bye, record
from tests.domain.worlds import SWITCH, client, world

CALL = "call-1@10.0.0.1"
BUYS = {"kestrel": ("0.020", "0.0001"), "bluewire": ("0.024", "0.0002"), "savanna": ("0.025", "0")}
"""What a minute costs of each vendor, and an attempt."""


def three_vendors(switch: Switch = KAM, sell_fee: str = "0.001") -> World:
    buys = {name: table(row("447", price, attempt_fee=fee)) for name, (price, fee) in BUYS.items()}
    its = world(table(row("44", "0.03", attempt_fee=sell_fee)), buys, partners=[client(credit_limit=units_of("100"))])
    return replace(its, index=DirectoryIndex(replace(its.index.directory, switches={SWITCH: switch})))


def posted(exchange: Exchange) -> dict[str, int]:
    found = exchange.shards[0].partners.values()
    return {partner.id: units for partner in found for units in partner.posted.values() if units}


def legs(exchange: Exchange) -> list[tuple[str, str, int, int]]:
    sql = "SELECT side, partner, cause, charge FROM leg ORDER BY side, charge, cause"
    return [tuple(line) for line in exchange.shards[0].book.driver.query(sql)]


async def routes(exchange: Exchange, switch: Switch) -> list[str]:
    """Ask as a SIP redirect does; return the URIs of the answer in their order, with their marks."""
    answer = await exchange.ask(CALL, switch)
    assert answer.held > 0
    ways = answer.decision.routes
    assert [route.vendor for route in ways] == ["kestrel", "bluewire", "savanna"]
    return [f"sip:447911123456@{route.vendor}.example:5060;sbm={route.trunk}.{at}" for at, route in enumerate(ways)]


RIGHT = {
    "orbita": units_of("0.031"),  # a minute, and one attempt: it asked once
    "kestrel": units_of("0.0001"),
    "bluewire": units_of("0.0002"),
    "savanna": units_of("0.025"),
}


@pytest.mark.parametrize("times", [1, 2])
async def test_a_call_of_three_attempts_from_question_to_postings(exchange: Exchange, times: int) -> None:
    exchange.opens(seen=three_vendors())
    first, second, third = await routes(exchange, KAM)
    packets = [
        record(FAILED, 1, code=503, uri=first, tags=("from-1", "a")),
        record(FAILED, 2, code=486, uri=second, tags=("from-1", "b")),
        record(START, 3, uri=third),
        bye(63),
    ]
    for packet in packets:
        for _ in range(times):
            await tell(exchange.node, packet)
    assert legs(exchange) == [
        ("client", "orbita", 16, units_of("0.031")),
        ("vendor", "kestrel", 41, units_of("0.0001")),
        ("vendor", "bluewire", 17, units_of("0.0002")),
        ("vendor", "savanna", 16, units_of("0.025")),
    ]
    assert posted(exchange) == RIGHT
    assert exchange.shards[0].partners[client().id].held.total() == 0


@pytest.mark.parametrize("reverse", [False, True])
async def test_a_gateway_that_reports_each_leg_by_itself_comes_to_the_same(exchange: Exchange, reverse: bool) -> None:
    exchange.opens(seen=three_vendors(CALLWELL))
    ways = await routes(exchange, CALLWELL)

    def leg(number: int, kind: ReportKind, **fields: Any) -> Any:
        mark, vendor = ways[number].rpartition("sbm=")[2], list(BUYS)[number]
        said = {"mark": mark, "remote": f"{vendor}.example", "session_id": b"leg-%d" % number}
        return told(kind, Side.VENDOR, CALL, **said, **fields)

    failed = {"connect_ms": None, "disconnect_ms": NOON - 1_000}
    said = [
        leg(0, ReportKind.ATTEMPT, cause=41, **failed),
        leg(1, ReportKind.STOP, cause=17, duration_ms=0, **failed),
        leg(2, ReportKind.STOP),
        told(ReportKind.STOP, Side.CLIENT, CALL),
    ]
    for report in [*said, *said][:: -1 if reverse else 1]:
        assert not isinstance(await exchange.node.record(report), Parked)
    assert posted(exchange) == RIGHT
    assert len(legs(exchange)) == 4


async def test_a_call_that_nobody_took_costs_its_attempts_and_nothing_else(exchange: Exchange) -> None:
    exchange.opens(seen=three_vendors())
    first, second, _ = await routes(exchange, KAM)
    await tell(exchange.node, record(FAILED, 1, code=503, uri=first, tags=("from-1", "a")))
    await tell(exchange.node, record(FAILED, 2, code=486, uri=second, tags=("from-1", "b"), last=True))
    its = exchange.shards[0].partners[client().id]
    assert (its.held.total(), its.holds) == (0, {})
    assert posted(exchange) == {
        "orbita": units_of("0.001"), "kestrel": units_of("0.0001"), "bluewire": units_of("0.0002")
    }  # fmt: skip


async def test_without_fees_only_what_was_answered_costs(exchange: Exchange) -> None:
    exchange.opens(seen=three_vendors(sell_fee="0"))
    ways = await routes(exchange, KAM)
    await tell(exchange.node, record(FAILED, 1, code=503, uri=ways[2], tags=("from-1", "a")))
    await tell(exchange.node, record(START, 3, uri=ways[0]))
    await tell(exchange.node, bye(63))
    assert posted(exchange) == {"orbita": units_of("0.03"), "kestrel": units_of("0.0201")}

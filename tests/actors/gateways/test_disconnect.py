"""Disconnect-Requests over real sockets: a call whose credit ends is ended by its switch, whatever the switch does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from actors.gateways.disconnect import Disconnector
from actors.refs import LocalBook, LocalBooks
from domain.attribution import DirectoryIndex
from domain.calls import ReportKind
from domain.cuts import CutOutcome, CutReason, CutResult, WantedCut
from domain.directory import Recipe
from domain.holds import Hold
from domain.ids import HoldId, SwitchId, call_key
from domain.money import units_of
from domain.placement import Placement
from domain.wire.radius_attributes import Values, attribute
from domain.wire.radius_packet import Code, RadiusPacket, decode, encode_reply, verify_request
from tests.actors.builders import money
from tests.actors.exchange import Exchange
from tests.domain.builders import NOON
from tests.domain.call_builders import ORBITA
from tests.domain.wire.radius_bytes import SECRET
from tests.domain.worlds import SWITCH, client, incoming, uk_world

TEN_MINUTES = units_of("0.294")
WAITS_S = (0.05, 0.1, 0.2)


class Switch(asyncio.DatagramProtocol):
    """A switch that listens for Disconnect-Requests; `answer` says what it sends back, b"" for nothing."""

    def __init__(self) -> None:
        self.heard: list[RadiusPacket] = []
        self.answer: Callable[[RadiusPacket], bytes] = lambda packet: encode_reply(
            packet, Code.DISCONNECT_ACK, [], SECRET, prove=True
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        packet = decode(data)
        verify_request(packet, SECRET)
        self.heard.append(packet)
        reply = self.answer(packet)
        if reply:
            self.transport.sendto(reply, source)

    @property
    def port(self) -> int:
        return int(self.transport.get_extra_info("sockname")[1])


@pytest.fixture
async def switch() -> AsyncIterator[Switch]:
    _, its = await asyncio.get_running_loop().create_datagram_endpoint(Switch, local_addr=("127.0.0.1", 0))
    yield its
    its.transport.close()


@pytest.fixture
def talking(exchange: Exchange, switch: Switch) -> Exchange:
    """A client with money for eleven minutes and a half, whose switch reports every minute and ends calls when told."""
    partner = client(credit_limit=units_of("0.3381"))
    world = uk_world(partners=[partner], trunks=[incoming(host="127.0.0.1")])
    directory = world.index.directory
    recipe = Recipe(
        "b2b", sends_interims=True, can_disconnect=True, enforces_time=False, interim_s=60,
        call_id_attributes=("call-id",), disconnect_port=switch.port,
    )  # fmt: skip
    its = replace(directory.switches[SWITCH], secret=SECRET.decode(), recipe=recipe)
    exchange.opens(seen=replace(world, index=DirectoryIndex(replace(directory, switches={SWITCH: its}))))
    return exchange


@pytest.fixture
async def gateway(talking: Exchange) -> AsyncIterator[Disconnector]:
    its = await Disconnector.listen(talking.node, "127.0.0.1", WAITS_S)
    yield its
    its.close()


async def call(exchange: Exchange, *ran: int) -> Hold:
    """Ask, begin, and show that the call goes on at these seconds."""
    switch = exchange.node.switch_named(SWITCH)
    assert switch is not None
    answer = await exchange.ask(switch=switch, source="127.0.0.1")
    assert answer.decision.refusal is None
    for ran_s in (0, *ran):
        kind = ReportKind.INTERIM if ran_s else ReportKind.START
        await report(exchange, kind, ran_s)
    (hold,) = exchange.shards[0].partners[ORBITA].holds.values()
    return hold


async def report(exchange: Exchange, kind: ReportKind, ran_s: int, **more: int) -> None:
    times: dict[str, Any] = {"duration_ms": 1000 * ran_s, "received_ms": NOON + 1000 * ran_s, **more}
    await exchange.tell(kind, remote="127.0.0.1", session_id=b"0000001A", **times)


def offer_at(exchange: Exchange, seconds: int, machine_ms: int = 0) -> None:
    """Let the book offer what is due so many seconds after noon."""

    def cuts(most: int) -> list[WantedCut]:
        return exchange.shards[0].take_cuts(NOON + 1000 * seconds, machine_ms, most)

    exchange.books[0].cuts = cuts


async def told_of(gateway: Disconnector) -> None:
    """Wait until nothing is in work."""
    async with asyncio.timeout(10):
        while gateway.figures()["radius.disconnect.in_work"]:  # noqa: ASYNC110  a figure has no event to wait for
            await asyncio.sleep(0.01)


async def test_a_call_is_ended_when_its_money_is_used_up(
    talking: Exchange, gateway: Disconnector, switch: Switch
) -> None:
    hold = await call(talking, 60, 120)
    assert money(talking.shards[0])[1] == units_of("0.3381"), "all that there is, and no more"
    offer_at(talking, 690)
    await gateway.look()
    await told_of(gateway)
    assert switch.heard == []
    offer_at(talking, 693)
    await gateway.look()
    await told_of(gateway)
    (packet,) = switch.heard
    values = Values(packet.attributes)
    assert (values.text("call-id"), values.text("Acct-Session-Id")) == ("call-1", "0000001A")
    assert talking.node.counts["radius.disconnect.ended"] == 1
    said = talking.written(hold.call_key)[-1]
    assert said == ["ended, time-used-up: switch sw1 has ended it"]
    await report(talking, ReportKind.STOP, 693, disconnect_ms=NOON + 693_000)
    offer_at(talking, 800, 60_000)
    await gateway.look()
    assert (len(switch.heard), money(talking.shards[0])[1:]) == (1, (0, 0))


async def test_a_switch_that_does_not_answer_is_told_three_times_with_the_same_packet(
    talking: Exchange, gateway: Disconnector, switch: Switch
) -> None:
    hold = await call(talking)
    switch.answer = lambda _: b""
    result = await gateway.cut(hold, CutReason.OPERATOR)
    assert result.outcome is CutOutcome.NO_ANSWER
    assert len(switch.heard) == 3
    assert len({packet.raw for packet in switch.heard}) == 1
    assert talking.node.counts["radius.disconnect.retransmit"] == 2


async def test_a_refusal_gives_its_error_cause(talking: Exchange, gateway: Disconnector, switch: Switch) -> None:
    hold = await call(talking)
    switch.answer = lambda packet: encode_reply(packet, Code.DISCONNECT_NAK, [attribute("Error-Cause", 503)], SECRET)
    assert await gateway.cut(hold, CutReason.OPERATOR) == CutResult(
        CutOutcome.REFUSED, "refused: 503 session context not found: it knows no such call", 503
    )
    assert gateway.state().errors == 1
    said = talking.written(hold.call_key)[-1]
    assert said == ["not ended, by-operator: switch sw1 refused: 503 session context not found: it knows no such call"]


async def test_a_forged_answer_is_dropped_and_the_true_one_is_waited_for(
    talking: Exchange, gateway: Disconnector, switch: Switch
) -> None:
    hold = await call(talking)
    true = switch.answer
    switch.answer = lambda packet: (
        true(packet) if len(switch.heard) > 1 else encode_reply(packet, Code.DISCONNECT_ACK, [], b"guess")
    )
    assert (await gateway.cut(hold, CutReason.OPERATOR)).outcome is CutOutcome.ENDED
    assert talking.node.counts["radius.disconnect.bad-authenticator"] == 1


async def test_a_call_that_is_being_ended_is_not_told_of_twice_at_a_time(
    talking: Exchange, gateway: Disconnector, switch: Switch
) -> None:
    hold = await call(talking)
    results = await asyncio.gather(*(gateway.cut(hold, CutReason.OPERATOR) for _ in range(3)))
    assert {result.outcome for result in results} == {CutOutcome.ENDED}
    assert len(switch.heard) == 1


async def test_a_switch_that_cannot_be_told_is_named_with_the_reason(
    talking: Exchange, gateway: Disconnector, switch: Switch
) -> None:
    hold = replace(await call(talking), session_id=b"", call_id=b"")
    outcomes = [await gateway.cut(hold, CutReason.OPERATOR)]
    outcomes.append(await gateway.cut(replace(hold, switch=SwitchId("gone")), CutReason.OPERATOR))
    assert [(one.outcome, one.text) for one in outcomes] == [
        (CutOutcome.CANNOT, "cannot be told: no-call-id"),
        (CutOutcome.CANNOT, "is not in the directory"),
    ]
    assert switch.heard == []


async def test_only_so_many_calls_are_ended_at_a_time(talking: Exchange, gateway: Disconnector, switch: Switch) -> None:
    switch.answer = lambda _: b""
    hold = await call(talking)
    holds = [replace(hold, hold_id=HoldId(bytes([at]))) for at in range(65)]
    results = await asyncio.gather(*(gateway.cut(one, CutReason.OPERATOR) for one in holds))
    assert [result.outcome for result in results].count(CutOutcome.BUSY) == 1
    assert len({(packet.identifier) for packet in switch.heard}) == 64


async def test_books_share_the_room_and_what_is_not_asked_for_stays_with_them(
    talking: Exchange, gateway: Disconnector, switch: Switch
) -> None:
    switch.answer = lambda _: b""
    hold, asked = await call(talking), list[int]()

    def book_of(number: int) -> LocalBook:
        def cuts(most: int) -> list[WantedCut]:
            asked.append(most)
            holds = [replace(hold, hold_id=HoldId(bytes([number, at]))) for at in range(most)]
            return [WantedCut(one, CutReason.NO_CREDIT, 1) for one in holds]

        return LocalBook(None, cuts)

    talking.node.books = LocalBooks(Placement(books=5), [book_of(number) for number in range(5)])
    await gateway.look()
    assert asked == [12] * 5
    await told_of(gateway)
    assert len({packet.identifier for packet in switch.heard}) == 60
    asked.clear()
    talking.node.books = LocalBooks(Placement(books=70), [book_of(number) for number in range(70)])
    await gateway.look()
    assert asked == [1] * 64
    await told_of(gateway)


async def test_a_switch_with_no_identifier_left_is_busy(
    talking: Exchange, gateway: Disconnector, switch: Switch
) -> None:
    switch.answer = lambda _: b""
    hold = await call(talking)
    gateway._most_in_work = 300
    holds = [replace(hold, hold_id=HoldId(at.to_bytes(2))) for at in range(260)]
    results = await asyncio.gather(*(gateway.cut(one, CutReason.OPERATOR) for one in holds))
    assert [result.outcome for result in results].count(CutOutcome.BUSY) == 4
    assert talking.written(hold.call_key)[-1][0].startswith("not ended, by-operator: switch sw1 did not answer")


async def test_a_switch_of_ipv6_is_not_told_from_a_socket_of_ipv4(talking: Exchange, gateway: Disconnector) -> None:
    hold, world = await call(talking), talking.node.world
    assert world is not None
    its = replace(world.index.directory.switches[SWITCH], address="2001:db8::7")
    directory = replace(world.index.directory, switches={SWITCH: its})
    talking.node.enter(replace(world, index=DirectoryIndex(directory)))
    result = await gateway.cut(hold, CutReason.OPERATOR)
    assert result.outcome is CutOutcome.CANNOT
    assert "[::]" in result.text


async def test_a_gateway_that_is_stopped_waits_for_what_is_in_work_and_takes_no_more(
    talking: Exchange, gateway: Disconnector, switch: Switch
) -> None:
    hold = await call(talking, 60, 120)
    offer_at(talking, 693)
    await gateway.look()
    await gateway.finish(5)
    assert talking.node.counts["radius.disconnect.ended"] == 1
    assert (await gateway.cut(hold, CutReason.OPERATOR)).outcome is CutOutcome.BUSY
    offer_at(talking, 693, 60_000)
    await gateway.look()
    assert len(switch.heard) == 1
    assert hold.call_key == call_key(SWITCH, b"call-1")
    assert hold.amount > TEN_MINUTES

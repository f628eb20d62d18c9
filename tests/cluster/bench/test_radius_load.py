"""The RADIUS load against a tiny server: a full window, each Stop once, and books that must agree with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

import pytest

from cluster.bench.radius import InBooks, charges, verify
from cluster.bench.radius_load import RadiusLoad, RadiusOutcome, generate, stops, talk_s
from cluster.bench.stand import AT_MS, BUY_PRICE, SELL_PRICE
from domain.calls import CallReport, ReportKind, Side
from domain.directory import Switch
from domain.errors import BrokenWorldError
from domain.ids import SwitchId
from domain.money import units_of
from domain.reading import reports_from_accounting
from domain.recipes import CISCO
from domain.wire.radius_packet import Code, decode, encode_reply, verify_request

SECRET = "s3cret"
SWITCH = Switch(SwitchId("sw"), "127.0.0.32", CISCO, SECRET)
LOAD = RadiusLoad(
    server=("127.0.0.1", 0), source="127.0.0.32", secret=SECRET, recipe="cisco", vendor=("127.0.1.1", 5060),
    numbers=("447911123456", "254711000001"), at_ms=AT_MS, seconds=5, run="T", stops=600, window=64,
)  # fmt: skip


class Accountant(asyncio.DatagramProtocol):
    """Acknowledges Stops but for those whose place in the order of arrival is among `deaf`."""

    def __init__(self, deaf: frozenset[int]) -> None:
        self.deaf, self.reports, self.received = deaf, list[CallReport](), 0
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # no event loop's own class says so

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        assert self._transport is not None
        packet = decode(data)
        verify_request(packet, SECRET.encode())
        place, self.received = self.received, self.received + 1
        if place not in self.deaf:
            reports = reports_from_accounting(packet, SWITCH, AT_MS)
            assert isinstance(reports, tuple)
            self.reports += reports
            self._transport.sendto(encode_reply(packet, Code.ACCOUNTING_RESPONSE, (), SECRET.encode()), source)


@asynccontextmanager
async def listening(deaf: frozenset[int] = frozenset()) -> AsyncIterator[tuple[Accountant, RadiusLoad]]:
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Accountant(deaf), local_addr=("127.0.0.1", 0)
    )
    try:
        yield server, replace(LOAD, server=transport.get_extra_info("sockname"))
    finally:
        transport.close()


async def test_every_stop_is_sent_once_and_read_as_it_was_meant() -> None:
    async with listening() as (server, load):
        outcome = await asyncio.to_thread(generate, load)
    assert outcome.sent == outcome.acknowledged == 600 == len(outcome.times_ms) and outcome.strange == 0
    assert {report.kind for report in server.reports} == {ReportKind.STOP}
    assert len({(report.session_id, report.side) for report in server.reports}) == 600
    for side in Side:
        talked = sorted(report.duration_ms or 0 for report in server.reports if report.side is side)
        assert talked == sorted(1000 * talk_s(call) for call in range(300))


async def test_what_is_not_answered_is_lost_and_not_sent_again() -> None:
    async with listening(frozenset({3, 70})) as (server, load):
        outcome = await asyncio.to_thread(generate, replace(load, stops=200, seconds=0.3, drain_s=0.1))
    assert (outcome.sent, outcome.acknowledged, server.received) == (200, 198, 200)


def test_identifiers_go_round_per_port_and_contents_never_repeat() -> None:
    packets = list(stops(replace(LOAD, stops=4 * 256 + 4)))
    assert [packet[1] for packet in packets[:12]] == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]
    assert packets[-1][1] == 0 and len(set(packets)) == len(packets)


def books(sent: int, **wrong: int) -> dict[Side, InBooks]:
    """Books as they must be after so many Stops, with what is wrong on the client's side."""
    right = {
        side: InBooks((sent + (side is Side.CLIENT)) // 2, charges(side, sent), charges(side, sent)) for side in Side
    }
    return right | {Side.CLIENT: replace(right[Side.CLIENT], **wrong)}


def outcome(sent: int, lost: int = 0) -> RadiusOutcome:
    return RadiusOutcome(sent=sent, acknowledged=sent - lost)


def test_charges_are_seconds_at_the_price_of_each_side() -> None:
    seconds = talk_s(0) + talk_s(1)
    assert charges(Side.CLIENT, 3) == units_of(SELL_PRICE) * seconds // 60
    assert charges(Side.VENDOR, 3) == units_of(BUY_PRICE) * talk_s(0) // 60


def test_books_that_equal_what_was_acknowledged_are_proved() -> None:
    verify(books(101), outcome(101))
    verify(
        {side: InBooks(2 * b.legs, 2 * b.charges, 2 * b.posted) for side, b in books(40).items()}, *[outcome(40)] * 2
    )


@pytest.mark.parametrize("wrong", [{"legs": 50}, {"legs": 52}, {"posted": 1}, {"charges": 1, "posted": 1}])
def test_a_leg_or_a_charge_that_differs_makes_the_measurement_invalid(wrong: dict[str, int]) -> None:
    with pytest.raises(BrokenWorldError, match=r"the books have|the balance"):
        verify(books(101, **wrong), outcome(101))


def test_a_stop_without_an_answer_may_be_in_the_books_or_not() -> None:
    verify(books(100), outcome(101, lost=1))
    verify(books(101), outcome(101, lost=1))
    with pytest.raises(BrokenWorldError, match="the books have"):
        verify(books(98), outcome(101, lost=1))

"""Credit that ends while calls go on: the switch is told to end the call, and does."""

import asyncio
from decimal import Decimal
from typing import cast

import pytest

from cluster.demo.records import LiveLeg, accounting
from cluster.demo.switch import Admitted
from domain.calls import ReportKind
from domain.recipes import CISCO
from domain.wire.radius_attributes import Values, attribute
from domain.wire.radius_packet import Code, RadiusPacket, decode, encode_reply, verify_request
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.phone import Phone, legs, phone
from tests.live.running import Running, free_ports
from tests.live.waiting import until_async

pytestmark = pytest.mark.live

ENTRY = switch_of("cut", "127.0.53.1", "cisco")
NUMBER = "254741000001"


class DisconnectPort(asyncio.DatagramProtocol):
    """The port at which the switch is told to end calls; it always does."""

    def __init__(self) -> None:
        self.heard: list[RadiusPacket] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        packet = decode(data)
        verify_request(packet, ENTRY.secret.encode())
        self.heard.append(packet)
        self.transport.sendto(encode_reply(packet, Code.DISCONNECT_ACK, [], ENTRY.secret.encode()), source)


async def goes_on(switch: Phone, leg: LiveLeg, ran_s: int) -> None:
    """Send an Interim-Update of a call that has run for so long."""
    named = accounting(CISCO, ENTRY.address, ReportKind.START, leg)
    named[0] = attribute("Acct-Status-Type", 3)
    answer = await switch._reports.ask(Code.ACCOUNTING_REQUEST, [*named, attribute("Acct-Session-Time", ran_s)])
    assert answer is not None, "an Interim-Update is acknowledged"


async def test_a_call_is_cut_when_the_money_that_it_needs_is_another_calls(switchboard: Running) -> None:
    port = free_ports("cut")["cut"]
    enter_vendor(switchboard, "cut-vendor", "127.0.54.1", Price("254741", "0.0001"))
    enter_client(switchboard, ENTRY, Price("254741", "0.60"), "--prepaid")
    switchboard.sb(
        "switches", "set", ENTRY.id, "sends_interims=true", "can_disconnect=true", "interim_s=60",
        f"disconnect_port={port}",
    )  # fmt: skip
    switchboard.sb("payments", "add", "--partner", "cut", "--amount", "12.00", "--currency", "USD")
    loop = asyncio.get_running_loop()
    _, told = await loop.create_datagram_endpoint(DisconnectPort, local_addr=(ENTRY.address, port))
    async with phone(ENTRY, switchboard.node) as switch:
        first, second = switch.new_call(), switch.new_call()
        answers = [await switch.ask(NUMBER, call) for call in (first, second)]
        assert [answer.granted_s for answer in answers if isinstance(answer, Admitted)] == [1200, 600]
        assert isinstance(answers[0], Admitted)
        client, vendor = legs(first, NUMBER, answers[0].offers[0], 650)
        await switch.begin(client, vendor)
        await goes_on(switch, client, 300)
        shown = switchboard.told("partners", "show", "cut")
        assert Decimal(shown["held"]["amount"]) == 12, "both calls together hold what there is, and no more"
        assert told.heard == []
        await goes_on(switch, client, 650)

        async def is_told() -> list[RadiusPacket]:
            return told.heard

        (packet,) = await until_async(is_told, "a Disconnect-Request")
        values = Values(packet.attributes)
        assert (values.text("Acct-Session-Id"), values.text("h323-conf-id")) == (client.session_id, first)
        await switch.end(client, vendor)
    told.transport.close()
    shown = switchboard.told("partners", "show", "cut")
    assert (shown["held"]["amount"], shown["open_calls"]) == ("6.00", 1), "the other call goes on"
    check = switchboard.told("ledger", "check")
    assert check["differences"] == [] and Decimal(check["cdrs_minus_postings"]["amount"]) == 0

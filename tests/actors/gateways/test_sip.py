"""SIP over a real socket: strangers and broken calls trouble nobody else."""

from collections.abc import AsyncIterator

import pytest

from actors.gateways.sip import SipGateway
from tests.actors.exchange import Exchange
from tests.actors.gateways.phone import Phone
from tests.domain.wire.sip_bytes import request_bytes


@pytest.fixture
async def gateway(exchange: Exchange) -> AsyncIterator[SipGateway]:
    its = await SipGateway.listen(exchange.opens().node, "127.0.0.1", 0, b"secret")
    yield its
    its.close()


@pytest.fixture
async def phone(gateway: SipGateway) -> AsyncIterator[Phone]:
    its = await Phone.at(gateway._transport)
    yield its
    its.hang_up()


async def test_a_datagram_with_nowhere_to_answer_stops_no_timer(gateway: SipGateway, phone: Phone) -> None:
    for at, via in enumerate(("SIP/2.0/UDP h;maddr=::1;branch=z9hG4bKa", "SIP/2.0/UDP h:99999;branch=z9hG4bKb")):
        phone.send(request_bytes(via=via, call_id=f"odd-{at}"))
    gateway._send([(b"to nowhere", ("::1", 5060))])
    phone.send(request_bytes(call_id="plain"))
    first = await phone.hear()
    assert b"plain" in first
    assert await phone.hear() == first, "the answer comes again until it is acknowledged"
    assert gateway._node.counts["sip.unsendable"] == 1

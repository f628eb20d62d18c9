"""SIP over a real socket: strangers and broken calls trouble nobody else."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from actors.gateways.sip import SipGateway
from actors.refs import LocalBook, LocalBooks
from domain.commands import Command, PlaceHold, Reply
from tests.actors.builders import money
from tests.actors.exchange import Exchange, at_loopback
from tests.actors.gateways.phone import Phone
from tests.domain.wire.sip_bytes import request_bytes


@pytest.fixture
async def gateway(exchange: Exchange) -> AsyncIterator[SipGateway]:
    its = await SipGateway.listen(at_loopback(exchange).node, "127.0.0.1", 0, b"secret")
    yield its
    its.close()


@pytest.fixture
async def phone(gateway: SipGateway) -> AsyncIterator[Phone]:
    its = await Phone.at(gateway.address)
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
    assert gateway.figures()["sip.unsendable"] == 1


async def test_a_fault_of_ours_is_answered_500_and_the_next_call_is_decided(
    exchange: Exchange, gateway: SipGateway, phone: Phone
) -> None:
    def fault(_: Sequence[Command]) -> Sequence[Reply]:
        raise KeyError("odd")

    turn, exchange.books[0].turn = exchange.books[0].turn, fault
    uri = "sip:447911123456@198.51.100.1"
    phone.send(request_bytes(call_id="first", branch="z9hG4bK-first", uri=uri))
    assert (await phone.hear()).startswith(b"SIP/2.0 500 ")
    exchange.books[0].turn = turn
    phone.send(request_bytes(call_id="second", branch="z9hG4bK-second", uri=uri))
    while b"second" not in (answer := await phone.hear()):
        assert b"first" in answer
    assert answer.startswith(b"SIP/2.0 302 ")
    assert gateway.figures()["sip.fault"] == 1


async def test_a_gateway_that_is_stopped_answers_what_is_in_work_and_refuses_the_rest(
    gateway: SipGateway, phone: Phone
) -> None:
    uri = "sip:447911123456@198.51.100.1"
    gateway.receive(request_bytes(call_id="in-work", uri=uri), phone.address)
    assert gateway.figures()["sip.in_work"] == 1
    await gateway.finish(10)
    assert gateway.figures()["sip.in_work"] == 0
    assert (await phone.hear()).startswith(b"SIP/2.0 302 ")
    phone.send(request_bytes(call_id="too-late", branch="z9hG4bK-late", uri=uri))
    while b"too-late" not in (answer := await phone.hear()):
        assert b"in-work" in answer
    assert answer.startswith(b"SIP/2.0 503 ")


class SlowBook(LocalBook):
    """Its first answer about a hold waits for a word."""

    def __init__(self, book: LocalBook) -> None:
        super().__init__(book.turn)
        self.word, self.asked = asyncio.Event(), 0

    async def ask(self, command: Command, wait_s: float) -> Reply:
        reply = await super().ask(command, wait_s)
        if isinstance(command, PlaceHold):
            self.asked += 1
            if self.asked == 1:
                await self.word.wait()
        return reply


@pytest.mark.parametrize("cseq", [2, 1], ids=["another-attempt", "another-branch"])
async def test_the_late_end_of_a_cancelled_call_leaves_the_hold_of_the_one_that_took_its_place(
    exchange: Exchange, gateway: SipGateway, phone: Phone, cseq: int
) -> None:
    book = SlowBook(exchange.books[0])
    exchange.node.books = LocalBooks(exchange.shards[0].placement, [book])
    uri = "sip:447911123456@198.51.100.1"
    phone.send(request_bytes(uri=uri, branch="z9hG4bK-first"))
    phone.send(request_bytes("CANCEL", uri=uri, branch="z9hG4bK-first"))
    phone.send(request_bytes(uri=uri, branch="z9hG4bK-second", cseq=cseq))
    while not (answer := await phone.hear()).startswith(b"SIP/2.0 302 "):
        assert b"-second" not in answer
    assert money(exchange.shards[0])[2] == 1
    book.word.set()
    await gateway.finish(10)
    assert money(exchange.shards[0])[2] == 1
    assert gateway.figures()["sip.in_work"] == 0


async def test_a_cancelled_call_gives_its_hold_back(exchange: Exchange, gateway: SipGateway, phone: Phone) -> None:
    book = SlowBook(exchange.books[0])
    exchange.node.books = LocalBooks(exchange.shards[0].placement, [book])
    uri = "sip:447911123456@198.51.100.1"
    phone.send(request_bytes(uri=uri))
    phone.send(request_bytes("CANCEL", uri=uri))
    while not (await phone.hear()).startswith(b"SIP/2.0 487 "):
        pass
    book.word.set()
    await gateway.finish(10)
    assert money(exchange.shards[0]) == (0, 0, 0)

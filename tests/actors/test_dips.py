"""A server that is asked whether numbers have moved, over real datagrams."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

import dns.message
import dns.rcode
import dns.rrset
import pytest

from actors import dips
from actors.dips import EnumServer
from domain.numbers import STAYED, UNANSWERED, Dialled
from domain.portability import PortedSource, SourceKind

NUMBER, RN = "254700000001", Dialled("", "254733", True)
Say = Callable[[dns.message.Message], list[bytes]]


class Authority(asyncio.DatagramProtocol):
    """A name server that answers as it is told to."""

    def __init__(self, say: Say) -> None:
        self.say, self.heard = say, 0
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard += 1
        assert self.transport is not None
        for reply in self.say(dns.message.from_wire(data)):
            self.transport.sendto(reply, addr)


def moved(query: dns.message.Message, ttl: int = 600, regexp: str = "!^.*$!tel:+2547;npdi;rn=+254733!") -> list[bytes]:
    reply = dns.message.make_response(query)
    name = query.question[0].name.to_text()
    reply.answer.append(dns.rrset.from_text(name, ttl, "IN", "NAPTR", f'1 1 "u" "E2U+pstn:tel" "{regexp}" .'))
    return [reply.to_wire()]


def failing(query: dns.message.Message) -> list[bytes]:
    reply = dns.message.make_response(query)
    reply.set_rcode(dns.rcode.SERVFAIL)
    return [reply.to_wire()]


@asynccontextmanager
async def server(say: Say, **fields: Any) -> Any:
    counts = Counter[str]()
    loop = asyncio.get_running_loop()
    transport, authority = await loop.create_datagram_endpoint(lambda: Authority(say), local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    source = PortedSource("lnp", SourceKind.ENUM, server=f"127.0.0.1:{port}", **({"timeout_ms": 500} | fields))
    asking = EnumServer(source, lambda what: counts.update([what]))
    try:
        yield asking, authority, counts
    finally:
        asking.close()
        transport.close()


async def test_an_answer_is_kept_for_its_time_and_asked_for_once_by_many() -> None:
    async with server(moved) as (asking, authority, counts):
        assert await asyncio.gather(*(asking.of(NUMBER) for _ in range(5))) == [RN] * 5
        assert await asking.of(NUMBER) == RN
        assert (authority.heard, counts["asked"], counts["kept"], counts["moved"]) == (1, 1, 1, 1)


async def test_an_answer_of_no_time_is_asked_for_again() -> None:
    async with server(lambda query: moved(query, ttl=0)) as (asking, authority, _):
        assert [await asking.of(NUMBER), await asking.of(NUMBER)] == [RN, RN]
        assert authority.heard == 2


async def test_a_lost_datagram_is_sent_again() -> None:
    lost: list[object] = []

    def say(query: dns.message.Message) -> list[bytes]:
        lost.append(query)
        return moved(query) if len(lost) > 1 else []

    async with server(say) as (asking, authority, counts):
        assert await asking.of(NUMBER) == RN
        assert (authority.heard, counts["failed"]) == (2, 0)


async def test_what_answers_another_question_or_nonsense_is_not_believed() -> None:
    def say(query: dns.message.Message) -> list[bytes]:
        other = dns.message.make_query("2.0.0.0.0.0.0.0.0.7.4.5.2.e164.arpa", "NAPTR", id=query.id)
        wrong_id = dns.message.make_query(query.question[0].name, "NAPTR", id=query.id ^ 1)
        forged = "!^.*$!tel:+1;npdi;rn=+666666!"
        return [b"\0", *moved(other, regexp=forged), *moved(wrong_id, regexp=forged), *moved(query)]

    async with server(say) as (asking, _, counts):
        assert await asking.of(NUMBER) == RN
        assert counts["unreadable"] == 1


async def test_a_server_that_fails_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dips, "PAUSE_S", 0.2)
    async with server(failing) as (asking, authority, counts):
        for at in range(dips.PATIENCE + 3):
            assert await asking.of(f"25470000000{at}") == UNANSWERED
        assert (authority.heard, counts["failed"], counts["not-asked"]) == (dips.PATIENCE, dips.PATIENCE, 3)
        authority.say = moved
        await asyncio.sleep(0.25)
        assert await asking.of(NUMBER) == RN


async def test_nobody_there_costs_a_call_no_more_than_its_time() -> None:
    async with server(lambda _: [], timeout_ms=40) as (asking, authority, counts):
        assert await asking.of(NUMBER) == UNANSWERED
        assert (authority.heard, counts["failed"]) == (2, 1)


async def test_a_number_that_stayed_is_known_to_have() -> None:
    def say(query: dns.message.Message) -> list[bytes]:
        reply = dns.message.make_response(query)
        reply.set_rcode(dns.rcode.NXDOMAIN)
        return [reply.to_wire()]

    async with server(say) as (asking, authority, counts):
        assert [await asking.of(NUMBER), await asking.of(NUMBER)] == [STAYED, STAYED]
        assert (authority.heard, counts["stayed"]) == (1, 1)


async def test_answers_that_are_kept_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dips, "MOST_KEPT", 3)
    async with server(moved) as (asking, authority, _):
        for at in range(6):
            await asking.of(f"25470000000{at}")
        assert await asking.of("254700000000") == RN
        assert authority.heard == 7
        assert len(asking._kept) == 3

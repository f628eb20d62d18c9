"""The ENUM load against a tiny server: open loop, one question each, times from the schedule."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from cluster.bench.enum_load import EnumLoad, generate
from cluster.bench.open_loop import Outcome
from domain.wire.dns_message import Naptr, Query, Rcode, Record, Type, decode_query, encode_reply
from domain.wire.dns_name import text_of

NUMBERS = ("447911123456", "254711000001")


class Server(asyncio.DatagramProtocol):
    """Answers the question of each place in the order of arrival as told: NAPTRs unless `plan` says otherwise."""

    def __init__(self, plan: dict[int, str]) -> None:
        self.plan, self.heard = plan, list[Query]()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # no event loop's own class says so

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        query = decode_query(data)
        what = self.plan.get(len(self.heard), "routes")
        self.heard.append(query)
        assert self._transport is not None
        record = Record(query.name, Type.NAPTR, 0, Naptr(100, 10, b"u", b"E2U+sip", b"!^.*$!sip:1@x!"))
        answer = encode_reply(query, Rcode.NOERROR, [record])
        if what == "refused":
            self._transport.sendto(encode_reply(query, Rcode.REFUSED), source)
        elif what == "late":
            asyncio.get_running_loop().call_later(0.3, self._transport.sendto, answer, source)
        elif what != "silent":
            for _ in range(2 if what == "twice" else 1):
                self._transport.sendto(answer, source)


@asynccontextmanager
async def listening(plan: dict[int, str]) -> AsyncIterator[tuple[Server, tuple[str, int]]]:
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Server(plan), local_addr=("127.0.0.1", 0)
    )
    try:
        yield server, transport.get_extra_info("sockname")
    finally:
        transport.close()


async def told(plan: dict[int, str]) -> tuple[Outcome, Server]:
    async with listening(plan) as (server, address):
        load = EnumLoad(address, "127.0.0.32", NUMBERS, per_s=400, seconds=0.1)
        return await asyncio.to_thread(generate, load), server


async def test_every_number_is_asked_about_once_and_answered() -> None:
    outcome, server = await told({})
    assert outcome.calls == 40 == len({query.id for query in server.heard}) == outcome.in_time
    assert outcome.success == 1 and outcome.statuses == {Rcode.NOERROR: 40} and outcome.late == 0
    asked = {text_of(query.name) for query in server.heard}
    assert asked == {".".join(reversed(number)) + ".e164.arpa." for number in NUMBERS}


async def test_refusals_late_and_silent_answers_are_no_success_and_none_counts_twice() -> None:
    outcome, server = await told({1: "refused", 2: "late", 3: "silent", 4: "twice"})
    assert len(server.heard) == 40, "nothing is asked again"
    assert outcome.statuses == {Rcode.NOERROR: 38, Rcode.REFUSED: 1} and outcome.late == 1
    assert outcome.in_time == 37

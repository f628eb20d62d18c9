"""The SIP load against a tiny server: open loop, INVITE, 302, ACK, times from the schedule."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from cluster.bench.sip_load import SipLoad, SipOutcome, generate
from domain.ids import TrunkId
from domain.targets import Target
from domain.wire.sip_answers import answer, redirect
from domain.wire.sip_message import SipRequest, parse
from tests.live.waiting import until_async

NUMBERS = ("447911123456", "254711000001")
PATIENCE_S = 1.5
"""Longer than a busy machine lets a small server wait."""


class Redirector(asyncio.DatagramProtocol):
    """Answers the call of each place in the order of arrival as told: a 302 unless `plan` says otherwise."""

    def __init__(self, plan: dict[int, str]) -> None:
        self.plan, self.invites, self.acks = plan, list[SipRequest](), Counter[str]()
        self.answers = 0
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # no event loop's own class says so

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        request = parse(data)
        assert isinstance(request, SipRequest) and self._transport is not None
        if request.method == "ACK":
            assert request.to_tag == "mine", "an ACK carries the To of the answer"
            self.acks[request.call_id] += 1
            return
        what = self.plan.get(len(self.invites), "302")
        self.answers += {"twice": 2, "silent": 0}.get(what, 1)
        self.invites.append(request)
        moved = redirect(request, source, "mine", [Target(TrunkId("v"), "192.0.2.7", 5060, "1", "v.1")])
        if what in ("302", "twice"):
            self._transport.sendto(answer(request, source, "", 100, "Trying"), source)
            for _ in range(2 if what == "twice" else 1):
                self._transport.sendto(moved, source)
        elif what == "refused":
            self._transport.sendto(answer(request, source, "mine", 503, "No"), source)
        elif what == "late":
            asyncio.get_running_loop().call_later(1.2 * PATIENCE_S, self._transport.sendto, moved, source)


@asynccontextmanager
async def listening(plan: dict[int, str]) -> AsyncIterator[tuple[Redirector, tuple[str, int]]]:
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Redirector(plan), local_addr=("127.0.0.1", 0)
    )
    try:
        yield server, transport.get_extra_info("sockname")
    finally:
        transport.close()


async def all_acknowledged(server: Redirector) -> bool:
    return server.acks.total() >= server.answers


async def told(plan: dict[int, str], per_s: float = 400, seconds: float = 0.1) -> tuple[SipOutcome, Redirector]:
    """Run a load of per_s × seconds calls against a server that behaves as planned."""
    async with listening(plan) as (server, address):
        load = SipLoad(address, "127.0.0.31", NUMBERS, per_s, seconds, "t", PATIENCE_S)
        outcome = await asyncio.to_thread(generate, load)
        await until_async(lambda: all_acknowledged(server), "the last ACKs have come", 10)
        return outcome, server


async def test_every_call_is_asked_once_redirected_and_acknowledged() -> None:
    outcome, server = await told({})
    assert outcome.calls == 40 == len({request.call_id for request in server.invites})
    assert outcome.in_time == 40 and outcome.success == 1 and outcome.late == outcome.again == 0
    assert outcome.statuses == {302: 40}
    assert server.acks == Counter({request.call_id: 1 for request in server.invites})
    assert all(time_ms >= 0 for time_ms in outcome.times_ms)
    assert {request.uri.partition("@")[0] for request in server.invites} == {f"sip:{number}" for number in NUMBERS}


async def test_refusals_late_and_silent_calls_are_no_success() -> None:
    outcome, server = await told({1: "refused", 2: "late", 3: "silent"})
    assert len(server.invites) == 40, "nothing is sent again"
    assert outcome.statuses == {302: 38, 503: 1} and outcome.late == 1
    assert outcome.in_time == 37 and outcome.success == 37 / 40


async def test_an_answer_that_comes_again_is_acknowledged_again_and_counted_once() -> None:
    outcome, server = await told({5: "twice"})
    assert outcome.in_time == 40 and outcome.again == 1
    assert sorted(server.acks.values()) == [1] * 39 + [2]


async def test_load_goes_on_while_nobody_listens() -> None:
    outcome = await asyncio.to_thread(generate, SipLoad(("127.0.0.1", 9), "127.0.0.31", NUMBERS, 200, 0.1, "t"))
    assert outcome.calls == 20 and outcome.in_time == 0 and outcome.success == 0

"""The client for programs of others, against the Switch service with real books."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from actors.gateways.grpc_listener import GrpcGateway
from domain.settings import TlsSettings
from protos import connect
from protos.client import TRIES, Switchboard
from protos.switch_pb2 import CallRequest, Report, ReportReply
from protos.switch_pb2_grpc import SwitchServicer, add_SwitchServicer_to_server
from tests.actors.exchange import Exchange, at_loopback
from tests.domain.builders import NOON
from tests.domain.call_builders import ORBITA
from tests.domain.worlds import SWITCH, USD

TOKEN = "sesame"


def a_request(call: str, switch: str = SWITCH) -> CallRequest:
    return CallRequest(switch_id=switch, call_id=call, caller="12025550100", called="447911123456", source="127.0.0.1")


def a_report(call: str, **fields: Any) -> Report:
    known: dict[str, Any] = {"switch_id": SWITCH, "call_id": call, "session_id": call, "called": "447911123456"}
    known |= {"remote": "127.0.0.1", "kind": Report.STOP, "connect_ms": NOON, "disconnect_ms": NOON + 60_000}
    return Report(**(known | {"duration_ms": 60_000} | fields))


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    return at_loopback(Exchange(tmp_path))


class Port:
    """The gRPC port of the exchange's node, which may be shut, and opened again where it was."""

    def __init__(self, exchange: Exchange, data: Path) -> None:
        connect.write_endpoint(data, connect.Listening("127.0.0.1:1", {}), TOKEN)
        self.exchange, self.data, self.address = exchange, data, "127.0.0.1:0"
        self.gateway: GrpcGateway | None = None

    async def open(self, tls: TlsSettings | None = None) -> None:
        self.gateway = await GrpcGateway.listen(self.exchange.node, self.address, self.data, tls)
        self.address = self.gateway.address

    async def shut(self, grace_s: float = 0) -> None:
        assert self.gateway is not None
        await self.gateway.finish(grace_s)


@pytest.fixture
async def port(exchange: Exchange, tmp_path: Path) -> AsyncIterator[Port]:
    its = Port(exchange, tmp_path)
    await its.open()
    yield its
    await its.shut()


@pytest.fixture
async def switch(port: Port) -> AsyncIterator[Switchboard]:
    async with Switchboard.connect(port.address, TOKEN) as connected:
        yield connected


async def test_a_call_is_decided_authorized_and_charged(switch: Switchboard, exchange: Exchange) -> None:
    assert (await switch.route(a_request("a"))).granted_s == 0
    decision = await switch.authorize(a_request("a"))
    assert decision.admitted and decision.granted_s
    assert (await switch.start(a_report("a", kind=Report.START, disconnect_ms=None, duration_ms=None))).recorded
    stopped = await switch.stop(a_report("a"))
    assert stopped.recorded and not stopped.parked and stopped.charge.units
    assert await switch.stop(a_report("a")) == stopped


async def test_a_refusal_of_the_call_itself_is_an_error_with_its_sentence(switch: Switchboard) -> None:
    with pytest.raises(grpc.aio.AioRpcError, match="switch 'nobody' is not known"):
        await switch.authorize(a_request("a", "nobody"))


async def test_many_calls_go_over_one_stream_each_with_its_answer(switch: Switchboard) -> None:
    asked = [a_request("a"), a_request("b", "nobody"), a_request("c")]
    answered = [(request.call_id, decision.cause) async for request, decision in switch.authorize_all(asked)]
    assert answered == [("a", ""), ("b", "unknown-switch"), ("c", "")]
    reports = (a_report(call) for call in "abc")
    replies = [(report.call_id, reply.recorded) async for report, reply in switch.report_all(reports)]
    assert replies == [("a", True), ("b", True), ("c", True)]


async def test_a_source_that_fails_is_told_when_what_it_gave_was_answered(switch: Switchboard) -> None:
    def requests() -> Iterator[CallRequest]:
        yield a_request("a")
        yield a_request("b", "nobody")
        raise LookupError("the caller's own database")

    answered: list[str] = []

    async def ask() -> None:
        async for request, _ in switch.authorize_all(requests()):
            answered.append(request.call_id)

    with pytest.raises(LookupError, match="the caller's own database"):
        await ask()
    assert answered == ["a", "b"]
    assert (await switch.authorize(a_request("c"))).admitted


async def test_more_than_may_be_on_the_way_goes_over_one_stream_too(switch: Switchboard) -> None:
    calls = [f"c{number}" for number in range(3_000)]
    asked = (a_request(call, "nobody") for call in calls)
    assert [request.call_id async for request, _ in switch.authorize_all(asked)] == calls
    told = (a_report(call, switch_id="nobody") for call in calls)
    assert [report.call_id async for report, _ in switch.report_all(told)] == calls


async def test_a_node_that_comes_back_is_asked_again(switch: Switchboard, port: Port) -> None:
    await port.shut()
    asking = asyncio.create_task(switch.authorize(a_request("a")))
    await asyncio.sleep(0.05)
    await port.open()
    assert (await asking).admitted


@pytest.mark.parametrize("grace_s", [0.0, 0.2])
async def test_reports_that_were_not_answered_when_a_stream_broke_are_sent_again_and_count_once(
    switch: Switchboard, port: Port, exchange: Exchange, grace_s: float
) -> None:
    sent, more = asyncio.Event(), asyncio.Event()

    async def reports() -> AsyncIterator[Report]:
        for number in range(5):
            yield a_report(f"a{number}")
        sent.set()
        await more.wait()
        for number in range(5, 10):
            yield a_report(f"a{number}")

    async def all_replies() -> list[Any]:
        return [(report.call_id, reply.parked, reply.cause) async for report, reply in switch.report_all(reports())]

    async def lost(command: Any, wait_s: float) -> Any:
        await ask(command, wait_s)
        await asyncio.Event().wait()

    ask, exchange.books[0].ask = exchange.books[0].ask, lost  # type: ignore[method-assign]
    sending = asyncio.create_task(all_replies())
    await sent.wait()
    await asyncio.sleep(0.1)
    exchange.books[0].ask = ask  # type: ignore[method-assign]
    await port.shut(grace_s)
    await port.open()
    more.set()
    assert await sending == [(f"a{number}", False, "") for number in range(10)]
    minute = (await switch.stop(a_report("a0"))).charge.units
    assert minute and exchange.shards[0].partner(ORBITA).owed(USD) == 10 * minute


class Breaking(SwitchServicer):
    """A node that ends its first streams with `code`, each before or after one answer, and answers all from then on."""

    def __init__(self, code: grpc.StatusCode, times: int, answers: bool) -> None:
        self.code, self.times, self.answers, self.heard = code, times, answers, list[str]()

    async def ReportStream(  # noqa: N802 - the contract's name
        self, reports: AsyncIterator[Report], context: Any
    ) -> AsyncIterator[ReportReply]:
        self.times -= 1
        async for report in reports:
            self.heard.append(report.call_id)
            if self.answers or self.times < 0:
                yield ReportReply(recorded=True)
            if self.times >= 0:
                await context.abort(self.code, "broken")


async def streamed_over(node: Breaking) -> list[str]:
    server = grpc.aio.server()
    add_SwitchServicer_to_server(node, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with Switchboard.connect(f"127.0.0.1:{port}", TOKEN) as switch:
            replies = switch.report_all([a_report(call) for call in "abcdefgh"])
            return [report.call_id async for report, reply in replies if reply.recorded]
    finally:
        await server.stop(0)


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.INTERNAL])
async def test_a_stream_is_opened_again_however_its_break_is_called(code: grpc.StatusCode) -> None:
    node = Breaking(code, 3, answers=True)  # type: ignore[abstract]
    assert await streamed_over(node) == list("abcdefgh")
    assert set(node.heard) == set("abcdefgh")


async def test_a_stream_that_is_refused_each_time_is_given_up() -> None:
    node = Breaking(grpc.StatusCode.PERMISSION_DENIED, 99, answers=False)  # type: ignore[abstract]
    with pytest.raises(grpc.aio.AioRpcError):
        await streamed_over(node)
    assert len(node.heard) <= TRIES and set(node.heard) == {"a"}


async def test_what_goes_wrong_where_reports_are_made_is_raised_after_the_answers(switch: Switchboard) -> None:
    def reports() -> Any:
        yield a_report("a")
        raise OSError("the file is gone")

    replies = switch.report_all(reports())
    assert (await anext(replies))[1].recorded
    with pytest.raises(OSError, match="the file is gone"):
        await anext(replies)


async def test_a_node_that_never_answers_is_given_up() -> None:
    with socket.socket() as silent:  # bound, so that nobody else answers there, and not listening
        silent.bind(("127.0.0.1", 0))
        async with Switchboard.connect(f"127.0.0.1:{silent.getsockname()[1]}", TOKEN) as switch:
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                _ = [reply async for reply in switch.report_all([a_report("a")])]
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_the_contract_is_told_to_anybody(port: Port) -> None:
    async with grpc.aio.insecure_channel(port.address) as channel:
        ask = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo
        asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        [told] = [answer async for answer in ask(asked)]
    assert "switchboard.Switch" in [service.name for service in told.list_services_response.service]


async def test_a_node_is_reached_over_tls_with_its_certificate_and_ours(port: Port) -> None:
    certificate, key = (str(port.data / "tls" / name) for name in ("certificate.pem", "key.pem"))
    await port.shut()
    await port.open(TlsSettings())
    async with Switchboard.connect(port.address, TOKEN, certificate) as switch:
        assert (await switch.route(a_request("a"))).admitted
    await port.shut()
    await port.open(TlsSettings(clients_ca=certificate))
    async with Switchboard.connect(port.address, TOKEN, certificate, certificate=certificate, key=key) as known:
        assert (await known.route(a_request("a"))).admitted
    async with Switchboard.connect(port.address, TOKEN, certificate, timeout_s=1) as stranger:
        with pytest.raises(grpc.aio.AioRpcError):
            await stranger.route(a_request("a"))

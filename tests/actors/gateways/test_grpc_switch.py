"""The Switch service: streams go on whatever one message says, and no hold is left behind by who is gone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from time import monotonic
from typing import Any

import grpc
import pytest

from actors.gateways import grpc_switch
from actors.gateways.grpc_switch import SwitchService
from actors.tokens import TokenCheck
from domain.calls import CallSetup
from domain.commands import Command, PlaceHold, Reply
from domain.decisions import Decision
from domain.users import Role, User
from protos import connect, switch_pb2_grpc
from protos import switch_pb2 as sw
from store.users_file import token_hash, write_users
from tests.actors.exchange import Exchange, at_loopback
from tests.domain.builders import NOON
from tests.domain.call_builders import ORBITA
from tests.domain.worlds import SWITCH


@pytest.fixture
async def stub(exchange: Exchange) -> AsyncIterator[Any]:
    server = grpc.aio.server()
    service = SwitchService(exchange.node)
    switch_pb2_grpc.add_SwitchServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        its: Any = switch_pb2_grpc.SwitchStub(channel)
        its.service = service
        yield its
    await server.stop(0)


async def test_a_bad_message_of_a_stream_is_answered_with_its_cause_and_the_others_go_on(
    exchange: Exchange, stub: Any
) -> None:
    at_loopback(exchange)
    asked = [sw.CallRequest(switch_id="nobody", call_id="a"), a_request("b"), a_request("c")]
    unknown, *known = [answer async for answer in stub.AuthorizeStream(iter(asked))]
    assert (unknown.admitted, unknown.cause) == (False, "unknown-switch")
    assert unknown.explanation == ["switch 'nobody' is not known: add it with `switchboard switches add`"]
    assert [answer.admitted for answer in known] == [True, True]
    assert len(holds(exchange)) == 2


@pytest.fixture
async def guarded(exchange: Exchange, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """The service behind its check of tokens: gives a stub that speaks with a token."""
    connect.write_endpoint(tmp_path, connect.Listening("127.0.0.1:1", {}), "of-admin")
    users = [User(SWITCH, Role.SWITCH), User("gw-other", Role.SWITCH)]
    write_users(tmp_path, {token_hash(f"of-{user.name}"): user for user in users})
    server = grpc.aio.server(interceptors=[TokenCheck(tmp_path)])
    switch_pb2_grpc.add_SwitchServicer_to_server(SwitchService(exchange.node), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        its: Any = switch_pb2_grpc.SwitchStub(channel)

        def ask(rpc: str, token: str, request: Any) -> Any:
            return getattr(its, rpc)(request, metadata=connect.metadata(token))

        yield ask
    await server.stop(0)


@pytest.mark.parametrize("token", ["of-admin", f"of-{SWITCH}"])
async def test_a_switch_speaks_for_itself_and_an_admin_for_all(exchange: Exchange, guarded: Any, token: str) -> None:
    at_loopback(exchange)
    assert (await guarded("Authorize", token, a_request("a"))).admitted
    assert (await guarded("Start", token, a_report())).recorded
    [answer] = [each async for each in guarded("AuthorizeStream", token, iter([a_request("b")]))]
    assert answer.admitted


async def test_a_token_of_a_switch_speaks_for_no_other_switch(exchange: Exchange, guarded: Any) -> None:
    at_loopback(exchange)
    token = "of-gw-other"
    for rpc, request in (("Route", a_request("a")), ("Authorize", a_request("a")), ("Stop", a_report())):
        with pytest.raises(grpc.aio.AioRpcError, match="gw-other may not speak for switch") as raised:
            await guarded(rpc, token, request)
        assert raised.value.code() is grpc.StatusCode.PERMISSION_DENIED
    [answer] = [each async for each in guarded("AuthorizeStream", token, iter([a_request("a")]))]
    assert (answer.admitted, answer.cause) == (False, "another-switch")
    [reply] = [each async for each in guarded("ReportStream", token, iter([a_report()]))]
    assert (reply.recorded, reply.cause) == (False, "another-switch")
    assert not holds(exchange)


async def test_a_report_of_a_kind_from_the_future_is_named_as_such_and_the_others_go_on(
    exchange: Exchange, stub: Any
) -> None:
    at_loopback(exchange)
    reports = [a_report(kind=9), a_report(switch_id="nobody"), a_report()]
    future, nobody, recorded = [reply async for reply in stub.ReportStream(iter(reports))]
    assert (future.recorded, future.cause) == (False, "unknown-kind")
    assert future.detail == "kind 9 is not known: send START, INTERIM, STOP or ATTEMPT"
    assert (nobody.recorded, nobody.cause) == (False, "unknown-switch")
    assert recorded.recorded


async def test_a_fault_of_ours_costs_one_message_of_a_stream(
    exchange: Exchange, stub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_loopback(exchange)
    decide = exchange.node._decide

    def breaks(setup: CallSetup, *others: Any) -> Decision:
        if setup.call_id == b"a":
            raise KeyError("a")
        return decide(setup, *others)

    monkeypatch.setattr(exchange.node, "_decide", breaks)
    faulty, good = [answer async for answer in stub.AuthorizeStream(iter([a_request("a"), a_request("b")]))]
    assert (faulty.cause, faulty.explanation, good.admitted) == ("fault", ["KeyError: 'a'"], True)


async def test_a_text_that_is_too_long_is_invalid_and_the_others_go_on(exchange: Exchange, stub: Any) -> None:
    at_loopback(exchange)
    long = a_request("a" * 257)
    with pytest.raises(grpc.aio.AioRpcError, match="call_id has 257 characters") as raised:
        await stub.Authorize(long)
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    faulty, good = [answer async for answer in stub.AuthorizeStream(iter([long, a_request("b" * 256)]))]
    assert (faulty.cause, good.admitted) == ("invalid", True)
    [reply] = [reply async for reply in stub.ReportStream(iter([a_report(called="4" * 300)]))]
    assert (reply.recorded, reply.cause) == (False, "invalid")


async def test_an_answer_that_cannot_be_written_leaves_no_hold(
    exchange: Exchange, stub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_loopback(exchange)

    def breaks(*_: Any) -> sw.Decision:
        assert holds(exchange)
        raise ValueError("too large")

    monkeypatch.setattr(grpc_switch, "decision_message", breaks)
    [faulty] = [answer async for answer in stub.AuthorizeStream(iter([a_request("a")]))]
    assert faulty.cause == "fault"
    await until(lambda: not holds(exchange))


async def test_a_decision_without_a_hold_is_logged_and_its_refusal_counted(
    exchange: Exchange, stub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_loopback(exchange)
    logged: list[Decision] = []
    monkeypatch.setattr(exchange.node.log, "add", lambda decision, *_: logged.append(decision))
    assert (await stub.Route(a_request("a"))).admitted
    refused = await stub.Route(sw.CallRequest(switch_id=SWITCH, call_id="b", called="x", source="127.0.0.1"))
    assert [decision.refusal is None for decision in logged] == [True, False]
    assert exchange.node.counts[f"refused.{refused.cause}"] == 1


async def test_a_node_without_snapshots_says_so(stub: Any) -> None:
    [answer] = [answer async for answer in stub.AuthorizeStream(iter([a_request("a")]))]
    assert (answer.admitted, answer.cause) == (False, "not-ready")
    with pytest.raises(grpc.aio.AioRpcError, match="no snapshots") as raised:
        await stub.Authorize(a_request("a"))
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_report_that_cannot_be_recorded_is_to_be_sent_again(exchange: Exchange, stub: Any) -> None:
    at_loopback(exchange)
    exchange.books[0].turn = None
    [reply] = [reply async for reply in stub.ReportStream(iter([a_report()]))]
    assert (reply.recorded, reply.cause) == (False, "unavailable")
    assert reply.detail.startswith("not recorded, send it again")


async def test_another_end_of_a_leg_is_parked_and_the_switch_is_told_why(exchange: Exchange, stub: Any) -> None:
    at_loopback(exchange)
    first, other = (a_report(connect_ms=NOON, disconnect_ms=NOON + 1000 * talked_s) for talked_s in (60, 90))
    assert not (await stub.Stop(first)).parked
    for _ in range(2):
        reply = await stub.Stop(other)
        assert (reply.recorded, reply.parked, reply.cause) == (True, True, "differs-from-first-report")
        assert "otherwise" in reply.detail


async def asked_for_a_short_time(book: "SlowBook", stub: Any, request: sw.CallRequest) -> "asyncio.Future[Any]":
    """Ask with a deadline that ends after the book was asked, however slow the machine is."""
    for deadline_s in (0.2, 1.0, 5.0, 25.0):
        asking: asyncio.Future[Any] = asyncio.ensure_future(stub.Authorize(request, timeout=deadline_s))
        heard = asyncio.ensure_future(book.asked.wait())
        await asyncio.wait((asking, heard), return_when=asyncio.FIRST_COMPLETED)
        heard.cancel()
        if book.asked.is_set():
            return asking
        with pytest.raises(grpc.aio.AioRpcError, match="Deadline"):
            await asking
    raise TimeoutError("the book was not asked within 25 s")


@pytest.mark.parametrize("how", ["deadline", "cancel", "stream"])
async def test_a_call_whose_asker_is_gone_before_the_answer_leaves_no_hold(
    exchange: Exchange, stub: Any, how: str
) -> None:
    book = SlowBook(at_loopback(exchange))
    request = a_request("a")
    if how == "deadline":
        asking = await asked_for_a_short_time(book, stub, request)
    elif how == "cancel":
        asking = asyncio.ensure_future(stub.Authorize(request))
    else:
        asking = asyncio.ensure_future(stub.AuthorizeStream(iter([request, a_request("b")])).read())
    await book.asked.wait()
    assert holds(exchange)  # and the answer is not there yet
    if how == "deadline":
        with pytest.raises(grpc.aio.AioRpcError, match="Deadline"):
            await asking
    else:
        asking.cancel()
    await until(lambda: not holds(exchange))


async def test_a_question_that_broke_off_takes_no_hold_from_the_one_that_was_answered(
    exchange: Exchange, stub: Any
) -> None:
    book = SlowBook(at_loopback(exchange))
    broken = asyncio.ensure_future(stub.Authorize(a_request("a")))
    await book.asked.wait()
    exchange.books[0].ask = book.quick  # type: ignore[method-assign]
    assert (await stub.Authorize(a_request("a"))).admitted
    broken.cancel()
    await until(lambda: stub.service.in_work == 0)
    await asyncio.sleep(0.05)
    assert len(holds(exchange)) == 1
    assert len(stub.service._askers) == 0


async def test_answers_that_were_ready_when_a_stream_ended_leave_no_hold(exchange: Exchange) -> None:
    at_loopback(exchange)
    service = SwitchService(exchange.node)

    async def requests() -> AsyncIterator[sw.CallRequest]:
        for name in "abc":
            yield a_request(name)
        await asyncio.Event().wait()

    nobody: Any = None
    answers = service.AuthorizeStream(requests(), nobody)  # it asks nothing of its context
    assert (await anext(answers)).admitted
    await until(lambda: len(holds(exchange)) == 3)
    await answers.aclose()  # while its first answer was on the way
    await until(lambda: not holds(exchange))


async def test_a_listener_tells_how_long_its_answers_take(exchange: Exchange, stub: Any) -> None:
    at_loopback(exchange)
    await stub.Authorize(a_request("a"))
    with pytest.raises(grpc.aio.AioRpcError):
        await stub.Route(sw.CallRequest(switch_id="nobody"))
    service = stub.service
    assert (service.counts["received"], service.counts["errors"], service.in_work) == (2, 1, 0)
    assert 0 < service.times.percentiles(monotonic())[0] < 1000


class SlowBook:
    """A book that holds at once, and whose answer never comes."""

    def __init__(self, exchange: Exchange) -> None:
        self.asked = asyncio.Event()
        book = exchange.books[0]
        self.quick = book.ask
        book.ask = self.ask  # type: ignore[method-assign]

    async def ask(self, command: Command, wait_s: float) -> Reply:
        reply = await self.quick(command, wait_s)
        if isinstance(command, PlaceHold):
            self.asked.set()
            await asyncio.Event().wait()
        return reply


def a_request(call: str) -> sw.CallRequest:
    return sw.CallRequest(
        switch_id=SWITCH, call_id=call, caller="12025550100", called="447911123456", source="127.0.0.1"
    )


def a_report(**fields: Any) -> sw.Report:
    values: dict[str, Any] = {"switch_id": SWITCH, "call_id": "a", "session_id": "1", "caller": "12025550100"}
    values |= {"called": "447911123456", "remote": "127.0.0.1", "kind": sw.Report.START, "connect_ms": NOON}
    return sw.Report(**(values | fields))


def holds(exchange: Exchange) -> list[Any]:
    return [hold for shard in exchange.shards for hold in shard.partner(ORBITA).holds.values()]


async def until(true: Callable[[], bool]) -> None:
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never comes true")

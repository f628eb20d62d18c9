"""Streams of the Switch service: in order, and over when anything fails."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from actors.gateways.grpc_switch import SwitchService, _in_order
from protos import switch_pb2, switch_pb2_grpc
from tests.actors.exchange import Exchange
from tests.domain.worlds import SWITCH


@pytest.fixture
async def stub(exchange: Exchange) -> AsyncIterator[Any]:
    server = grpc.aio.server()
    switch_pb2_grpc.add_SwitchServicer_to_server(SwitchService(exchange.node), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield switch_pb2_grpc.SwitchStub(channel)
    await server.stop(0)


async def test_answers_come_in_order_whatever_is_done_first() -> None:
    async def requests() -> AsyncIterator[int]:
        for number in range(20):
            yield number

    async def work(number: int) -> int:
        await asyncio.sleep(0.001 * (20 - number))
        return number

    assert [answer async for answer in _in_order(requests(), work)] == list(range(20))


async def test_a_stream_that_breaks_ends_its_answers_and_leaves_no_work_behind() -> None:
    before, never = asyncio.all_tasks(), asyncio.Event()

    async def requests() -> AsyncIterator[int]:
        yield 1
        raise ConnectionError("gone")

    async def broken_later() -> AsyncIterator[int]:
        yield 0
        yield 1

    async def work(number: int) -> int:
        if not number:
            raise KeyError(number)
        return number

    async def waits(number: int) -> int:
        if number:
            await never.wait()
        return await work(number)

    with pytest.raises(ConnectionError):
        assert [answer async for answer in _in_order(requests(), work)] == [1]
    answers = _in_order(broken_later(), waits)
    with pytest.raises(KeyError):
        await anext(answers)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() - before == set()


async def test_a_report_of_a_kind_from_the_future_is_named_as_such(exchange: Exchange, stub: Any) -> None:
    exchange.opens()
    with pytest.raises(grpc.aio.AioRpcError, match="kind 9 is not known") as raised:
        await stub.ReportStream(iter([switch_pb2.Report(switch_id=SWITCH, kind=9)])).read()  # type: ignore[arg-type]  # open enum
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_node_without_snapshots_says_so_in_a_stream_too(stub: Any) -> None:
    with pytest.raises(grpc.aio.AioRpcError, match="no snapshots") as raised:
        await stub.AuthorizeStream(iter([switch_pb2.CallRequest(switch_id=SWITCH)])).read()
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE

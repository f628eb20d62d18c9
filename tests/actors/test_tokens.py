"""Who may call, and under which name."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from actors.grpc_errors import ErrorAnswers
from actors.tokens import TokenCheck, caller
from domain.users import Role, User
from protos import connect, operators_pb2_grpc, switch_pb2_grpc
from protos import operators_pb2 as pb
from protos import switch_pb2 as sw
from store.users_file import token_hash, write_users

ADA, GW = User("ada", Role.RATES), User("gw", Role.SWITCH)
Metadata = list[tuple[str, str]]


async def says_who(request: Any, context: Any) -> pb.Changed:
    return pb.Changed(what=caller())


async def goes_on(request: pb.Empty, context: Any) -> AsyncIterator[pb.Status]:
    while True:
        yield pb.Status(version=caller())


async def answers_each(requests: AsyncIterator[sw.CallRequest], context: Any) -> AsyncIterator[sw.Decision]:
    async for request in requests:
        yield sw.Decision(called=request.called, client=caller())


def handlers() -> list[grpc.GenericRpcHandler]:
    unary, stream, both = (
        grpc.unary_unary_rpc_method_handler,
        grpc.unary_stream_rpc_method_handler,
        grpc.stream_stream_rpc_method_handler,
    )
    out = pb.Changed.SerializeToString
    services: dict[str, dict[str, Any]] = {
        "PlansService": {"Add": unary(says_who, pb.Plan.FromString, out)},
        "StatusService": {
            "SetClock": unary(says_who, pb.ClockSetting.FromString, out),
            "Watch": stream(goes_on, pb.Empty.FromString, pb.Status.SerializeToString),
        },
        "Switch": {"AuthorizeStream": both(answers_each, sw.CallRequest.FromString, sw.Decision.SerializeToString)},
    }
    return [grpc.method_handlers_generic_handler(f"switchboard.{name}", of) for name, of in services.items()]


@pytest.fixture
async def channel(tmp_path: Path) -> AsyncIterator[grpc.aio.Channel]:
    connect.write_endpoint(tmp_path, connect.Listening("127.0.0.1:1", {}), "sesame")
    write_users(tmp_path, {token_hash("of-ada"): ADA, token_hash("of-gw"): GW})
    server = grpc.aio.server(interceptors=[TokenCheck(tmp_path), ErrorAnswers()], handlers=handlers())
    health_pb2_grpc.add_HealthServicer_to_server(health.aio.HealthServicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as opened:
        yield opened
    await server.stop(0)


async def add_plan(channel: grpc.aio.Channel, metadata: Metadata) -> str:
    added = await operators_pb2_grpc.PlansServiceStub(channel).Add(pb.Plan(id="x"), metadata=metadata)
    return added.what


@pytest.mark.parametrize("bearer", ["Bearer ", "Bearer", "bearer  ", ""])
async def test_an_empty_token_file_lets_nobody_in(tmp_path: Path, bearer: str) -> None:
    connect.write_endpoint(tmp_path, connect.Listening("127.0.0.1:1", {}), "")
    server = grpc.aio.server(interceptors=[TokenCheck(tmp_path), ErrorAnswers()], handlers=handlers())
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as opened:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await add_plan(opened, [("authorization", bearer)])
    await server.stop(0)
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize(("token", "name"), [("sesame", "admin"), ("of-ada", "ada")])
async def test_a_call_is_made_under_the_name_of_its_token(channel: grpc.aio.Channel, token: str, name: str) -> None:
    assert await add_plan(channel, connect.metadata(token)) == name
    assert caller() == "desk"


@pytest.mark.parametrize(
    "metadata",
    [
        [],
        [("authorization", "Bearer another")],
        [("authorization", "Bearer ")],
        [("authorization", "sesame")],
        [("authorization", "Basic sesame")],
    ],
)
async def test_a_call_without_a_valid_token_is_told_how_to_get_one(
    channel: grpc.aio.Channel, metadata: Metadata
) -> None:
    with pytest.raises(grpc.aio.AioRpcError, match="no valid token: send `authorization: Bearer") as refused:
        await add_plan(channel, metadata)
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_call_that_is_not_for_the_role_names_the_role_that_it_needs(channel: grpc.aio.Channel) -> None:
    clock = operators_pb2_grpc.StatusServiceStub(channel)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await clock.SetClock(pb.ClockSetting(), metadata=connect.metadata("of-ada"))
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert refused.value.details() == (
        "Status.SetClock needs the role admin, and ada has the role rates: "
        "an admin can change that with `switchboard users set ada --role ROLE`"
    )


async def test_a_user_who_is_disabled_is_out_at_once(channel: grpc.aio.Channel, tmp_path: Path) -> None:
    assert await add_plan(channel, connect.metadata("of-ada")) == "ada"
    write_users(tmp_path, {})
    with pytest.raises(grpc.aio.AioRpcError):
        await add_plan(channel, connect.metadata("of-ada"))


async def drained(stream: Any) -> None:
    while await stream.read() is not grpc.aio.EOF:
        pass


async def test_a_stream_ends_when_its_user_is_disabled(channel: grpc.aio.Channel, tmp_path: Path) -> None:
    watching = operators_pb2_grpc.StatusServiceStub(channel).Watch(pb.Empty(), metadata=connect.metadata("of-ada"))
    asking = switch_pb2_grpc.SwitchStub(channel).AuthorizeStream(metadata=connect.metadata("of-gw"))
    await asking.write(sw.CallRequest(called="1"))
    assert await asking.read() == sw.Decision(called="1", client="gw")
    assert await watching.read() == pb.Status(version="ada")
    write_users(tmp_path, {})
    await asking.write(sw.CallRequest(called="2"))
    for stream in (asking, watching):
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await drained(stream)
        assert ended.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_health_is_told_to_anybody(channel: grpc.aio.Channel) -> None:
    reply = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
    assert reply.status == health_pb2.HealthCheckResponse.SERVING

"""Panic orders at a node's gRPC port, with nothing else of the switchboard there."""

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from actors.gateways.grpc_listener import GrpcGateway
from actors.panic import PanicRoom
from domain.causes import Cause
from domain.panic import Aim, PanicOrder
from domain.users import Role, User
from protos import connect, switch_pb2, switch_pb2_grpc
from protos.switch_pb2 import PanicOrder as Message
from store.panic_file import FOLDER, read_panic
from store.users_file import token_hash, write_users
from tests.actors.exchange import Exchange
from tests.domain.builders import NOON
from tests.domain.worlds import setup

TOKEN, NOC, VIEWER = "the-admins-token-of-the-folder", "token-of-the-noc", "token-of-a-viewer"


class Port:
    def __init__(self, exchange: Exchange, folder: Path) -> None:
        self.exchange, self.folder = exchange, folder
        self.room = PanicRoom(folder, "node-0", exchange.node.obey)
        self.stub: switch_pb2_grpc.PanicServiceAsyncStub

    async def order(self, order: Message, token: str = TOKEN) -> switch_pb2.PanicStates:
        return await self.stub.Order(order, metadata=connect.metadata(token))

    async def states(self) -> switch_pb2.PanicStates:
        return await self.stub.List(Message(), metadata=connect.metadata(TOKEN))


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[Port]:
    connect.write_endpoint(tmp_path, connect.Listening("127.0.0.1:1", {}), TOKEN)
    users = {NOC: User("noc", Role.OPERATOR), VIEWER: User("guest", Role.VIEWER)}
    write_users(tmp_path, {token_hash(token): user for token, user in users.items()})
    its = Port(Exchange(tmp_path).opens(), tmp_path)
    gateway = await GrpcGateway.listen(its.exchange.node, "127.0.0.1:0", tmp_path, None, its.room)
    async with connect.aio_channel(gateway.address) as channel:
        its.stub = switch_pb2_grpc.PanicServiceStub(channel)
        yield its
    await gateway.finish(0)


async def test_a_frozen_client_is_refused_until_it_is_lifted(port: Port) -> None:
    told = await port.order(Message(client="orbita", reason="unpaid", id="7"), NOC)
    assert [(its.order.client, its.who, its.since_ms, its.told_desk) for its in told.orders] == [
        ("orbita", "noc", NOON + 7, False)
    ]
    answer = await port.exchange.ask()
    assert (answer.decision.refusal, answer.decision.detail) == (Cause.FROZEN, "frozen by noc: unpaid")
    assert not (await port.order(Message(client="orbita", lift=True))).orders
    assert await port.exchange.refusal() is None


async def test_a_dropped_vendor_gets_no_call_and_the_record_of_the_decision_says_why(port: Port) -> None:
    before = await port.exchange.ask("a")
    assert [route.vendor for route in before.decision.routes] == ["kestrel", "bluewire"]
    await port.order(Message(vendor="kestrel", reason="loops"))
    after = await port.exchange.ask("b")
    assert [route.vendor for route in after.decision.routes] == ["bluewire"]
    written = port.exchange.written(after.decision.call_key)
    assert any("kestrel" in line and "dropped by admin: loops" in line for line in written[0])


async def test_an_order_given_twice_is_one_order(port: Port) -> None:
    first = await port.order(Message(trunk="kestrel-out", id="1"))
    assert await port.order(Message(trunk="kestrel-out", id="1")) == first == await port.states()
    repeated = (await port.order(Message(trunk="kestrel-out", id="2", reason="loops"))).orders
    assert [(its.order.reason, its.since_ms) for its in repeated] == [("loops", first.orders[0].since_ms)]


async def test_orders_outlive_a_restart_and_a_new_world(port: Port) -> None:
    await port.order(Message(client="orbita"))
    again = Exchange(port.folder)
    PanicRoom(port.folder, "node-0", again.node.obey)
    assert port.exchange.node.world is not None
    again.node.enter(port.exchange.node.world)
    assert again.node.decide(setup()).refusal is Cause.FROZEN


async def test_what_the_desk_knows_is_obeyed_and_what_it_entered_is_told(port: Port) -> None:
    await port.order(Message(client="orbita", id="1"))
    lifted = PanicOrder("2", Aim.CLIENT, "orbita", True, "noc", NOON + 99)
    known = await port.room.learn([lifted], [order.mark for order in port.room.panic.untold])
    assert not known.untold and not (await port.states()).orders
    assert await port.exchange.refusal() is None
    assert read_panic(port.folder, "node-0") == known


async def test_an_order_is_obeyed_though_the_disk_does_not_take_it(port: Port) -> None:
    (port.folder / FOLDER).write_text("a file where the folder should be")
    told = await port.order(Message(client="orbita"))
    assert told.not_kept and len(told.orders) == 1
    assert await port.exchange.refusal() is Cause.FROZEN
    (port.folder / FOLDER).unlink()
    assert not (await port.order(Message(client="orbita"))).not_kept
    assert read_panic(port.folder, "node-0").in_force()


@pytest.mark.parametrize(
    ("order", "token", "code"),
    [
        (Message(client="nobody"), TOKEN, grpc.StatusCode.NOT_FOUND),
        (Message(vendor="orbita"), TOKEN, grpc.StatusCode.NOT_FOUND),
        (Message(client="kestrel"), TOKEN, grpc.StatusCode.NOT_FOUND),
        (Message(trunk="nothing"), TOKEN, grpc.StatusCode.NOT_FOUND),
        (Message(), TOKEN, grpc.StatusCode.INVALID_ARGUMENT),
        (Message(client="orbita", vendor="kestrel"), TOKEN, grpc.StatusCode.INVALID_ARGUMENT),
        (Message(client="orbita"), VIEWER, grpc.StatusCode.PERMISSION_DENIED),
        (Message(client="orbita"), "", grpc.StatusCode.UNAUTHENTICATED),
    ],
)
async def test_a_wrong_order_changes_nothing_and_says_why(
    port: Port, order: Message, token: str, code: grpc.StatusCode
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await port.order(order, token)
    assert refused.value.code() is code and refused.value.details()
    assert not (await port.states()).orders

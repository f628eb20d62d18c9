"""Freezing and dropping from the console, by the nodes themselves."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from grpc import aio

from protos import switch_pb2_grpc
from protos.connect import Endpoint
from protos.switch_pb2 import PanicOrder, PanicStates
from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import TOKEN, Desk
from tui.app import Console


class Node(switch_pb2_grpc.PanicServiceServicer):
    """A node that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[PanicOrder] = []
        self.port = 0

    async def Order(self, request: PanicOrder, context: Any) -> PanicStates:  # noqa: N802  the contract's name
        self.asked.append(request)
        return PanicStates(node="node-0")

    async def List(self, request: PanicOrder, context: Any) -> PanicStates:  # noqa: N802  the contract's name
        return PanicStates()


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    its, server = Node(), aio.server()
    switch_pb2_grpc.add_PanicServiceServicer_to_server(its, server)
    its.port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield its
    await server.stop(None)


def told(app: Console) -> str:
    """Return what was told in passing."""
    return " ".join(str(one.message) for one in app._notifications)


async def test_a_partner_is_frozen_after_a_question_while_the_desk_is_down(desk: Desk, node: Node) -> None:
    app = console(desk, find=lambda: Endpoint(f"127.0.0.1:{desk.port}", TOKEN, {"node-0": f"127.0.0.1:{node.port}"}))
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("m")
        await until_loaded(pilot)
        await desk.stop()
        await pilot.press("F")
        await until(pilot, lambda: "Freeze client" in text(app))
        await pilot.press("y")
        await until(pilot, lambda: bool(node.asked))
        assert node.asked[0].client and not node.asked[0].lift and node.asked[0].id
        await until(pilot, lambda: "frozen at node-0" in told(app))
        await pilot.press("F")
        await until(pilot, lambda: "go again?" in text(app))
        await pilot.press("y")
        await until(pilot, lambda: len(node.asked) == 2)
        assert node.asked[1].lift and node.asked[1].client == node.asked[0].client


async def test_an_order_that_no_node_took_is_told(desk: Desk, node: Node) -> None:
    app = console(desk, find=lambda: Endpoint(f"127.0.0.1:{desk.port}", TOKEN, {"node-0": "127.0.0.1:1"}))
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("m")
        await until_loaded(pilot)
        await pilot.press("V")
        await until(pilot, lambda: "Drop vendor" in text(app))
        await pilot.press("y")
        await until(pilot, lambda: "node-0: not reached" in told(app))

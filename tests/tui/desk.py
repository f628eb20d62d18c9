"""A desk of fixed figures behind a real grpc.aio server: what the console sees of a switchboard."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc import aio

from protos import (
    backtests_pb2,
    cluster_pb2,
    codes_pb2,
    end_users_pb2,
    explaining_pb2,
    looking_pb2,
    losses_pb2,
    notices_pb2,
    operators_pb2,
    policies_pb2,
    portability_pb2,
    quality_pb2,
    quantities_pb2,
    rerating_pb2,
    route_tree_pb2,
    routes_pb2,
    sheets_pb2,
    sla_pb2,
    statics_pb2,
)
from protos.connect import Endpoint, NotRunningError
from tests.tui.adding_figures import ADDING_ANSWERS
from tests.tui.book_figures import BOOK_ANSWERS
from tests.tui.end_user_figures import END_USER_ANSWERS
from tests.tui.figures import ANSWERS, status
from tests.tui.job_figures import JOB_ANSWERS
from tests.tui.limit_figures import LIMIT_ANSWERS
from tests.tui.live_figures import LIVE_ANSWERS
from tests.tui.look_figures import LOOK_ANSWERS
from tests.tui.loss_figures import LOSS_ANSWERS
from tests.tui.mail_figures import MAIL_ANSWERS
from tests.tui.notice_figures import NOTICE_ANSWERS
from tests.tui.policy_figures import POLICY_ANSWERS
from tests.tui.quality_figures import QUALITY_ANSWERS
from tests.tui.quantity_figures import QUANTITY_ANSWERS
from tests.tui.route_figures import ROUTE_ANSWERS
from tests.tui.routing_figures import ROUTING_ANSWERS
from tests.tui.sheet_figures import SHEET_ANSWERS
from tests.tui.sla_figures import SLA_ANSWERS

TOKEN = "a-token-of-the-tests"

Answer = Callable[[Any], Message]


class Desk:
    """Answers every method that `answers` names as "Service/Method"; keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = (
            ANSWERS
            | LIVE_ANSWERS
            | MAIL_ANSWERS
            | LIMIT_ANSWERS
            | POLICY_ANSWERS
            | JOB_ANSWERS
            | END_USER_ANSWERS
            | SHEET_ANSWERS
            | LOOK_ANSWERS
            | LOSS_ANSWERS
            | NOTICE_ANSWERS
            | BOOK_ANSWERS
            | ROUTE_ANSWERS
            | ROUTING_ANSWERS
            | QUALITY_ANSWERS
            | SLA_ANSWERS
            | QUANTITY_ANSWERS
            | ADDING_ANSWERS
        )
        self.asked: list[tuple[str, Message]] = []
        self.status = status()
        self.pause_s = 0.2
        """How long after a status the next one is sent."""
        self.held: dict[str, asyncio.Event] = {}
        """Methods that answer only once theirs is set."""
        self.happened: asyncio.Queue[Message] = asyncio.Queue()
        self.heard = 0
        """How many hear of changes of routes."""
        self.token = TOKEN
        self.port = 0
        self._server: aio.Server | None = None

    async def start(self) -> None:
        """Listen on a free port of loopback, another one at each start, as a restarted switchboard may."""
        server = aio.server()
        server.add_generic_rpc_handlers((_Handlers(self),))
        self.port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        self._server = server

    async def stop(self) -> None:
        """Stop at once, as a killed process does."""
        if self._server is not None:
            server, self._server = self._server, None
            await server.stop(None)

    def find(self) -> Endpoint:
        """Say where it listens, as the data folder does."""
        if self._server is None:
            raise NotRunningError("no switchboard runs on demo-data")
        return Endpoint(desk=f"127.0.0.1:{self.port}", token=self.token)

    async def watch(self, _request: Message, context: "aio.ServicerContext[Any, Any]") -> AsyncIterator[Message]:
        """Send the status now and then again and again, until the reader leaves."""
        await self._check(context)
        while True:
            yield self.status
            await asyncio.sleep(self.pause_s)

    async def news(self, _request: Message, context: "aio.ServicerContext[Any, Any]") -> AsyncIterator[Message]:
        """Send what happens to routes, as it does."""
        await self._check(context)
        self.heard += 1
        try:
            while True:
                yield await self.happened.get()
        finally:
            self.heard -= 1

    async def answer(self, name: str, request: Message, context: "aio.ServicerContext[Any, Any]") -> Message:
        """Answer one question."""
        await self._check(context)
        self.asked.append((name, request))
        if name in self.held:
            await self.held[name].wait()
        if name not in self.answers:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, name)
        try:
            return self.answers[name](request)
        except LookupError as unknown:
            await context.abort(grpc.StatusCode.NOT_FOUND, str(unknown.args[0]))

    async def _check(self, context: "aio.ServicerContext[Any, Any]") -> None:
        if ("authorization", f"Bearer {self.token}") not in (context.invocation_metadata() or ()):
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "no such token")


_SERVICES = {
    name: service
    for described in (
        operators_pb2.DESCRIPTOR,
        cluster_pb2.DESCRIPTOR,
        end_users_pb2.DESCRIPTOR,
        sheets_pb2.DESCRIPTOR,
        looking_pb2.DESCRIPTOR,
        codes_pb2.DESCRIPTOR,
        notices_pb2.DESCRIPTOR,
        rerating_pb2.DESCRIPTOR,
        policies_pb2.DESCRIPTOR,
        explaining_pb2.DESCRIPTOR,
        quality_pb2.DESCRIPTOR,
        quantities_pb2.DESCRIPTOR,
        routes_pb2.DESCRIPTOR,
        route_tree_pb2.DESCRIPTOR,
        sla_pb2.DESCRIPTOR,
        backtests_pb2.DESCRIPTOR,
        statics_pb2.DESCRIPTOR,
        losses_pb2.DESCRIPTOR,
        portability_pb2.DESCRIPTOR,
    )
    for name, service in described.services_by_name.items()
}


class _Handlers(grpc.GenericRpcHandler):
    """Finds a method by its descriptor, so that the figures need no class per service."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any] | None":
        _, service, method = str(handler_call_details.method).split("/")
        name = f"{service.removeprefix('switchboard.')}/{method}"
        described = _SERVICES[name.split("/")[0]].methods_by_name[method]
        if name == "StatusService/Watch":
            return grpc.unary_stream_rpc_method_handler(self._desk.watch, *_codecs(described))
        if name == "RoutesService/Watch":
            return grpc.unary_stream_rpc_method_handler(self._desk.news, *_codecs(described))

        async def answer(request: Message, context: "aio.ServicerContext[Any, Any]") -> Message:
            return await self._desk.answer(name, request, context)

        async def answer_all(pieces: AsyncIterator[Message], context: "aio.ServicerContext[Any, Any]") -> Message:
            got = [piece async for piece in pieces]
            return await self._desk.answer(name, got[0], context)

        async def answer_in_pieces(
            request: Message, context: "aio.ServicerContext[Any, Any]"
        ) -> AsyncIterator[Message]:
            yield await self._desk.answer(name, request, context)

        if described.server_streaming:
            return grpc.unary_stream_rpc_method_handler(answer_in_pieces, *_codecs(described))
        if described.client_streaming:
            return grpc.stream_unary_rpc_method_handler(answer_all, *_codecs(described))
        return grpc.unary_unary_rpc_method_handler(answer, *_codecs(described))


def _codecs(method: MethodDescriptor) -> tuple[Callable[[bytes], Message], Callable[[Message], bytes]]:
    request = GetMessageClass(method.input_type)
    return request.FromString, lambda reply: reply.SerializeToString()

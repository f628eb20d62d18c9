"""The Switch service over gRPC, in the node's process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from actors.gateways.grpc_values import decision_message, report_of, setup_of
from actors.node import Authorized, Node
from actors.refs import UnavailableError
from actors.tokens import TokenCheck
from domain.calls import Parked, ReportKind
from domain.directory import Switch
from protos import switch_pb2, switch_pb2_grpc
from protos.connect import OPTIONS

Q = TypeVar("Q")
A = TypeVar("A")
Context = grpc.aio.ServicerContext[Any, Any]
IN_FLIGHT = 512
"""Requests of one stream that are worked on at once; more are not read until one is answered."""

KINDS = dict(enumerate((ReportKind.START, ReportKind.INTERIM, ReportKind.STOP, ReportKind.ATTEMPT)))
"""Kinds of reports by their numbers in the contract; others may come from a switch that has a newer one."""


class SwitchService(switch_pb2_grpc.SwitchServicer):
    """Asks the node and renders its answers."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def Route(self, request: switch_pb2.CallRequest, context: Context) -> switch_pb2.Decision:
        """Decide without a hold."""
        switch = await self._switch(request.switch_id, context)
        return decision_message(Authorized(self._node.decide(setup_of(request, self._node.now_ms()))), switch)

    async def Authorize(self, request: switch_pb2.CallRequest, context: Context) -> switch_pb2.Decision:
        """Decide, hold, grant time."""
        return await self._authorize(request, context)

    async def Start(self, request: switch_pb2.Report, context: Context) -> switch_pb2.ReportReply:
        """Record that a leg began."""
        return await self._report(request, ReportKind.START, context)

    async def Interim(self, request: switch_pb2.Report, context: Context) -> switch_pb2.ReportReply:
        """Record that a leg is alive."""
        return await self._report(request, ReportKind.INTERIM, context)

    async def Stop(self, request: switch_pb2.Report, context: Context) -> switch_pb2.ReportReply:
        """Record how a leg ended; a report of kind ATTEMPT is taken as one."""
        failed = request.kind == switch_pb2.Report.ATTEMPT
        return await self._report(request, ReportKind.ATTEMPT if failed else ReportKind.STOP, context)

    async def ReportStream(
        self, request_iterator: AsyncIterator[switch_pb2.Report], context: Context
    ) -> AsyncIterator[switch_pb2.ReportReply]:
        """Record reports; answers come in their order."""

        async def one(request: switch_pb2.Report) -> switch_pb2.ReportReply:
            kind = KINDS.get(request.kind)
            if kind is None:
                text = f"kind {request.kind} is not known: send START, INTERIM, STOP or ATTEMPT"
                await context.abort(grpc.StatusCode.INVALID_ARGUMENT, text)
            return await self._report(request, kind, context)

        async for reply in _in_order(request_iterator, one):
            yield reply

    async def AuthorizeStream(
        self, request_iterator: AsyncIterator[switch_pb2.CallRequest], context: Context
    ) -> AsyncIterator[switch_pb2.Decision]:
        """Authorize calls; answers come in their order."""

        async def one(request: switch_pb2.CallRequest) -> switch_pb2.Decision:
            return await self._authorize(request, context)

        async for reply in _in_order(request_iterator, one):
            yield reply

    async def _authorize(self, request: switch_pb2.CallRequest, context: Context) -> switch_pb2.Decision:
        switch = await self._switch(request.switch_id, context)
        answer = await self._node.authorize(setup_of(request, self._node.now_ms()), switch)
        return decision_message(answer, switch)

    async def _report(self, request: switch_pb2.Report, kind: ReportKind, context: Context) -> switch_pb2.ReportReply:
        await self._switch(request.switch_id, context)
        try:
            outcome = await self._node.record(report_of(request, kind, self._node.now_ms()))
        except UnavailableError as error:
            await context.abort(grpc.StatusCode.UNAVAILABLE, f"not recorded, send it again: {error}")
        if isinstance(outcome, Parked):
            return switch_pb2.ReportReply(recorded=True, parked=True, cause=outcome.cause.value)
        parked = outcome.outcome == "parked"
        charge = switch_pb2.Money(units=outcome.charge, currency=outcome.currency)
        return switch_pb2.ReportReply(recorded=True, parked=parked, charge=charge)

    async def _switch(self, name: str, context: Context) -> Switch:
        if self._node.world is None:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "no snapshots are published yet")
        switch = self._node.switch_named(name)
        if switch is None:
            text = f"switch {name!r} is not known: add it with `switchboard switches add`"
            await context.abort(grpc.StatusCode.NOT_FOUND, text)
        return switch


async def _in_order(requests: AsyncIterator[Q], work: Callable[[Q], Awaitable[A]]) -> AsyncIterator[A]:
    """Work on many requests of a stream at once, and answer in their order.

    Raises what the stream or the work on a request raised, when its turn comes; what comes after it is given up.
    """
    waiting: asyncio.Queue[asyncio.Future[A] | None] = asyncio.Queue(IN_FLIGHT)

    async def read() -> None:
        try:
            async for request in requests:
                await waiting.put(asyncio.ensure_future(work(request)))
        except Exception as error:  # told in its turn, to who reads the answers
            broken: asyncio.Future[A] = asyncio.get_running_loop().create_future()
            broken.set_exception(error)
            await waiting.put(broken)
        await waiting.put(None)

    reader = asyncio.create_task(read())
    try:
        while (task := await waiting.get()) is not None:
            yield await task
    finally:
        reader.cancel()
        while not waiting.empty():
            left = waiting.get_nowait()
            if left is not None:
                left.cancel()


async def serve(node: Node, address: str, check: TokenCheck) -> grpc.aio.Server:
    """Open the port: Switch, health and reflection. Raises OSError or RuntimeError where the address is taken."""
    server = grpc.aio.server(interceptors=[check], options=[*OPTIONS, ("grpc.so_reuseport", 0)])
    switch_pb2_grpc.add_SwitchServicer_to_server(SwitchService(node), server)
    service = switch_pb2.DESCRIPTOR.services_by_name["Switch"].full_name
    healthy = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    await healthy.set(service, health_pb2.HealthCheckResponse.SERVING)
    reflection.enable_server_reflection((service, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    server.add_insecure_port(address)
    await server.start()
    return server

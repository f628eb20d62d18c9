"""The gRPC port of a node: the Switch service, health and reflection, in plain or over TLS."""

import asyncio
from pathlib import Path
from time import monotonic

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from actors.gateways.grpc_panic import PanicService
from actors.gateways.grpc_switch import SwitchService
from actors.gateways.state import GatewayState
from actors.grpc_errors import ErrorAnswers
from actors.grpc_tls import open_port
from actors.node import Node
from actors.panic import PanicRoom
from actors.tokens import TokenCheck
from domain.settings import TlsSettings
from protos import switch_pb2, switch_pb2_grpc
from protos.connect import OPTIONS

LARGEST = 1024 * 1024
"""Bytes of a message of a switch: a question or a report has hundreds."""
_OPTIONS = [
    *(option for option in OPTIONS if option[0] != "grpc.max_receive_message_length"),
    ("grpc.max_receive_message_length", LARGEST),
    ("grpc.so_reuseport", 0),
]


class GrpcGateway:
    """The listener, as a node opens and closes it."""

    def __init__(self, server: grpc.aio.Server, service: SwitchService, address: str) -> None:
        self._server, self._service, self.address = server, service, address
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    async def listen(
        cls, node: Node, address: str, data: Path, tls: TlsSettings | None, room: PanicRoom | None = None
    ) -> "GrpcGateway":
        """Open the port; `tls` None: in plain; `room` None: no panic orders are taken.

        Raises RuntimeError where the address is taken, InputError for [tls].
        """
        asked = SwitchService(node)
        interceptors = [TokenCheck(data), ErrorAnswers()]
        server = grpc.aio.server(interceptors=interceptors, options=_OPTIONS)
        switch_pb2_grpc.add_SwitchServicer_to_server(asked, server)
        names = [switch_pb2.DESCRIPTOR.services_by_name["Switch"].full_name]
        if room is not None:
            panics = PanicService(room, node.directory, node.now_ms)
            switch_pb2_grpc.add_PanicServiceServicer_to_server(panics, server)
            names.append(switch_pb2.DESCRIPTOR.services_by_name["PanicService"].full_name)
        healthy = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
        for name in ("", *names):
            await healthy.set(name, health_pb2.HealthCheckResponse.SERVING)
        reflection.enable_server_reflection((*names, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
        port = open_port(server, address, data, tls)
        await server.start()
        return cls(server, asked, f"{address.rpartition(':')[0]}:{port}")

    def figures(self) -> dict[str, float]:
        """Return the counters of this listener."""
        named = {f"grpc.{name}": float(count) for name, count in self._service.counts.items()}
        return named | {"grpc.in_work": float(self._service.in_work)}

    def state(self) -> GatewayState:
        """Return what operators see of this listener. gRPC does not tell how many connections there are."""
        asked, (p50_ms, p99_ms) = self._service, self._service.times.percentiles(monotonic())
        return GatewayState(
            name="grpc",
            address=f"tcp {self.address}",
            received=asked.counts["received"],
            sent=asked.counts["sent"],
            errors=asked.counts["errors"],
            counts=dict(asked.counts),
            p50_ms=p50_ms,
            p99_ms=p99_ms,
            in_work=asked.in_work,
        )

    async def finish(self, wait_s: float) -> None:
        """Take no new calls; wait until those in work are answered, `wait_s` seconds at most; streams end then."""
        await self._server.stop(grace=wait_s)

    def close(self) -> None:
        """Close the port."""
        self._closing = asyncio.ensure_future(self._server.stop(grace=None))

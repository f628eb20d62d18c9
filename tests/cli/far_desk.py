"""The far side of the operators' contract: a real gRPC server that notes what it is asked and gives fixed answers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from typer.testing import CliRunner, Result

from cli.main import app
from protos import (
    backtests_pb2,
    codes_pb2,
    connect,
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
    routes_pb2,
    sheets_pb2,
    sla_pb2,
    statics_pb2,
)

SERVICES: dict[str, Any] = {
    **operators_pb2.DESCRIPTOR.services_by_name,
    **end_users_pb2.DESCRIPTOR.services_by_name,
    **explaining_pb2.DESCRIPTOR.services_by_name,
    **looking_pb2.DESCRIPTOR.services_by_name,
    **losses_pb2.DESCRIPTOR.services_by_name,
    **sheets_pb2.DESCRIPTOR.services_by_name,
    **codes_pb2.DESCRIPTOR.services_by_name,
    **notices_pb2.DESCRIPTOR.services_by_name,
    **rerating_pb2.DESCRIPTOR.services_by_name,
    **backtests_pb2.DESCRIPTOR.services_by_name,
    **statics_pb2.DESCRIPTOR.services_by_name,
    **routes_pb2.DESCRIPTOR.services_by_name,
    **policies_pb2.DESCRIPTOR.services_by_name,
    **portability_pb2.DESCRIPTOR.services_by_name,
    **quality_pb2.DESCRIPTOR.services_by_name,
    **quantities_pb2.DESCRIPTOR.services_by_name,
    **sla_pb2.DESCRIPTOR.services_by_name,
}
TOKEN = "sesame"


@dataclass(frozen=True)
class Refusal:
    """What the desk says no with."""

    code: grpc.StatusCode
    details: str = ""


@dataclass
class FarDesk(grpc.GenericRpcHandler):
    """`answers` by method, such as "Codes.Find"; `asked` has the requests of a method in their order."""

    data: Path
    answers: dict[str, list[Message] | Refusal] = field(default_factory=dict)
    requests: dict[str, list[Any]] = field(default_factory=dict)
    in_turn: dict[str, list[Message]] = field(default_factory=dict)

    def says(self, method: str, *answers: Message) -> None:
        self.answers[method] = list(answers)

    def says_in_turn(self, method: str, *answers: Message) -> None:
        """Answer one request after the other, each with one message."""
        self.in_turn[method] = list(answers)

    def refuses(self, method: str, code: grpc.StatusCode, details: str = "") -> None:
        self.answers[method] = Refusal(code, details)

    def asked(self, method: str) -> Any:
        """Return the only request of a method."""
        (request,) = self.requests[method]
        return request

    def run(self, *words: str) -> Result:
        """Run a command on this desk's data folder."""
        wide = {"SWITCHBOARD_DATA": str(self.data), "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
        return CliRunner().invoke(app, words, env=wide)

    def service(self, handler_call_details: Any) -> "grpc.RpcMethodHandler[Any, Any]":
        service, name = handler_call_details.method.removeprefix("/switchboard.").split("/")
        method = SERVICES[service].methods_by_name[name]
        key = f"{service.removesuffix('Service')}.{name}"

        def serve(requests: Iterator[Message], context: grpc.ServicerContext) -> Iterator[Message]:
            if ("authorization", f"Bearer {TOKEN}") not in context.invocation_metadata():
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "wrong token")
            self.requests.setdefault(key, []).extend(requests)
            if key in self.in_turn:
                yield self.in_turn[key].pop(0)
                return
            answer = self.answers[key]
            if isinstance(answer, Refusal):
                context.abort(answer.code, answer.details)
            yield from answer

        # one answer is a stream of one on the wire, so this one shape serves all methods
        return grpc.stream_stream_rpc_method_handler(
            serve, GetMessageClass(method.input_type).FromString, lambda message: message.SerializeToString()
        )


def start(data: Path) -> tuple[FarDesk, grpc.Server]:
    """Start a desk on a free port of the loopback and write where it is into the data folder."""
    desk = FarDesk(data)
    server = grpc.server(ThreadPoolExecutor(2), handlers=[desk])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    connect.write_endpoint(data, connect.Listening(f"127.0.0.1:{port}", {}), TOKEN)
    return desk, server

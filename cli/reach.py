"""Reach the desk of the running switchboard, and say in one sentence why it could not be reached or refused."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import grpc
import typer

from protos import connect
from protos.operators_pb2 import Empty
from protos.operators_pb2_grpc import StatusServiceStub

PATIENCE_S = 600
"""How long a call with one answer may take: a month's invoice with its calls is the longest. Streams show life."""


@contextmanager
def desk() -> Iterator[grpc.Channel]:
    """Open a channel to the desk whose calls carry the token; a call that fails ends the command with exit code 1."""
    data = connect.data_folder()
    try:
        where = connect.endpoint(data)
    except connect.NotRunningError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename} cannot be read: {error.strerror}; run this as the user who runs `switchboard up`")
    except (ValueError, KeyError, TypeError):
        fail(f"{data / connect.ENDPOINT_FILE} is damaged: start the switchboard again with `switchboard up`")
    try:
        opened = connect.channel(where.desk, where.desk_tls)
    except OSError as error:
        fail(f"{error.filename} cannot be read: {error.strerror}")
    with opened as channel:
        try:
            yield grpc.intercept_channel(channel, _Bearer(where.token))
        except grpc.RpcError as error:
            if not isinstance(error, grpc.Call):  # a channel's errors are calls: they know code and details
                raise
            fail(sentence(error.code(), error.details() or "", where, data))


def fail(text: str) -> NoReturn:
    """Print the sentence on stderr and end the command with exit code 1."""
    typer.echo(f"Error: {text}", err=True)
    raise typer.Exit(1)


def business_now(channel: grpc.Channel) -> int:
    """Return the switchboard's business time (UTC ms): its clock may differ from this machine's."""
    status = StatusServiceStub(channel).Get(Empty())
    return status.board.now_ms


def sentence(code: grpc.StatusCode, details: str, where: connect.Endpoint, data: Path) -> str:
    """Say what went wrong, where, and how to mend it. What the desk itself refuses comes with its own sentence."""
    target = where.desk
    match code:
        case grpc.StatusCode.UNAVAILABLE if details.endswith(connect.AGAIN):
            return details  # it runs, and something in it does not answer in time
        case grpc.StatusCode.UNAVAILABLE if trouble := connect.certificate_trouble(details, where.desk_tls):
            return f"the switchboard at {target} cannot be trusted or does not trust us: {trouble}"
        case grpc.StatusCode.UNAVAILABLE if where.remote:
            return f"no switchboard answers at {target}: try again if it is just starting, or name another with --desk"
        case grpc.StatusCode.UNAVAILABLE:
            return (
                f"the switchboard of {data} does not answer at {target}: "
                f"start it with `switchboard up --data {data}`, or try again if it is just starting"
            )
        case grpc.StatusCode.UNAUTHENTICATED if where.token_given:
            return f"the switchboard at {target} refuses the token in SWITCHBOARD_TOKEN: ask an admin for another"
        case grpc.StatusCode.UNAUTHENTICATED:
            return (
                f"the switchboard at {target} refuses the token in {data / connect.TOKEN_FILE}: "
                "name the data folder that it runs on with --data"
            )
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return f"the switchboard at {target} did not answer within {PATIENCE_S} s: its log says more"
        case grpc.StatusCode.UNIMPLEMENTED:
            return f"the switchboard at {target} does not know this command: upgrade the older of the two"
        case grpc.StatusCode.UNKNOWN | grpc.StatusCode.INTERNAL:
            return f"the switchboard at {target} failed ({details or code.name.lower()}): its log says more"
        case _:
            return details or f"the switchboard at {target} refused: {code.name.lower().replace('_', ' ')}"


class _Details(NamedTuple):
    method: str
    timeout: float | None
    metadata: list[tuple[str, str | bytes]]
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None
    compression: grpc.Compression | None


class _Bearer(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Gives every call the token, and calls with one answer a limit of time."""

    def __init__(self, token: str) -> None:
        self.metadata = connect.metadata(token)

    def _details(self, given: grpc.ClientCallDetails, patience: float | None) -> Any:
        return _Details(
            given.method,
            patience if given.timeout is None else given.timeout,
            [*(given.metadata or ()), *self.metadata],
            given.credentials,
            given.wait_for_ready,
            given.compression,
        )

    # The stubs' own types of these four (call futures and iterators) exist for type checkers only: hence Any.
    def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: grpc.ClientCallDetails, request: Any
    ) -> Any:
        return continuation(self._details(client_call_details, PATIENCE_S), request)

    def intercept_stream_unary(
        self, continuation: Callable[..., Any], client_call_details: grpc.ClientCallDetails, request_iterator: Any
    ) -> Any:
        return continuation(self._details(client_call_details, PATIENCE_S), request_iterator)

    def intercept_unary_stream(
        self, continuation: Callable[..., Any], client_call_details: grpc.ClientCallDetails, request: Any
    ) -> Any:
        return continuation(self._details(client_call_details, None), request)

    def intercept_stream_stream(
        self, continuation: Callable[..., Any], client_call_details: grpc.ClientCallDetails, request_iterator: Any
    ) -> Any:
        return continuation(self._details(client_call_details, None), request_iterator)

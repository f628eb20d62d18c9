"""Bearer tokens of gRPC: who calls. The admin token stands in the data folder; roles come with the users' table."""

import hmac
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc

from protos.connect import TOKEN_FILE

ADMIN = "admin"
"""The name under which the token of the data folder stands in the audit trail."""
OPEN_SERVICES = ("/grpc.health.", "/grpc.reflection.")
"""Services that answer without a token: liveness and the contract, nothing of ours."""


class TokenCheck(grpc.aio.ServerInterceptor):
    """Refuses calls without a valid token, with UNAUTHENTICATED and how to mend it."""

    def __init__(self, data: Path) -> None:
        self._token = (data / TOKEN_FILE).read_text().strip()

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Let a call through, or answer for it with a handler of the same arity."""
        handler = await continuation(handler_call_details)
        if handler is None or handler_call_details.method.startswith(OPEN_SERVICES):
            return handler
        given = dict(handler_call_details.invocation_metadata or ()).get("authorization", "")
        if hmac.compare_digest(given.encode() if isinstance(given, str) else given, f"Bearer {self._token}".encode()):
            return handler
        return _refusal(handler)


def _refusal(handler: Any) -> Any:
    async def refuse(_: Any, context: grpc.aio.ServicerContext[Any, Any]) -> None:
        text = "no valid token: send `authorization: Bearer <token>`; `up` writes it to the data folder's file token"
        await context.abort(grpc.StatusCode.UNAUTHENTICATED, text)

    async def refuse_stream(_: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        await refuse(_, context)
        yield

    known = {"request_deserializer": handler.request_deserializer, "response_serializer": handler.response_serializer}
    match handler.request_streaming, handler.response_streaming:
        case False, False:
            return grpc.unary_unary_rpc_method_handler(refuse, **known)
        case False, True:
            return grpc.unary_stream_rpc_method_handler(refuse_stream, **known)
        case True, False:
            return grpc.stream_unary_rpc_method_handler(refuse, **known)
        case _:
            return grpc.stream_stream_rpc_method_handler(refuse_stream, **known)

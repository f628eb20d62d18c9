"""Operators' calls while the store is away: answered at once with what is away, not left to wait for it."""

from collections.abc import Awaitable, Callable
from typing import Any

import grpc

from protos.connect import AGAIN

WITHOUT_STORE = ("/grpc.", "/switchboard.StatusService/Get", "/switchboard.StatusService/Watch")
"""What is answered from memory."""


class AwayGate(grpc.aio.ServerInterceptor):
    """Refuses with UNAVAILABLE whatever needs the store; `why` says what is away, "" when all is there.

    Stands behind the check of tokens, so that nobody else hears of it.
    """

    def __init__(self, why: Callable[[], str]) -> None:
        self._why = why

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Let a call through, or answer for it with a handler of the same arity."""
        handler = await continuation(handler_call_details)
        why = self._why()
        if handler is None or not why or handler_call_details.method.startswith(WITHOUT_STORE):
            return handler
        return _refusing(handler, why)


def _refusing(handler: Any, why: str) -> Any:
    async def one(_: Any, context: grpc.aio.ServicerContext[Any, Any]) -> None:
        await context.abort(grpc.StatusCode.UNAVAILABLE, f"{why}{AGAIN}")

    known = {"request_deserializer": handler.request_deserializer, "response_serializer": handler.response_serializer}
    make = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }[handler.request_streaming, handler.response_streaming]
    return make(one, **known)

"""Errors of ours as gRPC statuses with one sentence; what is no error of ours is INTERNAL, logged, and not hidden."""

import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from ray.exceptions import RayError, RayTaskError

from actors.refs import UnavailableError
from actors.tokens import NotForRoleError
from domain.errors import ConflictError, InputError, NotFoundError
from protos.connect import AGAIN
from store.away import away

Context = grpc.aio.ServicerContext[Any, Any]


class ErrorAnswers(grpc.aio.ServerInterceptor):
    """Turns exceptions of handlers into statuses; `where` names folder or database in those of a store that is away."""

    def __init__(self, where: str = "") -> None:
        self._where = where

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Wrap the handler; its arity stays."""
        handler = await continuation(handler_call_details)
        if handler is None or handler_call_details.method.startswith("/grpc."):
            return handler
        known = {
            "request_deserializer": handler.request_deserializer,
            "response_serializer": handler.response_serializer,
        }
        match handler.request_streaming, handler.response_streaming:
            case False, False:
                return grpc.unary_unary_rpc_method_handler(_one(handler.unary_unary, self._where), **known)
            case False, True:
                return grpc.unary_stream_rpc_method_handler(_many(handler.unary_stream, self._where), **known)
            case True, False:
                return grpc.stream_unary_rpc_method_handler(_one(handler.stream_unary, self._where), **known)
            case _:
                return grpc.stream_stream_rpc_method_handler(_many(handler.stream_stream, self._where), **known)


def _one(behaviour: Callable[[Any, Context], Awaitable[Any]], where: str) -> Callable[[Any, Context], Awaitable[Any]]:
    async def answer(request: Any, context: Context) -> Any:
        try:
            return await behaviour(request, context)
        except Exception as error:
            await _abort(error, context, where)

    return answer


def _many(
    behaviour: Callable[[Any, Context], AsyncIterator[Any]], where: str
) -> Callable[[Any, Context], AsyncIterator[Any]]:
    async def answer(request: Any, context: Context) -> AsyncIterator[Any]:
        try:
            async for reply in behaviour(request, context):
                yield reply
        except Exception as error:
            await _abort(error, context, where)

    return answer


async def _abort(error: Exception, context: Context, where: str) -> None:
    match error:
        case grpc.aio.AbortError():
            raise error
        case NotForRoleError():
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, str(error))
        case NotFoundError():
            await context.abort(grpc.StatusCode.NOT_FOUND, str(error))
        case ConflictError():
            await context.abort(grpc.StatusCode.ALREADY_EXISTS, str(error))
        case InputError():
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        case UnavailableError():
            await context.abort(grpc.StatusCode.UNAVAILABLE, f"{error}{AGAIN}")
        case _ if why := away(error, where):
            await context.abort(grpc.StatusCode.UNAVAILABLE, f"{why}{AGAIN}")
        case RayError() if not isinstance(error, RayTaskError):
            text = "a part of the switchboard is being started anew"
            await context.abort(grpc.StatusCode.UNAVAILABLE, f"{text}{AGAIN}")
        case _:
            traceback.print_exception(error, file=sys.stderr)
            await context.abort(grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {error}")

"""Bearer tokens of gRPC: who calls, whether the call is for that role, and under which name a change is audited."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import grpc

from actors.roles import named, roles_of
from domain.errors import InputError
from domain.users import ADMIN as ADMIN_USER
from domain.users import DESK, Role, User
from protos.connect import TOKEN_FILE
from store.users_file import NAME, read_users, token_hash

OPEN_SERVICES = ("/grpc.health.", "/grpc.reflection.")
"""Services that answer without a token: liveness and the contract, nothing of ours."""
UNKNOWN = (
    "no valid token: send `authorization: Bearer <token>`, that of the data folder's file token "
    "or one that `switchboard users add` gave"
)
_CALLER: ContextVar[User | None] = ContextVar("caller", default=None)
Context = grpc.aio.ServicerContext[Any, Any]


def caller() -> str:
    """Return the name of the user whose call is being answered, in tasks and threads begun for it too."""
    user = _CALLER.get()
    return DESK if user is None else user.name


class NotForRoleError(InputError):
    """The caller's role may not do this to what was named, though it may to other things."""


def check_role(roles: frozenset[Role], what: str) -> None:
    """Raise NotForRoleError unless the user whose call is being answered has one of the roles; the desk itself may."""
    user = _CALLER.get()
    if user is not None and user.role not in roles:
        mend = f"An admin can change that with `switchboard users set {user.name} --role ROLE`."
        words = f"that needs the role {named(roles)}, and {user.name} has the role {user.role.value}"
        raise NotForRoleError(words, where=what, mend=mend)


def may_speak_for(switch: str) -> bool:
    """Tell whether the call being answered may be about a switch: one with the role switch has that switch's name."""
    user = _CALLER.get()
    return user is None or user.role is not Role.SWITCH or user.name == switch


class KnownUsers:
    """The users of a data folder by their tokens, as new as its file of users is when somebody calls.

    A token is looked up by its hash, so how long a look-up takes tells nothing about any token. The folder's own
    token is the admin's.
    """

    def __init__(self, data: Path) -> None:
        self._data, self._path = data, data / NAME
        self._admin = token_hash((data / TOKEN_FILE).read_text().strip())
        self._seen: tuple[int, int] | None = None
        self._users: dict[str, User] = {self._admin: ADMIN_USER}

    def find(self, token: str) -> User | None:
        """Return who has a token; None: nobody, or who has it was disabled. An empty one is nobody's."""
        if not token:
            return None
        self._renew()
        return self._users.get(token_hash(token))

    def _renew(self) -> None:
        """Read the file again if it was written anew: one look at its entry costs two microseconds."""
        try:
            entry = os.stat(self._path)
            now = entry.st_mtime_ns, entry.st_ino
        except FileNotFoundError:
            now = None
        if now != self._seen:
            self._users = read_users(self._data) | {self._admin: ADMIN_USER}
            self._seen = now


class TokenCheck(grpc.aio.ServerInterceptor):
    """Refuses calls without a valid token, and those that are not for the caller's role; says how to mend it.

    A stream goes on only while its user may still begin it: each message is checked like a call.
    """

    def __init__(self, data: Path) -> None:
        self._users = KnownUsers(data)

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Let a call through under its caller's name, or answer for it with a handler of the same arity."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or method.startswith(OPEN_SERVICES):
            return handler
        token = _bearer(handler_call_details)

        async def check(context: Context) -> User:
            user = self._users.find(token)
            if user is None:
                await context.abort(grpc.StatusCode.UNAUTHENTICATED, UNKNOWN)
            if user.role not in roles_of(method):
                await context.abort(grpc.StatusCode.PERMISSION_DENIED, _not_allowed(user, method))
            return user

        return _checked(handler, check)


Check = Callable[[Context], Awaitable[User]]
"""Returns the caller, or ends the call."""


def _bearer(details: grpc.HandlerCallDetails) -> str:
    given = dict(details.invocation_metadata or ()).get("authorization", "")
    scheme, _, token = (given if isinstance(given, str) else given.decode(errors="replace")).partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _not_allowed(user: User, method: str) -> str:
    rpc = method.rpartition(".")[2].replace("Service/", ".").replace("/", ".")
    return (
        f"{rpc} needs the role {named(roles_of(method))}, and {user.name} has the role {user.role.value}: "
        f"an admin can change that with `switchboard users set {user.name} --role ROLE`"
    )


def _checked(handler: Any, check: Check) -> Any:
    """Return a handler of the same arity that answers only who may call."""

    async def one(request: Any, context: Context) -> Any:
        _CALLER.set(await check(context))
        given = _each(request, context, check) if handler.request_streaming else request
        return await (handler.stream_unary if handler.request_streaming else handler.unary_unary)(given, context)

    async def many(request: Any, context: Context) -> AsyncIterator[Any]:
        _CALLER.set(await check(context))
        given = _each(request, context, check) if handler.request_streaming else request
        replies = (handler.stream_stream if handler.request_streaming else handler.unary_stream)(given, context)
        try:
            async for reply in replies:
                await check(context)
                yield reply
        finally:
            await replies.aclose()

    known = {"request_deserializer": handler.request_deserializer, "response_serializer": handler.response_serializer}
    match handler.request_streaming, handler.response_streaming:
        case False, False:
            return grpc.unary_unary_rpc_method_handler(one, **known)
        case False, True:
            return grpc.unary_stream_rpc_method_handler(many, **known)
        case True, False:
            return grpc.stream_unary_rpc_method_handler(one, **known)
        case _:
            return grpc.stream_stream_rpc_method_handler(many, **known)


async def _each(requests: AsyncIterator[Any], context: Context, check: Check) -> AsyncIterator[Any]:
    async for request in requests:
        await check(context)
        yield request

"""Operators' services of users and of the audit trail."""

from collections.abc import Callable
from secrets import token_urlsafe
from typing import Any, TypeVar

import grpc
import orjson

from actors.desk.core import Desk
from actors.tokens import caller
from domain.errors import InputError
from domain.ids import DestinationId
from domain.users import Role, User
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services
from store.catalog import Catalog
from store.catalog.audit import Change
from store.users_file import write_users

T = TypeVar("T")
Context = grpc.aio.ServicerContext[Any, Any]
TOKEN_BYTES = 32


async def publish_users(desk: Desk) -> None:
    """Write the file of users as the catalog has them, at the start: it may be lost, or older than a restored one."""
    await desk.read(lambda catalog: write_users(desk.home.data, catalog.users.by_hash()))


class UsersService(services.UsersServiceServicer):
    """Adds and changes users, and hands out their tokens, each once.

    Invariant: when a change is answered, desk and nodes recognise callers by it.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def Add(self, request: pb.UserEntry, context: Context) -> pb.UserToken:
        """Add a user and make its token."""
        user, token = _user(request), token_urlsafe(TOKEN_BYTES)
        await self._change(lambda catalog, at_ms: catalog.users.add(user, token, who=caller(), at_ms=at_ms))
        return pb.UserToken(name=user.name, token=token)

    async def Set(self, request: pb.UserEntry, context: Context) -> pb.Changed:
        """Give a user a role and a state."""
        user = _user(request)
        changed = await self._change(lambda catalog, at_ms: catalog.users.change(user, who=caller(), at_ms=at_ms))
        state = "enabled" if user.enabled else "disabled"
        return pb.Changed(what=f"user {user.name} is {user.role.value}, {state}" + ("" if changed else " already"))

    async def NewToken(self, request: pb.Named, context: Context) -> pb.UserToken:
        """Give a user another token; the former one is void."""
        name, token = request.name, token_urlsafe(TOKEN_BYTES)
        await self._change(lambda catalog, at_ms: catalog.users.new_token(name, token, who=caller(), at_ms=at_ms))
        return pb.UserToken(name=name, token=token)

    async def List(self, request: pb.Empty, context: Context) -> pb.UserEntries:
        """List users; not their tokens, of which we know the hashes only."""
        found = await self._desk.read(lambda catalog: catalog.users.list())
        return pb.UserEntries(
            users=[pb.UserEntry(name=user.name, role=user.role.value, disabled=not user.enabled) for user in found]
        )

    async def _change(self, order: Callable[[Catalog, int], T]) -> T:
        data = self._desk.home.data

        def changed(catalog: Catalog, at_ms: int) -> T:
            result = order(catalog, at_ms)
            write_users(data, catalog.users.by_hash())
            return result

        return await self._desk.change(changed)


class AuditService(services.AuditServiceServicer):
    """Shows who changed what."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def List(self, request: pb.AuditQuery, context: Context) -> pb.AuditPage:
        """Return changes, newest first."""
        wanted = (request.noun, request.key, request.who)
        limit = self._desk.page(request.limit)
        found = await self._desk.read(
            lambda catalog: catalog.audit.list(*wanted, before_id=request.before_id, limit=limit, offset=request.offset)
        )
        total = await self._desk.read(lambda catalog: catalog.audit.count(*wanted))
        return pb.AuditPage(entries=[self._entry(change) for change in found], total=total)

    def _entry(self, change: Change) -> pb.AuditEntry:
        return pb.AuditEntry(
            id=change.id,
            at_ms=change.at_ms,
            who=change.who,
            noun=change.noun,
            key=change.key,
            action=change.action,
            before=_json(self._named(change.before)),
            after=_json(self._named(change.after)),
        )

    def _named(self, plain: Any) -> Any:
        """Return values with the name of their destination in the place of its number."""
        where = plain.get("destination") if isinstance(plain, dict) else None
        name = self._desk.name_of(DestinationId(where)) if isinstance(where, int) else ""
        return plain | {"destination": name} if name else plain


def _user(message: pb.UserEntry) -> User:
    try:
        return User(message.name, Role(message.role), not message.disabled)
    except ValueError:
        roles = ", ".join(role.value for role in Role)
        raise InputError(
            f"{message.role!r} is no role", where=f"user {message.name}", mend=f"Give one of {roles}."
        ) from None


def _json(plain: Any) -> str:
    return "" if plain is None else orjson.dumps(plain, option=orjson.OPT_SORT_KEYS).decode()

"""Operators' service of limits."""

from collections.abc import Iterable
from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.field_changes import changed, given
from actors.desk.limit_use import uses_of
from actors.desk.own_limits import own_use
from actors.desk.watch import Watch
from actors.tokens import caller
from domain.errors import InputError
from domain.ids import DestinationId, EndUserId, PartnerId, TrunkId
from domain.limit_fields import changed_limit, limit_texts
from domain.limits import Limit, LimitId, Period
from domain.money import Currency
from domain.own_limits import is_own, set_elsewhere
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services
from store.catalog import Catalog

SHOWN = 3
"""Names of destinations that are told of many."""
Context = grpc.aio.ServicerContext[Any, Any]


class LimitsService(services.LimitsServiceServicer):
    """Adds, changes, removes, shows and lists limits with their use."""

    def __init__(self, desk: Desk, watch: Watch) -> None:
        self._desk, self._watch = desk, watch

    async def Add(self, request: pb.Limit, context: Context) -> pb.Changed:
        """Add a limit."""

        def order(catalog: Catalog, at_ms: int) -> None:
            destination = catalog.limits.destination(request.destination) if request.destination else None
            catalog.limits.add(_limit_of(request, destination), who=caller(), at_ms=at_ms)

        await self._desk.change(order)
        return pb.Changed(what=f"limit {request.id} added{await self._alone(request.id, named=request.destination)}")

    async def Set(self, request: pb.FieldChanges, context: Context) -> pb.Changed:
        """Change fields of a limit."""
        texts = given(request)
        if is_own(request.id):
            raise InputError(f"{request.id!r} is no limit of the catalog", mend=set_elsewhere(request.id))

        def order(catalog: Catalog, at_ms: int) -> tuple[Limit, Limit]:
            before = catalog.limits.get(LimitId(request.id))
            after = changed_limit(before, texts, catalog.limits.destination)
            if after != before:
                catalog.limits.change(after, who=caller(), at_ms=at_ms)
            return before, after

        before, after = await self._desk.change(order)
        name_of = self._desk.name_of
        done = changed(f"limit {request.id}", limit_texts(before, name_of), limit_texts(after, name_of), texts)
        done.what += await self._alone(request.id, named=texts.get("destination", "").strip())
        return done

    async def Remove(self, request: pb.Named, context: Context) -> pb.Changed:
        """Remove a limit."""
        if is_own(request.name):
            raise InputError(f"{request.name!r} is no limit of the catalog", mend=set_elsewhere(request.name))
        name = LimitId(request.name)
        await self._desk.change(lambda catalog, at_ms: catalog.limits.remove(name, who=caller(), at_ms=at_ms))
        return pb.Changed(what=f"limit {name} removed")

    async def Show(self, request: pb.Named, context: Context) -> pb.LimitUse:
        """Show one limit with its use: of the catalog, or what a trunk, a partner or an end user says itself."""
        if is_own(request.name):
            return await own_use(self._desk, self._watch, request.name)
        limit = await self._desk.read(lambda catalog: catalog.limits.get(LimitId(request.name)))
        return (await uses_of(self._desk, self._watch, [limit]))[0]

    async def List(self, request: pb.PageRequest, context: Context) -> pb.LimitUses:
        """List limits with their use."""
        limits = await self._desk.read(lambda catalog: catalog.limits.list())
        text = request.filter.lower()
        found = [limit for limit in limits if any(text in word.lower() for word in self._words(limit))]
        page = found[request.offset : request.offset + self._desk.page(request.limit)]
        return pb.LimitUses(limits=await uses_of(self._desk, self._watch, page), total=len(found))

    async def _alone(self, limit: str, *, named: str) -> str:
        """Say which destinations a limit does not count, though they begin with the name that it was given."""
        if not named:
            return ""

        def others(catalog: Catalog) -> tuple[str, tuple[str, ...]]:
            return catalog.limits.breakouts(catalog.limits.destination(named))

        its, found = await self._desk.read(others)
        if not found:
            return ""
        more = "" if len(found) <= SHOWN else f" and {len(found) - SHOWN} more"
        way = f"give each a limit, or name a code instead of a destination: limits set {limit} destination= code=DIGITS"
        return f'. It counts calls to "{its}" alone, not to {", ".join(found[:SHOWN])}{more}: {way}'

    def _words(self, limit: Limit) -> Iterable[str]:
        destination = self._desk.name_of(limit.destination) if limit.destination is not None else ""
        named = (limit.client, limit.end_user, limit.trunk, limit.vendor)
        return (limit.id, *(name or "" for name in named), limit.code, destination)


def _limit_of(message: pb.Limit, destination: DestinationId | None) -> Limit:
    try:
        period = Period(message.period or Period.MONTH)
    except ValueError:
        mend = f"Give one of {', '.join(Period)}."
        raise InputError(f"unknown period {message.period!r}", where=f"limit {message.id}", mend=mend) from None
    return Limit(
        id=LimitId(message.id),
        client=PartnerId(message.client) if message.client else None,
        end_user=EndUserId(message.end_user),
        trunk=TrunkId(message.trunk) if message.trunk else None,
        vendor=PartnerId(message.vendor) if message.vendor else None,
        destination=destination,
        code=message.code,
        max_calls=message.max_calls if message.HasField("max_calls") else None,
        max_cps=message.max_cps if message.HasField("max_cps") else None,
        burst=message.burst if message.HasField("burst") else None,
        max_minutes=message.max_minutes if message.HasField("max_minutes") else None,
        max_units=message.max_units if message.HasField("max_units") else None,
        currency=Currency(message.currency.upper()) if message.currency else None,
        period=period,
        zone=message.zone or "UTC",
        enabled=not message.disabled,
        profile=message.profile,
    )

"""Operators' service of limits, and what is used of them, from the shards and nodes that keep them."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

import grpc
from ray.exceptions import RayError

from actors.desk.core import ASK_WAIT_S, Desk
from actors.desk.field_changes import changed, given
from actors.desk.watch import Watch
from actors.pulse import Pulse
from actors.refs import handle
from actors.tokens import caller
from domain.directory import Directory, Trunk
from domain.errors import InputError
from domain.ids import DestinationId, EndUserId, PartnerId, TrunkId
from domain.limit_fields import changed_limit, limit_texts
from domain.limit_gate import LimitGate
from domain.limit_index import Scope, scope_of
from domain.limits import Limit, LimitId, LimitUse, Period
from domain.money import Currency
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services
from store.catalog import Catalog

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
        return pb.Changed(what=f"limit {request.id} added")

    async def Set(self, request: pb.FieldChanges, context: Context) -> pb.Changed:
        """Change fields of a limit."""
        texts = given(request)

        def order(catalog: Catalog, at_ms: int) -> tuple[Limit, Limit]:
            before = catalog.limits.get(LimitId(request.id))
            after = changed_limit(before, texts, catalog.limits.destination)
            if after != before:
                catalog.limits.change(after, who=caller(), at_ms=at_ms)
            return before, after

        before, after = await self._desk.change(order)
        name_of = self._desk.name_of
        return changed(f"limit {request.id}", limit_texts(before, name_of), limit_texts(after, name_of), texts)

    async def Remove(self, request: pb.Named, context: Context) -> pb.Changed:
        """Remove a limit."""
        name = LimitId(request.name)
        await self._desk.change(lambda catalog, at_ms: catalog.limits.remove(name, who=caller(), at_ms=at_ms))
        return pb.Changed(what=f"limit {name} removed")

    async def Show(self, request: pb.Named, context: Context) -> pb.LimitUse:
        """Show one limit with its use."""
        limit = await self._desk.read(lambda catalog: catalog.limits.get(LimitId(request.name)))
        return (await uses_of(self._desk, self._watch, [limit]))[0]

    async def List(self, request: pb.PageRequest, context: Context) -> pb.LimitUses:
        """List limits with their use."""
        limits = await self._desk.read(lambda catalog: catalog.limits.list())
        text = request.filter.lower()
        found = [limit for limit in limits if any(text in word.lower() for word in self._words(limit))]
        page = found[request.offset : request.offset + self._desk.page(request.limit)]
        return pb.LimitUses(limits=await uses_of(self._desk, self._watch, page), total=len(found))

    def _words(self, limit: Limit) -> Iterable[str]:
        destination = self._desk.name_of(limit.destination) if limit.destination is not None else ""
        named = (limit.client, limit.end_user, limit.trunk, limit.vendor)
        return (limit.id, *(name or "" for name in named), limit.code, destination)


async def uses_of(desk: Desk, watch: Watch | None, limits: Collection[Limit]) -> list[pb.LimitUse]:
    """Return limits with what is used of them now; what nobody answers for counts nothing."""
    boards = await boards_of(desk, soft_only=False) if limits else {}
    counted: defaultdict[LimitId, list[LimitUse]] = defaultdict(list)
    for uses in boards.values():
        for use in uses:
            counted[use.limit].append(use)
    nodes = [node.name for node in desk.home.settings.node] if watch is not None else []
    pulses = [pulse for name in nodes if watch is not None and (pulse := watch.pulse(name)) is not None]
    trunks = desk.world.index.directory.trunks if desk.world else {}
    now_ms = desk.now_ms()
    return [_use_message(desk, limit, trunks, counted[limit.id], pulses, now_ms) for limit in limits]


async def boards_of(desk: Desk, *, soft_only: bool) -> dict[int, list[LimitUse]]:
    """Return what each book counts of its limits; those that are away are left out."""
    placement = desk.home.placement
    answers = await asyncio.gather(
        *(_board(placement.shard_of_book(book), book, soft_only=soft_only) for book in range(placement.books))
    )
    return {book: uses for book, uses in enumerate(answers) if uses is not None}


async def _board(shard: str, book: int, *, soft_only: bool) -> list[LimitUse] | None:
    try:
        uses: list[LimitUse] = await asyncio.wait_for(
            handle(shard).limit_use.remote(book, soft_only=soft_only), ASK_WAIT_S
        )
    except (RayError, ValueError, TimeoutError):
        return None
    return uses


async def open_by_trunk(desk: Desk) -> dict[TrunkId, int]:
    """Return how many calls are open by each outgoing trunk that limits them."""
    if desk.world is None:
        return {}
    gate = LimitGate()
    gate.enter(desk.world.index.directory)
    found: dict[TrunkId, int] = {}
    for uses in (await boards_of(desk, soft_only=True)).values() if gate.needed else ():
        for use in uses:
            kind, _, trunk = use.limit.partition(" ")
            if kind == "trunk" and trunk:
                found[TrunkId(trunk)] = found.get(TrunkId(trunk), 0) + use.calls
    return found


async def gate_of(desk: Desk, directory: Directory) -> LimitGate | None:
    """Return the soft limits as a node sees them now, but for its calls per second; None where there are none."""
    gate = LimitGate()
    gate.enter(directory)
    if not gate.needed:
        return None
    gate.learn(await boards_of(desk, soft_only=True))
    return gate


def _use_message(
    desk: Desk,
    limit: Limit,
    trunks: dict[TrunkId, Trunk],
    uses: Collection[LimitUse],
    nodes: Collection[Pulse],
    now_ms: int,
) -> pb.LimitUse:
    hard = scope_of(limit, trunks) is Scope.CLIENT
    period_ms = limit.period_ms(now_ms)
    current = [use for use in uses if use.period_ms == period_ms]
    refused = sum(use.refused for use in uses) if hard else _sum(nodes, f"limit.refused.{limit.id}")
    return pb.LimitUse(
        limit=limit_message(limit, desk.name_of(limit.destination) if limit.destination is not None else ""),
        open_calls=max(0, sum(use.calls for use in uses)),
        cps=sum(use.cps for use in uses) if hard else _sum(nodes, f"limit.cps.{limit.id}"),
        seconds=max(0, sum(use.seconds for use in current)),
        used_units=sum(use.units for use in current),
        period_ms=period_ms,
        hard=hard,
        refused=int(refused),
    )


def _sum(nodes: Collection[Pulse], name: str) -> float:
    return sum(pulse.figures.get(name, 0.0) for pulse in nodes)


def naming(directory: Directory, partner: PartnerId) -> list[Limit]:
    """Return the limits that name a partner or one of its trunks."""
    own = {trunk.id for trunk in directory.trunks.values() if trunk.partner == partner}
    return [limit for limit in directory.limits if partner in (limit.client, limit.vendor) or limit.trunk in own]


def limit_message(limit: Limit, destination: str) -> pb.Limit:
    """Render a limit."""
    return pb.Limit(
        id=limit.id,
        client=limit.client or "",
        end_user=limit.end_user,
        trunk=limit.trunk or "",
        vendor=limit.vendor or "",
        destination=destination or (f"{limit.destination}" if limit.destination is not None else ""),
        code=limit.code,
        max_calls=limit.max_calls,
        max_cps=limit.max_cps,
        burst=limit.burst,
        max_minutes=limit.max_minutes,
        max_units=limit.max_units,
        currency=limit.currency or "",
        period=limit.period.value,
        zone=limit.zone,
        disabled=not limit.enabled,
    )


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
    )

"""Operators' service of the cluster: machines, shards and books, who is where, and orders to be elsewhere."""

import asyncio
from functools import partial
from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.pins import lives_in, pin
from actors.desk.placing import order
from actors.desk.watch import Watch
from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import PartnerId
from domain.placement import Orders
from protos import cluster_pb2 as pb
from protos import cluster_pb2_grpc as services
from protos import operators_pb2 as desk_pb

Context = grpc.aio.ServicerContext[Any, Any]


class ClusterService(services.ClusterServiceServicer):
    """Answers from what the watch gathered last; orders are durable before they are answered."""

    def __init__(self, desk: Desk, watch: Watch) -> None:
        self._desk, self._watch = desk, watch

    async def Show(self, request: desk_pb.Empty, context: Context) -> pb.ClusterState:
        """Return who is where."""
        placement = self._desk.home.placement
        return pb.ClusterState(
            epoch=placement.epoch,
            books=placement.books,
            machines=[self._machine(name) for name in self._machines()],
            shards=[self._shard(name) for name in placement.shard_names],
            pins=await asyncio.to_thread(self._pins),
        )

    async def Move(self, request: pb.ShardMove, context: Context) -> desk_pb.Changed:
        """Let a shard run on another machine."""
        home = self._desk.home
        if request.shard not in home.placement.shard_names:
            raise NotFoundError(f"there is no shard {request.shard!r}", mend="See `switchboard cluster show`.")
        if request.machine not in home.settings.machines():
            known = ", ".join(home.settings.machines())
            mend = f"They name {known}; see [[shard]] and [[node]] machine."
            raise NotFoundError(f"the settings name no machine {request.machine!r}", mend=mend)
        if request.machine not in self._watch.machines.addresses:
            raise ConflictError(
                f"machine {request.machine} is away", mend="Let it join first: `switchboard join` there."
            )
        before = home.machine_of(request.shard)
        if before == request.machine and request.shard not in home.void_orders():
            raise InputError(f"{request.shard} runs on {before} already")

        await order(self._desk, partial(Orders.moved, shard=request.shard, machine=request.machine))
        stays = f"{request.shard} stays on {before}: what was ordered of it before is forgotten"
        what = stays if before == request.machine else f"{request.shard} moves from {before} to {request.machine}"
        await self._desk.note("move", "shard", request.shard, what)
        return desk_pb.Changed(what=what if what == stays else f"{what}; its calls wait some seconds")

    async def Pin(self, request: pb.PartnerPin, context: Context) -> desk_pb.Changed:
        """Keep a partner's money in a book of choice."""
        return await self._pinned("pin", request.partner, request.book)

    async def Unpin(self, request: desk_pb.Named, context: Context) -> desk_pb.Changed:
        """Keep it in the book that its name gives again."""
        return await self._pinned("unpin", request.name, None)

    async def _pinned(self, action: str, partner: str, book: int | None) -> desk_pb.Changed:
        what = await self._desk.whole(pin(self._desk, PartnerId(partner), book))
        await self._desk.note(action, "partner", partner, what)
        return desk_pb.Changed(what=what)

    def _pins(self) -> list[pb.Pin]:
        placement = self._desk.home.placement
        return [
            pb.Pin(
                partner=partner,
                book=book,
                home=placement.home_of_partner(partner),
                lives_in=lives_in(self._desk, partner),
            )
            for partner, book in sorted(placement.pins.items())
        ]

    def _machines(self) -> list[str]:
        """Return all machines: of the settings, and those that joined without being named there."""
        return list(dict.fromkeys([*self._desk.home.settings.machines(), *self._watch.machines.addresses]))

    def _machine(self, name: str) -> pb.Machine:
        settings, addresses = self._desk.home.settings, self._watch.machines.addresses
        return pb.Machine(
            name=name,
            address=addresses.get(name, ""),
            present=name in addresses,
            first=name == settings.cluster.machine,
            nodes=[node.name for node in settings.nodes_on(name)],
        )

    def _shard(self, name: str) -> pb.ShardState:
        home, pulse = self._desk.home, self._watch.pulse(name)
        state = pb.ShardState(
            name=name,
            machine=home.machine_of(name),
            state="alive" if pulse else "away",
            books=home.placement.books_of_shard(name),
        )
        if pulse is None:
            state.since_ms = self._desk.silent.get(name, 0)
            return state
        state.open_calls = int(pulse.figures.get("open_calls", 0))
        state.partners = int(pulse.figures.get("partners", 0))
        state.waiting = int(pulse.figures.get("outbox", 0))
        return state

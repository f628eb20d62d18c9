"""Operators' service of explained routes: every vendor with each figure and term, as it is or by a policy on trial."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.explained_messages import explained_message
from actors.desk.limit_use import gate_of
from actors.desk.loss_use import losses_now
from actors.desk.past_calls import decided_past, trial_of
from actors.desk.portability import looked_up
from actors.desk.routing import check_trunk, setup_of, trunk_of, weighed, world_of
from domain.calls import CallSetup
from domain.ids import PartnerId
from domain.lcr_table import LcrRow, LcrVendor
from domain.limit_gate import LimitGate
from domain.loss_gate import LossGate
from domain.policies.explaining import Explained, explained, wins_at
from domain.policies.trying import tried
from domain.world import World
from protos import explaining_pb2 as pb
from protos import explaining_pb2_grpc as services

Context = grpc.aio.ServicerContext[Any, Any]
MOST_ROWS, PIECE_ROWS = 20_000, 100


class ExplainingService(services.ExplainingServiceServicer):
    """Tells why routes stand as they do."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def Explain(self, request: pb.ExplainRequest, context: Context) -> pb.ExplainedRoutes:
        """Decide as a node would, without a hold, and tell everything that it was made from."""
        desk, world = self._desk, await world_of(self._desk)
        if request.HasField("trial"):
            world = tried(world, trial_of(request.trial, world))
        setup, trunk = setup_of(desk, world, request.call)
        setup = await looked_up(setup, world)
        gate, uncounted = await gate_of(desk, world.index.directory)
        losses = await losses_now(desk, world.index.directory)
        found = explained(setup, world, gate, losses)
        check_trunk(request.call, trunk, found.decision)
        message = explained_message(found, setup.at_ms)
        message.decision.CopyFrom(await weighed(desk, request.call, found.decision, setup, world, uncounted))
        if not request.without_prices:
            await _add_prices(message, found.vendors, setup, world, gate, losses)
        return message

    async def Past(self, request: pb.PastCallQuery, context: Context) -> pb.PastCall:
        """Decide a call of the past anew, by what was known then and by what is known now."""
        return await decided_past(self._desk, request, await world_of(self._desk))

    async def Table(self, request: pb.LcrQuery, context: Context) -> AsyncIterator[pb.LcrTable]:
        """Send the routes of a client by destination, in pieces."""
        desk, world = self._desk, await world_of(self._desk)
        trunk = trunk_of(world, PartnerId(request.client), request.trunk)
        at_ms, most = request.at_ms or desk.now_ms(), min(request.limit or MOST_ROWS, MOST_ROWS)
        rows, total = await desk.tasks.lcr_table(trunk.id, request.text.strip(), most, world.quality, at_ms)
        base = world.index.directory.base_currency
        for at in range(0, max(1, len(rows)), PIECE_ROWS):
            found = [_lcr_row(row) for row in rows[at : at + PIECE_ROWS]]
            yield pb.LcrTable(rows=found, total=total, trunk=trunk.id, base_currency=base, at_ms=at_ms)


async def _add_prices(
    message: pb.ExplainedRoutes,
    vendors: Iterable[Explained],
    setup: CallSetup,
    world: World,
    gate: LimitGate | None,
    losses: LossGate | None,
) -> None:
    for one, vendor in zip(message.vendors, vendors, strict=True):
        if vendor.trunk is not None and vendor.offered is not None:
            found = wins_at(setup, world, vendor.trunk, gate, losses)
            if found is not None:
                one.wins_units = found
            await asyncio.sleep(0)  # some milliseconds each: others want the desk too


def _lcr_row(row: LcrRow) -> pb.LcrRow:
    return pb.LcrRow(
        destination=row.destination,
        codes=row.codes,
        sell_price_units=row.sold,
        sell_currency=row.currency,
        policy=row.policy,
        vendors=map(_lcr_vendor, row.vendors),
    )


def _lcr_vendor(one: LcrVendor) -> pb.LcrVendor:
    message = pb.LcrVendor(
        vendor=one.vendor,
        trunk=one.trunk or "",
        place=one.place,
        reason=one.reason,
        price_units=one.price,
        currency=one.currency,
        real_cost_units=one.cost,
        margin_units=one.margin,
    )
    known = one.quality
    if known is not None:
        message.counted, message.attempts = True, round(known.attempts)
        message.asr, message.ner, message.acd, message.pdd_p50 = known.asr, known.ner, known.acd, known.pdd_p50
    return message

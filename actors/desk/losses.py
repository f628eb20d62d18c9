"""Operators' service of allowed losses."""

from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.field_changes import changed, given
from actors.desk.loss_use import Boards, loss_boards, use_now
from actors.tokens import caller
from domain.errors import InputError
from domain.ids import DestinationId, PartnerId
from domain.limits import Period
from domain.loss_fields import changed_loss, loss_texts
from domain.losses import PERIODS, AllowedLoss, LossId, LossUse
from protos import losses_pb2 as pb
from protos import losses_pb2_grpc as services
from protos import operators_pb2 as operators
from store.catalog import Catalog

Context = grpc.aio.ServicerContext[Any, Any]


class LossesService(services.LossesServiceServicer):
    """Adds, changes, removes, shows and lists allowed losses with their use."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def Add(self, request: pb.AllowedLoss, context: Context) -> operators.Changed:
        """Add an allowance."""

        def order(catalog: Catalog, at_ms: int) -> None:
            destination = catalog.limits.destination(request.destination) if request.destination else None
            catalog.losses.add(_loss_of(request, destination), who=caller(), at_ms=at_ms)

        await self._desk.change(order)
        return operators.Changed(what=f"allowed loss {request.id} added")

    async def Set(self, request: operators.FieldChanges, context: Context) -> operators.Changed:
        """Change fields of an allowance."""
        texts = given(request)

        def order(catalog: Catalog, at_ms: int) -> tuple[AllowedLoss, AllowedLoss]:
            before = catalog.losses.get(LossId(request.id))
            after = changed_loss(before, texts, catalog.limits.destination)
            if after != before:
                catalog.losses.change(after, who=caller(), at_ms=at_ms)
            return before, after

        before, after = await self._desk.change(order)
        name_of = self._desk.name_of
        return changed(f"allowed loss {request.id}", loss_texts(before, name_of), loss_texts(after, name_of), texts)

    async def Remove(self, request: operators.Named, context: Context) -> operators.Changed:
        """Remove an allowance."""
        name = LossId(request.name)
        await self._desk.change(lambda catalog, at_ms: catalog.losses.remove(name, who=caller(), at_ms=at_ms))
        return operators.Changed(what=f"allowed loss {name} removed")

    async def Show(self, request: operators.Named, context: Context) -> pb.AllowedLossUse:
        """Show one with its use."""
        loss = await self._desk.read(lambda catalog: catalog.losses.get(LossId(request.name)))
        return self._message(loss, await loss_boards(self._desk))

    async def List(self, request: operators.PageRequest, context: Context) -> pb.AllowedLossUses:
        """List them with their use."""
        losses = await self._desk.read(lambda catalog: catalog.losses.list())
        boards = await loss_boards(self._desk) if losses else {}
        text = request.filter.lower()
        found = [loss for loss in losses if any(text in word.lower() for word in self._words(loss))]
        page = found[request.offset : request.offset + self._desk.page(request.limit)]
        return pb.AllowedLossUses(losses=[self._message(loss, boards) for loss in page], total=len(found))

    def _words(self, loss: AllowedLoss) -> tuple[str, ...]:
        destination = self._desk.name_of(loss.destination) if loss.destination is not None else ""
        return loss.id, loss.client, loss.vendor or "", loss.code, destination, loss.why

    def _message(self, loss: AllowedLoss, boards: Boards | None) -> pb.AllowedLossUse:
        now_ms, world = self._desk.now_ms(), self._desk.world
        use = use_now(loss, boards, now_ms) if boards is not None else None
        message = pb.AllowedLossUse(
            loss=_loss_message(loss, self._desk.name_of(loss.destination) if loss.destination is not None else ""),
            period_ms=loss.period_ms(now_ms),
            state=_state(loss, use, now_ms),
            base_currency=world.index.directory.base_currency if world is not None else "",
            fields=loss_texts(loss, self._desk.name_of),
        )
        if use is not None:
            message.lost_units, message.aside_units, message.open_calls = use.lost, use.aside, use.calls
        return message


def _state(loss: AllowedLoss, use: LossUse | None, now_ms: int) -> str:
    if loss.until_ms is not None and now_ms >= loss.until_ms:
        return "over"
    if loss.from_ms is not None and now_ms < loss.from_ms:
        return "waits"
    if use is None:
        return "not known"
    return "used up" if use.taken >= loss.budget else "holds"


def _loss_message(loss: AllowedLoss, destination: str) -> pb.AllowedLoss:
    return pb.AllowedLoss(
        id=loss.id,
        client=loss.client,
        vendor=loss.vendor or "",
        destination=destination,
        code=loss.code,
        budget_units=loss.budget,
        period=loss.period.value,
        zone=loss.zone,
        most_bp=loss.most_bp,
        from_ms=loss.from_ms,
        until_ms=loss.until_ms,
        why=loss.why,
        made_ms=loss.made_ms,
    )


def _loss_of(message: pb.AllowedLoss, destination: DestinationId | None) -> AllowedLoss:
    try:
        period = Period(message.period or Period.MONTH)
    except ValueError:
        mend = f"Give one of {', '.join(PERIODS)}."
        raise InputError(f"no period {message.period!r}", where=f"allowed loss {message.id}", mend=mend) from None
    return AllowedLoss(
        id=LossId(message.id),
        client=PartnerId(message.client),
        budget=message.budget_units,
        period=period,
        vendor=PartnerId(message.vendor) if message.vendor else None,
        destination=destination,
        code=message.code,
        most_bp=message.most_bp if message.HasField("most_bp") else None,
        from_ms=message.from_ms if message.HasField("from_ms") else None,
        until_ms=message.until_ms if message.HasField("until_ms") else None,
        zone=message.zone or "UTC",
        why=message.why,
    )

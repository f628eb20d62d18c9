"""Operators' services of volume commitments and swaps."""

import asyncio
from typing import Any

import grpc
from ray.exceptions import RayError

from actors.desk.core import ASK_WAIT_S, Desk
from actors.desk.field_changes import changed, given
from actors.desk.quantity_messages import commitment_message, ends_first, swap_message, words_of
from actors.refs import QUALITY, handle
from actors.tokens import caller
from domain.errors import InputError
from domain.ids import PartnerId
from domain.quantities.fields import (
    Terms,
    changed_commitment,
    changed_swap,
    commitment_texts,
    new_commitment,
    new_swap,
    swap_texts,
)
from domain.quantities.standing import Counted
from domain.quantities.volumes import Commitment, Swap, Volume
from protos import operators_pb2 as operators
from protos import quantities_pb2 as pb
from protos import quantities_pb2_grpc as services
from store.catalog import Catalog

Context = grpc.aio.ServicerContext[Any, Any]


async def counted_of(desk: Desk) -> dict[str, Counted | None]:
    """Return what is counted of each volume by its title; nothing while quality-0 is away."""
    try:
        async with asyncio.timeout(ASK_WAIT_S):
            found: dict[str, Counted | None] = await handle(QUALITY).volumes.remote()
    except (RayError, ValueError, TimeoutError):
        return {}
    return found


class CommitmentsService(services.CommitmentsServiceServicer):
    """Adds, changes, removes, shows and lists commitments with how they stand."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def Add(self, request: operators.FieldChanges, context: Context) -> operators.Changed:
        """Add a commitment."""
        texts = given(request)
        vendor = PartnerId(_named(texts, "vendor", f"commitment {request.id}"))

        def order(catalog: Catalog, at_ms: int) -> None:
            its = new_commitment(request.id, vendor, texts, _terms(catalog, vendor))
            catalog.quantities.add(its, who=caller(), at_ms=at_ms)

        await self._desk.change(order)
        self._desk.quality_stale.set()
        return operators.Changed(what=f"commitment {request.id} added: its calls of before are being counted")

    async def Set(self, request: operators.FieldChanges, context: Context) -> operators.Changed:
        """Change fields of a commitment."""
        texts, name_of = given(request), self._desk.name_of

        def order(catalog: Catalog, at_ms: int) -> tuple[Commitment, Commitment, str]:
            before = catalog.quantities.commitment(request.id)
            terms = _terms(catalog, before.partner)
            after = changed_commitment(before, texts, terms)
            if after != before:
                catalog.quantities.change(after, who=caller(), at_ms=at_ms)
            return before, after, terms.zone

        before, after, zone = await self._desk.change(order)
        _anew(self._desk, before, after)
        said = commitment_texts(before, zone, name_of), commitment_texts(after, zone, name_of)
        return changed(f"commitment {request.id}", *said, texts)

    async def Remove(self, request: operators.Named, context: Context) -> operators.Changed:
        """Remove a commitment."""
        return await _removed(self._desk, Commitment, request.name)

    async def Show(self, request: operators.Named, context: Context) -> pb.Commitment:
        """Show a commitment with how it stands."""
        its = await self._desk.read(lambda catalog: catalog.quantities.commitment(request.name))
        return await self._message(its, await counted_of(self._desk))

    async def List(self, request: operators.PageRequest, context: Context) -> pb.Commitments:
        """List commitments, those that run and end first before others."""
        its = ends_first(await self._desk.read(lambda catalog: catalog.quantities.commitments()), self._desk.now_ms())
        found = [one for one in its if _matches(one, request.filter, self._desk)]
        page = found[request.offset : request.offset + self._desk.page(request.limit)]
        counted = await counted_of(self._desk) if page else {}
        return pb.Commitments(commitments=[await self._message(one, counted) for one in page], total=len(found))

    async def _message(self, its: Commitment, counted: dict[str, Counted | None]) -> pb.Commitment:
        currency, zone = await self._desk.read(lambda catalog: catalog.quantities.terms(its.partner))
        message = commitment_message(its, counted.get(its.title), self._desk.now_ms(), self._desk.name_of, zone)
        message.currency, message.zone = currency, zone
        return message


class SwapsService(services.SwapsServiceServicer):
    """Adds, changes, removes, shows and lists swaps with how they stand."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def Add(self, request: operators.FieldChanges, context: Context) -> operators.Changed:
        """Add a swap."""
        texts = given(request)
        partner = PartnerId(_named(texts, "partner", f"swap {request.id}"))

        def order(catalog: Catalog, at_ms: int) -> None:
            its = new_swap(request.id, partner, texts, _terms(catalog, partner))
            catalog.quantities.add(its, who=caller(), at_ms=at_ms)

        await self._desk.change(order)
        self._desk.quality_stale.set()
        return operators.Changed(what=f"swap {request.id} added: its calls of before are being counted")

    async def Set(self, request: operators.FieldChanges, context: Context) -> operators.Changed:
        """Change fields of a swap."""
        texts, name_of = given(request), self._desk.name_of

        def order(catalog: Catalog, at_ms: int) -> tuple[Swap, Swap, str]:
            before = catalog.quantities.swap(request.id)
            terms = _terms(catalog, before.partner)
            after = changed_swap(before, texts, terms)
            if after != before:
                catalog.quantities.change(after, who=caller(), at_ms=at_ms)
            return before, after, terms.zone

        before, after, zone = await self._desk.change(order)
        _anew(self._desk, before, after)
        said = swap_texts(before, zone, name_of), swap_texts(after, zone, name_of)
        return changed(f"swap {request.id}", *said, texts)

    async def Remove(self, request: operators.Named, context: Context) -> operators.Changed:
        """Remove a swap."""
        return await _removed(self._desk, Swap, request.name)

    async def Show(self, request: operators.Named, context: Context) -> pb.Swap:
        """Show a swap with how it stands."""
        its = await self._desk.read(lambda catalog: catalog.quantities.swap(request.name))
        return await self._message(its, await counted_of(self._desk))

    async def List(self, request: operators.PageRequest, context: Context) -> pb.Swaps:
        """List swaps, those that run and end first before others."""
        its = ends_first(await self._desk.read(lambda catalog: catalog.quantities.swaps()), self._desk.now_ms())
        found = [one for one in its if _matches(one, request.filter, self._desk)]
        page = found[request.offset : request.offset + self._desk.page(request.limit)]
        counted = await counted_of(self._desk) if page else {}
        return pb.Swaps(swaps=[await self._message(one, counted) for one in page], total=len(found))

    async def _message(self, its: Swap, counted: dict[str, Counted | None]) -> pb.Swap:
        currency, zone = await self._desk.read(lambda catalog: catalog.quantities.terms(its.partner))
        message = swap_message(its, counted.get(its.title), self._desk.now_ms(), self._desk.name_of, zone)
        message.currency, message.zone = currency, zone
        return message


def _anew(desk: Desk, before: Volume, after: Volume) -> None:
    """Count anew where other calls count from now on."""
    if before.key != after.key:
        desk.quality_stale.set()


async def _removed(desk: Desk, kind: type[Volume], name: str) -> operators.Changed:
    await desk.change(lambda catalog, at_ms: catalog.quantities.remove(kind, name, who=caller(), at_ms=at_ms))
    return operators.Changed(what=f"{kind.noun} {name} removed")


def _terms(catalog: Catalog, partner: PartnerId) -> Terms:
    currency, zone = catalog.quantities.terms(partner)
    return Terms(currency, zone, catalog.limits.destination)


def _named(texts: dict[str, str], field: str, where: str) -> str:
    if not texts.get(field):
        raise InputError(f"it has no {field}", where=where, mend=f"Give --{field}.")
    return texts[field]


def _matches(its: Volume, text: str, desk: Desk) -> bool:
    return any(text.lower() in word.lower() for word in words_of(its, desk.name_of))

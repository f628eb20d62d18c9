"""Operators' service of static entries."""

from dataclasses import replace
from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.field_changes import given
from actors.tokens import caller
from domain.errors import InputError
from domain.field_text import texts_of, unknown_field, with_texts
from domain.ids import DestinationId, PartnerId, TrunkId
from domain.policies.statics import Place, Static, StaticId, percent_bp
from domain.switch_fields import differences
from protos import operators_pb2 as operators
from protos import statics_pb2 as pb
from protos import statics_pb2_grpc as services
from store.catalog import Catalog

FIELDS = ("place", "vendor", "trunk", "client", "product", "destination", "code", "priority", "weight")
"""What can be changed of an entry, and at_most: per cent."""
Context = grpc.aio.ServicerContext[Any, Any]


class StaticsService(services.StaticsServiceServicer):
    """Adds, changes, removes and lists static entries."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def Add(self, request: pb.StaticEntry, context: Context) -> operators.Changed:
        """Add an entry."""

        def order(catalog: Catalog, at_ms: int) -> None:
            destination = catalog.limits.destination(request.destination) if request.destination else None
            catalog.statics.add(_entry_of(request, destination), who=caller(), at_ms=at_ms)

        await self._desk.change(order)
        return operators.Changed(what=f"static entry {request.id} added")

    async def Set(self, request: operators.FieldChanges, context: Context) -> operators.Changed:
        """Change fields of an entry."""
        texts, who = given(request), caller()

        def order(catalog: Catalog, at_ms: int) -> tuple[Static, Static]:
            before = catalog.statics.get(StaticId(request.id))
            after = _changed(catalog, before, texts)
            catalog.statics.set(after, who=who, at_ms=at_ms)
            return before, after

        before, after = await self._desk.change(order)
        said = differences(self._texts(before), self._texts(after))
        what = f"static entry {request.id}"
        return operators.Changed(what=f"{what}: {', '.join(said)}" if said else f"{what} is so already")

    def _texts(self, entry: Static) -> dict[str, str]:
        texts = {name: text for name, text in texts_of(entry).items() if name in FIELDS}
        texts["destination"] = self._desk.name_of(entry.destination) if entry.destination is not None else ""
        return texts | {"at_most": "" if entry.at_most_bp is None else f"{entry.at_most_bp / 100:g}"}

    async def Remove(self, request: operators.Named, context: Context) -> operators.Changed:
        """Remove an entry."""
        name = StaticId(request.name)
        await self._desk.change(lambda catalog, at_ms: catalog.statics.remove(name, who=caller(), at_ms=at_ms))
        return operators.Changed(what=f"static entry {name} removed")

    async def List(self, request: operators.PageRequest, context: Context) -> pb.StaticEntries:
        """List entries, the most specific first."""
        entries = await self._desk.read(lambda catalog: catalog.statics.list())
        entries.sort(key=lambda one: (one.scope, one.target, -one.priority), reverse=True)
        messages = [self._message(entry) for entry in entries]
        text = request.filter.lower()
        found = [message for message in messages if any(text in word.lower() for word in _words(message))]
        page = found[request.offset : request.offset + self._desk.page(request.limit)]
        return pb.StaticEntries(entries=page, total=len(found))

    def _message(self, entry: Static) -> pb.StaticEntry:
        return pb.StaticEntry(
            id=entry.id,
            place=entry.place.value,
            client=entry.client or "",
            product=entry.product,
            destination=self._desk.name_of(entry.destination) if entry.destination is not None else "",
            code=entry.code,
            vendor=entry.vendor or "",
            trunk=entry.trunk or "",
            priority=entry.priority,
            weight=entry.weight,
            at_most_bp=entry.at_most_bp,
        )


def _changed(catalog: Catalog, entry: Static, texts: dict[str, str]) -> Static:
    where, known = f"static entry {entry.id}", (*FIELDS, "at_most")
    for name in texts:
        if name not in known:
            raise unknown_field(name, known, where)
    plain = {name: text.strip() for name, text in texts.items() if name not in ("destination", "at_most")}
    changed = with_texts(entry, plain, where)
    if "destination" in texts:
        name = texts["destination"].strip()
        changed = replace(changed, destination=catalog.limits.destination(name) if name else None)
    if "at_most" in texts:
        text = texts["at_most"].strip()
        try:
            changed = replace(changed, at_most_bp=percent_bp(text) if text else None)
        except ValueError as error:
            raise InputError(str(error), where=f"{where}, at_most", mend="Give 0.01 to 99.99.") from None
    return changed


def _words(message: pb.StaticEntry) -> tuple[str, ...]:
    named = (message.client, message.product, message.destination, message.code, message.vendor, message.trunk)
    return message.id, message.place, *named


def _entry_of(message: pb.StaticEntry, destination: DestinationId | None) -> Static:
    try:
        place = Place(message.place)
    except ValueError:
        mend = f"Give one of {', '.join(Place)}."
        raise InputError(f"no place {message.place!r}", where=f"static entry {message.id}", mend=mend) from None
    return Static(
        id=StaticId(message.id),
        place=place,
        client=PartnerId(message.client) if message.client else None,
        product=message.product,
        destination=destination,
        code=message.code,
        vendor=PartnerId(message.vendor) if message.vendor else None,
        trunk=TrunkId(message.trunk) if message.trunk else None,
        priority=message.priority or 1,
        weight=message.weight or 1,
        at_most_bp=message.at_most_bp if message.HasField("at_most_bp") else None,
    )

"""Operators' service of number portability: sources, their files, and what is known of a number."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from secrets import token_hex
from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.field_changes import changed, given
from actors.dips import Dips, EnumServer
from actors.ported_work import PortedBuilt, PortedOrder
from actors.stages import FOLDER
from actors.tokens import caller
from domain.calls import CallSetup
from domain.errors import InputError
from domain.numbers import STAYED, UNANSWERED, Dialled
from domain.points import valid
from domain.portability import PortedSource, SourceKind
from domain.portability_fields import changed_source, source_texts
from domain.world import World
from protos import operators_pb2 as operators
from protos import portability_pb2 as pb
from protos import portability_pb2_grpc as services
from store.catalog.portability import Brought
from store.catalog.snapshots import PORTED, Snapshot

Context = grpc.aio.ServicerContext[Any, Any]
MOST_MB = 2_048
"""A file of some 80 million numbers."""


class PortabilityService(services.PortabilityServiceServicer):
    """Adds, changes, lists, removes and fills sources, and looks numbers up."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._importing = asyncio.Lock()

    async def Add(self, request: pb.PortedSource, context: Context) -> operators.Changed:
        """Add a source."""
        known = [source for source, _ in await self._desk.read(lambda catalog: catalog.ported.list())]
        source = changed_source(PortedSource(request.name), dict(request.fields), known)
        await self._desk.change(lambda catalog, at_ms: catalog.ported.add(source, who=caller(), at_ms=at_ms))
        what = f"numbers that begin with {', '.join(source.prefixes)}" if source.prefixes else "all other numbers"
        return operators.Changed(what=f"source {source.name} ({source.kind}) added, for {what}")

    async def Set(self, request: operators.FieldChanges, context: Context) -> operators.Changed:
        """Change fields of a source."""
        texts = given(request)
        before, after = await self._desk.change(
            lambda catalog, at_ms: catalog.ported.change(
                request.id, lambda source, every: changed_source(source, texts, every), who=caller(), at_ms=at_ms
            )
        )
        return changed(f"source {request.id}", source_texts(before), source_texts(after), texts)

    async def List(self, request: operators.Empty, context: Context) -> pb.PortedSources:
        """List sources."""
        found = await self._desk.read(lambda catalog: catalog.ported.list())
        return pb.PortedSources(sources=[_message(source, brought) for source, brought in found])

    async def Remove(self, request: operators.Named, context: Context) -> operators.Changed:
        """Remove a source."""
        name = request.name
        await self._desk.change(lambda catalog, at_ms: catalog.ported.remove(name, who=caller(), at_ms=at_ms))
        return operators.Changed(what=f"source {name} removed: its numbers are routed as they are dialled")

    async def Import(self, request_iterator: AsyncIterator[pb.PortedChunk], context: Context) -> pb.PortedReport:
        """Take a file of moved numbers: wrong rows are told, the others go in together."""
        received = self._desk.home.data / FOLDER / f"ported-{token_hex(8)}.csv"
        received.parent.mkdir(parents=True, exist_ok=True)
        try:
            head = await _received(request_iterator, received)
            async with self._importing:
                return _report(await self._desk.whole(self._import(head, received)))
        finally:
            received.unlink(missing_ok=True)

    async def _import(self, head: pb.PortedChunk, received: Path) -> PortedBuilt:
        desk, name = self._desk, head.source
        source, former = await desk.read(lambda catalog: catalog.ported.get(name))
        if source.kind is not SourceKind.FILE:
            mend = "Add one for the file: `switchboard ported add NAME kind=file`."
            raise InputError("its numbers are with its server", where=f"source {name}", mend=mend)
        now_ms, edition = desk.now_ms(), source.edition + 1
        target = desk.home.snapshots / f"{PORTED}-{name}-{edition}-{now_ms}.ported"
        base = await desk.read(lambda catalog: catalog.snapshots.in_force(PORTED, name))
        base_path = desk.home.snapshots / base.file if base is not None and former.at_ms else None
        how = head.changes, source.prefixes
        built = await desk.tasks.build_ported(PortedOrder(received, head.file_name, base_path, target, *how))
        brought = Brought(built.numbers, head.file_name, now_ms)
        entry = Snapshot(PORTED, name, edition, edition, target.name, built.sha256, now_ms)
        try:
            await desk.change(
                lambda catalog, at_ms: catalog.ported.bring(source, brought, entry, who=caller(), at_ms=at_ms)
            )
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return built

    async def Find(self, request: pb.PortedQuery, context: Context) -> pb.PortedNumber:
        """Tell what is known of a number; a server is asked now."""
        number = request.number.removeprefix("+")
        if not valid(number):
            raise InputError(f"{request.number!r} is no number", mend="Give its digits with the country code.")
        world = self._desk.world
        source = world.index.ported.source_of(number) if world is not None else None
        found = UNANSWERED
        if world is not None and source is not None:
            numbers = world.ported.get(source.name)
            if source.kind is SourceKind.ENUM:
                found = await _asked(source, number)
            elif numbers is not None:
                found = numbers.of(number) or STAYED
        name = self._desk.destination_name
        return pb.PortedNumber(
            number=number,
            source=source.name if source is not None else "",
            answered=found.dipped,
            routing_number=found.routing_number,
            carrier=found.carrier,
            destination=name(number),
            routing_destination=name(found.routing_number) if found.routing_number else "",
        )


async def looked_up(setup: CallSetup, world: World) -> CallSetup:
    """Return a call with what a server says of its number, as nodes ask, where that is to be asked first."""
    if not world.index.ported.elsewhere:
        return setup
    dips = Dips(Counter())
    try:
        return await dips.looked_up(setup, world)
    finally:
        dips.close()


async def _asked(source: PortedSource, number: str) -> Dialled:
    server = EnumServer(source, _unheard)
    try:
        return await server.of(number)
    finally:
        server.close()


_unheard: Callable[[str], None] = lambda _: None  # noqa: E731


async def _received(chunks: AsyncIterator[pb.PortedChunk], path: Path) -> pb.PortedChunk:
    """Write a file as it comes; return its first message without the bytes. Raises InputError for an oversized one."""
    head, size = pb.PortedChunk(), 0
    with path.open("wb") as file:
        async for chunk in chunks:
            if not head.source:
                head = pb.PortedChunk(source=chunk.source, file_name=chunk.file_name, changes=chunk.changes)
            size += len(chunk.data)
            if size > MOST_MB * 2**20:
                raise InputError(f"the file is larger than {MOST_MB} MB", where=head.file_name, mend="Split it.")
            await asyncio.to_thread(file.write, chunk.data)
    if not head.source:
        raise InputError("no file was sent", mend="Name a source and a file.")
    return head


def _message(source: PortedSource, brought: Brought) -> pb.PortedSource:
    return pb.PortedSource(
        name=source.name,
        fields=source_texts(source),
        numbers=brought.numbers,
        file_name=brought.file_name,
        imported_ms=brought.at_ms,
        edition=source.edition,
    )


def _report(built: PortedBuilt) -> pb.PortedReport:
    return pb.PortedReport(
        numbers=built.numbers,
        added=built.added,
        changed=built.changed,
        removed=built.removed,
        rows=built.rows,
        wrong=built.wrong,
        rejects=[operators.RejectedRow(row=one.row, reason=one.why, raw=one.raw) for one in built.rejects],
    )

"""Operators' service of the reference book in all its versions."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc

from actors.desk.book_files import BookFiles
from actors.desk.book_messages import (
    code_message,
    differences_message,
    draft_message,
    entry_message,
    naming,
    told,
    version_message,
)
from actors.desk.code_tree import branches
from actors.desk.core import Desk
from actors.tokens import caller
from domain.codes import BASE, CodeSeed
from domain.errors import InputError
from domain.ids import PartnerId
from domain.sheets.codes import compress, read_codes
from protos import codes_pb2 as pb
from protos import codes_pb2_grpc as services
from protos.operators_pb2 import Changed, Named, PageRequest
from store.catalog import Catalog
from store.catalog.code_changes import CodeDraft
from store.catalog.code_drafts import DRAFT
from store.catalog.code_edits import BookChange

Context = grpc.aio.ServicerContext[Any, Any]
SHOWN = 100_000
"""The most codes that a destination is shown with."""


class ReferenceBookService(services.ReferenceBookServiceServicer):
    """Reads and changes the book."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._files = desk, BookFiles(desk)

    async def List(self, request: pb.BookQuery, context: Context) -> pb.BookPage:
        """Return a page of codes."""
        at_ms, version = self._when(request)
        its: dict[str, Any] = {"limit": self._desk.page(request.limit), "offset": request.offset, "version": version}

        def question(catalog: Catalog) -> pb.BookPage:
            if request.destination:
                owner = catalog.codes.destination(request.destination).id
                page = catalog.codes.of(owner, at_ms, **its)
            else:
                page = catalog.codes.page(at_ms, text=request.filter, **its)
            known = catalog.codes.version() if version is None else version
            return pb.BookPage(codes=[code_message(one) for one in page.rows], total=page.total, version=known)

        return await self._desk.read(question)

    async def Show(self, request: pb.BookQuery, context: Context) -> pb.BookDestination:
        """Return a destination, its other names, and its codes."""
        at_ms, version = self._when(request)

        def question(catalog: Catalog) -> pb.BookDestination:
            its = catalog.codes.destination(request.destination)
            page = catalog.codes.of(its.id, at_ms, limit=SHOWN, version=version)
            partners = catalog.name_maps.to(its.id)
            return pb.BookDestination(
                id=its.id,
                name=its.name,
                country=its.country,
                kind=its.kind,
                former_names=[name for name, _ in catalog.codes.former_names(its.id)],
                partner_names=[f"{partner}: {name}" for partner, name in partners],
                ranges=compress(one.code for one in page.rows),
                codes=page.total,
                version=catalog.codes.version() if version is None else version,
            )

        return await self._desk.read(question)

    async def Find(self, request: pb.BookQuery, context: Context) -> pb.BookPage:
        """Return the codes that begin a number, longest first, and the drafts that do."""
        at_ms, version = self._when(request)
        number = request.filter.lstrip("+")

        def question(catalog: Catalog) -> pb.BookPage:
            found = catalog.codes.find(number, at_ms, version)
            messages = [code_message(one) for one in found]
            for code in catalog.code_changes.draft_codes(number) if version is None else ():
                under = next((match for match in found if code.startswith(match.code)), None)
                message = code_message(under) if under else pb.BookCode()
                message.code, message.draft = code, True
                messages.append(message)
            messages.sort(key=lambda one: -len(one.code))
            known = catalog.codes.version() if version is None else version
            return pb.BookPage(codes=messages, total=len(messages), version=known)

        return await self._desk.read(question)

    async def History(self, request: Named, context: Context) -> pb.BookPage:
        """Return all that was ever known of a code."""
        known = await self._desk.read(lambda catalog: catalog.codes.history(request.name.lstrip("+")))
        version = await self._desk.read(lambda catalog: catalog.codes.version())
        return pb.BookPage(codes=[entry_message(one) for one in known], total=len(known), version=version)

    async def Versions(self, request: PageRequest, context: Context) -> pb.BookVersions:
        """Return a page of changes, the last one first."""
        limit, offset = self._desk.page(request.limit), request.offset
        rows, total = await self._desk.read(lambda catalog: catalog.codes.versions(limit=limit, offset=offset))
        return pb.BookVersions(versions=[version_message(one) for one in rows], total=total)

    async def Diff(self, request: pb.BookVersionPair, context: Context) -> pb.BookDifferences:
        """Return what one version knows otherwise than another."""
        page = slice(request.offset, request.offset + self._desk.page(request.limit))

        def question(catalog: Catalog) -> pb.BookDifferences:
            found = catalog.code_changes.between(request.before, request.after)
            return differences_message(found, page, naming(catalog.codes.destinations()))

        return await self._desk.read(question)

    async def Add(self, request: pb.BookOrder, context: Context) -> Changed:
        """Add codes from a moment on."""
        codes = _seeds(request)
        return await self._change(request, lambda catalog, from_ms, by: catalog.code_changes.add(codes, from_ms, **by))

    async def Move(self, request: pb.BookOrder, context: Context) -> Changed:
        """Move codes to another destination from a moment on; recorded calls keep theirs."""
        codes = _seeds(request)
        return await self._change(request, lambda catalog, from_ms, by: catalog.code_changes.move(codes, from_ms, **by))

    async def End(self, request: pb.BookOrder, context: Context) -> Changed:
        """End codes from a moment on."""
        codes = _codes(request)
        return await self._change(request, lambda catalog, from_ms, by: catalog.code_changes.end(codes, from_ms, **by))

    async def Rename(self, request: pb.BookRename, context: Context) -> Changed:
        """Give a destination another name."""

        def order(catalog: Catalog, at_ms: int) -> BookChange:
            return catalog.code_changes.rename(request.destination, request.name, who=caller(), at_ms=at_ms)

        change = await self._desk.change(order)
        return Changed(what=f"{request.destination} is named {request.name}: version {change.version} of the book")

    async def Export(self, request: pb.BookExport, context: Context) -> AsyncIterator[pb.BookPiece]:
        """Write the book as CSV, in pieces."""
        async for piece in self._files.written(request):
            yield piece

    async def Import(self, request_iterator: AsyncIterator[pb.BookPiece], context: Context) -> pb.BookReport:
        """Put a CSV file into the book."""
        return await self._files.taken(request_iterator)

    async def Names(self, request: Named, context: Context) -> pb.PartnerNames:
        """Return what a partner calls our destinations."""
        partner = PartnerId(request.name)
        await self._desk.read(lambda catalog: catalog.partners.get(partner))
        names = await self._desk.read(lambda catalog: catalog.name_maps.of(partner))
        return pb.PartnerNames(partner=partner, names=names)

    async def SetName(self, request: pb.PartnerName, context: Context) -> Changed:
        """Remember a name of a partner, or forget it."""
        partner, who, at_ms = PartnerId(request.partner), caller(), self._desk.now_ms()
        by: dict[str, Any] = {"who": who, "at_ms": at_ms}
        if not request.destination:
            await self._desk.write(lambda catalog: catalog.name_maps.remove(partner, request.name, **by))
            return Changed(what=f"{partner}: {request.name} is forgotten")

        def order(catalog: Catalog) -> tuple[int, str]:
            name = catalog.codes.destination(request.destination).name
            return catalog.name_maps.set(partner, {request.name: name}, **by), name

        news, name = await self._desk.write(order)
        return Changed(what=f"{partner}: {request.name} {'is' if news else 'was already'} {name}")

    async def Drafts(self, request: pb.DraftQuery, context: Context) -> pb.CodeDrafts:
        """Return a page of drafts, with what they are under now."""
        limit, now_ms = self._desk.page(request.limit), self._desk.now_ms()
        state, under = _state(request), request.under if request.HasField("under") else None
        page: dict[str, Any] = {"limit": limit, "offset": request.offset}

        def question(catalog: Catalog) -> pb.CodeDrafts:
            of: dict[str, Any] = {"sheet": request.sheet}
            if under is None:
                rows, total = catalog.code_changes.drafts(state, **of, **page)
            else:
                codes = catalog.code_drafts.codes(state, **of, under=under, at_ms=now_ms)
                only = codes[request.offset : request.offset + limit]
                rows, total = catalog.code_changes.drafts(state, only=only)[0], len(codes)
            sheets = [pb.DraftSheet(**one._asdict()) for one in catalog.code_changes.draft_sheets(state, **of)]
            return pb.CodeDrafts(drafts=[_draft(catalog, one, now_ms) for one in rows], total=total, sheets=sheets)

        return await self._desk.read(question)

    async def SumDrafts(self, request: pb.DraftQuery, context: Context) -> pb.DraftSums:
        """Return a page of the sums of drafts by sheet and destination."""
        its: dict[str, Any] = {"sheet": request.sheet, "under": request.under if request.HasField("under") else None}
        its["at_ms"] = self._desk.now_ms()
        sums = await self._desk.read(lambda catalog: catalog.code_drafts.sums(_state(request), **its))
        page = sums[request.offset : request.offset + self._desk.page(request.limit)]
        rows = [pb.DraftSum(**one._asdict()) for one in page]
        return pb.DraftSums(sums=rows, total=len(sums), drafts=sum(one.drafts for one in sums))

    async def Confirm(self, request: pb.BookOrder, context: Context) -> Changed:
        """Take drafts into the book, under their longest shorter code or a destination that is given."""
        codes = await self._drafts(request)

        def order(catalog: Catalog, at_ms: int) -> BookChange:
            return catalog.code_changes.confirm(codes, request.destination, who=caller(), at_ms=at_ms)

        return Changed(what=told(await self._desk.change(order)))

    async def Refuse(self, request: pb.BookOrder, context: Context) -> Changed:
        """Refuse drafts."""
        codes, who, at_ms = await self._drafts(request), caller(), self._desk.now_ms()
        await self._desk.write(lambda catalog: catalog.code_changes.refuse(codes, who=who, at_ms=at_ms))
        under = f" under {request.under or 'no code'}" if request.HasField("under") else ""
        these = f"{len(codes):,} of sheet {request.sheet}{under}" if request.sheet else ", ".join(codes)
        return Changed(what=f"refused: {these}; later sheets do not bring that up again")

    async def Branches(self, request: pb.BookQuery, context: Context) -> pb.Tree:
        """Return the codes below a prefix, with rates and traffic."""
        return await branches(self._desk, request)

    async def _drafts(self, request: pb.BookOrder) -> list[str]:
        """Return the codes of drafts that an order is about: those it names, or those of a sheet."""
        under = request.under if request.HasField("under") else None
        if not request.sheet and under is None:
            return _codes(request)
        if request.codes:
            mend = "Give the codes of drafts, or the sheet for all of its."
            raise InputError("codes and a sheet are given", mend=mend)
        if not request.sheet:
            raise InputError("no sheet is given", mend="Name the sheet that left the drafts.")
        at_ms = self._desk.now_ms()
        found = await self._desk.read(lambda catalog: catalog.code_drafts.waiting(request.sheet, under, at_ms=at_ms))
        return list(found)

    async def _change(
        self, request: pb.BookOrder, order: Callable[[Catalog, int, dict[str, Any]], BookChange]
    ) -> Changed:
        def change(catalog: Catalog, at_ms: int) -> BookChange:
            from_ms = request.at_ms if request.HasField("at_ms") else at_ms
            return order(catalog, from_ms, {"who": caller(), "at_ms": at_ms})

        return Changed(what=told(await self._desk.change(change)))

    def _when(self, request: pb.BookQuery) -> tuple[int, int | None]:
        at_ms = request.at_ms if request.HasField("at_ms") else self._desk.now_ms()
        return at_ms, request.version if request.HasField("version") else None


def _codes(request: pb.BookOrder) -> list[str]:
    if not request.codes:
        raise InputError("no codes are given", mend="Give some, such as 254700 or 254700-254709.")
    return list(dict.fromkeys(code for cell in request.codes for code in read_codes(cell)))


def _seeds(request: pb.BookOrder) -> list[CodeSeed]:
    name = request.destination.strip()
    return [CodeSeed(code, name, request.country.upper(), request.kind or BASE) for code in _codes(request)]


def _state(request: pb.DraftQuery) -> str:
    return "" if request.state == "all" else request.state or DRAFT


def _draft(catalog: Catalog, one: CodeDraft, now_ms: int) -> pb.CodeDraft:
    found = catalog.codes.find(one.code, max(now_ms, one.valid_from_ms))
    return draft_message(one, next((match for match in found if match.code != one.code), None))

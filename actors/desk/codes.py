"""Operators' service of the reference book."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

from actors.desk.core import Desk
from actors.tokens import caller
from domain.codes import CodeMatch
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services

SOURCE = "phonenumbers"
Context = grpc.aio.ServicerContext[Any, Any]


class CodesService(services.CodesServiceServicer):
    """Seeds and reads the reference book."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def Seed(self, request: pb.Empty, context: Context) -> AsyncIterator[pb.SeedProgress]:
        """Fill the book from the phone number metadata; again changes nothing, nor what was changed by others."""
        async with self._desk.jobs.running("seed", "reference book") as job:
            steps: asyncio.Queue[tuple[int, int, str]] = asyncio.Queue()
            work = asyncio.create_task(self._desk.tasks.seed_codes(steps))
            while not (work.done() and steps.empty()):
                try:
                    async with asyncio.timeout(0.5):
                        done, total, what = await steps.get()
                except TimeoutError:
                    continue
                await job.at(done, total)
                yield pb.SeedProgress(done=done, total=total, what=what)
            codes = await work
            change = await self._desk.change(
                lambda catalog, at_ms: catalog.codes.enter(codes, SOURCE, who=caller(), at_ms=at_ms, ours_stay=True)
            )
            what = f"{change.destinations} destinations and {change.codes} codes added, {change.moved} moved"
            yield pb.SeedProgress(done=len(codes), total=len(codes), what=what)

    async def Find(self, request: pb.Named, context: Context) -> pb.Codes:
        """Return the codes that begin a number, longest first."""
        now_ms = self._desk.now_ms()
        found = await self._desk.read(lambda catalog: catalog.codes.find(request.name.lstrip("+"), now_ms))
        return pb.Codes(codes=[_message(match) for match in found], total=len(found))

    async def List(self, request: pb.PageRequest, context: Context) -> pb.Codes:
        """Return a page of codes."""
        now_ms, limit = self._desk.now_ms(), self._desk.page(request.limit)
        page = await self._desk.read(
            lambda catalog: catalog.codes.page(now_ms, text=request.filter, limit=limit, offset=request.offset)
        )
        return pb.Codes(codes=[_message(match) for match in page.rows], total=page.total)


def _message(match: CodeMatch) -> pb.Code:
    where = match.destination
    return pb.Code(code=match.code, destination=where.name, destination_id=where.id, country=where.country)

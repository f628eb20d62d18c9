"""Operators' services of live calls and call records."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

from actors.decision_log import read_decisions
from actors.desk import values
from actors.desk.board import Board
from actors.desk.cdr_import import import_file
from actors.desk.core import Desk
from actors.desk.retry import retry
from actors.desk.uploads import receive
from actors.desk.vendor_legs import VendorLeg, vendors_of
from actors.refs import handle
from actors.tasks import FoundLeg, LegQuery
from domain.calls import OpenCall
from domain.calls import Parked as ParkedLeg
from domain.causes import ParkCause
from domain.errors import InputError, NotFoundError
from domain.ids import PlanId
from domain.intervals import ColumnPlan, flatten
from domain.rating import explain, rate
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services

Context = grpc.aio.ServicerContext[Any, Any]
MOST = 200
DAY_MS = 86_400_000


class CallsService(services.CallsServiceServicer):
    """Lists calls that may be running."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def List(self, request: pb.PageRequest, context: Context) -> pb.OpenCalls:
        """List open calls, oldest first."""
        placement = self._desk.home.placement
        found, total = [], 0
        for name in {placement.shard_of_book(book) for book in range(placement.books)}:
            some, count = await handle(name).open_calls.remote(
                request.offset + self._desk.page(request.limit), request.filter
            )
            found += some
            total += count
        found.sort(key=lambda call: call.since_ms)
        page = found[request.offset : request.offset + self._desk.page(request.limit)]
        vendors = await asyncio.to_thread(vendors_of, self._desk.reader, [call.call_key for call in page])
        calls = [self._message(call, vendors.get(call.call_key)) for call in page]
        return pb.OpenCalls(calls=calls, total=total, now_ms=self._desk.now_ms())

    def _message(self, call: OpenCall, leg: VendorLeg | None) -> pb.OpenCall:
        message = values.call_message(call, self._desk.name_of(call.destination))
        if leg is not None:
            message.vendor = leg.vendor
            message.pdd_ms = leg.pdd_ms or 0
        return message


class CdrsService(services.CdrsServiceServicer):
    """Imports, lists and explains call records."""

    def __init__(self, desk: Desk, board: Board) -> None:
        self._desk, self._board = desk, board

    async def Import(
        self, request_iterator: AsyncIterator[pb.ImportChunk], context: Context
    ) -> AsyncIterator[pb.CdrImportProgress]:
        """Take a CDR file through the bulk lane; the last message carries the report."""
        head, data = await receive(request_iterator, self._desk.home.settings.limits.sheet_mb)
        async for progress in import_file(self._desk, head.file_name, data, dry_run=head.dry_run):
            yield progress

    async def List(self, request: pb.CdrQuery, context: Context) -> pb.CdrPage:
        """List legs, newest first."""
        query = LegQuery(
            partner=request.partner,
            side=request.side,
            number=request.number,
            from_ms=request.from_ms,
            to_ms=request.to_ms or 2**62,
            call_key=request.call_key,
            answered_only=request.answered_only,
            open_only=request.open_only,
            limit=self._desk.page(request.limit),
            offset=request.offset,
        )
        found, total = await self._desk.tasks.find_legs(query)
        return pb.CdrPage(legs=[self._message(leg) for leg in found], total=total)

    async def Show(self, request: pb.Named, context: Context) -> pb.CdrExplanation:
        """Show a leg, or all legs of a call, and why they were routed and charged so."""
        try:
            key = bytes.fromhex(request.name)
        except ValueError:
            raise InputError(f"{request.name!r} is no id", mend="Give the hex id that `cdrs list` shows.") from None
        found, _ = await self._desk.tasks.find_legs(LegQuery(call_key=key, limit=self._desk.page(MOST)))
        if not found:
            found, _ = await self._desk.tasks.find_legs(LegQuery(leg_id=key, limit=self._desk.page(MOST)))
        if not found:
            raise NotFoundError(f"no leg or call {request.name} is known", mend="See `switchboard cdrs list`.")
        why: list[str] = []
        for leg in found:
            why += await self._charge_lines(leg)
        first_day = min(leg.leg.setup_ms for leg in found) // DAY_MS
        decided = await asyncio.to_thread(
            read_decisions, self._desk.home.decisions, found[0].leg.call_key, range(first_day - 1, first_day + 2)
        )
        for lines in decided:
            why += ["decision:", *(f"  {line}" for line in lines)]
        return pb.CdrExplanation(legs=[self._message(leg) for leg in found], why=why)

    async def Parked(self, request: pb.PageRequest, context: Context) -> pb.ParkedPage:
        """List parked records, newest first."""
        limit = self._desk.page(request.limit)
        records, total = await asyncio.to_thread(self._parked, limit, request.offset)
        return pb.ParkedPage(records=[values.parked_message(parked) for parked in records], total=total)

    async def Retry(self, request: pb.RetryRequest, context: Context) -> pb.RetryReport:
        """Charge parked records again, by what the catalog says now."""
        return await self._desk.whole(self._retry(request))

    async def _retry(self, request: pb.RetryRequest) -> pb.RetryReport:
        async with self._desk.jobs.running("retry", request.cause or "parked records"):
            return await retry(self._desk, request)

    async def Sources(self, request: pb.Empty, context: Context) -> pb.SourceStates:
        """List where call records came from, and what became of them."""
        return pb.SourceStates(sources=self._desk.sources.states(self._board.switches()))

    def _message(self, found: FoundLeg) -> pb.Leg:
        name = self._desk.name_of(found.leg.destination)
        return values.leg_message(found.leg, name, found.segment, self._desk.base_currency)

    def _parked(self, limit: int, offset: int) -> tuple[list[ParkedLeg], int]:
        records: list[ParkedLeg] = []
        total = 0
        for _, book in self._desk.reader.every():
            some, count = book.parked(limit + offset, 0)
            records += some
            total += count
        records.sort(key=lambda parked: -parked.received_ms)
        return records[offset : offset + limit], total

    async def _charge_lines(self, found: FoundLeg) -> list[str]:
        """Rate the leg again with the version that it was charged from, and say how it adds up."""
        leg = found.leg
        head = f"{leg.side} leg {leg.leg_id.hex()} of {leg.partner} by {leg.trunk}, attempt {leg.attempt}:"
        if not leg.plan or not leg.code:
            return [head, f"  not charged: cause {leg.cause}"]
        plan = await self._desk.read(lambda catalog: catalog.plans.get(PlanId(leg.plan)))
        known_ms = await self._desk.read(lambda catalog: catalog.plans.known_ms_of(plan.id, leg.plan_version))
        rows = await self._desk.read(lambda catalog: catalog.plans.rates_for(plan.id, leg.b, known_ms))
        charge = rate(
            ColumnPlan(flatten(rows), plan.rules, leg.plan_version),
            leg.b,
            leg.connect_ms,
            leg.setup_ms,
            leg.duration_ms,
        )
        if isinstance(charge, ParkCause):
            return [head, f"  plan {plan.id} version {leg.plan_version} has no rate for it any more"]
        return [head, *(f"  {line}" for line in explain(charge))]

"""Operators' service of call records: imported, listed, explained, parked and tried again."""

import asyncio
import string
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import grpc

from actors.decision_log import DAY_MS, KEY_DIGITS, read_decisions
from actors.desk import values
from actors.desk.board import Board
from actors.desk.call_keys import calls_meant, meaning, one_of
from actors.desk.cdr_import import import_file
from actors.desk.core import Desk
from actors.desk.lost_ends import by_hand
from actors.desk.quality_asked import destination_of
from actors.desk.retry import retry
from actors.desk.uploads import receive
from actors.desk.why import charge_lines
from actors.tasks import FoundLeg, LegQuery
from domain.calls import LegState
from domain.cause_classes import CauseClass, ends_of
from domain.errors import InputError, NotFoundError
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services
from store.call_reader import keys_between
from store.parked_reader import ParkedSearch, find_parked

Context = grpc.aio.ServicerContext[Any, Any]
MOST = 200


class CdrsService(services.CdrsServiceServicer):
    """Imports, lists and explains call records."""

    def __init__(self, desk: Desk, board: Board) -> None:
        self._desk, self._board = desk, board

    async def Import(
        self, request_iterator: AsyncIterator[pb.ImportChunk], context: Context
    ) -> AsyncIterator[pb.CdrImportProgress]:
        """Take a CDR file through the bulk lane; the last message carries the report."""
        head, data = await receive(request_iterator, self._desk.home.settings.limits.sheet_mb)
        steps = import_file(self._desk, head.file_name, data, dry_run=head.dry_run, switch=head.switch_id)
        async for progress in steps:
            yield progress

    async def List(self, request: pb.CdrQuery, context: Context) -> pb.CdrPage:
        """List legs, newest first."""
        keys: tuple[bytes, ...] = (request.call_key,) if request.call_key else ()
        if request.call.call:
            meant = await meaning(self._desk, request.call)
            keys = tuple((await calls_meant(self._desk, meant, every=True)).keys)
        query = LegQuery(
            partner=request.partner,
            side=request.side,
            number=request.number,
            from_ms=request.from_ms,
            to_ms=request.to_ms or 2**62,
            call_keys=keys,
            answered_only=request.answered_only,
            open_only=request.open_only,
            partial_only=request.partial_only,
            end_user=request.end_user,
            limit=self._desk.page(request.limit),
            offset=request.offset,
        )
        query = await self._narrowed(query, request)
        found, total = await self._desk.tasks.find_legs(query)
        return pb.CdrPage(legs=[self._message(leg) for leg in found], total=total)

    async def _narrowed(self, query: LegQuery, request: pb.CdrQuery) -> LegQuery:
        """Add what is asked for of where legs went, by which trunk, and how they ended."""
        if request.destination:
            query = replace(query, destination=await destination_of(self._desk, request.destination))
        if request.cause_class not in ("", *CauseClass):
            mend = f"Take one of {', '.join(CauseClass)}."
            raise InputError(f"{request.cause_class!r} is no class of causes", where="cdrs", mend=mend)
        if request.cause_class == CauseClass.ANSWERED:
            query = replace(query, answered_only=True)
        elif request.cause_class or request.causes:
            its = CauseClass(request.cause_class) if request.cause_class else None
            query = replace(query, ends=ends_of(its, frozenset(request.causes)))
        return replace(query, trunk=request.trunk)

    async def Show(self, request: pb.CallRef, context: Context) -> pb.CdrExplanation:
        """Show a leg by its id, or all legs of a call by any id of it, and why they were routed and charged so."""
        found = await self._leg_of(request) or await self._legs_of(request)
        why: list[str] = []
        for leg in found:
            why += await charge_lines(self._desk, leg)
        first_day = min(leg.leg.setup_ms for leg in found) // DAY_MS
        decided = await asyncio.to_thread(
            read_decisions, self._desk.home.decisions, found[0].leg.call_key, range(first_day - 1, first_day + 2)
        )
        for lines in decided:
            why += ["decision:", *(f"  {line}" for line in lines)]
        return pb.CdrExplanation(legs=[self._message(leg) for leg in found], why=why)

    async def Parked(self, request: pb.ParkedQuery, context: Context) -> pb.ParkedPage:
        """List parked records, newest first."""
        search = ParkedSearch(text=request.filter, limit=self._desk.page(request.limit), offset=request.offset)
        if request.call.call:
            meant = await meaning(self._desk, request.call)
            own = await asyncio.to_thread(keys_between, self._desk.reader, *meant.between) if meant.own else set()
            keys = tuple(own | meant.tried.keys())
            search = replace(search, keys=keys, sent_ids=meant.sent, switch=meant.switch)
        records, total = await asyncio.to_thread(find_parked, self._desk.reader, search)
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

    async def CloseLost(self, request: pb.CloseLostRequest, context: Context) -> pb.CloseLostReport:
        """Close legs that have been silent for too long, of one switch or of all."""
        return await self._desk.whole(self._close_lost(request))

    async def _close_lost(self, request: pb.CloseLostRequest) -> pb.CloseLostReport:
        if request.dry_run:
            done = await by_hand(self._desk, request.switch_id, dry_run=True)
        else:
            async with self._desk.jobs.running("close lost ends", request.switch_id or "all switches"):
                done = await by_hand(self._desk, request.switch_id)
        return pb.CloseLostReport(
            found=done.found,
            closed=done.closed,
            charged=values.money(done.units, self._desk.base_currency),
            legs=[self._message(FoundLeg(leg, "")) for leg in done.legs[:MOST]],
            faults=[*done.faults, *([f"and {more} more"] if (more := done.unrated - len(done.faults)) else [])],
        )

    def _message(self, found: FoundLeg) -> pb.Leg:
        name = self._desk.name_of(found.leg.destination)
        message = values.leg_message(found.leg, name, found.segment, self._desk.base_currency)
        message.equipment = self._desk.equipment(found.leg.switch)
        if found.alive_ms is not None:
            message.alive_ms = found.alive_ms
        message.overdue = found.leg.state is LegState.OPEN and found.leg.day_ms < self._desk.overdue_ms()
        return message

    async def _leg_of(self, request: pb.CallRef) -> list[FoundLeg]:
        """Return the leg whose id is given in full, if there is one."""
        text = request.call.strip()
        if request.switch_id or len(text) != KEY_DIGITS or set(text) - set(string.hexdigits):
            return []
        return (await self._desk.tasks.find_legs(LegQuery(leg_id=bytes.fromhex(text), limit=1)))[0]

    async def _legs_of(self, request: pb.CallRef) -> list[FoundLeg]:
        """Return the legs of one call. Raises NotFoundError where it has none."""
        meant = await meaning(self._desk, request)
        key = one_of(meant, (await calls_meant(self._desk, meant)).keys)
        found, _ = await self._desk.tasks.find_legs(LegQuery(call_keys=(key,), limit=self._desk.page(MOST)))
        if not found:
            what = f"nothing was reported of call {meant.text} that could be charged"
            raise NotFoundError(what, mend=f"`switchboard calls show {key.hex()}` tells what is known of it.")
        return found

"""Operators' service of live calls: found, told from request to postings, and ended."""

import asyncio
from typing import Any

import grpc
from ray.exceptions import RayError

from actors.desk import values
from actors.desk.call_keys import keys_in_books, meaning
from actors.desk.call_lookup import FoundCall, find_call
from actors.desk.core import Desk
from actors.desk.story import switch_of, tell
from actors.desk.vendor_legs import answered_ms, vendors_of
from actors.desk.why import charge_lines
from actors.refs import handle
from domain.cuts import CutOutcome, CutResult
from domain.directory import Switch
from domain.errors import InputError
from domain.holds import Hold, HoldMode
from domain.ids import CallKey, SwitchId
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services
from store.open_calls import ASKED, STARTED, CallSearch, find_calls

Context = grpc.aio.ServicerContext[Any, Any]
END_WAIT_S = 15.0
"""Longer than a node goes on telling a switch that does not answer."""


class CallsService(services.CallsServiceServicer):
    """Lists calls that may be running, tells one call's story, and ends calls."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def List(self, request: pb.PageRequest, context: Context) -> pb.OpenCalls:
        """List open calls whose number, client or trunk contains a text, oldest first."""
        limit = self._desk.page(request.limit)
        return await self._page(CallSearch(text=request.filter, limit=limit, offset=request.offset))

    async def Find(self, request: pb.CallQuery, context: Context) -> pb.OpenCalls:
        """List the open calls that match all that is given, oldest first."""
        if request.state not in ("", ASKED, STARTED):
            raise InputError(f"unknown state {request.state!r}", mend=f"Give {ASKED} or {STARTED}, or none.")
        search = CallSearch(
            number=request.number,
            client=request.client,
            vendor=request.vendor,
            trunk=request.trunk,
            destination=request.destination,
            switch=request.switch_id,
            state=request.state,
            keys=await self._keys(request),
            limit=self._desk.page(request.limit),
            offset=request.offset,
        )
        return await self._page(search)

    async def _keys(self, request: pb.CallQuery) -> frozenset[CallKey] | None:
        if not request.call.call:
            return None
        meant = await meaning(self._desk, request.call)
        return frozenset(await asyncio.to_thread(keys_in_books, self._desk, meant))

    async def Story(self, request: pb.CallRef, context: Context) -> pb.CallStory:
        """Tell one call from its request to its postings, while it runs and after."""
        call = await find_call(self._desk, request)
        why = [await charge_lines(self._desk, leg) for leg in call.legs]
        return tell(call, why, self._switch(switch_of(call)))

    async def Disconnect(self, request: pb.CallRef, context: Context) -> pb.Changed:
        """End a call by telling its switch. Raises InputError where the call is over or the switch cannot be told."""
        call = await find_call(self._desk, request)
        hold, switch = self._endable(call)
        result = await self._desk.whole(self._end(hold))
        if result.outcome is not CutOutcome.ENDED:
            mend = "End it at the switch; until then its hold stays, and what it reports is charged."
            raise InputError(f"switch {switch.id} {result.text}", where=f"call {hold.call_key.hex()}", mend=mend)
        return pb.Changed(what=f"call {hold.call_key.hex()} of {hold.partner} to {hold.b}: switch {switch.id} ended it")

    async def _end(self, hold: Hold) -> CutResult:
        """Have one node tell the switch, and note what became of it; another is asked only where the first was away."""
        result = await self._told(hold)
        await self._desk.note("end", "call", hold.call_key.hex(), f"{result.outcome}: {result.text}")
        return result

    async def _told(self, hold: Hold) -> CutResult:
        for node in self._desk.home.settings.node:
            try:
                async with asyncio.timeout(END_WAIT_S):
                    result: CutResult = await handle(node.name).disconnect.remote(hold)
                return result
            except (RayError, ValueError):
                continue
            except TimeoutError:
                what = f"may have been told: node {node.name} has not said what became of it in {END_WAIT_S:.0f} s"
                return CutResult(CutOutcome.NO_ANSWER, what)
        return CutResult(CutOutcome.NO_ANSWER, "was not told: no node answers")

    async def _page(self, search: CallSearch) -> pb.OpenCalls:
        reader = self._desk.reader
        holds, total = await asyncio.to_thread(find_calls, reader, search, self._desk.name_of)
        keys = [hold.call_key for hold in holds]
        vendors = await asyncio.to_thread(vendors_of, reader, keys)
        answered = await asyncio.to_thread(answered_ms, reader, keys)
        now_ms = self._desk.now_ms()
        calls = []
        for hold in holds:
            switch = self._switch(hold.switch)
            can_end = bool(switch and switch.recipe.can_disconnect)
            message = values.call_message(hold, self._desk.name_of(hold.destination), can_disconnect=can_end)
            if hold.mode not in (HoldMode.FIXED, HoldMode.EVENT):  # only then was the switch told a time
                begun_ms = answered.get(hold.call_key, hold.placed_ms) if hold.started else now_ms
                message.limit_ms = begun_ms + 1000 * hold.granted_s
            if leg := vendors.get(hold.call_key):
                message.vendor, message.pdd_ms = leg.vendor, leg.pdd_ms or 0
            calls.append(message)
        return pb.OpenCalls(calls=calls, total=total, now_ms=now_ms)

    def _switch(self, switch: str) -> Switch | None:
        world = self._desk.world
        return world.index.directory.switches.get(SwitchId(switch)) if world else None

    def _endable(self, call: FoundCall) -> tuple[Hold, Switch]:
        """Return the hold of a call that may run, and its switch, which can be told to end it."""
        where = f"call {call.key.hex()}"
        if not call.holds:
            raise InputError("it is not running", where=where, mend="`switchboard calls show` says what became of it.")
        # the call's, not that of an attempt which did not go through
        hold = max(call.holds, key=lambda hold: (hold.started, hold.placed_ms, hold.hold_id))
        switch = self._switch(hold.switch)
        if switch is None:
            raise InputError(f"its switch {hold.switch} is gone", where=where, mend="See `switchboard switches list`.")
        if not switch.recipe.can_disconnect:
            what = f"switch {switch.id} (recipe {switch.recipe.name}) cannot be told to end a call"
            mend = "End it at the switch; where it takes a Disconnect-Request (RFC 5176), set can_disconnect=true."
            raise InputError(what, where=where, mend=mend)
        return hold, switch

"""Operators' service of looking at rates: in two times, plans beside each other, vendors, margins. Changes nothing."""

from dataclasses import replace
from typing import Any

import grpc

from actors.desk import looking_messages as messages
from actors.desk.core import Desk
from actors.desk.lately import Lately
from actors.desk.looking_costs import real_costs
from actors.look_work import CompareLook, MarginLook, Offered, VendorsLook
from domain.code_ranges import CodeRange, after, ranges_of
from domain.differing import KINDS
from domain.errors import InputError, NotFoundError
from domain.ids import PlanId
from protos import looking_pb2 as pb
from protos import looking_pb2_grpc as services
from store.catalog import Catalog
from store.catalog.plans import Plan

Context = grpc.aio.ServicerContext[Any, Any]
RANGES = 300
"""So many ranges of codes at most may a name stand for in one question to the database."""


class LookingService(services.LookingServiceServicer):
    """Small look-ups are made in the catalog, what needs whole plans by a task; screens of many readers share one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._offered: Lately[Offered] = Lately()

    async def Find(self, request: pb.RatesQuery, context: Context) -> pb.KnownRates:
        """Return a page of a plan's rates, in force at a moment (else now or later), as known at one."""
        plan, now_ms = await self._plan(request.plan), self._desk.now_ms()
        known_ms = request.known_at_ms if request.HasField("known_at_ms") else None
        at_ms = request.valid_at_ms if request.HasField("valid_at_ms") else now_ms if request.in_force else None
        valid = (now_ms, None) if at_ms is None else (at_ms, at_ms + 1)
        limit = self._desk.page(request.limit)
        page = await self._desk.read(
            lambda catalog: catalog.rate_looks.page(
                plan.id,
                ranges=_ranges(catalog, request.text.strip(), now_ms),
                valid_ms=valid,
                known_at_ms=known_ms,
                limit=limit,
                offset=request.offset,
            )
        )
        seen_ms = now_ms if at_ms is None else at_ms
        rates = [messages.known_rate(one, self._desk.destination_name(one.row.code), seen_ms) for one in page.rates]
        return pb.KnownRates(plan=messages.plan(plan), rates=rates, total=page.total, now_ms=now_ms)

    async def Show(self, request: pb.NumberQuery, context: Context) -> pb.KnownRates:
        """Return the rates in force and to come of the codes that begin a number, the longest first."""
        plan, now_ms = await self._plan(request.plan), self._desk.now_ms()
        number = _digits(request.number)
        known_ms = request.known_at_ms if request.HasField("known_at_ms") else None
        found = await self._desk.read(lambda catalog: catalog.rate_looks.beginning(plan.id, number, known_ms))
        live = [one for one in found if one.row.valid_until_ms is None or one.row.valid_until_ms > now_ms]
        if not live:
            mend = f"`switchboard rates history {plan.id} {number}` tells what a code once had."
            raise NotFoundError(f"plan {plan.id} has no rate for {number}, now or to come", mend=mend)
        counting = next((one.row.code for one in live if one.row.valid_at(now_ms)), "")
        rates = [
            messages.known_rate(one, self._desk.destination_name(one.row.code), now_ms, counting)
            for one in live[: self._desk.page(200)]
        ]
        return pb.KnownRates(plan=messages.plan(plan), rates=rates, total=len(live), now_ms=now_ms)

    async def History(self, request: pb.HistoryQuery, context: Context) -> pb.KnownRates:
        """Return all that was ever known of a code."""
        plan, now_ms = await self._plan(request.plan), self._desk.now_ms()
        code, limit = _digits(request.code), self._desk.page(request.limit)
        page = await self._desk.read(
            lambda catalog: catalog.rate_looks.history(plan.id, code, limit=limit, offset=request.offset)
        )
        if not page.total:
            mend = f"`switchboard rates show {plan.id} {code}` tells which code has its numbers."
            raise NotFoundError(f"plan {plan.id} never had a rate for code {code}", mend=mend)
        name = self._desk.destination_name(code)
        rates = [messages.known_rate(one, name, now_ms) for one in page.rates]
        return pb.KnownRates(plan=messages.plan(plan), rates=rates, total=page.total, now_ms=now_ms)

    async def Compare(self, request: pb.CompareQuery, context: Context) -> pb.PlanDifferences:
        """Return what differs between two plans."""
        if request.kind and request.kind not in KINDS:
            raise InputError(f"there is no difference of the kind {request.kind!r}", mend=f"Give {', '.join(KINDS)}.")
        look = CompareLook(
            plan=PlanId(request.plan),
            other=PlanId(request.other),
            at_ms=request.at_ms if request.HasField("at_ms") else self._desk.now_ms(),
            text=request.text.strip(),
            kind=request.kind,
            by_destination=request.by_destination,
            limit=self._desk.page(request.limit),
            offset=request.offset,
        )
        return messages.differences(await self._desk.tasks.compare_plans(look), look)

    async def Vendors(self, request: pb.VendorsQuery, context: Context) -> pb.VendorPage:
        """Return all vendors side by side, with the real cost where enough calls are known."""
        text = request.text.strip().removeprefix("+")
        if not text:
            raise InputError("nothing is asked for", mend="Give a destination, a code or a number.")
        look = VendorsLook(
            text=text,
            at_ms=request.at_ms if request.HasField("at_ms") else self._desk.now_ms(),
            caller=request.caller.strip().removeprefix("+") if request.HasField("caller") else None,
            limit=self._desk.page(request.limit),
            offset=request.offset,
        )
        asked = replace(look, at_ms=look.at_ms if request.HasField("at_ms") else -1)  # now is that of some seconds
        world = self._desk.world.index if self._desk.world is not None else None
        found = await self._offered.get(asked, world, lambda: self._desk.tasks.compare_vendors(look))
        plans: dict[str, Plan] = {plan.id: plan for plan in await self._desk.read(lambda catalog: catalog.plans.list())}
        costs = await real_costs(self._desk, found.page, plans, look.at_ms)
        return messages.vendors(found, look, plans, costs, self._desk.base_currency)

    async def Margin(self, request: pb.MarginQuery, context: Context) -> pb.MarginPage:
        """Return what a sell plan earns by code."""
        look = MarginLook(
            plan=PlanId(request.plan),
            at_ms=request.at_ms if request.HasField("at_ms") else self._desk.now_ms(),
            digits=_digits(request.code) if request.code else "",
            under_water=request.under_water,
            limit=self._desk.page(request.limit),
            offset=request.offset,
        )
        return messages.margins(await self._desk.tasks.plan_margin(look), look, self._desk.base_currency)

    async def _plan(self, plan: str) -> Plan:
        return await self._desk.read(lambda catalog: catalog.plans.get(PlanId(plan)))


def _digits(text: str) -> str:
    """Read a code or a number. Raises InputError."""
    found = text.strip().removeprefix("+")
    if not (found.isascii() and found.isdigit() and len(found) <= 15):
        raise InputError(f"{text!r} is no code and no number", mend="Give 1 to 15 digits.")
    return found


def _ranges(catalog: Catalog, text: str, now_ms: int) -> list[CodeRange] | None:
    """Return which codes a text stands for: first digits, or part of a destination's name; None: all."""
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return [(text, after(text))]
    book = catalog.codes.book(now_ms)
    wanted = {one.id for one in book.destinations.values() if text.casefold() in one.name.casefold()}
    found = ranges_of((code, owner in wanted) for code, owner in book.codes())
    if len(found) > RANGES:
        raise InputError(f"{text!r} is part of too many destinations' names", mend="Give more of the name.")
    return found

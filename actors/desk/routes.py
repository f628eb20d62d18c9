"""Operators' service of watched routes: how they stand, orders by hand, events."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import fields
from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.route_rounds import RouteRounds
from actors.tokens import caller
from domain.errors import InputError
from domain.ids import DestinationId, PartnerId
from domain.kept_route import KeptState, word_of
from domain.money import decimal_text
from domain.route_states import Measured, Standing
from domain.route_watch import Watch
from protos import routes_pb2 as pb
from protos import routes_pb2_grpc as services
from protos.operators_pb2 import Changed
from store.catalog import Catalog
from store.catalog.route_states import WrittenEvent

LONGEST_WHY = 200
ORDERS = ("out", "in", "probe")
BY_HAND = "by hand"
Context = grpc.aio.ServicerContext[Any, Any]


class RoutesService(services.RoutesServiceServicer):
    """Shows how routes stand, and puts them out, in, or to the test."""

    def __init__(self, desk: Desk, rounds: RouteRounds) -> None:
        self._desk, self._rounds = desk, rounds

    async def States(self, request: pb.RouteStatesQuery, context: Context) -> pb.RouteStates:
        """List how routes stand, one held by hand once; those that are simply active where all are asked for."""
        states = await self._rounds.states(request.all)
        held = {(one.vendor, one.destination): one.standing for one, _, _ in states if one.watch is None}
        found = [
            (state, measures, calls)
            for state, measures, calls in states
            if (request.all or state.standing is not Standing.ACTIVE)
            and (state.watch is None or held.get((state.vendor, state.destination)) is not state.standing)
            and self._wanted(request.vendor, request.destination, state.vendor, state.destination)
        ]
        page = found[request.offset : request.offset + self._desk.page(request.limit)]
        return pb.RouteStates(states=[self._state(*one) for one in page], total=len(found))

    async def Order(self, request: pb.RouteOrder, context: Context) -> Changed:
        """Take a route out, back in, or try it now."""
        _check(request)
        who, until_ms = caller(), request.until_ms if request.HasField("until_ms") else None
        now_ms = self._desk.now_ms()
        if until_ms is not None and until_ms <= now_ms:
            raise InputError("the order would be over already", where="until", mend="Give a moment to come.")
        destination = await self._desk.read(lambda catalog: catalog.limits.destination(request.destination))
        vendor, standing = PartnerId(request.vendor), _standing(request.order, until_ms)
        state = KeptState(None, vendor, destination, standing, now_ms, request.why, until_ms)

        def order(catalog: Catalog) -> None:
            catalog.route_states.order(state, who=who, at_ms=now_ms)

        await self._rounds.states()  # nothing is ordered where quality-0 could not hear of it
        await self._desk.write(order)
        changed = await self._rounds.order((vendor, destination), standing, request.why, until_ms, who)
        named = f"{vendor} to {self._desk.name_of(destination)}"
        if not changed:
            nothing = {"probe": "no policy watches it: there is nothing to try it by", "in": "it was not out"}
            return Changed(what=f"{named}: {nothing.get(request.order, 'it was so already')}")
        return Changed(what=f"{named}: {_done(request.order, until_ms)}")

    async def Events(self, request: pb.RouteEventsQuery, context: Context) -> pb.RouteEvents:
        """List what happened, the last first."""
        limit = self._desk.page(request.limit)

        def question(catalog: Catalog) -> tuple[list[WrittenEvent], int]:
            return catalog.route_states.events(
                vendor=request.vendor, destination=request.destination, limit=limit, offset=request.offset
            )

        events, total = await self._desk.read(question)
        return pb.RouteEvents(events=[self._event(one) for one in events], total=total)

    async def Watch(self, request: pb.RouteEventsQuery, context: Context) -> AsyncIterator[pb.RouteEventEntry]:
        """Tell what happens from now on."""
        async for one in self._rounds.listen():
            if self._wanted(request.vendor, request.destination, one.vendor, one.destination):
                yield self._event(one)

    def _wanted(self, vendor: str, part: str, its: PartnerId, where: DestinationId) -> bool:
        return vendor in ("", its) and part.lower() in self._desk.name_of(where).lower()

    def _state(self, state: KeptState, measures: tuple[Measured, ...], calls: int) -> pb.RouteStateEntry:
        return pb.RouteStateEntry(
            vendor=state.vendor,
            destination=state.destination,
            destination_name=self._desk.name_of(state.destination),
            watch=watch_text(state.watch),
            standing=state.stands,
            since_ms=state.since_ms,
            until_ms=state.until_ms,
            why=state.why,
            batch=state.batch,
            calls=calls,
            measures=_measures(measures),
        )

    def _event(self, one: WrittenEvent) -> pb.RouteEventEntry:
        event = one.event
        return pb.RouteEventEntry(
            number=one.number,
            at_ms=event.at_ms,
            vendor=one.vendor,
            destination=one.destination,
            destination_name=self._desk.name_of(one.destination),
            watch=watch_text(one.watch),
            before=word_of(event.before, one.watch),
            after=word_of(event.after, one.watch),
            why=event.why,
            measures=_measures(event.measured),
            until_ms=event.until_ms,
            who=one.who,
        )


def watch_text(watch: Watch | None) -> str:
    """Return a watch as it is written: what it says beyond the usual."""
    if watch is None:
        return BY_HAND
    usual = Watch()
    said = ((one.name, getattr(watch, one.name)) for one in fields(watch))
    return " ".join(_shown(name, value) for name, value in said if value != getattr(usual, name))


def _shown(name: str, value: Any) -> str:
    if name == "probe_units":
        return f"probe_money={decimal_text(value)}"
    return f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"


def _measures(measures: Iterable[Measured]) -> list[pb.RouteMeasure]:
    return [
        pb.RouteMeasure(
            name=one.measure.value,
            value=one.value,
            low=one.low,
            high=None if one.high == float("inf") else one.high,
            calls=one.calls,
        )
        for one in measures
    ]


def _check(request: pb.RouteOrder) -> None:
    where = f"{request.vendor} to {request.destination}"
    if request.order not in ORDERS:
        raise InputError(f"{request.order!r} is no order", where=where, mend=f"Give one of {', '.join(ORDERS)}.")
    if not request.why.strip():
        raise InputError("no reason is given", where=where, mend="Say why: who reads the events wants to know.")
    if len(request.why) > LONGEST_WHY:
        raise InputError(f"the reason has {len(request.why)} letters", where=where, mend=f"{LONGEST_WHY} at most.")
    if request.order == "probe" and request.HasField("until_ms"):
        raise InputError("a batch of tries ends by itself", where=where, mend="Leave the moment out.")


def _standing(order: str, until_ms: int | None) -> Standing:
    match order:
        case "out":
            return Standing.LOCKED_OUT
        case "probe":
            return Standing.PROBING
        case _:
            return Standing.ACTIVE if until_ms is None else Standing.LOCKED_IN


def _done(order: str, until_ms: int | None) -> str:
    match order:
        case "out":
            return "out" + (", until another order" if until_ms is None else "; it comes back by itself")
        case "probe":
            return "a batch of tries begins"
        case _:
            return "back in, watched as before" if until_ms is None else "in, whatever its calls say"

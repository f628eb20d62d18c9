"""Operators' service of quotes and explained routes."""

from dataclasses import replace
from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.limit_use import gate_of
from actors.desk.loss_use import losses_now
from actors.desk.portability import looked_up
from actors.desk.shards import Away, ask_shard, said_of
from actors.desk.values import money
from actors.gateways.grpc_values import decision_message
from actors.node import Authorized, asking
from domain.attribution import caller_by, caller_of
from domain.calls import CallSetup, Door, Passport, Verdict
from domain.causes import Cause, ParkCause
from domain.commands import Granted, PlaceHold
from domain.decisions import Decision
from domain.directory import Direction, Outage, Recipe, Trunk
from domain.errors import InputError, NotFoundError
from domain.holds import HoldMode
from domain.ids import PartnerId, PlanId, SwitchId, TrunkId
from domain.intervals import ColumnPlan, flatten
from domain.money import Money, half_away
from domain.rates import Unit
from domain.rating import SCALED, explain, rate
from domain.routing import decide
from domain.stir import LEVELS
from domain.units import SCALE
from domain.world import World
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services
from protos import switch_pb2

Context = grpc.aio.ServicerContext[Any, Any]


class RoutingService(services.RoutingServiceServicer):
    """Quotes a call from a plan's whole history; explains how a call would be routed now."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def Quote(self, request: pb.QuoteRequest, context: Context) -> pb.QuoteReply:
        """Rate a call that need not have happened."""
        plan = await self._desk.read(lambda catalog: catalog.plans.get(PlanId(request.plan)))
        rows = await self._desk.read(lambda catalog: catalog.plans.rates_for(plan.id, request.to))
        codes = await self._desk.read(lambda catalog: catalog.origins.of(plan.id))
        table = ColumnPlan(flatten(rows), plan.rules, plan.version, origin_codes=codes)
        at_ms = request.at_ms or self._desk.now_ms()
        volume = sum(request.octets) if request.octets else None
        if plan.rules.unit is Unit.EVENT:
            volume = request.events if request.HasField("events") else 1
        charge = rate(table, request.to, at_ms, at_ms, request.seconds * 1000, volume, request.caller)
        if charge is ParkCause.BAD_VOLUME:
            raise InputError(f"plan {plan.id} is sold by the megabyte", mend="Say how many octets: --octets 1048576.")
        if isinstance(charge, ParkCause):
            whom = f" and {_whose(table, request.caller, at_ms)}" if table.callers is not None else ""
            raise NotFoundError(
                f"plan {plan.id} has no rate for {request.to}{whom} at that time", mend="See `switchboard plans show`."
            )
        parts = [
            pb.ChargePart(
                what=part.what,
                from_s=part.from_s,
                seconds=part.seconds,
                price_units=half_away(part.price, SCALE[charge.unit]) if part.what in SCALED else part.price,
                rate_type=part.rate_type,
            )
            for part in charge.parts
        ]
        return pb.QuoteReply(
            code=charge.code,
            destination=self._desk.destination_name(request.to),
            billed_s=charge.billed_s,
            charge=money(charge.units, charge.currency),
            rate_type=charge.rate_type,
            plan_version=charge.plan_version,
            parts=parts,
            explanation=[*_callers(table, request.caller, at_ms), *explain(charge, request.octets)],
            unit=charge.unit.value,
            billed_volume=charge.billed_volume,
            origin=charge.origin,
        )

    async def Explain(self, request: pb.RouteRequest, context: Context) -> switch_pb2.Decision:
        """Decide as a node would, without a hold, and say why."""
        world = await world_of(self._desk)
        setup, trunk = setup_of(self._desk, world, request)
        setup = await looked_up(setup, world)
        gate, uncounted = await gate_of(self._desk, world.index.directory)
        decision = decide(setup, world, gate=gate, losses=await losses_now(self._desk, world.index.directory))
        check_trunk(request, trunk, decision)
        message = await weighed(self._desk, request, decision, setup, world, uncounted)
        given = request.routing_number.removeprefix("+")
        if given and given != decision.routing_number:
            why = f"trunk {trunk.id} has portability={trunk.options.portability}"
            message.explanation.append(f"routing number {given} does not count: {why}")
        return message


async def world_of(desk: Desk) -> World:
    """Return the world with the quality of now. Raises InputError where nothing is published."""
    world = await desk.fresh_world()
    if world is None:
        raise InputError("nothing is published yet", mend="Add a partner, a trunk and a plan first.")
    return world


def setup_of(desk: Desk, world: World, request: pb.RouteRequest) -> tuple[CallSetup, Trunk]:
    """Return a call as it would come by the trunk that is asked for. Raises InputError, NotFoundError."""
    trunk = trunk_of(world, PartnerId(request.client), request.trunk)
    setup = CallSetup(
        door=Door.GRPC,
        switch=trunk.switch or SwitchId(""),
        call_id=b"",
        source=trunk.host,
        caller=request.caller,
        called=trunk.rules.tech_prefix + request.to,
        at_ms=request.at_ms or desk.now_ms(),
        trunk_hint=trunk.name,
        user=trunk.options.auth_user,
        routing_number=request.routing_number,
    )
    return replace(setup, passports=_proving(request.attestation, setup, trunk)), trunk


def _proving(attestation: str, setup: CallSetup, trunk: Trunk) -> tuple[Passport, ...]:
    """Return the identity that proves the caller's number so; none where nothing is asked."""
    if not attestation:
        return ()
    if attestation not in tuple(LEVELS):
        raise InputError(f"{attestation!r} is no attestation", where="attestation", mend="Give A, B or C.")
    a = caller_of(caller_by(setup, trunk.options), trunk.rules, trunk.options.service)
    if not a:
        raise InputError("nobody's number is proved", where="attestation", mend="Give the caller's number too.")
    return (Passport(Verdict.VALID, attestation, a, ("".join(filter(str.isdecimal, setup.called)),)),)


def check_trunk(request: pb.RouteRequest, trunk: Trunk, decision: Decision) -> None:
    """Raise InputError where such a call would come by another trunk than the one that is named."""
    if request.trunk and decision.trunk not in (None, trunk.id):
        mend = "It has a tech prefix that the number begins with: give the number otherwise, or that trunk."
        raise InputError(f"such a call comes by trunk {decision.trunk}", where=f"trunk {trunk.id}", mend=mend)


async def weighed(
    desk: Desk, request: pb.RouteRequest, decision: Decision, setup: CallSetup, world: World, uncounted: list[Away]
) -> switch_pb2.Decision:
    """Return a decision as a message, with what the client's book would answer where the call would be now."""
    message = decision_message(Authorized(decision), None)
    if decision.refusal is None and not request.at_ms:
        await _weigh(desk, decision, setup, world, message)
    message.explanation.extend(f"{said_of(one)}: calls that its books count are left out here" for one in uncounted)
    return message


async def _weigh(desk: Desk, decision: Decision, setup: CallSetup, world: World, message: switch_pb2.Decision) -> None:
    """Say what the client's book would answer: whether it has the money, and for how long. The routes stay."""
    directory, placement = world.index.directory, desk.home.placement
    switch = directory.switches.get(setup.switch)
    recipe = switch.recipe if switch is not None else Recipe("any")
    command = asking(decision, recipe, setup, directory, desk.home.settings.limits)
    shard = placement.shard_of_book(placement.book_of_partner(command.partner))
    reply = await ask_shard(desk, shard, lambda actor: actor.would_grant.remote(command))
    if isinstance(reply, Granted):
        left, held = Money(reply.left, command.currency), Money(reply.amount, command.currency)
        message.granted_s = reply.seconds
        message.held.CopyFrom(money(held.units, held.currency))
        text = f"money: {left} is left, {held} of it would be held" + _time(command, reply)
        message.explanation.append(text)
        return
    cause, detail = Cause.BALANCE_UNAVAILABLE, ""
    if isinstance(reply, Away):
        detail = f"{said_of(reply)}: the balance is not known"
        if directory.partners[command.partner].outage is Outage.TRUST:
            message.explanation.append(f"{detail}; a few calls are trusted by the contract")
            return
    else:
        cause, detail = reply.cause, reply.detail
    message.admitted, message.cause, message.detail = False, cause.value, detail
    message.explanation.insert(0, f"refused: {cause}" + (f", {detail}" if detail else ""))


def _callers(table: ColumnPlan, caller: str, at_ms: int) -> list[str]:
    """Say who calls, where the rates of the plan depend on it."""
    return [] if table.callers is None else [_whose(table, caller, at_ms)]


def _whose(table: ColumnPlan, caller: str, at_ms: int) -> str:
    group = table.callers.group_of(caller, at_ms) if table.callers is not None else ""
    said = f"caller {caller}" if caller else "a caller without a number"
    return f"{said}, origin group {group}" if group else f"{said}, rated as any caller"


def _time(command: PlaceHold, reply: Granted) -> str:
    if command.mode is HoldMode.FIXED:
        return ""  # the switch is told no time
    return f", {reply.seconds:,} s would be granted"


def trunk_of(world: World, client: PartnerId, named: str) -> Trunk:
    """Return the incoming trunk that is named, closed or not, else the first open one of the client."""
    directory = world.index.directory
    if named:
        trunk = directory.trunks.get(TrunkId(named))
        if trunk is None or trunk.direction is not Direction.IN or client not in ("", trunk.partner):
            whose = f" of {client}" if client else ""
            raise NotFoundError(f"there is no incoming trunk {named!r}{whose}", mend="See `switchboard trunks list`.")
        return trunk
    if not client:
        raise InputError("neither a partner nor a trunk is given", where="route", mend="Give --from or --trunk.")
    if client not in directory.partners:
        raise NotFoundError(f"partner {client!r} is not known", mend="See `switchboard partners list`.")
    for trunk in directory.trunks.values():
        if trunk.partner == client and trunk.direction is Direction.IN and trunk.enabled:
            return trunk
    raise NotFoundError(f"partner {client} has no incoming trunk", mend="Add one with `switchboard trunks add`.")

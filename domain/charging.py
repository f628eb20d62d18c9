"""What a switch reports becomes a charged leg: attribute, normalise, rate at connect time, convert (DESIGN §2).

What cannot be attributed or rated is parked with its cause and its raw report; it is never guessed, never at zero.
A leg that is still open is not charged, so it waits for nothing but its partner.
"""

from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from typing import Any

from domain.attribution import caller_of
from domain.calls import CallReport, Door, Leg, LegState, Parked, ReportKind, Side
from domain.causes import ParkCause
from domain.directory import Partner, Recipe, Switch, Trunk
from domain.fx import to_base
from domain.ids import NO_USER, EndUserId, PlanId, call_key
from domain.leg_times import LegTimes, times_of
from domain.money import Currency
from domain.moved_numbers import looks_up, rated_as, source_of_leg
from domain.numbers import Dialled, dialled, printable
from domain.portability import PortedSource
from domain.rates import ANY_TIME, PlanTable, Service, Unit
from domain.rating import rate
from domain.reading import leg_identity
from domain.reading_times import ANSWERED_CAUSES
from domain.report_json import report_from_json as report_from_json
from domain.report_json import report_to_json as report_to_json
from domain.services import carries, event_times, is_service_code, reported_number, volume_of
from domain.targets import mark_told
from domain.units import PRICED, measured
from domain.world import NO_DESTINATION, World

MOST_UNITS = 2**63 - 1
"""What a column of a book or of a segment holds."""
SAME_END_MS = 60_000
"""Two ends of one leg within a minute, that say nothing else, are one."""
_ENDS = (ReportKind.STOP, ReportKind.ATTEMPT)
_NO_RECIPE = Recipe("")


@dataclass(frozen=True, slots=True)
class _Fault:
    cause: ParkCause
    detail: str


@dataclass(slots=True)  # not frozen, which would double its making; it is made once a leg and never changed
class _Price:
    """The money of a leg, with the fields of Leg that it fills."""

    plan: PlanId
    plan_version: int
    currency: Currency
    code: str = ""
    rate_type: str = ANY_TIME
    price: int = 0
    billed_s: int = 0
    charge: int = 0
    fx: int = 0
    base_charge: int = 0
    unit: Unit = Unit.SECOND
    billed_volume: int = 0


@dataclass(slots=True)
class _Event:
    """What is rated: a call, session or message. `volume`: octets or messages; None where the switch does not say.

    `a`: the caller as the leg has it, by which plans with origin groups price it.
    `rated`: the number by which it is rated: `b`, or the routing number of a ported one where the trunk believes it.
    """

    side: Side
    trunk: Trunk
    a: str
    b: str
    rated: str
    times: LegTimes
    volume: int | None


def charge_report(report: CallReport, world: World, *, alone: bool = False) -> Leg | Parked:
    """Turn a report into a leg in normal form: OPEN and uncharged after a start or interim, CLOSED at its end.

    `alone`: its start has been looked for, and there is none; an end that says by itself that the call failed is then
    taken by its word. Parked: NO_SWITCH, NO_TRUNK, NO_VENDOR, BAD_NUMBER, BAD_TIME, BAD_VOLUME, NO_START (see
    charge_end); at its end also NO_PLAN, NO_RATE, NO_FX, and NOT_LOOKED_UP where a source that calls wait for was not
    asked first (see asks_elsewhere).
    """
    outcome = _leg(report, world, alone=alone)
    return _parked(report, world, outcome) if isinstance(outcome, _Fault) else outcome


def asks_elsewhere(report: CallReport, world: World) -> tuple[PortedSource, str] | None:
    """Return the source that has to be asked over a network before a report is charged, and about which number."""
    switch = world.index.directory.switches.get(report.switch)
    said = dialled(report.called, report.routing_number)
    trunk = None if switch is None else _trunk(report, said.number, switch, world)
    if not isinstance(trunk, Trunk) or report.looked_up is not None:
        return None
    b = reported_number(said.number, report.side, trunk)
    source = None if b is None else source_of_leg(b, said, trunk, world, _handed(report))
    return None if source is None or b is None else (source, b)


def charge_end(report: CallReport, started: Leg, world: World) -> Leg | Parked:
    """Charge the end of a leg whose report says only when and why it ended: all else is as its start said.

    An end that comes again gives the leg as it is: without a time of its own, it is dated by its arrival.
    Parked: NO_TRUNK, NO_VENDOR, BAD_TIME, NO_PLAN, NO_RATE, NO_FX.
    """
    outcome = _ended(report, started, world)
    return _parked(report, world, outcome) if isinstance(outcome, _Fault) else outcome


def charge_lost(leg: Leg, alive_ms: int, world: World) -> Leg | str:
    """Close a leg whose end never came (PARTIAL), as long as it is known to have run; `alive_ms`: last heard of then.

    One of which nothing but its start was heard lasted no time that is known, and costs none. Returned in words: why
    it cannot be rated.
    """
    trunk = world.index.directory.trunks.get(leg.trunk)
    if trunk is None:
        return f"trunk {leg.trunk}, by which it started, is not in the directory"
    ended_ms = max(leg.setup_ms, leg.alert_ms or 0, alive_ms) if leg.connect_ms is None else leg.connect_ms
    times = LegTimes(leg.setup_ms, leg.alert_ms, leg.connect_ms, ended_ms + leg.duration_ms, leg.duration_ms)
    price = _price(_Event(leg.side, trunk, leg.a, leg.b, leg.routing_number or leg.b, times, leg.volume), world)
    if isinstance(price, _Fault):
        return f"{price.cause}: {price.detail}"
    return _closed(leg, price, state=LegState.PARTIAL, disconnect_ms=times.disconnect_ms)


def _closed(started: Leg, price: _Price, **how: Any) -> Leg:
    return replace(started, **how, **{field.name: getattr(price, field.name) for field in fields(_Price)})


def _waits(report: CallReport, recipe: Recipe, trunk: Trunk | _Fault, *, alone: bool) -> bool:
    """Whether a report must be completed from its leg's start: it names neither answer nor duration.

    A Stop of any switch: the recipe may have changed since the start. Files say in so many words what was not answered,
    messages last no time, and what moved octets is charged by them.
    """
    if report.connect_ms is not None or report.duration_ms is not None:
        return False
    if recipe.stop_is_bare:
        return report.kind in (ReportKind.STOP, ReportKind.INTERIM)
    if report.kind is not ReportKind.STOP or report.door is Door.FILE:
        return False
    if isinstance(trunk, Trunk) and trunk.options.service is not Service.VOICE:
        return False
    return not (alone and (report.cause not in ANSWERED_CAUSES or report.door is Door.GRPC))


def _is_same_end(report: CallReport, known: Leg) -> bool:
    if known.state is not LegState.CLOSED or report.disconnect_ms is None or known.disconnect_ms is None:
        return False
    return abs(report.disconnect_ms - known.disconnect_ms) < SAME_END_MS and report.cause == known.cause


def _ended(report: CallReport, started: Leg, world: World) -> Leg | _Fault:
    trunk = world.index.directory.trunks.get(started.trunk)
    if trunk is None:
        cause = ParkCause.NO_TRUNK if started.side is Side.CLIENT else ParkCause.NO_VENDOR
        return _Fault(cause, f"trunk {started.trunk}, by which it started, is not in the directory")
    if report.kind is ReportKind.INTERIM:
        return _going_on(report, started)
    if _is_same_end(report, started):
        return started
    known = replace(report, setup_ms=started.setup_ms, alert_ms=started.alert_ms, connect_ms=started.connect_ms)
    times = event_times(known, trunk.options.service)
    if isinstance(times, str):
        return _Fault(ParkCause.BAD_TIME, times)
    event = _Event(started.side, trunk, started.a, started.b, started.routing_number or started.b, times, None)
    price = _price(event, world)
    if isinstance(price, _Fault):
        return price
    return _closed(
        started,
        price,
        state=LegState.CLOSED,
        disconnect_ms=times.disconnect_ms,
        duration_ms=times.duration_ms,
        cause=report.cause,
        release=report.release,
    )


def _going_on(report: CallReport, started: Leg) -> Leg | _Fault:
    """Return a leg that still runs, with how long it has by the moment of its interim."""
    known = replace(report, setup_ms=started.setup_ms, alert_ms=started.alert_ms, connect_ms=started.connect_ms)
    started = replace(started, disconnect_ms=None, billed_s=0, billed_volume=0, charge=0, base_charge=0)
    at_ms = report.received_ms if report.event_ms is None else report.event_ms
    if started.connect_ms is None or at_ms < started.connect_ms:
        return replace(started, state=LegState.OPEN, duration_ms=0)
    times = times_of(replace(known, disconnect_ms=at_ms))
    if isinstance(times, str):
        return _Fault(ParkCause.BAD_TIME, times)
    return replace(started, state=LegState.OPEN, duration_ms=times.duration_ms)


def _leg(report: CallReport, world: World, *, alone: bool) -> Leg | _Fault:
    switch = world.index.directory.switches.get(report.switch)
    if switch is None:
        return _Fault(ParkCause.NO_SWITCH, f"switch {report.switch} is not in the directory")
    said = dialled(report.called, report.routing_number)
    trunk = _trunk(report, said.number, switch, world)
    if _waits(report, switch.recipe, trunk, alone=alone):
        return _Fault(ParkCause.NO_START, "it says only when the call ended, and the start is not here yet")
    if isinstance(trunk, _Fault):
        return trunk
    event = _event(report, said, trunk, world)
    if isinstance(event, _Fault):
        return event
    price = (_price if report.kind in _ENDS else _open)(event, world)
    return price if isinstance(price, _Fault) else _built(report, switch, event, price, world)


def _event(report: CallReport, said: Dialled, trunk: Trunk, world: World) -> _Event | _Fault:
    service = trunk.options.service
    if not carries(trunk, report.service):
        return _Fault(ParkCause.NO_TRUNK, f"trunk {trunk.id} carries {service}, this is {report.service}")
    b = reported_number(said.number, report.side, trunk)
    if b is None:
        return _Fault(ParkCause.BAD_NUMBER, f"called {report.called[:40]!r} by the rules of trunk {trunk.id}")
    times = event_times(report, service)
    if isinstance(times, str):
        return _Fault(ParkCause.BAD_TIME, times)
    volume = volume_of(report, service)
    if isinstance(volume, str):
        return _Fault(ParkCause.BAD_VOLUME, volume)
    handed = _handed(report)
    known = handed or said.routing_number or said.dipped or looks_up(trunk, world)
    rated = rated_as(b, said, trunk, world, report.looked_up, handed) if known else ""
    if rated is None and report.kind in _ENDS:
        return _Fault(ParkCause.NOT_LOOKED_UP, f"whether {b} has moved was not said by its server")
    a = caller_of(report.caller, trunk.rules, service)
    return _Event(report.side, trunk, a, b, rated or b, times, volume)


def _handed(report: CallReport) -> str | None:
    """Return which routing number the vendor of a leg was told, as far as its mark says."""
    return mark_told(report.mark) if report.side is Side.VENDOR and report.mark else None


def _built(report: CallReport, switch: Switch, event: _Event, price: _Price, world: World) -> Leg:
    trunk, times, b = event.trunk, event.times, event.b
    destination = None if is_service_code(b, trunk) else world.codes.destination_of(event.rated)
    ended = report.kind in _ENDS
    key = call_key(report.switch, report.call_id)
    return Leg(
        leg_id=leg_identity(report, switch.recipe, key),
        call_key=key,
        side=report.side,
        state=LegState.CLOSED if ended else LegState.OPEN,
        switch=report.switch,
        partner=trunk.partner,
        trunk=trunk.id,
        attempt=report.attempt,
        a=event.a,
        b=b,
        destination=destination or NO_DESTINATION,
        code=price.code,
        setup_ms=times.setup_ms,
        alert_ms=times.alert_ms,
        connect_ms=times.connect_ms,
        disconnect_ms=times.disconnect_ms,
        duration_ms=times.duration_ms,
        billed_s=price.billed_s,
        cause=report.cause,
        release=report.release,
        plan=price.plan,
        plan_version=price.plan_version,
        rate_type=price.rate_type,
        price=price.price,
        currency=price.currency,
        charge=price.charge,
        fx=price.fx,
        base_charge=price.base_charge,
        service=trunk.options.service,
        unit=price.unit,
        volume=event.volume or 0,
        billed_volume=price.billed_volume,
        routing_number=event.rated if event.rated != b else "",
        end_user=_end_user(report, trunk, event.a, world),
    )


def _end_user(report: CallReport, trunk: Trunk, a: str, world: World) -> EndUserId:
    """Return whose call it is among the client's end users, whether he was known when it was asked about or not."""
    if report.side is Side.VENDOR or trunk.partner not in world.index.directory.end_users:
        return NO_USER
    found = world.index.end_user_of(trunk, (report.user,), a)
    return found.id if found is not None else NO_USER


def _trunk(report: CallReport, called: str, switch: Switch, world: World) -> Trunk | _Fault:
    index = world.index
    if report.side is Side.CLIENT:
        sources = (report.remote, switch.address)
        trunk = index.reported_trunk(report.switch, sources, called, report.trunk_hint, report.user)
        if trunk is not None:
            return trunk
        source = " or ".join(filter(None, sources))
        from_where = f"switch {report.switch}, source {source}, trunk name {report.trunk_hint!r}"
        return _Fault(ParkCause.NO_TRUNK, from_where)
    trunk = index.vendor_trunk(report.mark, report.remote, report.remote_port, called, report.trunk_hint)
    if trunk is not None:
        return trunk
    to_where = f"mark {report.mark!r}, trunk name {report.trunk_hint!r}, remote {report.remote}:{report.remote_port}"
    return _Fault(ParkCause.NO_VENDOR, to_where)


def _table(side: Side, trunk: Trunk, world: World) -> tuple[Partner, PlanId | None, PlanTable | None]:
    partner, plan = world.index.partner_of(trunk), world.index.plan_of(side, trunk)
    return partner, plan, world.plans.get(plan) if plan else None


def _price(event: _Event, world: World) -> _Price | _Fault:
    times, b = event.times, event.rated
    partner, plan, table = _table(event.side, event.trunk, world)
    if plan is None:
        return _Fault(ParkCause.NO_PLAN, f"{partner.id} has no plan for its {event.side} side")
    if table is None:
        return _Fault(ParkCause.NO_RATE, f"plan {plan} has no rates")
    volume = measured(table.rules.unit, event.trunk.options.service, event.volume)
    charge = rate(table, b, times.connect_ms, times.setup_ms, times.duration_ms, volume, event.a)
    if charge is ParkCause.BAD_VOLUME:
        return _Fault(charge, f"plan {plan} sells {PRICED[table.rules.unit]}, and the record names no octets")
    if isinstance(charge, ParkCause):
        whom = f" and its caller {event.a or '(none)'}" if table.callers is not None else ""
        detail = f"plan {plan} version {table.version} has no rate for {b}{whom} at the time of the call"
        return _Fault(charge, detail)
    at_ms = times.setup_ms if times.connect_ms is None else times.connect_ms
    fx = world.index.fx.rate_at(charge.currency, at_ms)
    if fx is None:
        return _Fault(ParkCause.NO_FX, f"no rate of {charge.currency} at the time of the call")
    base_charge = to_base(charge.units, fx)
    if max(charge.units, base_charge) > MOST_UNITS:
        return _Fault(ParkCause.NO_RATE, f"plan {plan} version {table.version} charges more than can be booked")
    return _Price(
        plan=charge.plan,
        plan_version=charge.plan_version,
        currency=charge.currency,
        code=charge.code,
        rate_type=charge.rate_type,
        price=charge.terms.next_price if charge.terms else 0,
        billed_s=charge.billed_s,
        charge=charge.units,
        fx=fx,
        base_charge=base_charge,
        unit=charge.unit,
        billed_volume=charge.billed_volume,
    )


def _open(event: _Event, world: World) -> _Price:
    """Return what is known of the money of a leg that still runs: all but the charge, as far as there is a rate."""
    price = _price(event, world)
    if isinstance(price, _Price):
        return replace(price, billed_s=0, billed_volume=0, charge=0, base_charge=0)
    partner, plan, table = _table(event.side, event.trunk, world)
    if table is None:
        return _Price(plan or PlanId(""), 0, partner.currency)
    return _Price(table.rules.plan, table.version, table.rules.currency, unit=table.rules.unit)


def _parked(report: CallReport, world: World, fault: _Fault) -> Parked:
    switch = world.index.directory.switches.get(report.switch)
    leg_id = leg_identity(report, switch.recipe if switch else _NO_RECIPE)
    # a report that comes again is parked once: when it came (the end, where the switch gives none) is not what it says
    # nor is what we were told of its number
    said = report_to_json(replace(report, received_ms=0, disconnect_ms=None, looked_up=None))
    return Parked(
        park_id=blake2b(leg_id + said, digest_size=16).digest(),
        call_key=call_key(report.switch, report.call_id),
        leg_id=leg_id,
        cause=fault.cause,
        detail=printable(fault.detail),
        raw=report_to_json(report),
        received_ms=report.received_ms,
    )

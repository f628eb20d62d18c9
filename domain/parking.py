"""The parked queue: which charged reports are parked all the same, and how parked ones are tried again (DESIGN §2, §5).

A report is late when its leg may be sealed and forgotten: it waits until somebody has looked into the segments. So it
is when its leg is older than the rates at hand: rates that were in force are not among them any more, and a shorter
code's would be taken for the right one. Trying again is two steps, with that look between them: `recharge` by the world
of now, with all its history, then `compare` with the sealed leg.
"""

from collections.abc import Container
from dataclasses import replace
from hashlib import blake2b

from domain.attribution import DirectoryIndex, caller_of
from domain.booking import Known, book, fingerprint
from domain.calls import CallReport, Leg, LegState, Parked, Side
from domain.causes import FOR_A_PERSON, ParkCause
from domain.charging import charge_end, charge_report
from domain.commands import Park, RecordLeg, Unpark
from domain.errors import InputError
from domain.ids import NO_USER, EndUserId, PartnerId
from domain.numbers import dialled
from domain.report_json import report_from_json
from domain.world import World

DAY_MS = 86_400_000
OLD_RATES = "older than the rates at hand: to be charged by the whole catalog"
_SEALED_DAY = "of a day that is sealed: to be looked up in its segments"

Retried = RecordLeg | Park | Unpark
"""What is to be done with a parked record: record its leg, keep it with its present cause, or let it go."""


def is_late(leg: Leg, received_ms: int, seen_days: int, forgotten_day: int, sealed_days: Container[int]) -> bool:
    """Whether a leg that a book does not know may be a sealed one: it is dated before what the book remembers.

    `seen_days`: how long ids of sealed legs are kept; `forgotten_day`: those of days before it (days since 1970) are
    gone in any case, whatever the clock says. `sealed_days`: of which there are segments at all; two reports of a leg
    may date it on two days, by its setup and by its answer.
    """
    day = leg.day_ms // DAY_MS
    if day >= max(received_ms // DAY_MS - seen_days, forgotten_day):
        return False
    return any(near in sealed_days for near in (day - 1, day, day + 1))


def is_older(leg: Leg, world: World) -> bool:
    """Whether an ended leg is older than the rates at hand: some that were in force then are not among them."""
    table = world.plans.get(leg.plan) if leg.state is not LegState.OPEN else None
    return table is not None and leg.day_ms < table.whole_from_ms


def late(command: RecordLeg, detail: str = _SEALED_DAY) -> Parked:
    """Return the record of a late report; the same report again is the same record."""
    leg = command.leg
    # the state too: a start and an end may say the same of how long a call lasted
    said = leg.leg_id + leg.state.encode() + command.fingerprint.to_bytes(8, "big")
    park_id = blake2b(said, digest_size=16).digest()
    return _parked(command, park_id, ParkCause.LATE, detail)


def differing(command: RecordLeg) -> Parked:
    """Return the record of an end that says otherwise than the one that stands."""
    park_id = command.leg.leg_id[:8] + command.fingerprint.to_bytes(8, "big")
    return _parked(command, park_id, ParkCause.DIFFERS, "a later report says otherwise than the first of this leg")


def recharge(parked: Parked, world: World, started: Leg | None = None, *, alone: bool = False) -> RecordLeg | Parked:
    """Charge a parked record by a world; where that fails, return it with its present cause.

    `started`: its leg as the book has it, where the record is NO_START without it. `alone`: there is none.
    """
    if parked.cause in FOR_A_PERSON:
        return parked
    try:
        report = report_from_json(parked.raw)
    except InputError:
        return parked
    leg = charge_report(report, world, alone=alone)
    if started is not None and isinstance(leg, Parked) and leg.cause is ParkCause.NO_START:
        leg = charge_end(report, started, world)
    if isinstance(leg, Parked):
        return leg
    return RecordLeg(leg, fingerprint(leg), parked.raw, parked.received_ms, unpark=parked.park_id)


def compare(command: RecordLeg, sealed: int | None) -> Retried:
    """Return what is to be done with a recharged record, given the fingerprint of its leg in the segments, if any."""
    if sealed is None:
        return replace(command, checked=True)
    leg = command.leg
    if book(leg, command.fingerprint, Known(LegState.CLOSED, sealed), command.received_ms).outcome == "differs":
        return Park(differing(command), unpark=command.unpark)
    return Unpark(leg.call_key, command.unpark)


def awaits(
    parked: Parked, partner: PartnerId, span_ms: tuple[int, int], index: DirectoryIndex, user: EndUserId | None = None
) -> bool:
    """Whether trying it again may charge a client (or one end user of it) for a call of [from, to).

    One that names no trunk we know may be anybody's; one that names no times may be of the day before it came.
    """
    if parked.cause in FOR_A_PERSON:
        return False
    try:
        report = report_from_json(parked.raw)
    except InputError:
        return False
    if report.side is not Side.CLIENT or not _may_be_within(report, span_ms):
        return False
    switch = index.directory.switches.get(report.switch)
    if switch is None:
        return True
    number, sources = dialled(report.called, report.routing_number).number, (report.remote, switch.address)
    trunk = index.reported_trunk(report.switch, sources, number, report.trunk_hint, report.user)
    if trunk is None:
        return True
    if trunk.partner != partner or user is None or partner not in index.directory.end_users:
        return trunk.partner == partner
    found = index.end_user_of(trunk, (report.user,), caller_of(report.caller, trunk.rules, trunk.options.service))
    return (found.id if found else NO_USER) == user


def _may_be_within(report: CallReport, span_ms: tuple[int, int]) -> bool:
    """Whether a report's call may be dated in [from, to): by its answer, else by its setup, as far as it says them."""
    if report.connect_ms is not None:
        return span_ms[0] <= report.connect_ms < span_ms[1]
    last_ms = report.received_ms if report.disconnect_ms is None else report.disconnect_ms
    first_ms = last_ms - DAY_MS if report.setup_ms is None else report.setup_ms
    return first_ms < span_ms[1] and max(first_ms, last_ms) >= span_ms[0]


def _parked(command: RecordLeg, park_id: bytes, cause: ParkCause, detail: str) -> Parked:
    leg = command.leg
    return Parked(park_id, leg.call_key, leg.leg_id, cause, detail, command.raw, command.received_ms)

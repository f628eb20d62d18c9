"""Ends that say only when a call ended: charged from its start, whichever of the two comes first (DESIGN §5).

Exactly once, whatever crashes or repeats: an end is charged by the leg id of its start, and a parked one is taken out
of the queue in the same transaction. Start and end may come through two nodes at one moment: each makes its own word
durable before it looks for the other's, so that one of them at least sees both.
"""

from actors.refs import AnyBook
from domain.booking import fingerprint
from domain.calls import CallReport, Leg, Parked, ReportKind
from domain.charging import charge_end, charge_report
from domain.commands import FindCall, FoundCall, Park, Recorded, RecordLeg, Reply, Unpark
from domain.errors import InputError
from domain.parking import OLD_RATES, is_older, late
from domain.report_json import report_from_json, report_to_json
from domain.world import World


async def end(book: AnyBook, report: CallReport, parked: Parked, world: World, wait_s: float) -> Recorded | Parked:
    """Charge an end from its start, else park it as `parked` says. An interim without a start changes nothing.

    An end that says itself that the call failed needs no start. One that is older than
    the rates at hand is parked as late. Raises UnavailableError.
    """
    done = await _complete(book, report, parked, world, wait_s)
    if done is not None:
        return done
    if report.kind is ReportKind.INTERIM:
        return Recorded("duplicate")
    failed = charge_report(report, world, alone=True)
    if isinstance(failed, Leg):
        return await _record(book, failed, report, wait_s, world)
    parked = failed
    await book.ask(Park(parked), wait_s)
    return await _complete(book, report, parked, world, wait_s, unpark=parked.park_id) or parked


async def after_start(book: AnyBook, started: Leg, world: World, wait_s: float) -> int:
    """Charge the ends of a leg that came before its start; returns how many. Raises UnavailableError."""
    found, charged = await _find(book, started, wait_s), 0
    for parked in found.parked:
        if parked.leg_id == started.leg_id:
            try:
                report = report_from_json(parked.raw)
            except InputError:
                continue  # written by a later version: it stays parked
            done = await _complete(book, report, parked, world, wait_s, unpark=parked.park_id)
            charged += isinstance(done, Recorded)
    return charged


async def _complete(
    book: AnyBook,
    report: CallReport,
    parked: Parked,
    world: World,
    wait_s: float,
    *,
    unpark: bytes = b"",
) -> Recorded | Parked | None:
    """Charge an end if its start is known; None where it is not.

    Of a sealed leg the book knows no times any more: an end that has none of its own cannot be compared with it.
    """
    found = await _find(book, parked, wait_s)
    started = next((leg for leg in found.legs if leg.leg_id == parked.leg_id), None)
    if parked.leg_id in found.sealed:
        if unpark:
            await book.ask(Unpark(parked.call_key, unpark), wait_s)
        return Recorded("duplicate")
    if started is None:
        return None
    leg = charge_end(report, started, world)
    if isinstance(leg, Parked):
        await book.ask(Park(leg, unpark), wait_s)
        return leg
    return await _record(book, leg, report, wait_s, world, unpark)


async def _record(
    book: AnyBook, leg: Leg, report: CallReport, wait_s: float, world: World, unpark: bytes = b""
) -> Recorded | Parked:
    mark, raw, id_ = fingerprint(leg), report_to_json(report), report.session_id
    command = RecordLeg(leg, mark, raw, report.received_ms, unpark=unpark, session_id=id_)
    if is_older(leg, world):
        old = late(command, OLD_RATES)
        await book.ask(Park(old, unpark), wait_s)
        return old
    reply = await book.ask(command, wait_s)
    assert isinstance(reply, Recorded), "a record is answered as recorded"
    return reply


async def _find(book: AnyBook, of: Leg | Parked, wait_s: float) -> FoundCall:
    reply: Reply = await book.ask(FindCall(of.call_key, (of.leg_id,)), wait_s)
    assert isinstance(reply, FoundCall), "a call that is looked for is found, with or without legs"
    return reply

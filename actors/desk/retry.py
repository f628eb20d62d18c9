"""Parked records tried again: on demand once something is mended, and late reports by the desk itself (DESIGN §5)."""

import asyncio
from collections.abc import Sequence

from actors import bare_stops
from actors.desk.core import Desk
from domain.calls import LegState, Parked
from domain.causes import FOR_A_PERSON, ParkCause
from domain.commands import Park, Recorded, RecordLeg, Reply, Unpark
from domain.errors import InputError, NotFoundError
from domain.parking import Retried
from protos import operators_pb2 as pb

MOST = 2_000
"""Records of one answer: some seconds of work. Who wants more asks again behind `next`."""
MOST_NAMED = 200
WAIT_S = 20.0
_FIRST = (-1, b"")

Place = tuple[int, bytes]
"""Where a record stands in the queue: (received_ms, park_id), the oldest first."""


async def retry(desk: Desk, request: pb.RetryRequest) -> pb.RetryReport:
    """Try parked records again: those named, those of a cause, or all that mending the catalog can help.

    Raises InputError, NotFoundError, and UnavailableError when a book does not answer: what was done is done, and may
    be asked for again.
    """
    async with desk.retrying:
        if request.park_ids:
            return await _retry(desk, await asyncio.to_thread(_named, desk, request.park_ids))
        after, causes = _place(request.after), _causes(request.cause)
        records = await asyncio.to_thread(_queued, desk, after, causes)
        report = await _retry(desk, records)
        if len(records) == MOST:
            report.next = f"{records[-1].received_ms}:{records[-1].park_id.hex()}"
        return report


async def retry_late(desk: Desk) -> None:
    """Look all late reports up in the segments, and charge those that are new. Raises UnavailableError."""
    request = pb.RetryRequest(cause=ParkCause.LATE)
    while following := (await retry(desk, request)).next:
        request.after = following


async def _retry(desk: Desk, records: Sequence[Parked]) -> pb.RetryReport:
    report = pb.RetryReport(retried=len(records))
    if not records:
        return report
    async with desk.looking_up():
        todo = await desk.tasks.replay(list(records), desk.now_ms())
        pairs, size = list(zip(records, todo, strict=True)), desk.home.settings.limits.batch
        for at in range(0, len(pairs), size):
            some = pairs[at : at + size]
            # all are waited for, whatever becomes of one: books may not forget before
            replies = await asyncio.gather(*(_ask(desk, *each) for each in some), return_exceptions=True)
            for (_, command), reply in zip(some, replies, strict=True):
                if isinstance(reply, BaseException):
                    raise reply
                _count(report, command, reply)
        await _after_starts(desk, todo, report)
    return report


async def _after_starts(desk: Desk, todo: Sequence[Retried], report: pb.RetryReport) -> None:
    """Charge the ends that waited for the starts which are mended now, whether they were asked for or not."""
    if desk.world is None:
        return
    for each in todo:
        if isinstance(each, RecordLeg) and each.leg.state is LegState.OPEN:
            book = desk.books.of_call(each.leg.call_key)
            ended = await bare_stops.after_start(book, each.leg, desk.world, WAIT_S)
            report.retried += ended
            report.charged += ended


async def _ask(desk: Desk, record: Parked, command: Retried) -> Reply:
    if isinstance(command, Park) and command.parked == record:
        return Recorded("parked")  # as it is already
    return await desk.books.of_call(record.call_key).ask(command, WAIT_S)


def _count(report: pb.RetryReport, command: Retried, reply: Reply) -> None:
    match command:
        case Unpark():
            report.duplicate += 1
        case Park(parked) if parked.cause is ParkCause.DIFFERS:
            report.differing += 1
        case Park(parked):
            report.still_parked += 1
            report.causes[parked.cause] += 1
        case RecordLeg():
            assert isinstance(reply, Recorded), "a record is answered as recorded"
            report.duplicate += reply.outcome == "duplicate"
            report.differing += reply.outcome == "parked"
            report.charged += reply.outcome not in ("duplicate", "parked")


def _named(desk: Desk, ids: Sequence[bytes]) -> list[Parked]:
    if len(ids) > MOST_NAMED:
        raise InputError(f"{len(ids)} records are named", mend=f"Name {MOST_NAMED} at most, or give their cause.")
    found = [record for _, book in desk.reader.every() for record in book.parked_named(ids)]
    missing = set(ids) - {record.park_id for record in found}
    if missing:
        raise NotFoundError(f"no record {min(missing).hex()} is parked", mend="See `switchboard cdrs parked`.")
    return sorted(found, key=_place_of)


def _queued(desk: Desk, after: Place, causes: Sequence[ParkCause]) -> list[Parked]:
    found = [record for _, book in desk.reader.every() for record in book.parked_after(after, MOST, causes)]
    return sorted(found, key=_place_of)[:MOST]


def _place_of(record: Parked) -> Place:
    """In the order in which they came: of two ends of one leg the first one stands."""
    return record.received_ms, record.park_id


def _causes(cause: str) -> list[ParkCause]:
    mendable = [each for each in ParkCause if each not in FOR_A_PERSON]
    if not cause:
        return mendable
    if cause not in mendable:
        raise InputError(f"records parked as {cause!r} are not retried", mend=f"Give one of {', '.join(mendable)}.")
    return [ParkCause(cause)]


def _place(after: str) -> Place:
    if not after:
        return _FIRST
    received_ms, _, park_id = after.partition(":")
    try:
        return int(received_ms), bytes.fromhex(park_id)
    except ValueError:
        raise InputError(
            f"{after!r} is no place in the queue", mend="Give what the last answer had as `next`."
        ) from None

"""Operators' service of proposals to charge calls anew."""

from collections.abc import AsyncIterator
from typing import Any

import grpc

from actors.desk import values
from actors.desk.core import Desk
from actors.rerate_work import ListedCall, ListedQuery, TableQuery
from actors.tokens import caller
from domain.errors import InputError, NotFoundError
from domain.ids import DestinationId
from domain.money import Currency
from domain.reratings import Proposal, proposal_of
from protos import rerating_pb2 as pb
from protos import rerating_pb2_grpc as services
from protos.operators_pb2 import Changed
from store.catalog.jobs import Job, JobState
from store.catalog.reratings import Wanted

Context = grpc.aio.ServicerContext[Any, Any]
TABLE_ROWS = 20_000
"""Calls of one piece of the table: about 3 MB, and one task."""
PIECE = 1_000_000
"""Octets of a message, of which 4 MB are allowed."""
STATES = tuple(state.value for state in JobState)


class ReratingService(services.ReratingServiceServicer):
    """Lists, shows, counts again and dismisses proposals."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def List(self, request: pb.RerateQuery, context: Context) -> pb.Reratings:
        """List proposals, newest first."""
        if request.state and request.state not in STATES:
            raise InputError(f"unknown state {request.state!r}", mend=f"Give one of {', '.join(STATES)}.")
        wanted, most = Wanted(plan=request.plan, state=request.state), self._desk.page(request.limit)
        jobs, total = await self._desk.read(
            lambda catalog: catalog.reratings.list(wanted, limit=most, offset=request.offset)
        )
        return pb.Reratings(reratings=[_message(job) for job in jobs], total=total)

    async def Show(self, request: pb.RerateRef, context: Context) -> pb.Rerating:
        """Show a proposal with its sums."""
        return self._whole(await self._job(request.id))

    async def Cdrs(self, request: pb.RerateCallsQuery, context: Context) -> pb.RerateCalls:
        """Show a page of the calls of a proposal."""
        proposal = await self._listed(request.id)
        query = ListedQuery(
            place=proposal.counted.place,
            partner=request.partner,
            destination=await self._destination(request.destination),
            limit=self._desk.page(request.limit),
            offset=request.offset,
        )
        page = await self._desk.tasks.rerating_calls(query)
        return pb.RerateCalls(calls=[self._call(call, proposal.currency) for call in page.calls], total=page.total)

    async def Table(self, request: pb.RerateRef, context: Context) -> AsyncIterator[pb.RerateTable]:
        """Send all calls of a proposal as CSV."""
        proposal = await self._listed(request.id)
        if not proposal.counted.place:
            raise NotFoundError("it has no calls", where=f"rerating {request.id}")
        names, offset = await self._names(), 0
        while lines := await self._desk.tasks.rerating_table(
            TableQuery(proposal.counted.place, TABLE_ROWS, offset, names)
        ):
            for at in range(0, len(lines), PIECE):
                yield pb.RerateTable(data=lines[at : at + PIECE])
            offset += TABLE_ROWS

    async def Refresh(self, request: pb.RerateRef, context: Context) -> pb.Rerating:
        """Count the calls of a proposal again."""
        return self._whole(await self._desk.reratings.refresh(request.id))

    async def Dismiss(self, request: pb.RerateDismissal, context: Context) -> Changed:
        """Let the calls of a proposal be as they were charged."""
        comment = request.comment.strip()
        if not comment:
            raise InputError("why is not said", where=f"rerating {request.id}", mend="Give a comment.")
        at_ms, who = self._desk.now_ms(), caller()
        await self._desk.write(lambda catalog: catalog.reratings.dismiss(request.id, comment, who=who, at_ms=at_ms))
        return Changed(what=f"rerating {request.id} is dismissed: its calls stay as they were charged")

    async def _job(self, number: int) -> Job:
        return await self._desk.read(lambda catalog: catalog.reratings.get(number))

    async def _listed(self, number: int) -> Proposal:
        """Return a proposal whose list is kept. Raises NotFoundError for one whose list another's has taken in."""
        job = await self._job(number)
        if job.state is JobState.SUPERSEDED:
            mend = f"`switchboard rerating list --plan {job.args['plan']}` has those that are open."
            raise NotFoundError(f"it is superseded {job.error}", where=f"rerating {number}", mend=mend)
        return proposal_of(job.args)

    async def _names(self) -> dict[int, str]:
        """Return the names of all destinations."""
        book = await self._desk.read(lambda catalog: catalog.codes.book(self._desk.now_ms()))
        return {int(id_): one.name for id_, one in book.destinations.items()}

    async def _destination(self, name: str) -> int | None:
        """Return the destination of a name. Raises NotFoundError."""
        if not name:
            return None
        found = next((id_ for id_, known in (await self._names()).items() if known == name), None)
        if found is None:
            raise NotFoundError(f"the reference book has no destination {name!r}", mend="`switchboard codes list`.")
        return found

    def _whole(self, job: Job) -> pb.Rerating:
        proposal = proposal_of(job.args)
        message, currency = _message(job), proposal.currency
        message.sums.extend(
            pb.RerateSum(
                partner=one.partner,
                destination=self._desk.name_of(DestinationId(one.destination)) if one.destination else "",
                calls=one.calls,
                before=values.money(one.before, currency),
                after=values.money(one.after, currency),
            )
            for one in proposal.counted.groups
        )
        return message

    def _call(self, call: ListedCall, currency: Currency) -> pb.RerateCall:
        message = pb.RerateCall(
            leg_id=call.leg_id,
            call_key=call.call_key,
            partner=call.partner,
            side=call.side,
            destination=self._desk.name_of(DestinationId(call.destination)),
            number=call.number,
            at_ms=call.at_ms,
            code=call.code,
            billed_s=call.billed_s,
            billed_volume=call.billed_volume,
            charge=values.money(call.charge, currency),
            new_code=call.new_code,
            new_billed_s=call.new_billed_s,
            new_billed_volume=call.new_billed_volume,
            fault=call.fault or "",
        )
        if call.new_charge is not None:
            message.new_charge.CopyFrom(values.money(call.new_charge, currency))
        return message


def _message(job: Job) -> pb.Rerating:
    proposal = proposal_of(job.args)
    counted, currency = proposal.counted, proposal.currency
    return pb.Rerating(
        id=job.id,
        state=job.state.value,
        plan=proposal.plan,
        side=proposal.side,
        from_version=proposal.from_version,
        to_version=proposal.to_version,
        sheets=proposal.sheets,
        from_ms=proposal.from_ms,
        until_ms=proposal.until_ms,
        calls=counted.calls,
        before=values.money(counted.before, currency),
        after=values.money(counted.after, currency),
        difference=values.money(counted.difference, currency),
        equal=counted.equal,
        unrated=counted.unrated,
        proposed_ms=job.queued_ms,
        ended_ms=job.ended_ms or 0,
        why=job.error,
        words=job.step,
    )

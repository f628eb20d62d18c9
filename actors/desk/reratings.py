"""Calls that were charged before rates of their plan were known: found after each change, proposed, counted again.

What is to be looked at follows from the catalog and the books alone: a desk that died between a change and its proposal
makes up for it at its start. What is booked by an older version after its change was looked at (a staged file, a node
that had not heard, a parked report) is found by `catch_up`; see store.catalog.reratings for why no leg is missed, and
none counted twice. Nothing is charged here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from actors.rerate_work import BookedGroup, CountOrder
from actors.tokens import caller
from domain import leg_times
from domain.errors import ConflictError
from domain.ids import PlanId
from domain.reratings import Proposal, proposal_of
from store.catalog.jobs import Job, JobState
from store.catalog.reratings import RERATING, DecidedMeanwhileError, Mark, Unseen, Wanted
from store.files import remove_folders_but

if TYPE_CHECKING:
    from actors.desk.core import Desk

TOLD_S = 10.0
"""So long who changed a plan waits to be told what becomes of calls; the count goes on without."""
GATHER_S = 1.0
"""Changes come together, and calls that ended by the rates before are still being written."""
AHEAD_MS = leg_times.AHEAD_MS
"""Calls may be dated so far ahead of when they are booked: changes of so soon are of the past, too."""
LISTED = (JobState.PROPOSED, JobState.QUEUED, JobState.RUNNING, JobState.DONE, JobState.DISMISSED)
"""The lists of these are kept; that of a superseded one is in the one that took its place."""


class Reratings:
    """Looks at every version of every plan once. Invariant: one count runs at a time."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._counting = asyncio.Lock()
        self._changed = asyncio.Event()
        self._changed.set()

    def wake(self) -> None:
        """Have it looked whether a plan has changed."""
        self._changed.set()

    async def keep(self) -> None:
        """Wait for a change, then look at all that is to be looked at. A failure is made up for by the next call."""
        await self._changed.wait()
        await asyncio.sleep(GATHER_S)
        self._changed.clear()
        try:
            await self._look_at_all()
        except BaseException:
            self._changed.set()
            raise

    async def _look_at_all(self) -> None:
        found = await self._desk.read(lambda catalog: catalog.reratings.unseen())
        await _each([unseen.plan for unseen in found], self.look)

    async def look(self, plan: PlanId) -> Job | None:
        """Look at the versions of a plan that nobody has looked at; return the proposal that came of it."""
        async with self._counting:
            await self._begun()
            found = await self._desk.read(lambda catalog: catalog.reratings.unseen(plan))
            return await self._desk.whole(self._look(found[0])) if found else None

    async def catch_up(self) -> None:
        """Look at the calls that were booked since the last time, and charged by versions older than the mark of their
        plan. Cheap where there are none; after a failure the next round begins where this one did."""
        async with self._counting:
            await self._begun()
            await self._desk.whole(self._catch_up())

    async def _begun(self) -> None:
        """Where nobody ever looked, begin with what is booked from now on."""
        if not await self._desk.read(lambda catalog: catalog.reratings.books()):
            highest = await asyncio.to_thread(self._highest)
            await self._desk.write(lambda catalog: catalog.reratings.settle(highest))

    def _highest(self) -> dict[int, int]:
        return {number: book.highest_seq() for number, book in self._desk.reader.every()}

    async def _catch_up(self) -> None:
        known = await self._desk.read(lambda catalog: catalog.reratings.books())
        if await asyncio.to_thread(self._highest) == known:
            return
        booked = await self._desk.tasks.booked_since(known)
        marks = await self._desk.read(lambda catalog: catalog.reratings.marks())
        late: dict[PlanId, list[BookedGroup]] = {}
        for one in booked.groups:
            if (mark := marks.get(one.plan)) and _is_late(one, mark):
                late.setdefault(one.plan, []).append(one)
        await _each(late, lambda plan: self._look_at_late(plan, late[plan]))
        await self._desk.write(lambda catalog: catalog.reratings.settle(booked.seqs))

    async def _look_at_late(self, plan: PlanId, late: Sequence[BookedGroup]) -> None:
        """Look at a plan whose late legs may be concerned by changes since the oldest version that charged one."""
        unseen = await self._desk.read(lambda catalog: catalog.reratings.whole(plan))
        since, until_ms = min(one.version for one in late), max(one.last_ms for one in late) + 1
        given = replace(unseen, from_version=max(since, unseen.floor))
        if await self._desk.read(lambda catalog: catalog.reratings.touches_past(given, until_ms)):
            await self._look(unseen, late=True)

    async def _look(self, unseen: Unseen, *, late: bool = False) -> Job | None:
        """Look at versions; where an open proposal is decided meanwhile, once more without its calls."""
        plan = unseen.plan
        while True:
            try:
                return await self._looked(unseen, late=late)
            except DecidedMeanwhileError as error:
                structlog.get_logger().info("calls are counted again", plan=plan, why=str(error))
                unseen = await self._desk.read(lambda catalog: catalog.reratings.whole(plan))

    async def _looked(self, unseen: Unseen, *, late: bool) -> Job | None:
        now_ms = self._desk.now_ms()
        until_ms = now_ms + AHEAD_MS
        counts = late or bool(unseen.covers)
        counts = counts or await self._desk.read(lambda catalog: catalog.reratings.touches_past(unseen, until_ms))
        proposal, seqs = await self._counted(unseen, now_ms) if counts else (None, None)
        at_ms, who = self._desk.now_ms(), caller()
        number = await self._desk.write(
            lambda catalog: catalog.reratings.seen(unseen, proposal, who=who, at_ms=at_ms, seqs=seqs)
        )
        await self._tidy()
        return None if number is None else await self._desk.read(lambda catalog: catalog.reratings.get(number))

    async def _counted(self, unseen: Unseen, now_ms: int) -> tuple[Proposal | None, Mapping[int, int]]:
        """Return what a change means for calls that were charged, None where it means nothing; and up to which legs."""
        plan = await self._desk.read(lambda catalog: catalog.plans.get(unseen.plan))
        order = CountOrder(
            plan=unseen.plan,
            side=unseen.side,
            from_version=unseen.from_version,
            to_version=unseen.to_version,
            from_ms=None,
            until_ms=now_ms + AHEAD_MS,
            place=await self._place(unseen.plan, unseen.to_version, now_ms),
            settled=unseen.settled,
            floor=unseen.floor,
        )
        counted = await self._desk.tasks.count_rerating(order)
        if counted.is_nothing:
            return None, counted.seqs
        proposal = Proposal(
            plan=unseen.plan,
            side=unseen.side,
            currency=plan.rules.currency,
            from_version=unseen.from_version,
            to_version=unseen.to_version,
            sheets=unseen.sheets,
            from_ms=counted.from_ms,
            until_ms=now_ms,
            counted=counted,
            settled=unseen.settled,
        )
        return proposal, counted.seqs

    async def _place(self, plan: PlanId, version: int, now_ms: int) -> str:
        """Return the folder of a new list: none that a proposal has, as business time may stand still."""
        places = await self._desk.read(lambda catalog: catalog.reratings.places(tuple(JobState)))
        name = f"{plan}.{version}.{now_ms}"
        tries = (name, *(f"{name}.{again}" for again in range(1, len(places) + 1)))
        return next(one for one in tries if one not in places)

    async def after(self, plan: PlanId) -> str:
        """Return for a sentence what a change of a plan, of moments before now, means for calls that were charged."""
        looking = self._desk.begin(self._look_soon(plan))
        try:
            async with asyncio.timeout(TOLD_S):
                job = await asyncio.shield(looking)
        except Exception as error:  # what was changed is done, whatever becomes of this
            structlog.get_logger().warning("calls charged before are counted later", plan=plan, error=str(error))
            self.wake()
            return "; calls charged before are still to be counted: `switchboard rerating list`"
        return "; no call charged before differs" if job is None else f"; {words_of(job)}"

    async def _look_soon(self, plan: PlanId) -> Job | None:
        await asyncio.sleep(GATHER_S)
        return await self.look(plan) or await self._proposed(plan)  # `keep` may have looked meanwhile

    async def _proposed(self, plan: PlanId) -> Job | None:
        """Return the open proposal of a plan, if it is of its newest version."""
        wanted = Wanted(str(plan), JobState.PROPOSED.value)
        jobs, _ = await self._desk.read(lambda catalog: catalog.reratings.list(wanted, limit=1))
        version = (await self._desk.read(lambda catalog: catalog.plans.get(plan))).version
        return next((job for job in jobs if proposal_of(job.args).to_version == version), None)

    async def refresh(self, number: int) -> Job:
        """Count the calls of an open proposal again, up to now. Raises ConflictError where it is decided already."""
        return await self._desk.whole(self._refresh(number))

    async def _refresh(self, number: int) -> Job:
        async with self._counting:
            job = await self._desk.read(lambda catalog: catalog.reratings.get(number))
            if job.state is not JobState.PROPOSED:
                raise ConflictError(f"it is {job.state}", where=f"rerating {number}")
            known, now_ms = proposal_of(job.args), self._desk.now_ms()
            floor = (await self._desk.read(lambda catalog: catalog.reratings.whole(known.plan))).floor
            order = CountOrder(
                plan=known.plan,
                side=known.side,
                from_version=known.from_version,
                to_version=known.to_version,
                from_ms=known.from_ms,
                until_ms=now_ms + AHEAD_MS,
                place=await self._place(known.plan, known.to_version, now_ms),
                settled=known.settled,
                floor=floor,
            )
            counted = await self._desk.tasks.count_rerating(order)
            fresh = known.counted_again(now_ms, counted)
            at_ms, who = self._desk.now_ms(), caller()
            done = await self._desk.write(
                lambda catalog: catalog.reratings.recounted(number, fresh, who=who, at_ms=at_ms)
            )
            await self._tidy()
            return done

    async def _tidy(self) -> None:
        """Delete lists that nothing names any more."""
        places = await self._desk.read(lambda catalog: catalog.reratings.places(LISTED))
        await asyncio.to_thread(remove_folders_but, self._desk.home.reratings, places)


async def _each(plans: Iterable[PlanId], look: Callable[[PlanId], Awaitable[object]]) -> None:
    """Look at plans; that of one keeps no other from being looked at. Raises the first error, when all are done."""
    failed: list[Exception] = []
    for plan in plans:
        try:
            await look(plan)
        except Exception as error:
            failed.append(error)
    if failed:
        raise failed[0]


def _is_late(group: BookedGroup, mark: Mark) -> bool:
    return group.version < mark.version and group.last_seq > mark.settled.get(group.book, 0)


def words_of(job: Job) -> str:
    """Name a proposal in a sentence."""
    return f"{RERATING} {job.id} ({job.state.value}): {job.step}"

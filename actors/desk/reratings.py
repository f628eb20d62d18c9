"""Calls that were charged before rates of their plan were known: found after each change, proposed, counted again.

What is to be looked at follows from the catalog alone: a desk that died between a change and its proposal makes up for
it at its start. Nothing is charged here.
"""

import asyncio
from typing import TYPE_CHECKING

import structlog

from actors.rerate_work import CountOrder
from actors.tokens import caller
from domain.errors import ConflictError
from domain.ids import PlanId
from domain.reratings import Proposal, proposal_of
from store.catalog.jobs import Job, JobState
from store.catalog.reratings import RERATING, Unseen
from store.files import remove_folders_but

if TYPE_CHECKING:
    from actors.desk.core import Desk

TOLD_S = 10.0
"""So long who changed a plan waits to be told what becomes of calls; the count goes on without."""
GATHER_S = 1.0
"""Changes come together, and calls that ended by the rates before are still being written."""
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
        failed: list[Exception] = []
        for unseen in await self._desk.read(lambda catalog: catalog.reratings.unseen()):
            try:
                await self.look(unseen.plan)
            except Exception as error:  # that of one plan keeps no other from being looked at
                failed.append(error)
        if failed:
            raise failed[0]

    async def look(self, plan: PlanId) -> Job | None:
        """Look at the versions of a plan that nobody has looked at; return the proposal that came of it."""
        async with self._counting:
            found = await self._desk.read(lambda catalog: catalog.reratings.unseen(plan))
            return await self._desk.whole(self._look(found[0])) if found else None

    async def _look(self, unseen: Unseen) -> Job | None:
        now_ms = self._desk.now_ms()
        past = await self._desk.read(lambda catalog: catalog.reratings.touches_past(unseen, now_ms))
        proposal = await self._counted(unseen, now_ms) if past else None
        at_ms, who = self._desk.now_ms(), caller()
        number = await self._desk.write(lambda catalog: catalog.reratings.seen(unseen, proposal, who=who, at_ms=at_ms))
        await self._tidy()
        return None if number is None else await self._desk.read(lambda catalog: catalog.reratings.get(number))

    async def _counted(self, unseen: Unseen, until_ms: int) -> Proposal | None:
        """Return what a change means for calls that were charged; None where it means nothing."""
        plan = await self._desk.read(lambda catalog: catalog.plans.get(unseen.plan))
        place = f"{unseen.plan}.{unseen.to_version}.{until_ms}"
        order = CountOrder(unseen.plan, unseen.side, unseen.from_version, unseen.to_version, None, until_ms, place)
        counted = await self._desk.tasks.count_rerating(order)
        if counted.is_nothing:
            return None
        return Proposal(
            plan=unseen.plan,
            side=unseen.side,
            currency=plan.rules.currency,
            from_version=unseen.from_version,
            to_version=unseen.to_version,
            sheets=unseen.sheets,
            from_ms=counted.from_ms,
            until_ms=until_ms,
            counted=counted,
        )

    async def after(self, plan: PlanId) -> str:
        """Return for a sentence what a change of a plan, of moments before now, means for calls that were charged."""
        looking = self._desk.begin(self.look(plan))
        try:
            job = await asyncio.wait_for(asyncio.shield(looking), TOLD_S)
        except Exception as error:  # what was changed is done, whatever becomes of this
            structlog.get_logger().warning("calls charged before are counted later", plan=plan, error=str(error))
            self.wake()
            return "; calls charged before are still to be counted: `switchboard rerating list`"
        return "; no call charged before differs" if job is None else f"; {words_of(job)}"

    async def refresh(self, number: int) -> Job:
        """Count the calls of an open proposal again, up to now. Raises ConflictError where it is decided already."""
        return await self._desk.whole(self._refresh(number))

    async def _refresh(self, number: int) -> Job:
        async with self._counting:
            job = await self._desk.read(lambda catalog: catalog.reratings.get(number))
            if job.state is not JobState.PROPOSED:
                raise ConflictError(f"it is {job.state}", where=f"rerating {number}")
            known, until_ms = proposal_of(job.args), self._desk.now_ms()
            order = CountOrder(
                plan=known.plan,
                side=known.side,
                from_version=known.from_version,
                to_version=known.to_version,
                from_ms=known.from_ms,
                until_ms=until_ms,
                place=f"{known.plan}.{known.to_version}.{until_ms}",
            )
            counted = await self._desk.tasks.count_rerating(order)
            fresh = known.counted_again(until_ms, counted)
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


def words_of(job: Job) -> str:
    """Name a proposal in a sentence."""
    return f"{RERATING} {job.id} ({job.state.value}): {job.step}"

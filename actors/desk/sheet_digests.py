"""Sheets at work: each is digested by one task of its own, watched step by step, and what it makes is kept."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from actors.desk.core import Desk
from actors.desk.jobs import JobCancelledError, Running
from actors.desk.sheet_told import Told, told_of
from actors.home import machine_ms
from actors.sheet_work import Digest, DigestOrder, DigestStep, Underway
from actors.tokens import caller
from domain.errors import ConflictError, SwitchboardError
from domain.sheets.steps import SheetState, Step, StepDone
from store.away import AGAIN_S, away
from store.catalog import Catalog
from store.catalog.sheet_values import Facts, Sheet, Wanted
from store.sheets.folder import SheetFolder

KIND = "sheet"
HEAR_S = 0.2
JOB_S = 0.5
"""So often at most a job's progress is written; an operator's cancel is heard as often."""
INTERRUPTED = "interrupted: the desk was started anew while it was read. Read it again: `switchboard sheets retry {}`"
MOST = 200


@dataclass(slots=True)
class AtWork:
    """A sheet that is being digested, or waits for its turn (no job yet): its steps so far, the running one last."""

    job: Running | None = None
    steps: list[StepDone] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: bool = False

    def hear(self, told: StepDone | Underway) -> None:
        """Note a step; who watches is woken."""
        if self.steps and not self.steps[-1].ended_ms:
            self.steps.pop()
        if isinstance(told, Underway):
            told = StepDone(told.step, told.began_ms, 0, told.done, "")
        self.steps.append(told)
        self.wake()

    def wake(self) -> None:
        """Let who watches look again."""
        self.changed.set()
        self.changed = asyncio.Event()


class Digests:
    """Digests sheets, as many at once as the machine has cores but one: the others wait, their bytes on the disk.

    Invariants: a sheet is WORKING exactly while it is in `_at_work`, or the desk is down, or the store was away, and
    then SheetIntake.resume begins it. Of a sheet that was cancelled while it was read only the raw bytes stay.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._at_work: dict[int, AtWork] = {}
        self._following: set[int] = set()
        self._turns = asyncio.Semaphore(max(1, (os.cpu_count() or 1) - 1))

    @property
    def folder(self) -> SheetFolder:
        """Return where files and frames of sheets are."""
        return SheetFolder(self._desk.home.data, self._desk.home.settings.limits.sheet_mb)

    async def interrupted(self) -> None:
        """Say of sheets that were being read when the desk ended that they were not. At the start."""
        while found := await self._desk.read(lambda catalog: catalog.sheets.list(Wanted(SheetState.WORKING))):
            for sheet in found:
                await self.move(sheet.id, SheetState.REFUSED, error=INTERRUPTED.format(sheet.id))

    def begin(self, sheet: int) -> None:
        """Begin to digest a sheet that is WORKING; one whose last digestion is about to end, after that."""
        if sheet in self._at_work:
            self._following.add(sheet)
        else:
            self._at_work[sheet] = AtWork()
            self._desk.begin(self._in_turn(sheet))

    def has_begun(self, sheet: int) -> bool:
        """Say whether a sheet's digestion has begun, or waits for its turn, and has not ended."""
        return sheet in self._at_work

    async def again(self, sheet: int, told: Told | None = None) -> None:
        """Read a sheet anew, which may be at rest in any state but an applied or a cancelled one."""
        facts = None if told is None else Facts(told=told.plain())
        await self.move(sheet, SheetState.WORKING, facts=facts)
        self.begin(sheet)

    def at_work(self, sheet: int) -> AtWork | None:
        """Return the work on a sheet, None while it rests."""
        return self._at_work.get(sheet)

    async def cancel(self, sheet: int) -> None:
        """Give a sheet up, whatever is done with it. Raises NotFoundError, ConflictError for an applied one."""
        work = self._at_work.get(sheet)
        if work is not None:
            work.cancelled = True
            self._following.discard(sheet)
        if work is not None and work.job is not None:
            with suppress(ConflictError):  # it ended just now
                await self._desk.jobs.cancel(work.job.number)
            while self._at_work.get(sheet) is work:
                await asyncio.wait({asyncio.ensure_future(work.changed.wait())}, timeout=JOB_S)
        who, now_ms = caller(), self._desk.now_ms()

        def give_up(catalog: Catalog) -> None:
            if catalog.sheets.get(sheet).state is not SheetState.CANCELLED:
                catalog.sheets.move(sheet, SheetState.CANCELLED, who=who, at_ms=now_ms)

        await self._desk.write(give_up)
        if work is not None:
            await self._forget(sheet)

    async def _in_turn(self, number: int) -> None:
        """Digest a sheet when it has its turn."""
        work = self._at_work[number]
        try:
            async with self._turns:
                await self._digest(number, work)
        finally:
            del self._at_work[number]
            work.wake()
            if number in self._following:
                self._following.discard(number)
                self.begin(number)

    async def _digest(self, number: int, work: AtWork) -> None:
        """Digest a sheet to its next state, whatever happens on the way."""
        try:
            sheet = await self._desk.read(lambda catalog: catalog.sheets.get(number))
            if sheet.state is SheetState.WORKING:
                await self._keep(sheet, work, await self._made(sheet, work))
            elif sheet.state is SheetState.CANCELLED:
                await self._forget(number)
        except JobCancelledError:
            await self._end(number, work, SheetState.CANCELLED)
        except Exception as error:
            if why := away(error):
                structlog.get_logger().warning("sheet waits", sheet=number, why=why)  # SheetIntake.resume begins it
                return
            text = str(error)
            if not isinstance(error, SwitchboardError):
                structlog.get_logger().exception("sheet not read", sheet=number)
                why = f"{type(error).__name__}: {error}"
                text = f"it could not be read ({why}). Try again: `switchboard sheets retry {number}`"
            await self._end(number, work, SheetState.REFUSED, text)

    async def _made(self, sheet: Sheet, work: AtWork) -> Digest:
        """Return what a digestion makes; it is a job meanwhile."""
        _check_wanted(sheet.id, work)
        async with self._desk.jobs.running(KIND, f"{sheet.name} for {sheet.plan}") as job:
            work.job = job
            if work.cancelled:  # by who saw no job yet
                await self._desk.jobs.cancel(job.number)
            _check_wanted(sheet.id, work)
            await self._desk.write(lambda catalog: catalog.sheets.enter(sheet.id, Facts(job=job.number)))
            return await self._work(sheet, work, job)

    async def _work(self, sheet: Sheet, work: AtWork, job: Running) -> Digest:
        order = await self._order(sheet)
        steps: asyncio.Queue[DigestStep] = asyncio.Queue()
        working = asyncio.create_task(self._desk.tasks.digest_sheet(order, steps))
        written_ms = 0
        try:
            while not (working.done() and steps.empty()):
                told: Any = None
                with suppress(TimeoutError):
                    async with asyncio.timeout(HEAR_S):
                        told = await steps.get()
                if told is not None:
                    work.hear(told)
                _check_wanted(sheet.id, work)
                if machine_ms() - written_ms > JOB_S * 1000:
                    written_ms = machine_ms()
                    await job.at(len([one for one in work.steps if one.ended_ms]), len(Step) - 4)
            return await working
        finally:
            working.cancel()
            await asyncio.wait({working})  # nothing works on it when the next try begins

    async def _order(self, sheet: Sheet) -> DigestOrder:
        told = told_of(sheet)
        corrections = await self._desk.read(lambda catalog: catalog.sheets.corrections(sheet.id))
        data = await asyncio.to_thread(self.folder.raw, sheet.id)
        return DigestOrder(
            sheet=sheet.id,
            plan=sheet.plan,
            name=sheet.name,
            data=data,
            received_ms=sheet.received_ms,
            now_ms=self._desk.now_ms(),
            effective_ms=sheet.effective_ms,
            sender=sheet.sender,
            subject=sheet.subject,
            template=told.wanted,
            answers=told.answers,
            corrections=tuple(corrections.values()),
        )

    async def _keep(self, sheet: Sheet, work: AtWork, digest: Digest) -> None:
        """Keep what a digestion made: its parts, then its state with all that is told of it."""
        _check_wanted(sheet.id, work)
        await asyncio.to_thread(self.folder.keep, sheet.id, digest.parts)
        told = told_of(sheet).after(digest)
        template = digest.template
        facts = Facts(
            content=digest.content,
            template=template.name if template else "",
            template_version=template.version if template else 0,
            rows=digest.rows,
            full=digest.full,
            blocking=digest.blocking,
            counts=digest.counts(),
            told=told.plain(),
        )
        await self._end(sheet.id, work, digest.state, digest.words, facts)

    async def _end(
        self, sheet: int, work: AtWork, state: SheetState, error: str = "", facts: Facts | None = None
    ) -> None:
        """Keep the steps that were done, and give the sheet its next state, as soon as the store lets us.

        One that got another state meanwhile, as somebody gave it up, keeps that.
        """
        who, now_ms = caller(), self._desk.now_ms()

        def put(catalog: Catalog) -> SheetState:
            now = catalog.sheets.get(sheet).state
            if now is not SheetState.WORKING:
                return now
            for one in work.steps:
                if one.ended_ms:
                    catalog.sheets.step(sheet, one)
            return catalog.sheets.move(sheet, state, who=who, at_ms=now_ms, error=error, facts=facts).state

        if await self._written(sheet, put) is SheetState.CANCELLED:
            await self._forget(sheet)

    async def _written(self, sheet: int, put: Callable[[Catalog], SheetState]) -> SheetState:
        """Write into the catalog, again and again while the store is away: nobody else knows what is to be kept."""
        told = False
        while True:
            try:
                return await self._desk.write(put)
            except Exception as error:
                why = away(error)
                if not why:
                    raise
                if not told:
                    structlog.get_logger().warning("sheet waits to be kept", sheet=sheet, why=why)
                    told = True
            await asyncio.sleep(AGAIN_S)

    async def _forget(self, sheet: int) -> None:
        """Remove what was read out of a sheet; its bytes as they came stay."""
        await asyncio.to_thread(self.folder.keep, sheet, {})

    async def move(self, sheet: int, state: SheetState, *, error: str = "", facts: Facts | None = None) -> Sheet:
        """Give a sheet its next state. Raises ConflictError where it cannot have it."""
        who, now_ms = caller(), self._desk.now_ms()
        return await self._desk.write(
            lambda catalog: catalog.sheets.move(sheet, state, who=who, at_ms=now_ms, error=error, facts=facts)
        )


def _check_wanted(sheet: int, work: AtWork) -> None:
    """Raise JobCancelledError where a sheet was given up while it was read, or waited to be."""
    if work.cancelled:
        raise JobCancelledError("the sheet was cancelled", where=f"sheet {sheet}")

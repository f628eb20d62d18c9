"""The job table as the desk keeps it: what runs, how far it is, how it ended, and what an operator called off."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import structlog

from actors.tokens import caller
from domain.errors import ConflictError
from store.catalog import Catalog

T = TypeVar("T")
INTERRUPTED = "interrupted: the desk was started anew; do it again"


class JobCancelledError(ConflictError):
    """An operator cancelled the job: what was done stays done."""


class Jobs:
    """The desk's jobs. Their table is not published: writing it is no change of the catalog."""

    def __init__(self, catalog: Catalog, now_ms: Callable[[], int], writing: asyncio.Lock) -> None:
        self._catalog, self._now_ms, self._writing = catalog, now_ms, writing

    async def interrupted(self) -> None:
        """Mark as failed what was running when the desk ended: a job lives in the desk and not beyond. At the start."""
        await self._write(self._interrupt)

    @asynccontextmanager
    async def running(self, kind: str, what: str) -> AsyncIterator["Running"]:
        """While this lasts, a job of a kind is listed as running; it ends as done, or failed with what was raised."""
        number = await self._write(lambda: self._begin(kind, what))
        error = ""
        try:
            yield Running(self, number, what)
        except BaseException as raised:
            error = str(raised) or type(raised).__name__
            raise
        finally:
            await self._write(lambda: self._catalog.jobs.finish(number, at_ms=self._now_ms(), error=error))

    async def told(self, number: int, what: str, done: int, total: int) -> bool:
        """Write how far a job is; return False when it has been cancelled."""
        return await self._write(lambda: self._catalog.jobs.progress(number, what, done, total))

    async def cancel(self, number: int) -> None:
        """Cancel a job that waits or runs. Raises NotFoundError, and ConflictError when it has ended."""
        await self._write(lambda: self._catalog.jobs.cancel(number, who=caller(), at_ms=self._now_ms()))

    async def _write(self, order: Callable[[], T]) -> T:
        async with self._writing:
            return await asyncio.to_thread(order)

    def _begin(self, kind: str, what: str) -> int:
        jobs, at_ms = self._catalog.jobs, self._now_ms()
        number = jobs.add(kind, {"what": what}, who=caller(), at_ms=at_ms)
        while (taken := jobs.take(at_ms=at_ms, kinds=(kind,))) is not None and taken.id != number:
            pass
        jobs.progress(number, what, 0, 0)
        return number

    def _interrupt(self) -> None:
        jobs = self._catalog.jobs
        if jobs.queue_interrupted():
            structlog.get_logger().warning("jobs interrupted")
        while (job := jobs.take(at_ms=self._now_ms())) is not None:
            jobs.finish(job.id, at_ms=self._now_ms(), error=INTERRUPTED)


class Running:
    """One job that runs."""

    def __init__(self, jobs: Jobs, number: int, what: str) -> None:
        self._jobs, self._number, self._what = jobs, number, what

    @property
    def number(self) -> int:
        """Return the job's number."""
        return self._number

    async def at(self, done: int, total: int) -> None:
        """Write how far it is. Raises JobCancelledError when an operator has cancelled it."""
        if not await self._jobs.told(self._number, self._what, done, total):
            raise JobCancelledError(f"job {self._number} was cancelled", where=self._what, mend="Begin it again.")

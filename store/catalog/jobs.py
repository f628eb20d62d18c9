"""Jobs: long work that survives a restart of everything."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from domain.errors import ConflictError
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.tables import JobRecord


class JobState(StrEnum):
    """QUEUED -> RUNNING -> DONE, FAILED or CANCELLED; a job found RUNNING at start is queued again.

    PROPOSED: it waits for an operator's decision, whatever starts anew -> QUEUED, DISMISSED, or SUPERSEDED by another.
    """

    PROPOSED = "proposed"
    DISMISSED = "dismissed"
    SUPERSEDED = "superseded"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Job:
    """A job: what it is (`args` are plain JSON, read by whoever runs that kind), how far it is, how it ended."""

    id: int
    kind: str
    args: Mapping[str, Any]
    state: JobState
    step: str
    done: int
    total: int
    queued_ms: int
    started_ms: int | None
    ended_ms: int | None
    error: str


class Jobs:
    """Queues, advances and reads jobs. What an operator asks is audited; a job's own progress is not."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, kind: str, args: Mapping[str, object], *, who: str, at_ms: int) -> int:
        """Queue a job; return its id."""
        with self._sessions.writing() as session:
            record = JobRecord(
                kind=kind, args=dict(args), state=JobState.QUEUED, step="", done=0, total=0, queued_ms=at_ms, error=""
            )
            session.add(record)
            session.flush()
            assert record.id is not None
            audit.record(session, who, at_ms, "add", "job", str(record.id), after={"kind": kind, "args": args})
            return record.id

    def take(self, *, at_ms: int, kinds: tuple[str, ...] | None = None) -> Job | None:
        """Take the job that has waited longest (of some kinds): it is RUNNING now. None: nothing waits."""
        query = select(JobRecord).where(col(JobRecord.state) == JobState.QUEUED).order_by(col(JobRecord.id)).limit(1)
        if kinds is not None:
            query = query.where(col(JobRecord.kind).in_(kinds))
        with self._sessions.writing() as session:
            record = session.scalars(query).first()
            if record is None:
                return None
            record.state, record.started_ms = JobState.RUNNING, at_ms
            return job_of(record)

    def progress(self, job: int, step: str, done: int, total: int) -> bool:
        """Write how far a job is; return False when it has been cancelled and must stop."""
        with self._sessions.writing() as session:
            record = checks.existing(session, JobRecord, job, "job")
            record.step, record.done, record.total = step, done, total
            return record.state == JobState.RUNNING

    def finish(self, job: int, *, at_ms: int, error: str = "") -> None:
        """End a running job: DONE, or FAILED with an error. One that was cancelled meanwhile stays CANCELLED."""
        with self._sessions.writing() as session:
            record = checks.existing(session, JobRecord, job, "job")
            if record.state == JobState.RUNNING:
                record.state = JobState.FAILED if error else JobState.DONE
                record.ended_ms, record.error = at_ms, error

    def cancel(self, job: int, *, who: str, at_ms: int) -> None:
        """Cancel a job that waits or runs. Raises ConflictError when it has ended."""
        with self._sessions.writing() as session:
            record = checks.existing(session, JobRecord, job, "job")
            if record.state not in (JobState.QUEUED, JobState.RUNNING):
                dismiss = f"Dismiss it: `switchboard {record.kind} dismiss {job} --comment WHY`."
                mend = dismiss if record.state == JobState.PROPOSED else ""
                raise ConflictError(f"job {job} is {record.state} already", mend=mend)
            before, record.state, record.ended_ms = record.state, JobState.CANCELLED, at_ms
            audit.record(session, who, at_ms, "cancel", "job", str(job), before=before, after=JobState.CANCELLED)

    def queue_interrupted(self) -> int:
        """Queue the jobs again that were running when everything ended; return how many. For the start only."""
        with self._sessions.writing() as session:
            records = session.scalars(select(JobRecord).where(col(JobRecord.state) == JobState.RUNNING)).all()
            for record in records:
                record.state, record.started_ms = JobState.QUEUED, None
            return len(records)

    def get(self, job: int) -> Job:
        """Return a job. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return job_of(checks.existing(session, JobRecord, job, "job"))

    def list(self, *, limit: int = 200, offset: int = 0) -> list[Job]:
        """Return jobs, newest first."""
        query = select(JobRecord).order_by(col(JobRecord.id).desc()).limit(limit).offset(offset)
        with self._sessions.reading() as session:
            return [job_of(record) for record in session.scalars(query)]


def job_of(record: JobRecord) -> Job:
    """Read a job from its row."""
    assert record.id is not None
    return Job(
        id=record.id,
        kind=record.kind,
        args=record.args,
        state=JobState(record.state),
        step=record.step,
        done=record.done,
        total=record.total,
        queued_ms=record.queued_ms,
        started_ms=record.started_ms,
        ended_ms=record.ended_ms,
        error=record.error,
    )

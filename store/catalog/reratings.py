"""Proposals to charge calls anew, as jobs that wait for a decision; and which versions of plans were looked at.

A version of a plan is looked at once, whatever dies meanwhile: its mark and its proposal are written together. A mark
says of which version, and up to which seq of each book (`settled`): what is booked later by an older version, by a
file that was staged before or a node that had not heard, has a higher seq. Invariant: an ended leg up to `settled` was
compared once with each change up to the mark's version, or is in the open proposal; one beyond it with none, whatever
its version and date. Seqs follow the commits of their book, so no leg comes in below a mark. A leg that we closed has
none while it waits for its real end: counts show it all the same, and it is looked at once more when it is over.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import ConflictError, NotFoundError
from domain.ids import PlanId
from domain.rates import RateRow
from domain.reratings import Proposal, Span, first_difference, proposal_args
from store.catalog import audit, checks, rates
from store.catalog.bitemporal import FOREVER
from store.catalog.engine import Sessions
from store.catalog.jobs import Job, JobState, job_of
from store.catalog.rates import TERMS
from store.tables import JobRecord, PlanRecord, PlanVersionRecord, ReratingBookRecord, ReratingMarkRecord

RERATING = "rerating"
"""The kind of these jobs."""
_RATE_KEY, _RATE_SAYS = "code, rate_type, origin", f"blocked, {', '.join(TERMS)}"
_GROUP_KEY, _GROUP_SAYS = "code", "origin"
_TABLES = ("rate", "origin_code")
_TOUCHED = """
    SELECT 1 FROM {table} WHERE plan = :plan AND valid_from_ms < :now_ms
    AND (from_version > :since OR until_version > :since) LIMIT 1"""

_FIRST_TOUCHED = """
    SELECT min(valid_from_ms) FROM {table} WHERE plan = :plan AND valid_from_ms < :now_ms
    AND (from_version > :since AND from_version <= :to OR until_version > :since AND until_version <= :to)"""


class DecidedMeanwhileError(ConflictError):
    """A proposal that a count was to cover is open no more."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """Versions of a plan after `from_version`, up to `to_version`, whose calls are still to be looked at, and the
    sheets that brought them or were taken back by them.

    Legs beyond the seqs `settled` were not looked at before; `floor`: the oldest version that is known; `mark`: what
    it goes on from; `covers`: open proposals, whose calls may be of changes before these.
    """

    plan: PlanId
    side: str
    from_version: int
    to_version: int
    sheets: tuple[int, ...]
    settled: Mapping[int, int]
    floor: int
    mark: "Mark"
    covers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """Up to which version, and which seq of each book, the legs of a plan were looked at."""

    version: int
    settled: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which proposals? Empty texts match all."""

    plan: str = ""
    state: str = ""


class Reratings:
    """Proposes, replaces, dismisses and reads. Invariant: a plan has one open proposal at most, and that covers all
    versions from the oldest one of which no call was charged anew or let be."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def unseen(self, plan: PlanId | None = None) -> list[Unseen]:
        """Return what is to be looked at, of all plans or of one: from where an open proposal of the plan begins."""
        mark = func.coalesce(col(ReratingMarkRecord.version), 0)
        query = select(PlanRecord).outerjoin(ReratingMarkRecord, col(ReratingMarkRecord.plan) == PlanRecord.id)
        query = query.where(col(PlanRecord.version) > mark).order_by(col(PlanRecord.id))
        if plan is not None:
            query = query.where(col(PlanRecord.id) == plan)
        with self._sessions.reading() as session:
            return [_unseen(session, record) for record in session.scalars(query)]

    def whole(self, plan: PlanId) -> Unseen:
        """Return what a count of a plan covers now, also where no version of it is new."""
        with self._sessions.reading() as session:
            return _unseen(session, checks.existing(session, PlanRecord, plan, "plan"))

    def marks(self) -> dict[PlanId, Mark]:
        """Return the marks of the plans that there are."""
        query = select(ReratingMarkRecord).join(PlanRecord, col(PlanRecord.id) == ReratingMarkRecord.plan)
        with self._sessions.reading() as session:
            books = _books(session)
            return {PlanId(one.plan): _mark(one, books) for one in session.scalars(query)}

    def books(self) -> dict[int, int]:
        """Return up to which seq of each book the legs of all plans were looked at; empty: nobody ever looked."""
        with self._sessions.reading() as session:
            return _books(session)

    def settle(self, seqs: Mapping[int, int]) -> None:
        """Note that the legs of all plans were looked at up to some seqs of the books."""
        with self._sessions.writing() as session:
            for book, seq in seqs.items():
                session.merge(ReratingBookRecord(book=book, seq=seq))

    def touches_past(self, unseen: Unseen, now_ms: int) -> bool:
        """Say whether versions ended or began anything that was valid before a moment: without that they concern no
        call of then. Quick, where `first_change` looks at every row."""
        given = {"plan": unseen.plan, "since": unseen.from_version, "now_ms": now_ms}
        with self._sessions.reading() as session:
            return any(session.execute(text(_TOUCHED.format(table=each)), given).first() for each in _TABLES)

    def first_touch(self, plan: PlanId, from_version: int, to_version: int, until_ms: int) -> int | None:
        """Return when the first begins, before `until_ms`, of what versions ended or began: at or before their first
        change, and much quicker found. None: they touched nothing of then."""
        given = {"plan": plan, "since": from_version, "to": to_version, "now_ms": until_ms}
        with self._sessions.reading() as session:
            asked = (session.execute(text(_FIRST_TOUCHED.format(table=each)), given) for each in _TABLES)
            found = [one.scalar() for one in asked]
        return min((at for at in found if at is not None), default=None)

    def first_change(self, plan: PlanId, from_version: int, to_version: int, until_ms: int) -> int | None:
        """Return the first moment before `until_ms` at which a version says another thing than the one before it.

        For batch work: 100,000 rates take seconds.
        """
        with self._sessions.reading() as session:
            versions = range(from_version + 1, to_version + 1)
            found = [_first_change(session, plan, version, until_ms) for version in versions]
        return min((at for at in found if at is not None), default=None)

    def rates_in(self, plan: PlanId, version: int, from_ms: int) -> tuple[RateRow, ...]:
        """Return the rates that a version of a plan knew and that are valid at some moment from `from_ms` on."""
        with self._sessions.reading() as session:
            return tuple(rates.read(session, rates.known_in(plan, version), rates.valid(from_ms, FOREVER)))

    def seen(
        self,
        unseen: Unseen,
        proposal: Proposal | None,
        *,
        who: str,
        at_ms: int,
        seqs: Mapping[int, int] | None = None,
    ) -> int | None:
        """Note that versions were looked at, with the proposal that came of it; return the number of that.

        `seqs`: up to which legs; None: no leg was looked at, as the versions concern none of those that were before.
        An open proposal of the plan is superseded: this one covers it. One for versions that were looked at meanwhile
        is none: the number is None. Raises DecidedMeanwhileError where a proposal that it covers was: calls that were
        let be are proposed no more.
        """
        with self._sessions.writing() as session:
            mark = session.get(ReratingMarkRecord, unseen.plan)
            if (mark.version if mark else 0) != unseen.mark.version:
                return None
            proposed = _open(session, unseen.plan)
            if tuple(one.id for one in proposed) != unseen.covers:
                raise DecidedMeanwhileError("an open proposal was decided meanwhile", where=f"plan {unseen.plan}")
            settled = _packed(seqs) if seqs is not None else mark.settled if mark else {}
            session.merge(ReratingMarkRecord(plan=unseen.plan, version=unseen.to_version, settled=settled))
            number = None if proposal is None else _propose(session, proposal, who, at_ms)
            by = f"by job {number}" if number is not None else f"by version {unseen.to_version}, which changes no call"
            for record in proposed:
                _end(session, record, JobState.SUPERSEDED, by, who, at_ms)
            return number

    def recounted(self, number: int, proposal: Proposal, *, who: str, at_ms: int) -> Job:
        """Let an open proposal say what was counted anew. Raises ConflictError where it is decided meanwhile."""
        with self._sessions.writing() as session:
            record = _still_open(session, number)
            mark = session.get(ReratingMarkRecord, proposal.plan)
            if mark is not None and proposal.counted.seqs:
                mark.settled = _packed(proposal.counted.seqs)
            before = {name: record.args[name] for name in ("calls", "difference", "until_ms")}
            record.args, record.step = proposal_args(proposal), proposal.words
            after = {name: record.args[name] for name in before}
            audit.record(session, who, at_ms, "refresh", RERATING, str(number), before=before, after=after)
            return job_of(record)

    def dismiss(self, number: int, comment: str, *, who: str, at_ms: int) -> None:
        """Let the calls of a proposal be as they were charged. Raises ConflictError where it is decided already."""
        with self._sessions.writing() as session:
            _end(session, _still_open(session, number), JobState.DISMISSED, comment, who, at_ms)

    def get(self, number: int) -> Job:
        """Return a proposal. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return job_of(_existing(session, number))

    def list(self, wanted: Wanted, *, limit: int, offset: int = 0) -> tuple[list[Job], int]:
        """Return a page of proposals, newest first, and how many there are."""
        query = select(JobRecord).where(col(JobRecord.kind) == RERATING).order_by(col(JobRecord.id).desc())
        if wanted.state:
            query = query.where(col(JobRecord.state) == wanted.state)
        with self._sessions.reading() as session:
            found = [job_of(record) for record in session.scalars(query)]
        chosen = [job for job in found if wanted.plan in ("", job.args["plan"])]
        return chosen[offset : offset + limit], len(chosen)

    def places(self, states: Collection[JobState]) -> frozenset[str]:
        """Return the folders that proposals in these states name."""
        query = select(JobRecord).where(col(JobRecord.kind) == RERATING, col(JobRecord.state).in_(states))
        with self._sessions.reading() as session:
            return frozenset(str(record.args["place"]) for record in session.scalars(query))

    def of_sheet(self, sheet: int) -> Job | None:
        """Return the newest proposal that a sheet has a part in."""
        query = select(JobRecord).where(col(JobRecord.kind) == RERATING).order_by(col(JobRecord.id).desc())
        with self._sessions.reading() as session:
            return next((job_of(one) for one in session.scalars(query) if sheet in one.args["sheets"]), None)


def _books(session: Session) -> dict[int, int]:
    return {one.book: one.seq for one in session.scalars(select(ReratingBookRecord))}


def _mark(record: ReratingMarkRecord | None, books: Mapping[int, int]) -> Mark:
    """Return a plan's mark: of each book its own seq or that of all plans, whichever is beyond the other."""
    own = {int(book): seq for book, seq in record.settled.items()} if record else {}
    both = {book: max(own.get(book, 0), books.get(book, 0)) for book in own.keys() | books.keys()}
    return Mark(record.version if record else 0, both)


def _packed(seqs: Mapping[int, int]) -> dict[str, int]:
    return {str(book): seq for book, seq in seqs.items()}


def _unseen(session: Session, record: PlanRecord) -> Unseen:
    """Say what is to be looked at of a plan: it covers what an open proposal does."""
    first = session.scalar(select(func.min(PlanVersionRecord.version)).where(col(PlanVersionRecord.plan) == record.id))
    mark = _mark(session.get(ReratingMarkRecord, record.id), _books(session))
    since, settled, proposed = max(mark.version, first or 0), mark.settled, _open(session, PlanId(record.id))
    for one in proposed:
        since, settled = min(since, int(one.args["from_version"])), dict(one.args["settled"])
    versions = select(PlanVersionRecord).where(
        col(PlanVersionRecord.plan) == record.id,
        col(PlanVersionRecord.version) > since,
        col(PlanVersionRecord.version) <= record.version,
    )
    sheets = {number for one in session.scalars(versions) for number in (one.sheet, one.undoes) if number is not None}
    found = tuple(sorted(sheets))
    return Unseen(
        plan=PlanId(record.id),
        side=record.side,
        from_version=since,
        to_version=record.version,
        sheets=found,
        settled=settled,
        floor=first or 0,
        mark=mark,
        covers=tuple(one.id or 0 for one in proposed),
    )


def _first_change(session: Session, plan: PlanId, version: int, until_ms: int) -> int | None:
    """Return the first moment before `until_ms` at which a version says another thing than the one before it."""
    rates_at = _timelines(session, "rate", _RATE_KEY, _RATE_SAYS, plan, version, until_ms)
    groups_at = _timelines(session, "origin_code", _GROUP_KEY, _GROUP_SAYS, plan, version, until_ms)
    found = [first_difference(*pair, until_ms) for pair in (*rates_at, *groups_at)]
    return min((at for at in found if at is not None), default=None)


def _timelines(
    session: Session, table: str, key: str, says: str, plan: PlanId, version: int, until_ms: int
) -> Iterable[tuple[list[Span], list[Span]]]:
    """Return what a version ended and what it began, by key, up to a moment, but for what is the same in both.

    The database leaves that out: of a sheet for tomorrow, which cuts every rate, nothing is left.
    """
    width = len(key.split(", "))
    found: dict[tuple[object, ...], tuple[list[Span], list[Span]]] = defaultdict(lambda: ([], []))
    for at, (column, other) in enumerate((("until_version", "from_version"), ("from_version", "until_version"))):
        asked = text(_CHANGED.format(table=table, key=key, says=says, column=column, other=other))
        for row in session.execute(asked, {"plan": plan, "version": version, "until_ms": until_ms}):
            since, until, *rest = row
            found[tuple(rest[:width])][at].append(Span(since, until, tuple(rest[width:])))
    return found.values()


_HALF = """
    SELECT valid_from_ms, CASE WHEN valid_until_ms < :until_ms THEN valid_until_ms ELSE :until_ms END, {{key}}, {{says}}
    FROM {{table}} WHERE plan = :plan AND {{{column}}} = :version AND valid_from_ms < :until_ms"""
_CHANGED = f"{_HALF.format(column='column')} EXCEPT {_HALF.format(column='other')}"


def _propose(session: Session, proposal: Proposal, who: str, at_ms: int) -> int:
    record = JobRecord(
        kind=RERATING,
        args=proposal_args(proposal),
        state=JobState.PROPOSED,
        step=proposal.words,
        done=0,
        total=proposal.counted.calls,
        queued_ms=at_ms,
        error="",
    )
    session.add(record)
    session.flush()
    assert record.id is not None
    audit.record(session, who, at_ms, "propose", RERATING, str(record.id), after=proposal.words)
    return record.id


def _open(session: Session, plan: PlanId) -> list[JobRecord]:
    query = select(JobRecord).where(col(JobRecord.kind) == RERATING, col(JobRecord.state) == JobState.PROPOSED)
    return [record for record in session.scalars(query) if record.args["plan"] == plan]


def _existing(session: Session, number: int) -> JobRecord:
    record = checks.existing(session, JobRecord, number, "rerating")
    if record.kind != RERATING:
        raise NotFoundError(f"job {number} is no rerating", mend="`switchboard rerating list` has their numbers.")
    return record


def _still_open(session: Session, number: int) -> JobRecord:
    record = _existing(session, number)
    if record.state != JobState.PROPOSED:
        mend = "Only what is proposed can be counted again or dismissed."
        raise ConflictError(f"it is {record.state}", where=f"rerating {number}", mend=mend)
    return record


def _end(session: Session, record: JobRecord, state: JobState, why: str, who: str, at_ms: int) -> None:
    before, record.state, record.ended_ms, record.error = record.state, state, at_ms, why
    action = "dismiss" if state is JobState.DISMISSED else "supersede"
    after = {"state": state, "why": why}
    audit.record(session, who, at_ms, action, RERATING, str(record.id), before=before, after=after)

"""Origin groups of plans: dated lists of codes that callers' numbers begin with, kept as each version knew them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import ConflictError, InputError
from domain.ids import PlanId
from domain.origin_lists import clash, replaced
from domain.origins import OriginCode
from store.catalog import audit, checks, rates
from store.catalog.bulk import insert_rows
from store.catalog.engine import Sessions
from store.catalog.intents import Intents, groups_of, pack
from store.catalog.plan_versions import next_version
from store.tables import OriginCodeRecord, PlanIntentRecord, PlanRecord, RateRecord

_COLUMNS = ("plan", "origin", "code", "valid_from_ms", "valid_until_ms", "from_version")
LONGEST_NAME = 64


class Origins:
    """Changes and reads origin groups. Invariants: at no moment has a code two groups of a plan; what a version of the
    plan knew is never lost, so that what was charged by it can be told again."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def set(self, plan: PlanId, group: str, codes: Iterable[str], from_ms: int, *, who: str, at_ms: int) -> int:
        """Let a group have exactly these codes from a moment on, for ever; return the plan's version after it.

        Without codes the group ends then. Raises InputError, ConflictError where another group has one of the codes,
        and NotFoundError for the plan; what is so already makes no version.
        """
        given = [OriginCode(group, code, from_ms) for code in codes]
        return self._replace(plan, {group: from_ms}, given, who=who, at_ms=at_ms)

    def enter(
        self,
        plan: PlanId,
        codes: Sequence[OriginCode],
        *,
        ended: Iterable[str] = (),
        ended_ms: int = 0,
        who: str,
        at_ms: int,
    ) -> int:
        """Let the groups that are named have exactly these codes, each group from its first moment on; all or nothing.

        What a group was before that moment stays. `ended`: groups without codes from `ended_ms` on. Returns and raises
        as `set`.
        """
        since = dict.fromkeys(ended, ended_ms)
        for one in codes:
            since[one.group] = min(one.valid_from_ms, since.get(one.group, one.valid_from_ms))
        return self._replace(plan, since, codes, who=who, at_ms=at_ms)

    def of(self, plan: PlanId, version: int | None = None) -> tuple[OriginCode, ...]:
        """Return all codes of all groups of a plan, with their time, as a version of it knew them (None: now)."""
        with self._sessions.reading() as session:
            return load_origins(session, plan, version)

    def rates(self, plan: PlanId) -> dict[str, int]:
        """Return how many rates known now each group has; "" for any caller."""
        counted = select(col(RateRecord.origin), func.count()).where(rates.known(plan, None))
        with self._sessions.reading() as session:
            found = session.execute(counted.group_by(col(RateRecord.origin)))
            return {str(group): int(count) for group, count in found}

    def _replace(
        self, plan: PlanId, since: dict[str, int], given: Sequence[OriginCode], *, who: str, at_ms: int
    ) -> int:
        with self._sessions.writing() as session:
            record = checks.existing(session, PlanRecord, plan, "plan")
            before, after = _changed(session, record, since, given)
            if after != before:
                next_version(session, record, at_ms)
                asked = pack(Intents((), groups=groups_of(since, given)))
                session.add(PlanIntentRecord(plan=record.id, version=record.version, packed=asked))
                _keep(session, record, since, before, after, who, at_ms)
            return record.version


def since_of(codes: Iterable[OriginCode]) -> dict[str, int]:
    """Return the first moment of each group."""
    since: dict[str, int] = {}
    for one in codes:
        since[one.group] = min(one.valid_from_ms, since.get(one.group, one.valid_from_ms))
    return since


def enter_with_rates(session: Session, record: PlanRecord, codes: Sequence[OriginCode], who: str, at_ms: int) -> None:
    """Let groups have these codes as Origins.enter, in the version that a plan has just got. Raises as that does."""
    since = since_of(codes)
    before, after = _changed(session, record, since, codes)
    if after != before:
        _keep(session, record, since, before, after, who, at_ms)


def put_back(session: Session, record: PlanRecord, codes: Iterable[OriginCode], who: str, at_ms: int) -> None:
    """Let the groups of a plan be these, and no others, in the version that it has just got."""
    before, after = set(load_origins(session, record.id)), set(codes)
    if after != before:
        since = {one.group: min(one.valid_from_ms, at_ms) for one in before ^ after}
        _keep(session, record, since, before, after, who, at_ms)


def _changed(
    session: Session, record: PlanRecord, since: dict[str, int], given: Sequence[OriginCode]
) -> tuple[set[OriginCode], set[OriginCode]]:
    """Return all codes of a plan's groups before and after a change. Raises where it cannot be."""
    where = f"origin groups of plan {record.id}"
    for group in since:
        _check_name(group, where)
    for one in given:
        _check(one, where)
    before = load_origins(session, record.id)
    after = replaced(before, given, since)
    twice = clash(after) if set(after) != set(before) else None
    if twice is not None:
        mend = "End it in one of them: a file may name both groups."
        both = f"{twice[0].group} and {twice[1].group}"
        raise ConflictError(f"code {twice[0].code} would be in {both} at once", where=where, mend=mend)
    return set(before), set(after)


def _keep(
    session: Session,
    record: PlanRecord,
    since: dict[str, int],
    before: set[OriginCode],
    after: set[OriginCode],
    who: str,
    at_ms: int,
) -> None:
    _write(session, record, before, after)
    told = {"groups": since, "codes": len(after), "added": len(after - before)}
    audit.record(session, who, at_ms, "set-origins", "plan", record.id, before={"codes": len(before)}, after=told)


def load_origins(session: Session, plan: str, version: int | None = None) -> tuple[OriginCode, ...]:
    """Read the origin groups of a plan in a session that is open already."""
    since, until = col(OriginCodeRecord.from_version), col(OriginCodeRecord.until_version)
    known = until.is_(None) if version is None else and_(since <= version, or_(until.is_(None), until > version))
    order = (OriginCodeRecord.origin, OriginCodeRecord.code, OriginCodeRecord.valid_from_ms)
    query = select(OriginCodeRecord).where(col(OriginCodeRecord.plan) == plan, known).order_by(*map(col, order))
    return tuple(
        OriginCode(record.origin, record.code, record.valid_from_ms, record.valid_until_ms)
        for record in session.scalars(query)
    )


def _write(session: Session, record: PlanRecord, before: set[OriginCode], after: set[OriginCode]) -> None:
    """Let the plan's new version know other codes than the one before it."""
    gone = before - after
    known = select(OriginCodeRecord).where(
        col(OriginCodeRecord.plan) == record.id, col(OriginCodeRecord.until_version).is_(None)
    )
    ended = [
        one.id
        for one in session.scalars(known)
        if OriginCode(one.origin, one.code, one.valid_from_ms, one.valid_until_ms) in gone
    ]
    for id_ in ended:
        its = col(OriginCodeRecord.id) == id_
        session.execute(update(OriginCodeRecord).where(its).values(until_version=record.version))
    rows = sorted((one.group, one.code, one.valid_from_ms, one.valid_until_ms) for one in after - before)
    insert_rows(session, "origin_code", _COLUMNS, ((record.id, *row, record.version) for row in rows))


def _check_name(group: str, where: str) -> None:
    if not group.strip() or group != group.strip() or len(group) > LONGEST_NAME or not group.isprintable():
        mend = f"Give up to {LONGEST_NAME} characters without blanks around them."
        raise InputError(f"{group!r} is no name of a group", where=where, mend=mend)


def _check(one: OriginCode, where: str) -> None:
    if one.code:  # the empty one begins every number
        checks.digits(one.code, f"{where}, {one.group}")
    if one.valid_until_ms is not None and one.valid_until_ms <= one.valid_from_ms:
        mend = "Let it end after it begins."
        raise InputError(f"code {one.code} of {one.group} is never valid", where=where, mend=mend)

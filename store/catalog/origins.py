"""Origin groups of plans: dated lists of codes that the numbers of callers begin with."""

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import InputError
from domain.ids import PlanId
from domain.origins import OriginCode
from store.catalog import audit, checks
from store.catalog.bulk import insert_rows
from store.catalog.engine import Sessions
from store.catalog.plan_versions import next_version
from store.tables import OriginCodeRecord, PlanRecord

_COLUMNS = ("plan", "origin", "code", "valid_from_ms", "valid_until_ms")


class Origins:
    """Changes and reads origin groups. What a group was before a moment stays: calls of then are rated by it."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def set(self, plan: PlanId, group: str, codes: Iterable[str], from_ms: int, *, who: str, at_ms: int) -> int:
        """Let a group have exactly these codes from a moment on, for ever; return the plan's version after it.

        Without codes the group ends then. Raises InputError, and NotFoundError for the plan; what is so already makes
        no version.
        """
        where = f"origin group {group!r} of plan {plan}"
        if not group.strip() or group != group.strip() or len(group) > 64:
            raise InputError("a group needs a name", where=where, mend="Give up to 64 characters.")
        wanted = {_code(code, where) for code in codes}
        with self._sessions.writing() as session:
            record = checks.existing(session, PlanRecord, plan, "plan")
            before = [one for one in load_origins(session, plan) if one.group == group]
            after = _from(before, wanted, from_ms, group)
            if set(after) == set(before):
                return record.version
            its = (col(OriginCodeRecord.plan) == plan, col(OriginCodeRecord.origin) == group)
            session.execute(delete(OriginCodeRecord).where(*its))
            rows = ((plan, group, one.code, one.valid_from_ms, one.valid_until_ms) for one in after)
            insert_rows(session, "origin_code", _COLUMNS, rows)
            next_version(session, record, at_ms)
            told = {"group": group, "from_ms": from_ms, "codes": sorted(wanted)}
            was = sorted(one.code for one in before if _holds(one, from_ms))
            audit.record(session, who, at_ms, "set-origin", "plan", plan, before={"codes": was}, after=told)
            return record.version

    def of(self, plan: PlanId) -> tuple[OriginCode, ...]:
        """Return all codes of all groups of a plan, with their time."""
        with self._sessions.reading() as session:
            return load_origins(session, plan)


def load_origins(session: Session, plan: str) -> tuple[OriginCode, ...]:
    """Read the origin groups of a plan in a session that is open already."""
    order = (OriginCodeRecord.origin, OriginCodeRecord.code, OriginCodeRecord.valid_from_ms)
    query = select(OriginCodeRecord).where(col(OriginCodeRecord.plan) == plan).order_by(*map(col, order))
    return tuple(
        OriginCode(record.origin, record.code, record.valid_from_ms, record.valid_until_ms)
        for record in session.scalars(query)
    )


def _from(before: Iterable[OriginCode], wanted: set[str], from_ms: int, group: str) -> list[OriginCode]:
    kept: list[OriginCode] = []
    for one in before:
        if one.valid_from_ms >= from_ms:
            continue
        if one.code in wanted and one.valid_until_ms is None:
            wanted = wanted - {one.code}
            kept.append(one)
        elif _holds(one, from_ms):
            kept.append(OriginCode(group, one.code, one.valid_from_ms, from_ms))
        else:
            kept.append(one)
    return kept + [OriginCode(group, code, from_ms) for code in sorted(wanted)]


def _holds(one: OriginCode, at_ms: int) -> bool:
    return one.valid_from_ms <= at_ms and (one.valid_until_ms is None or at_ms < one.valid_until_ms)


def _code(text: str, where: str) -> str:
    return checks.digits(text, where)

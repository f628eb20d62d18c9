"""Rows of the rate table, read and written in bulk inside a session. What they mean is in store.catalog.bitemporal."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import ConflictError
from domain.ids import PlanId
from domain.rates import RateRow, Terms
from store.catalog.bulk import among, insert_rows, insert_shared, listed, update_known_until
from store.catalog.intents import Line, Lines
from store.tables import RateRecord

TERMS = tuple("first_price next_price first_s next_s connect_fee attempt_fee minimum_charge grace_s free_s".split())
"""The columns of Terms, in its order."""
HEAD = tuple("code rate_type origin valid_from_ms valid_until_ms known_from_ms known_until_ms blocked".split())
"""The other columns of a rate."""
LINE = tuple(f"code rate_type origin {' '.join(TERMS)} valid_from_ms valid_until_ms blocked".split())
"""The columns of a rate as intents.Line has them."""
_ASKED_BY_CODE = 2000
"""More codes than this are read with the whole plan."""


def insert(session: Session, plan: PlanId, lines: Iterable[Line] | Lines, known_ms: int, version: int) -> None:
    """Write rates that are known from `known_ms` on, which is that of the plan's version."""
    columns = (*LINE, "plan", "known_from_ms", "from_version")
    if isinstance(lines, Lines):
        insert_shared(session, "rate", columns, lines.codes, lines.tail, lines.tails, (plan, known_ms, version))
        return
    insert_rows(session, "rate", columns, ((*line, plan, known_ms, version) for line in lines))


def end(session: Session, plan: PlanId, ids: Sequence[int], known_ms: int, version: int) -> None:
    """Let rows be known no longer from a version of the plan on. Raises ConflictError where one is known no more."""
    if update_known_until(session, plan, ids, known_ms, version) != len(ids):
        raise ConflictError("rates that were to end are not known any more", mend="Compare with the plan anew.")


def last_end_of(session: Session, plan: PlanId, codes: Collection[str], before_ms: int) -> int:
    """Return what `last_end` does, of what is known now of some codes of a plan."""
    given = {"plan": plan, "codes": listed(session, codes), "before": before_ms}
    asked = f"""
        SELECT max(valid_until_ms) FROM rate WHERE plan = :plan AND {among(session, "code", "codes")}
        AND known_until_ms IS NULL AND valid_until_ms <= :before"""
    return session.execute(text(asked), given).scalar() or 0


def known(plan: PlanId, at_ms: int | None) -> ColumnElement[bool]:
    """Choose the rows of a plan that were known at a moment (None: now)."""
    since, until = col(RateRecord.known_from_ms), col(RateRecord.known_until_ms)
    of_plan = col(RateRecord.plan) == plan
    if at_ms is None:
        return and_(of_plan, until.is_(None))
    return and_(of_plan, since <= at_ms, or_(until.is_(None), until > at_ms))


def known_in(plan: PlanId, version: int) -> ColumnElement[bool]:
    """Choose the rows that a version of a plan knew."""
    since, until = col(RateRecord.from_version), col(RateRecord.until_version)
    return and_(col(RateRecord.plan) == plan, since <= version, or_(until.is_(None), until > version))


def valid(from_ms: int, until_ms: int) -> ColumnElement[bool]:
    """Choose the rows that are valid at some moment of [from, until)."""
    end_ = col(RateRecord.valid_until_ms)
    return and_(col(RateRecord.valid_from_ms) < until_ms, or_(end_.is_(None), end_ > from_ms))


def last_end(session: Session, choice: ColumnElement[bool], before_ms: int) -> int:
    """Return when the last of those rates ended that had ended by a moment (UTC ms); 0 where none had."""
    end_ = col(RateRecord.valid_until_ms)
    return session.scalar(select(func.max(end_)).where(choice, end_ <= before_ms)) or 0


def read(session: Session, *choice: ColumnElement[bool], limit: int | None = None, offset: int = 0) -> list[RateRow]:
    """Read rates by code, rate type, origin and validity."""
    return [row for _, row in read_by_id(session, *choice, limit=limit, offset=offset)]


def read_by_id(
    session: Session, *choice: ColumnElement[bool], limit: int | None = None, offset: int = 0
) -> list[tuple[int, RateRow]]:
    """Read rates with their row ids, ordered as `read` does; then by when they were known."""
    return _rows(session, _ordered(choice).limit(limit).offset(offset))


def read_current(session: Session, plan: PlanId, codes: Collection[str]) -> list[tuple[int, RateRow]]:
    """Read what is known now of the codes, with row ids; of many codes, all that is known of the plan."""
    choice = known(plan, None)
    if len(codes) <= _ASKED_BY_CODE:
        choice = and_(choice, col(RateRecord.code).in_(codes))
    return _rows(session, _columns().where(choice))


def count(session: Session, *choice: ColumnElement[bool]) -> int:
    """Count rates."""
    return session.scalar(select(func.count()).select_from(RateRecord).where(*choice)) or 0


def _columns() -> Select[*tuple[Any, ...]]:
    return select(*(getattr(RateRecord, name) for name in ("id", *HEAD, *TERMS)))


def _ordered(choice: tuple[ColumnElement[bool], ...]) -> Select[*tuple[Any, ...]]:
    order = (getattr(RateRecord, name) for name in ("code", "rate_type", "origin", "valid_from_ms", "known_from_ms"))
    return _columns().where(*choice).order_by(*order)


def _rows(session: Session, query: Select[*tuple[Any, ...]]) -> list[tuple[int, RateRow]]:
    kept: dict[tuple[int, ...], Terms] = {}  # a plan of 100,000 codes has a few hundred different terms
    found: list[tuple[int, RateRow]] = []
    for id_, code, rate_type, origin, since, until, known_from, known_until, blocked, *terms in session.execute(query):
        key = tuple(terms)
        value = kept.get(key)
        if value is None:
            value = kept[key] = Terms(*key)
        found.append((id_, RateRow(code, value, since, until, rate_type, blocked, known_from, known_until, origin)))
    return found

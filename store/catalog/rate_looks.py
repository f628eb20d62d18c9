"""Rates of a plan with where they come from: at any moment, as known at any, and all that was ever known of a code."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.code_ranges import CodeRange
from domain.ids import PlanId
from domain.rates import RateRow
from store.catalog import checks, plan_rows, rates
from store.catalog.engine import Sessions
from store.catalog.plan_rows import RateColumns
from store.tables import PlanRecord, PlanVersionRecord, RateRecord, SheetRecord


@dataclass(frozen=True, slots=True)
class KnownRate:
    """A rate, the one that was in force before it (of the same code, rate type and origin, as known then), and the
    sheet that brought it (None: by hand) or whose taking back did (`undoes`)."""

    row: RateRow
    before: RateRow | None = None
    sheet: int | None = None
    file: str = ""
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class KnownPage:
    """Some of the rates that a question found, and how many there are."""

    rates: tuple[KnownRate, ...]
    total: int


class RateLooks:
    """Reads rates. Every method raises NotFoundError where there is no such plan."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def page(
        self,
        plan: PlanId,
        *,
        ranges: Sequence[CodeRange] | None = None,
        valid_ms: tuple[int, int | None] = (0, None),
        known_at_ms: int | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> KnownPage:
        """Return rates in some ranges of codes (None: any), valid at some moment of [from, until), as known at one
        (None: now), by code."""
        known = rates.known(plan, known_at_ms)
        since, until = valid_ms
        end, start = col(RateRecord.valid_until_ms), col(RateRecord.valid_from_ms)
        choice = and_(known, or_(end.is_(None), end > since))
        if until is not None:
            choice = and_(choice, start < until)
        if ranges is not None:
            choice = and_(choice, or_(*map(_within, ranges)) if ranges else col(RateRecord.id).is_(None))
        with self._sessions.reading() as session:
            checks.existing(session, PlanRecord, plan, "plan")
            rows = rates.read_by_id(session, choice, limit=limit, offset=offset)
            return KnownPage(_told(session, plan, rows, known), rates.count(session, choice))

    def beginning(self, plan: PlanId, number: str, known_at_ms: int | None = None) -> tuple[KnownRate, ...]:
        """Return the rates of all codes that begin a number, the longest code first, as known at a moment."""
        codes = [number[:length] for length in range(1, len(number) + 1)]
        known = and_(rates.known(plan, known_at_ms), col(RateRecord.code).in_(codes))
        with self._sessions.reading() as session:
            checks.existing(session, PlanRecord, plan, "plan")
            rows = rates.read_by_id(session, known)
            return tuple(sorted(_told(session, plan, rows, known), key=lambda one: -len(one.row.code)))

    def history(self, plan: PlanId, code: str, *, limit: int = 200, offset: int = 0) -> KnownPage:
        """Return all that was ever known of a code: by rate type and origin, when it is valid, since when known."""
        choice = and_(col(RateRecord.plan) == plan, col(RateRecord.code) == code)
        with self._sessions.reading() as session:
            checks.existing(session, PlanRecord, plan, "plan")
            rows = rates.read_by_id(session, choice, limit=limit, offset=offset)
            return KnownPage(_told(session, plan, rows, None), rates.count(session, choice))

    def columns(self, plan: PlanId, digits: str = "") -> RateColumns:
        """Return what a plan knows now, column by column; with `digits` only codes that begin them or with them."""
        with self._sessions.reading() as session:
            record = checks.existing(session, PlanRecord, plan, "plan")
            return RateColumns(record.version, plan_rows.now_known(session, plan, digits))


def _within(codes: CodeRange) -> ColumnElement[bool]:
    since, until = codes
    code = col(RateRecord.code)
    return code >= since if until is None else and_(code >= since, code < until)


def _told(
    session: Session, plan: PlanId, rows: Sequence[tuple[int, RateRow]], known: ColumnElement[bool] | None
) -> tuple[KnownRate, ...]:
    """Say where rates come from; `known`: among which the one before each is looked for, None: not at all."""
    if not rows:
        return ()
    codes = {row.code for _, row in rows}
    others = [] if known is None else rates.read(session, known, col(RateRecord.code).in_(codes))
    first = {} if known is None else _first(session, plan, codes)
    ids = [first.get(_price_of(row), id_) for id_, row in rows]
    brought = _brought(session, plan, ids)
    return tuple(
        KnownRate(row, _before(row, others), *brought.get(id_, (None, "", None)))
        for id_, (_, row) in zip(ids, rows, strict=True)
    )


def _first(session: Session, plan: PlanId, codes: set[str]) -> dict[tuple[object, ...], int]:
    """Return by price the row that it came with: a later sheet that ends a rate writes it anew, with its end."""
    ever = rates.read_by_id(session, col(RateRecord.plan) == plan, col(RateRecord.code).in_(codes))
    found: dict[tuple[object, ...], int] = {}
    for id_, row in sorted(ever, key=lambda one: (one[1].known_from_ms, one[0])):
        found.setdefault(_price_of(row), id_)
    return found


def _price_of(row: RateRow) -> tuple[object, ...]:
    return row.code, row.rate_type, row.origin, row.valid_from_ms, row.terms, row.blocked


def _brought(session: Session, plan: PlanId, ids: Sequence[int]) -> dict[int, tuple[int | None, str, int | None]]:
    """Return by rate the sheet that brought it, the name of its file, and the sheet that it came by taking back."""
    version, sheet = col(PlanVersionRecord.version), col(PlanVersionRecord.sheet)
    query = (
        select(col(RateRecord.id), sheet, col(SheetRecord.name), col(PlanVersionRecord.undoes))
        .join(PlanVersionRecord, and_(col(PlanVersionRecord.plan) == plan, version == col(RateRecord.from_version)))
        .outerjoin(SheetRecord, col(SheetRecord.id) == sheet)
        .where(col(RateRecord.id).in_(ids))
    )
    return {id_: (its, name or "", undoes) for id_, its, name, undoes in session.execute(query) if id_ is not None}


def _before(row: RateRow, others: Iterable[RateRow]) -> RateRow | None:
    same = [
        one
        for one in others
        if (one.code, one.rate_type, one.origin) == (row.code, row.rate_type, row.origin)
        and one.valid_from_ms < row.valid_from_ms
    ]
    return max(same, key=lambda one: one.valid_from_ms, default=None)

"""How clients stand with notices of rates: the last that told them, the one that waits, and whether the last reached
nobody. Read without mail and contacts, of all clients or of some."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Row, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.notices.states import NoticeKind, NoticeState
from store.tables import RateClientRecord, RateNoticeRecord

Key = tuple[str, str]
"""A partner and a plan."""
_NAMES = ("id", "partner", "plan", "plan_version", "made_of", "made_ms", "told_ms", "state")
_MAILED = (NoticeState.APPROVED, NoticeState.FAILED)


@dataclass(frozen=True, slots=True)
class NoticeMark:
    """What a notice of rates is told by; fields as in RateNotice."""

    id: int
    partner: str
    plan: str
    plan_version: int
    made_of: str
    made_ms: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A client and a plan. `dealt_with`: up to which version notices were made; `unreached`: its last mail reached
    nobody. Told and dealt with counts only since the client has the plan."""

    told: NoticeMark | None = None
    queued: NoticeMark | None = None
    dealt_with: int = 0
    unreached: bool = False


def read_standing(session: Session, partners: Collection[str] | None) -> dict[Key, Standing]:
    """Return how clients stand, by partner and plan, of some partners or (None) of all."""
    chosen = [col(RateNoticeRecord.kind) == NoticeKind.RATES]
    since = select(col(RateClientRecord.partner), col(RateClientRecord.plan), col(RateClientRecord.from_ms))
    if partners is not None:
        chosen.append(col(RateNoticeRecord.partner).in_(partners))
        since = since.where(col(RateClientRecord.partner).in_(partners))
    begun = {(partner, plan): from_ms for partner, plan, from_ms in session.execute(since)}
    query = select(*(getattr(RateNoticeRecord, name) for name in _NAMES)).where(*chosen)
    by_key: dict[Key, list[Row[tuple[object, ...]]]] = {}
    for row in session.execute(query.order_by(col(RateNoticeRecord.id))):
        by_key.setdefault((row.partner, row.plan), []).append(row)
    return {key: _standing(rows, begun.get(key, 0)) for key, rows in by_key.items()}


def _standing(rows: list[Row[tuple[object, ...]]], since_ms: int) -> Standing:
    """Sum a client's notices up, which are in the order of their ids."""
    told = [row for row in rows if row.told_ms is not None and row.told_ms >= since_ms]
    queued = [row for row in rows if row.state == NoticeState.QUEUED]
    made = [row.plan_version for row in rows if row.state != NoticeState.SUPERSEDED and row.made_ms >= since_ms]
    mailed = [row for row in rows if row.state in _MAILED]
    last = max(told, key=lambda row: (row.told_ms, row.id), default=None)
    return Standing(
        told=_mark(last) if last is not None else None,
        queued=_mark(queued[-1]) if queued else None,
        dealt_with=max(made, default=0),
        unreached=bool(mailed) and mailed[-1].state == NoticeState.FAILED,
    )


def _mark(row: Row[tuple[object, ...]]) -> NoticeMark:
    return NoticeMark(row.id, row.partner, row.plan, row.plan_version, row.made_of, row.made_ms)

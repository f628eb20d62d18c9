"""The audit trail: who changed what, when, from what to what."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from store.catalog.engine import Sessions
from store.tables import AuditRecord
from store.values_json import to_plain

_SECRET = frozenset(("secret", "auth_password"))


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the trail. `before` and `after` are plain JSON values; secrets show as "***"."""

    id: int
    at_ms: int
    who: str
    noun: str
    key: str
    action: str
    before: Any
    after: Any


def record(
    session: Session,
    who: str,
    at_ms: int,
    action: str,
    noun: str,
    key: str,
    *,
    before: object = None,
    after: object = None,
) -> None:
    """Add an entry in the transaction of the change itself: neither is ever there without the other."""
    session.add(
        AuditRecord(at_ms=at_ms, who=who, noun=noun, key=key, action=action, before=_shown(before), after=_shown(after))
    )


def version(session: Session, *nouns: str) -> int:
    """Return the id of the last change to the nouns (0: none): it grows with every change, so it is their version."""
    found = session.scalar(select(func.max(col(AuditRecord.id))).where(col(AuditRecord.noun).in_(nouns)))
    return found or 0


class Audit:
    """Reads the trail."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def list(self, noun: str | None = None, key: str | None = None, *, limit: int = 200) -> list[Change]:
        """Return the last changes, newest first, of everything, of a noun, or of one thing."""
        query = select(AuditRecord).order_by(col(AuditRecord.id).desc()).limit(limit)
        if noun is not None:
            query = query.where(col(AuditRecord.noun) == noun)
        if key is not None:
            query = query.where(col(AuditRecord.key) == key)
        with self._sessions.reading() as session:
            return [_change(entry) for entry in session.scalars(query)]


def _change(entry: AuditRecord) -> Change:
    assert entry.id is not None
    return Change(entry.id, entry.at_ms, entry.who, entry.noun, entry.key, entry.action, entry.before, entry.after)


def _shown(value: object) -> Any:
    if value is None:
        return None
    return _masked(to_plain(value))


def _masked(plain: Any) -> Any:
    """The trail must show that there is a secret, never which."""
    if not isinstance(plain, dict):
        return plain
    return {key: "***" if key in _SECRET and value else _masked(value) for key, value in plain.items()}

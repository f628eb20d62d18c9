"""The audit trail: who changed what, when, from what to what."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from store.catalog.bulk import insert_rows
from store.catalog.engine import Sessions
from store.tables import AuditRecord
from store.values_json import to_json, to_plain

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


def record_many(
    session: Session, who: str, at_ms: int, action: str, noun: str, changes: Iterable[tuple[str, object, object]]
) -> None:
    """Add an entry for each of many changes (key, before, after) of one kind: thousands in a second."""
    rows = (
        (at_ms, who, noun, key, action, *(to_json(_shown(value)).decode() for value in (before, after)))
        for key, before, after in changes
    )
    insert_rows(session, "audit", ("at_ms", "who", "noun", "key", "action", "before", "after"), rows)


def version(session: Session, *nouns: str) -> int:
    """Return the id of the last change to the nouns (0: none): it grows with every change, so it is their version."""
    found = session.scalar(select(func.max(col(AuditRecord.id))).where(col(AuditRecord.noun).in_(nouns)))
    return found or 0


def since(session: Session, noun: str, at_ms: int) -> list[Change]:
    """Return the changes of a noun after a moment, the last first: taken back one by one they lead to what was then."""
    query = select(AuditRecord).where(col(AuditRecord.noun) == noun, col(AuditRecord.at_ms) > at_ms)
    return [_change(entry) for entry in session.scalars(query.order_by(col(AuditRecord.id).desc()))]


class Audit:
    """Reads the trail, and takes entries of changes that are not in the catalog."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def note(self, action: str, noun: str, key: str, *, who: str, at_ms: int, after: object = None) -> None:
        """Add an entry of something done outside the catalog: a payment is in a book, a clock in a file."""
        with self._sessions.writing() as session:
            record(session, who, at_ms, action, noun, key, after=after)

    def list(
        self, noun: str = "", key: str = "", who: str = "", *, before_id: int = 0, limit: int = 200, offset: int = 0
    ) -> list[Change]:
        """Return the last changes, newest first, of a noun, of one thing, by somebody ("": any).

        before_id: older ones only than that entry, to go on behind a page; 0: from the newest on. offset: how many are
        left out at the head.
        """
        query = select(AuditRecord).where(*_wanted(noun, key, who))
        query = query.order_by(col(AuditRecord.id).desc()).limit(limit).offset(offset)
        if before_id:
            query = query.where(col(AuditRecord.id) < before_id)
        with self._sessions.reading() as session:
            return [_change(entry) for entry in session.scalars(query)]

    def count(self, noun: str = "", key: str = "", who: str = "") -> int:
        """Return how many changes there are of a noun, of one thing, by somebody ("": any)."""
        query = select(func.count()).select_from(AuditRecord).where(*_wanted(noun, key, who))
        with self._sessions.reading() as session:
            return session.scalar(query) or 0


def _wanted(noun: str, key: str, who: str) -> list[ColumnElement[bool]]:
    pairs = ((AuditRecord.noun, noun), (AuditRecord.key, key), (AuditRecord.who, who))
    return [col(column) == wanted for column, wanted in pairs if wanted]


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

"""Which published file is in force, and which were before."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import NotFoundError
from store.catalog import audit
from store.catalog.engine import Sessions
from store.tables import SnapshotRecord

DIRECTORY, CODES, PLAN, END_USERS, PORTED = "directory", "codes", "plan", "end-users", "ported"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One entry: the file that holds `version` of (kind, name), in force since published_ms.

    A plan's file that is made of a former one has the moment of that one, since it looks as far ahead. `answers` is
    the newest version there was then; it is greater than `version` when an older file was put back.
    """

    kind: str
    name: str
    version: int
    answers: int
    file: str
    sha256: str
    published_ms: int


class Snapshots:
    """Enters and reads published files; the latest entry of a (kind, name) is in force."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def enter(self, snapshot: Snapshot, *, who: str, at_ms: int) -> None:
        """Put a file, which is on disk already, in force."""
        with self._sessions.writing() as session:
            enter(session, snapshot)
            audit.record(session, who, at_ms, "publish", "snapshot", _key(snapshot), after=snapshot)

    def roll_back(self, kind: str, name: str, version: int, *, who: str, at_ms: int) -> Snapshot:
        """Put the last file that held a version in force again; it stays until something newer is changed.

        Raises NotFoundError when no file of that version was ever published.
        """
        with self._sessions.writing() as session:
            entries = _entries(session, kind, name)
            old = next((entry for entry in entries if entry.version == version), None)
            if old is None:
                known = ", ".join(str(number) for number in sorted({entry.version for entry in entries})) or "none"
                raise NotFoundError(
                    f"version {version} of {kind} {name} was never published", mend=f"There is: {known}."
                )
            now = entries[0]
            back = Snapshot(kind, name, version, max(now.answers, version), old.file, old.sha256, at_ms)
            enter(session, back)
            audit.record(session, who, at_ms, "roll-back", "snapshot", _key(back), before=now, after=back)
            return back

    def in_force(self, kind: str, name: str) -> Snapshot | None:
        """Return the entry in force; None when nothing was published yet."""
        with self._sessions.reading() as session:
            return next(iter(_entries(session, kind, name, limit=1)), None)

    def history(self, kind: str, name: str) -> tuple[Snapshot, ...]:
        """Return all entries, newest first."""
        with self._sessions.reading() as session:
            return tuple(_entries(session, kind, name))


def _entries(session: Session, kind: str, name: str, limit: int | None = None) -> list[Snapshot]:
    query = select(SnapshotRecord).where(col(SnapshotRecord.kind) == kind, col(SnapshotRecord.name) == name)
    rows = session.scalars(query.order_by(col(SnapshotRecord.id).desc()).limit(limit))
    return [
        Snapshot(row.kind, row.name, row.version, row.answers, row.file, row.sha256, row.published_ms) for row in rows
    ]


def enter(session: Session, entry: Snapshot) -> None:
    """Put a file in force in a session that is open already."""
    session.add(
        SnapshotRecord(
            kind=entry.kind,
            name=entry.name,
            version=entry.version,
            answers=entry.answers,
            file=entry.file,
            sha256=entry.sha256,
            published_ms=entry.published_ms,
        )
    )


def _key(snapshot: Snapshot) -> str:
    return f"{snapshot.kind}:{snapshot.name}"

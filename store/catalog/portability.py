"""Sources of moved numbers: what they are, and which file each has."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import ConflictError, InputError
from domain.portability import PortedSource, Silent, SourceKind, check_source
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.catalog.snapshots import PORTED, Snapshot, enter
from store.tables import PortedSourceRecord, SnapshotRecord

MOST_SOURCES = 100
Change = Callable[[PortedSource, list[PortedSource]], PortedSource]


@dataclass(frozen=True, slots=True)
class Brought:
    """What the last file of a source brought: how many numbers it has by that, its name, when (UTC ms, 0: never)."""

    numbers: int = 0
    file_name: str = ""
    at_ms: int = 0


class PortedSources:
    """Adds, changes, removes and reads sources. Invariant: a number has one source (check_source)."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, source: PortedSource, *, who: str, at_ms: int) -> None:
        """Add a source without numbers. Raises InputError for bad values, ConflictError for a taken name."""
        where = f"source {source.name}"
        with self._sessions.writing() as session:
            checks.slug(source.name, where)
            checks.free(session, PortedSourceRecord, source.name, "source")
            others = load_ported(session)
            if len(others) >= MOST_SOURCES:
                raise InputError(f"there are {MOST_SOURCES} already", where=where, mend="Remove one first.")
            check_source(source, others)
            first = replace(source, edition=_last_edition(session, source.name))
            session.add(_record(first, Brought()))
            audit.record(session, who, at_ms, "add", "ported", source.name, after=source)

    def change(self, name: str, change: Change, *, who: str, at_ms: int) -> tuple[PortedSource, PortedSource]:
        """Change a source by a function of itself and all of them; return it before and after."""
        with self._sessions.writing() as session:
            record = checks.existing(session, PortedSourceRecord, name, "source")
            before = _source(record)
            after = change(before, load_ported(session))
            if after != before:
                session.merge(_record(after, _brought(record)))
                audit.record(session, who, at_ms, "change", "ported", name, before=before, after=after)
            return before, after

    def bring(self, source: PortedSource, brought: Brought, snapshot: Snapshot, *, who: str, at_ms: int) -> None:
        """Let a source have the numbers of a file, which is on disk already. Raises ConflictError where another file
        came meanwhile."""
        with self._sessions.writing() as session:
            record = checks.existing(session, PortedSourceRecord, source.name, "source")
            before = _source(record)
            if before.edition != source.edition:
                mend = "Bring it in again."
                raise ConflictError("another file came meanwhile", where=f"source {source.name}", mend=mend)
            session.merge(_record(replace(before, edition=snapshot.version), brought))
            enter(session, snapshot)
            audit.record(session, who, at_ms, "import", "ported", source.name, before=_brought(record), after=brought)

    def remove(self, name: str, *, who: str, at_ms: int) -> None:
        """Remove a source with its numbers: they are routed as they are dialled."""
        with self._sessions.writing() as session:
            record = checks.existing(session, PortedSourceRecord, name, "source")
            before = _source(record)
            session.delete(record)
            audit.record(session, who, at_ms, "remove", "ported", name, before=before)

    def get(self, name: str) -> tuple[PortedSource, Brought]:
        """Return a source, with what its last file brought. Raises NotFoundError."""
        with self._sessions.reading() as session:
            record = checks.existing(session, PortedSourceRecord, name, "source")
            return _source(record), _brought(record)

    def list(self) -> list[tuple[PortedSource, Brought]]:
        """Return all sources by name, each with what its last file brought."""
        with self._sessions.reading() as session:
            records = session.scalars(select(PortedSourceRecord).order_by(col(PortedSourceRecord.name)))
            return [(_source(record), _brought(record)) for record in records]


def load_ported(session: Session) -> list[PortedSource]:
    """Read all sources in a session that is open already."""
    records = session.scalars(select(PortedSourceRecord).order_by(col(PortedSourceRecord.name)))
    return [_source(record) for record in records]


def _last_edition(session: Session, name: str) -> int:
    """Return the last version of a file of this name, 0 where there was none: one of its name may have been removed."""
    of_it = col(SnapshotRecord.kind) == PORTED, col(SnapshotRecord.name) == name
    found = session.scalar(select(col(SnapshotRecord.version)).where(*of_it).order_by(col(SnapshotRecord.id).desc()))
    return found or 0


def _source(record: PortedSourceRecord) -> PortedSource:
    return PortedSource(
        name=record.name,
        kind=SourceKind(record.kind),
        prefixes=tuple(filter(None, record.prefixes.split(","))),
        server=record.server,
        zone=record.zone,
        timeout_ms=record.timeout_ms,
        keep_s=record.keep_s,
        edition=record.edition,
        silent=Silent(record.silent),
    )


def _brought(record: PortedSourceRecord) -> Brought:
    return Brought(record.numbers, record.file_name, record.at_ms)


def _record(source: PortedSource, brought: Brought) -> PortedSourceRecord:
    return PortedSourceRecord(
        name=source.name,
        kind=source.kind.value,
        prefixes=",".join(source.prefixes),
        server=source.server,
        zone=source.zone,
        timeout_ms=source.timeout_ms,
        keep_s=source.keep_s,
        edition=source.edition,
        silent=source.silent.value,
        numbers=brought.numbers,
        file_name=brought.file_name,
        at_ms=brought.at_ms,
    )

"""Static entries of routing: which vendors stand first, last, alone or out of the way for some calls."""

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.directory import Direction
from domain.errors import ConflictError
from domain.ids import DestinationId, PartnerId, TrunkId
from domain.policies.statics import Place, Static, StaticId, check
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.tables import DestinationRecord, PartnerRecord, StaticRecord, TrunkRecord


class StaticEntries:
    """Adds, changes, removes and reads static entries.

    Invariants: what one names was there when it was named; no two are about the same calls and the same routes.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, entry: Static, *, who: str, at_ms: int) -> None:
        """Add an entry. Raises InputError for bad values, ConflictError for a taken id or place, NotFoundError."""
        where = f"static entry {entry.id}"
        with self._sessions.writing() as session:
            checks.slug(entry.id, where)
            checks.free(session, StaticRecord, entry.id, "static entry")
            check(entry)
            _check_names(session, entry, where)
            _check_alone(session, entry, where)
            session.add(_record(entry))
            audit.record(session, who, at_ms, "add", "static", entry.id, after=entry)

    def set(self, entry: Static, *, who: str, at_ms: int) -> None:
        """Change an entry. Raises as `add` does, NotFoundError where there is none of its id."""
        where = f"static entry {entry.id}"
        with self._sessions.writing() as session:
            before = _static(checks.existing(session, StaticRecord, entry.id, "static entry"))
            check(entry)
            _check_names(session, entry, where)
            _check_alone(session, entry, where)
            if entry != before:
                session.merge(_record(entry))
                audit.record(session, who, at_ms, "set", "static", entry.id, before=before, after=entry)

    def get(self, entry: StaticId) -> Static:
        """Return an entry. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return _static(checks.existing(session, StaticRecord, entry, "static entry"))

    def remove(self, entry: StaticId, *, who: str, at_ms: int) -> None:
        """Remove an entry: it says nothing from then on."""
        with self._sessions.writing() as session:
            record = checks.existing(session, StaticRecord, entry, "static entry")
            before = _static(record)
            session.delete(record)
            audit.record(session, who, at_ms, "remove", "static", entry, before=before)

    def list(self) -> list[Static]:
        """Return all entries by id."""
        with self._sessions.reading() as session:
            return load_statics(session)


def load_statics(session: Session) -> list[Static]:
    """Read all entries in a session that is open already."""
    return [_static(record) for record in session.scalars(select(StaticRecord).order_by(col(StaticRecord.id)))]


def _about(entry: Static) -> tuple[object, ...]:
    return entry.client, entry.product, entry.destination, entry.code, entry.vendor, entry.trunk


def _check_alone(session: Session, entry: Static, where: str) -> None:
    for other in load_statics(session):
        if other.id != entry.id and (other.scope, _about(other)) == (entry.scope, _about(entry)):
            mend = f"Change that, or remove it first: `switchboard statics remove {other.id}`."
            raise ConflictError(f"entry {other.id} is about the same routes", where=where, mend=mend)


def _check_names(session: Session, entry: Static, where: str) -> None:
    for partner in (entry.client, entry.vendor):
        if partner is not None:
            checks.existing(session, PartnerRecord, partner, "partner")
    if entry.client is not None and entry.client == entry.vendor:
        raise ConflictError(f"{entry.client} sends no calls to itself", where=where, mend="Name one of the two.")
    if entry.trunk is not None:
        trunk = checks.existing(session, TrunkRecord, entry.trunk, "trunk")
        if trunk.direction != Direction.OUT:
            raise ConflictError(f"trunk {entry.trunk} carries no calls out", where=where, mend="Name an outgoing one.")
        if entry.vendor not in (None, trunk.partner):
            mend = "Leave one of them out."
            raise ConflictError(
                f"trunk {entry.trunk} is {trunk.partner}'s, not {entry.vendor}'s", where=where, mend=mend
            )
    if entry.destination is not None:
        checks.existing(session, DestinationRecord, entry.destination, "destination")


def _static(record: StaticRecord) -> Static:
    return Static(
        id=StaticId(record.id),
        place=Place(record.place),
        client=PartnerId(record.client) if record.client else None,
        product=record.product,
        destination=DestinationId(record.destination) if record.destination is not None else None,
        code=record.code,
        vendor=PartnerId(record.vendor) if record.vendor else None,
        trunk=TrunkId(record.trunk) if record.trunk else None,
        priority=record.priority,
        weight=record.weight,
        at_most_bp=record.at_most_bp,
    )


def _record(entry: Static) -> StaticRecord:
    return StaticRecord(
        id=entry.id,
        place=entry.place.value,
        client=entry.client,
        product=entry.product,
        destination=entry.destination,
        code=entry.code,
        vendor=entry.vendor,
        trunk=entry.trunk,
        priority=entry.priority,
        weight=entry.weight,
        at_most_bp=entry.at_most_bp,
    )

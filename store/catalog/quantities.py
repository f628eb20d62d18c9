"""Volume commitments and swaps: what was agreed with partners, and to be filled or kept in a band."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import ConflictError
from domain.ids import DestinationId, PartnerId
from domain.money import Currency
from domain.quantities.volumes import Commitment, Swap, Volume, check
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.catalog.partners import load_agreement
from store.tables import CommitmentRecord, ContractRecord, DestinationRecord, PartnerRecord, SwapRecord

Record = CommitmentRecord | SwapRecord


class Quantities:
    """Adds, changes, removes and reads commitments and swaps.

    Invariants: what one names was there when it was named; money is in the currency of the partner's contract; no two
    of a kind are about the same calls of a partner at the same time.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, volume: Volume, *, who: str, at_ms: int) -> None:
        """Add one. Raises InputError for bad values, ConflictError for a taken name or calls, NotFoundError."""
        with self._sessions.writing() as session:
            checks.slug(volume.id, volume.title)
            checks.free(session, _table(type(volume)), volume.id, volume.noun)
            _check(session, volume)
            session.add(_record(volume))
            audit.record(session, who, at_ms, "add", volume.noun, volume.id, after=volume)

    def change(self, volume: Volume, *, who: str, at_ms: int) -> None:
        """Give one other values. What it has counted is counted anew where it comes to be of other calls."""
        with self._sessions.writing() as session:
            before = _volume(checks.existing(session, _table(type(volume)), volume.id, volume.noun))
            _check(session, volume)
            session.merge(_record(volume))
            audit.record(session, who, at_ms, "change", volume.noun, volume.id, before=before, after=volume)

    def remove(self, kind: type[Volume], name: str, *, who: str, at_ms: int) -> None:
        """Remove one: nothing is counted for it any more."""
        with self._sessions.writing() as session:
            record = checks.existing(session, _table(kind), name, kind.noun)
            before = _volume(record)
            session.delete(record)
            audit.record(session, who, at_ms, "remove", kind.noun, name, before=before)

    def commitment(self, name: str) -> Commitment:
        """Return a commitment. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return _commitment(checks.existing(session, CommitmentRecord, name, "commitment"))

    def swap(self, name: str) -> Swap:
        """Return a swap. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return _swap(checks.existing(session, SwapRecord, name, "swap"))

    def terms(self, partner: PartnerId) -> tuple[Currency, str]:
        """Return the currency and the zone of a partner's contract. Raises NotFoundError."""
        with self._sessions.reading() as session:
            its = load_agreement(session, partner).partner
            return its.currency, its.zone

    def commitments(self) -> list[Commitment]:
        """Return all commitments by name."""
        with self._sessions.reading() as session:
            return load_commitments(session)

    def swaps(self) -> list[Swap]:
        """Return all swaps by name."""
        with self._sessions.reading() as session:
            return load_swaps(session)


def load_commitments(session: Session) -> list[Commitment]:
    """Read all commitments in a session that is open already."""
    return [_commitment(one) for one in session.scalars(select(CommitmentRecord).order_by(col(CommitmentRecord.id)))]


def load_swaps(session: Session) -> list[Swap]:
    """Read all swaps in a session that is open already."""
    return [_swap(record) for record in session.scalars(select(SwapRecord).order_by(col(SwapRecord.id)))]


def _check(session: Session, volume: Volume) -> None:
    where = volume.title
    check(volume)
    checks.existing(session, PartnerRecord, volume.partner, "partner")
    if volume.destination is not None:
        checks.existing(session, DestinationRecord, volume.destination, "destination")
    known = session.get_one(ContractRecord, volume.partner).currency
    if volume.currency not in (None, known):
        raise ConflictError(f"{volume.partner} has no charges in {volume.currency}", where=where, mend=f"Give {known}.")
    others: Sequence[Volume] = load_commitments(session) if isinstance(volume, Commitment) else load_swaps(session)
    for other in others:
        together = other.from_ms < volume.until_ms and volume.from_ms < other.until_ms
        if other.id != volume.id and together and _about(other) == _about(volume):
            mend = f"Change that one, or end it first: `switchboard {volume.noun}s set {other.id} until=DATE`."
            raise ConflictError(f"{other.title} is about the same calls at the same time", where=where, mend=mend)


def _about(volume: Volume) -> tuple[object, ...]:
    return volume.partner, volume.destination, volume.country, volume.code, volume.currency


def _table(kind: type[Volume]) -> type[CommitmentRecord] | type[SwapRecord]:
    return CommitmentRecord if issubclass(kind, Commitment) else SwapRecord


def _volume(record: Record) -> Volume:
    return _commitment(record) if isinstance(record, CommitmentRecord) else _swap(record)


def _commitment(record: CommitmentRecord) -> Commitment:
    return Commitment(
        id=record.id,
        partner=PartnerId(record.vendor),
        from_ms=record.from_ms,
        until_ms=record.until_ms,
        destination=DestinationId(record.destination) if record.destination is not None else None,
        country=record.country,
        code=record.code,
        currency=Currency(record.currency) if record.currency else None,
        note=record.note,
        minutes=record.minutes,
        units=record.units,
        true_up=record.true_up,
        warn_pct=record.warn_pct,
    )


def _swap(record: SwapRecord) -> Swap:
    return Swap(
        id=record.id,
        partner=PartnerId(record.partner),
        from_ms=record.from_ms,
        until_ms=record.until_ms,
        destination=DestinationId(record.destination) if record.destination is not None else None,
        country=record.country,
        code=record.code,
        currency=Currency(record.currency) if record.currency else None,
        note=record.note,
        low=record.low,
        high=record.high,
    )


def _record(volume: Volume) -> Record:
    plain: dict[str, Any] = {
        "id": volume.id,
        "destination": volume.destination,
        "country": volume.country,
        "code": volume.code,
        "from_ms": volume.from_ms,
        "until_ms": volume.until_ms,
        "currency": volume.currency,
        "note": volume.note,
    }
    if isinstance(volume, Commitment):
        own = {name: getattr(volume, name) for name in ("minutes", "units", "true_up", "warn_pct")}
        return CommitmentRecord(vendor=volume.partner, **plain, **own)
    assert isinstance(volume, Swap), "a volume is a commitment or a swap"
    return SwapRecord(partner=volume.partner, low=volume.low, high=volume.high, **plain)

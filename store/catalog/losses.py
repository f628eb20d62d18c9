"""Allowed losses: calls of a client that may lose money, by name and within a budget."""

from dataclasses import fields, replace

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.ids import DestinationId, PartnerId
from domain.limits import Period
from domain.losses import AllowedLoss, LossId, check_allowed
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.tables import AllowedLossRecord, DestinationRecord, PartnerRecord

NOUN = "allowed loss"


class AllowedLosses:
    """Adds, changes, removes and reads allowed losses. Invariant: what one names was there when it was named."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, loss: AllowedLoss, *, who: str, at_ms: int) -> AllowedLoss:
        """Add an allowance with a budget that nothing was lost of, and return it.

        Raises InputError for bad values, ConflictError for a taken id, NotFoundError for names.
        """
        loss = replace(loss, made_ms=at_ms)
        with self._sessions.writing() as session:
            checks.slug(loss.id, f"{NOUN} {loss.id}")
            checks.free(session, AllowedLossRecord, loss.id, NOUN)
            _check(session, loss)
            session.add(_record(loss))
            audit.record(session, who, at_ms, "add", NOUN, loss.id, after=loss)
        return loss

    def change(self, loss: AllowedLoss, *, who: str, at_ms: int) -> None:
        """Give an allowance new values; what was lost by it stays counted."""
        with self._sessions.writing() as session:
            before = _loss(checks.existing(session, AllowedLossRecord, loss.id, NOUN))
            _check(session, loss)
            session.merge(_record(loss))
            audit.record(session, who, at_ms, "change", NOUN, loss.id, before=before, after=loss)

    def remove(self, loss: LossId, *, who: str, at_ms: int) -> None:
        """Remove an allowance: no call may lose money by it from then on."""
        with self._sessions.writing() as session:
            record = checks.existing(session, AllowedLossRecord, loss, NOUN)
            before = _loss(record)
            session.delete(record)
            audit.record(session, who, at_ms, "remove", NOUN, loss, before=before)

    def get(self, loss: LossId) -> AllowedLoss:
        """Return an allowance. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return _loss(checks.existing(session, AllowedLossRecord, loss, NOUN))

    def list(self) -> list[AllowedLoss]:
        """Return all by id."""
        with self._sessions.reading() as session:
            return load_losses(session)


def load_losses(session: Session) -> list[AllowedLoss]:
    """Read all in a session that is open already."""
    rows = session.scalars(select(AllowedLossRecord).order_by(col(AllowedLossRecord.id)))
    return [_loss(record) for record in rows]


def _check(session: Session, loss: AllowedLoss) -> None:
    where = f"{NOUN} {loss.id}"
    check_allowed(loss)
    checks.zone(loss.zone, where)
    for partner in (loss.client, loss.vendor):
        if partner is not None:
            checks.existing(session, PartnerRecord, partner, "partner")
    if loss.destination is not None:
        checks.existing(session, DestinationRecord, loss.destination, "destination")


def _loss(record: AllowedLossRecord) -> AllowedLoss:
    return AllowedLoss(
        id=LossId(record.id),
        client=PartnerId(record.client),
        budget=record.budget,
        period=Period(record.period),
        vendor=PartnerId(record.vendor) if record.vendor else None,
        destination=DestinationId(record.destination) if record.destination is not None else None,
        code=record.code,
        most_bp=record.most_bp,
        from_ms=record.from_ms,
        until_ms=record.until_ms,
        zone=record.zone,
        why=record.why,
        made_ms=record.made_ms,
    )


def _record(loss: AllowedLoss) -> AllowedLossRecord:
    plain = {field.name: getattr(loss, field.name) for field in fields(loss)}
    return AllowedLossRecord(**plain | {"period": loss.period.value})

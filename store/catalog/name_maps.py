"""What partners call our destinations: decided once, remembered."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import InputError, NotFoundError
from domain.ids import DestinationId, PartnerId
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.tables import DestinationRecord, NameMapRecord, PartnerRecord

NOUN = "name-map"


class NameMaps:
    """Keeps names of partners for destinations. A name is theirs letter by letter, but for spaces around it."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def set(self, partner: PartnerId, names: Mapping[str, str], *, who: str, at_ms: int) -> int:
        """Remember what a partner's names mean, by our destinations' names; return how many of them are news.

        Raises NotFoundError for a partner or destination that is not there: none of the names is kept then.
        """
        with self._sessions.writing() as session:
            checks.existing(session, PartnerRecord, partner, "partner")
            before = _names(session, partner)
            after = {_checked(name, partner): destination for name, destination in names.items()}
            news = {name: destination for name, destination in after.items() if before.get(name) != destination}
            for name, destination in news.items():
                session.merge(NameMapRecord(partner=partner, name=name, destination=_id(session, destination)))
            if news:
                was = {name: before[name] for name in news if name in before}
                audit.record(session, who, at_ms, "set", NOUN, partner, before=was, after=news)
            return len(news)

    def remove(self, partner: PartnerId, name: str, *, who: str, at_ms: int) -> None:
        """Forget a name. Raises NotFoundError."""
        with self._sessions.writing() as session:
            before = _names(session, partner)
            record = session.get(NameMapRecord, (partner, name.strip()))
            if record is None:
                raise NotFoundError(f"{partner} has no name {name!r} that is mapped", mend="Look at the list of them.")
            session.delete(record)
            audit.record(session, who, at_ms, "remove", NOUN, partner, before={record.name: before[record.name]})

    def of(self, partner: PartnerId) -> dict[str, str]:
        """Return the names of a partner and our destinations' names, by theirs."""
        with self._sessions.reading() as session:
            return _names(session, partner)

    def to(self, destination: DestinationId) -> tuple[tuple[str, str], ...]:
        """Return who calls a destination what, by partner and name."""
        columns = col(NameMapRecord.partner), col(NameMapRecord.name)
        query = select(*columns).where(col(NameMapRecord.destination) == destination).order_by(*columns)
        with self._sessions.reading() as session:
            return tuple((partner, name) for partner, name in session.execute(query))


def _names(session: Session, partner: str) -> dict[str, str]:
    joined = col(DestinationRecord.id) == col(NameMapRecord.destination)
    query = select(col(NameMapRecord.name), col(DestinationRecord.name)).join(DestinationRecord, joined)
    rows = session.execute(query.where(col(NameMapRecord.partner) == partner).order_by(col(NameMapRecord.name)))
    return {theirs: ours for theirs, ours in rows}  # noqa: C416  # dict() would lose the types


def _checked(name: str, partner: str) -> str:
    if not name.strip():
        raise InputError("a name is empty", where=f"names of {partner}", mend="Give it as their sheets have it.")
    return name.strip()


def _id(session: Session, destination: str) -> int:
    found = session.scalar(select(col(DestinationRecord.id)).where(col(DestinationRecord.name) == destination))
    if found is None:
        mend = "See `switchboard codes list`."
        raise NotFoundError(f"there is no destination {destination!r}", mend=mend)
    return found

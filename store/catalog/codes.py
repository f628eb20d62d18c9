"""The reference book in the catalog: seeded once, then changed by dated entries that never overwrite."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.codes import BASE, CodeEntry, CodeMatch, Destination, ReferenceBook
from domain.errors import InputError
from domain.ids import DestinationId
from store.catalog import audit, checks
from store.catalog.bulk import insert_rows
from store.catalog.engine import Sessions
from store.tables import CodeRecord, DestinationRecord, ReferenceVersionRecord


@dataclass(frozen=True, slots=True)
class CodeSeed:
    """A code and the name, country and kind of the destination that it belongs to (made when it is new)."""

    code: str
    name: str
    country: str
    kind: str = BASE


@dataclass(frozen=True, slots=True)
class BookChange:
    """What a change of the book did: its version after it, destinations and codes added, codes moved elsewhere."""

    version: int
    destinations: int
    codes: int
    moved: int


@dataclass(frozen=True, slots=True)
class CodePage:
    """Some of the codes that a question found, and how many there are."""

    rows: tuple[CodeMatch, ...]
    total: int


class Codes:
    """Changes and reads the reference book."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def enter(self, codes: Sequence[CodeSeed], source: str, *, who: str, at_ms: int) -> BookChange:
        """Enter codes: new ones are added (valid always in an empty book, else from `at_ms`), known ones with another
        destination move there at `at_ms`. What is not named stays. Entering the same again changes nothing."""
        for entry in codes:
            checks.digits(entry.code, f"destination {entry.name}")
        with self._sessions.writing() as session:
            version = _version(session)
            destinations, fresh = _destinations(session, codes)
            current = dict(_current(session, at_ms))
            added = [entry for entry in codes if entry.code not in current]
            moved = [e for e in codes if e.code in current and current[e.code][1] != destinations[e.name]]
            if not (fresh or moved or added):
                return BookChange(version, 0, 0, 0)
            for entry in moved:
                session.get_one(CodeRecord, current[entry.code][0]).valid_until_ms = at_ms
            session.flush()
            since = at_ms if version else 0
            columns = ("code", "destination", "valid_from_ms", "valid_until_ms")
            rows = [(entry.code, destinations[entry.name], since, None) for entry in added]
            rows += [(entry.code, destinations[entry.name], at_ms, None) for entry in moved]
            insert_rows(session, "code", columns, rows)
            session.add(ReferenceVersionRecord(version=version + 1, known_ms=at_ms, source=source))
            change = BookChange(version + 1, fresh, len(added), len(moved))
            audit.record(session, who, at_ms, "enter-codes", "codes", source, after=change)
            return change

    def find(self, number: str, at_ms: int) -> tuple[CodeMatch, ...]:
        """Return the codes that begin a number at a moment, longest first: the first one decides."""
        if not (number.isascii() and number.isdigit()):
            raise InputError(f"{number!r} is no number", mend="Give digits with the country code, without +.")
        beginnings = [number[:length] for length in range(1, min(len(number), 15) + 1)]
        return self._page(and_(col(CodeRecord.code).in_(beginnings), _valid(at_ms)), longest_first=True).rows

    def page(self, at_ms: int, *, text: str = "", limit: int = 200, offset: int = 0) -> CodePage:
        """Return codes that begin with the digits of `text`, or whose destination's name contains it, by code."""
        found = col(CodeRecord.code).like(f"{text}%") if text.isdigit() else _named(text)
        return self._page(and_(found, _valid(at_ms)), limit=limit, offset=offset)

    def book(self, at_ms: int) -> ReferenceBook:
        """Return the whole book as it is at a moment."""
        with self._sessions.reading() as session:
            destinations = [_destination(record) for record in session.scalars(select(DestinationRecord))]
            return ReferenceBook(_version(session), destinations, _entries(session, at_ms), at_ms)

    def destinations(self) -> dict[DestinationId, Destination]:
        """Return all destinations."""
        with self._sessions.reading() as session:
            found = [_destination(record) for record in session.scalars(select(DestinationRecord))]
        return {destination.id: destination for destination in found}

    def version(self) -> int:
        """Return the version of the book; 0 while it is empty."""
        with self._sessions.reading() as session:
            return _version(session)

    def _page(
        self, choice: ColumnElement[bool], *, longest_first: bool = False, limit: int = 200, offset: int = 0
    ) -> CodePage:
        code = col(CodeRecord.code)
        joined = col(DestinationRecord.id) == col(CodeRecord.destination)
        query = select(code, DestinationRecord).join(DestinationRecord, joined).where(choice)
        order = (func.length(code).desc(),) if longest_first else (code.asc(),)
        with self._sessions.reading() as session:
            rows = session.execute(query.order_by(*order).limit(limit).offset(offset)).all()
            counted = select(func.count()).select_from(CodeRecord).join(DestinationRecord, joined).where(choice)
            total = session.scalar(counted) or 0
            return CodePage(tuple(CodeMatch(text, _destination(record)) for text, record in rows), total)


def _valid(at_ms: int) -> ColumnElement[bool]:
    until = col(CodeRecord.valid_until_ms)
    return and_(col(CodeRecord.valid_from_ms) <= at_ms, or_(until.is_(None), until > at_ms))


def _named(text: str) -> ColumnElement[bool]:
    return func.lower(col(DestinationRecord.name)).contains(text.lower(), autoescape=True)


def _version(session: Session) -> int:
    return session.scalar(select(func.max(col(ReferenceVersionRecord.version)))) or 0


def _current(session: Session, at_ms: int) -> Iterable[tuple[str, tuple[int, int]]]:
    record = (col(CodeRecord.code), col(CodeRecord.id), col(CodeRecord.destination))
    for code, id_, destination in session.execute(select(*record).where(_valid(at_ms))):
        yield code, (id_ or 0, destination)


def _entries(session: Session, at_ms: int) -> list[CodeEntry]:
    query = select(
        col(CodeRecord.code),
        col(CodeRecord.destination),
        col(CodeRecord.valid_from_ms),
        col(CodeRecord.valid_until_ms),
    ).where(_valid(at_ms))
    rows = session.execute(query)
    return [CodeEntry(code, DestinationId(owner), since, until) for code, owner, since, until in rows]


def _destinations(session: Session, codes: Sequence[CodeSeed]) -> tuple[dict[str, int], int]:
    """Return the id of each destination named, and how many had to be added. Ids are given once and for ever."""
    known = session.execute(select(col(DestinationRecord.name), col(DestinationRecord.id)))
    ids = {name: id_ for name, id_ in known}  # noqa: C416  # dict() would lose the types
    first = max(ids.values(), default=0) + 1
    wanted = {entry.name: entry for entry in codes if entry.name not in ids}
    rows = [
        (number, name, wanted[name].country, wanted[name].kind) for number, name in enumerate(sorted(wanted), first)
    ]
    insert_rows(session, "destination", ("id", "name", "country", "kind"), rows)
    return ids | {name: number for number, name, _, _ in rows}, len(rows)


def _destination(record: DestinationRecord) -> Destination:
    return Destination(DestinationId(record.id), record.name, record.country, record.kind)

"""The reference book in the catalog, read: as it is and was at any moment, as known now and in any version before."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.code_times import Times
from domain.codes import CodeEntry, CodeMatch, Destination, ReferenceBook
from domain.codes import CodeSeed as CodeSeed  # who enters codes takes both from here
from domain.errors import InputError, NotFoundError
from domain.ids import DestinationId
from store.catalog import code_edits
from store.catalog.code_edits import BookChange
from store.catalog.engine import Sessions
from store.tables import CodeRecord, DestinationRecord, FormerNameRecord, ReferenceVersionRecord


@dataclass(frozen=True, slots=True)
class CodePage:
    """Some of the codes that a question found, and how many there are."""

    rows: tuple[CodeMatch, ...]
    total: int


@dataclass(frozen=True, slots=True)
class BookVersion:
    """A change of the book: from where, by whom (UTC ms), how many entries of codes it began to know and ceased to."""

    version: int
    known_ms: int
    source: str
    who: str
    begun: int
    ended: int


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """An entry of a code and the versions [from, until) of the book that know it; until None: it is known now."""

    entry: CodeEntry
    destination: Destination
    from_version: int
    until_version: int | None


class Codes:
    """Reads the reference book, and enters what metadata and files say. store.catalog.code_changes changes it by hand.

    A `version` None is the newest. Names are those of that version.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def enter(
        self, codes: Sequence[CodeSeed], source: str, *, who: str, at_ms: int, ours_stay: bool = False
    ) -> BookChange:
        """Enter codes: new ones are added (valid always in an empty book, else from `at_ms`), known ones with another
        destination move there at `at_ms`. What is not named stays. Entering the same again changes nothing.

        ours_stay: codes that came by other sources, or were changed by them, are left as they are.
        """
        with self._sessions.writing() as session:
            return code_edits.enter(session, codes, source, who, at_ms, ours_stay=ours_stay)

    def find(self, number: str, at_ms: int, version: int | None = None) -> tuple[CodeMatch, ...]:
        """Return the codes that begin a number at a moment, longest first: the first one decides."""
        if not (number.isascii() and number.isdigit()):
            raise InputError(f"{number!r} is no number", mend="Give digits with the country code, without +.")
        beginnings = [number[:length] for length in range(1, min(len(number), 15) + 1)]
        found = col(CodeRecord.code).in_(beginnings)
        return self._page(found, at_ms, version, longest_first=True).rows

    def page(
        self, at_ms: int, *, text: str = "", limit: int = 200, offset: int = 0, version: int | None = None
    ) -> CodePage:
        """Return codes that begin with the digits of `text`, or whose destination's name contains it, by code."""
        found = col(CodeRecord.code).like(f"{text}%") if text.isdigit() else _named(text)
        return self._page(found, at_ms, version, limit=limit, offset=offset)

    def of(
        self, destination: DestinationId, at_ms: int, *, limit: int, offset: int = 0, version: int | None = None
    ) -> CodePage:
        """Return codes of a destination."""
        found = col(CodeRecord.destination) == destination
        return self._page(found, at_ms, version, limit=limit, offset=offset)

    def book(self, at_ms: int, version: int | None = None) -> ReferenceBook:
        """Return the whole book as it is at a moment."""
        with self._sessions.reading() as session:
            known = code_edits.version_of(session, version)
            entries = code_edits.entries(session, known, code_edits.valid(at_ms))
            return ReferenceBook(known, _destinations(session, known).values(), entries, at_ms)

    def times(self, version: int | None = None) -> dict[str, Times]:
        """Return where each code belongs over time."""
        with self._sessions.reading() as session:
            return code_edits.times(session, code_edits.version_of(session, version))

    def destinations(self, version: int | None = None) -> dict[DestinationId, Destination]:
        """Return all destinations."""
        with self._sessions.reading() as session:
            return _destinations(session, code_edits.version_of(session, version))

    def destination(self, name: str) -> Destination:
        """Return a destination by its name, or by one that it had. Raises NotFoundError, which names near ones."""
        with self._sessions.reading() as session:
            return code_edits.destination_of(code_edits.named(session, name))

    def former_names(self, destination: DestinationId) -> tuple[tuple[str, int], ...]:
        """Return the names that a destination had, and before which version of the book each of them was in use."""
        columns = col(FormerNameRecord.name), col(FormerNameRecord.until_version)
        query = select(*columns).where(col(FormerNameRecord.destination) == destination)
        with self._sessions.reading() as session:
            return tuple((name, until) for name, until in session.execute(query.order_by(columns[1])))

    def version(self) -> int:
        """Return the version of the book; 0 while it is empty."""
        with self._sessions.reading() as session:
            return code_edits.version_of(session)

    def edition(self, at_ms: int) -> tuple[int, int]:
        """Return the version of the book, and the last moment up to now at which a code of it began or ended to belong
        to a destination: while both stay, all numbers belong where they did."""
        with self._sessions.reading() as session:
            known = code_edits.version_of(session)
            moments = [
                session.scalar(select(func.max(moment)).where(code_edits.known(known), moment <= at_ms)) or 0
                for moment in (col(CodeRecord.valid_from_ms), col(CodeRecord.valid_until_ms))
            ]
            return known, max(moments)

    def versions(self, *, limit: int, offset: int = 0) -> tuple[tuple[BookVersion, ...], int]:
        """Return the changes of the book, the last one first, and how many there were."""
        counts = [
            select(func.count()).select_from(CodeRecord).where(column == col(ReferenceVersionRecord.version))
            for column in (col(CodeRecord.from_version), col(CodeRecord.until_version))
        ]
        query = select(ReferenceVersionRecord).order_by(col(ReferenceVersionRecord.version).desc())
        with self._sessions.reading() as session:
            columns = [count.scalar_subquery() for count in counts]
            found = session.execute(query.add_columns(*columns).limit(limit).offset(offset)).all()
            total = session.scalar(select(func.count()).select_from(ReferenceVersionRecord)) or 0
        rows = (BookVersion(one.version, one.known_ms, one.source, one.who, *counts) for one, *counts in found)
        return tuple(rows), total

    def history(self, code: str) -> tuple[KnownEntry, ...]:
        """Return all that was ever known of a code: by version, then by moment. Raises NotFoundError."""
        order = col(CodeRecord.from_version), col(CodeRecord.valid_from_ms)
        with self._sessions.reading() as session:
            now = _destinations(session, code_edits.version_of(session))
            records = session.scalars(select(CodeRecord).where(col(CodeRecord.code) == code).order_by(*order)).all()
        if not records:
            raise NotFoundError(f"the book never had the code {code!r}", mend="See `switchboard codes find NUMBER`.")
        return tuple(
            KnownEntry(_entry(one), now[DestinationId(one.destination)], one.from_version, one.until_version)
            for one in records
        )

    def _page(
        self,
        choice: ColumnElement[bool],
        at_ms: int,
        version: int | None,
        *,
        longest_first: bool = False,
        limit: int = 200,
        offset: int = 0,
    ) -> CodePage:
        code = col(CodeRecord.code)
        joined = col(DestinationRecord.id) == col(CodeRecord.destination)
        with self._sessions.reading() as session:
            known = code_edits.version_of(session, version)
            wanted = and_(choice, code_edits.known(known), code_edits.valid(at_ms))
            dates = col(CodeRecord.valid_from_ms), col(CodeRecord.valid_until_ms)
            query = select(code, col(CodeRecord.destination), *dates).join(DestinationRecord, joined).where(wanted)
            order = (func.length(code).desc(),) if longest_first else (code.asc(),)
            rows = session.execute(query.order_by(*order).limit(limit).offset(offset)).all()
            counted = select(func.count()).select_from(CodeRecord).join(DestinationRecord, joined).where(wanted)
            owners = _destinations(session, known, {owner for _, owner, *_ in rows})
            matches = tuple(
                CodeMatch(text, owners[DestinationId(owner)], since, until) for text, owner, since, until in rows
            )
            return CodePage(matches, session.scalar(counted) or 0)


def _named(text: str) -> ColumnElement[bool]:
    return func.lower(col(DestinationRecord.name)).contains(text.lower(), autoescape=True)


def _destinations(session: Session, version: int, only: set[int] | None = None) -> dict[DestinationId, Destination]:
    """Return destinations by the names that they had in a version."""
    records, former = select(DestinationRecord), select(FormerNameRecord)
    former = former.where(col(FormerNameRecord.until_version) > version)
    if only is not None:
        records = records.where(col(DestinationRecord.id).in_(only))
        former = former.where(col(FormerNameRecord.destination).in_(only))
    names = {
        one.destination: one.name
        for one in session.scalars(former.order_by(col(FormerNameRecord.until_version).desc()))
    }  # the earliest one after the version is the last to be put in
    found = (code_edits.destination_of(one, names.get(one.id, one.name)) for one in session.scalars(records))
    return {one.id: one for one in found}


def _entry(record: CodeRecord) -> CodeEntry:
    owner = DestinationId(record.destination)
    return CodeEntry(record.code, owner, record.valid_from_ms, record.valid_until_ms)

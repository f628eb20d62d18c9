"""Drafts of codes summed by the sheet that left them and the destination that their numbers have now."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.code_times import Times, owner_at
from domain.errors import NotFoundError
from domain.ids import DestinationId
from store.catalog import code_edits
from store.catalog.engine import Sessions
from store.tables import CodeDraftRecord, DestinationRecord

DRAFT, CONFIRMED, REFUSED = "draft", "confirmed", "refused"


class DraftSum(NamedTuple):
    """How many drafts a sheet left under a destination, "" under none; `first` and `last` of their codes."""

    sheet: int
    partner: str
    plan: str
    under: str
    drafts: int
    first: str
    last: str


class _Placed(NamedTuple):
    """A draft, and the destination of the longest shorter code at its moment, None for none."""

    code: str
    sheet: int
    partner: str
    plan: str
    under: DestinationId | None


class CodeDrafts:
    """Reads drafts by what they are under: a draft is under what its numbers belong to from its rate's day on."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def sums(self, state: str = DRAFT, *, at_ms: int, sheet: int = 0, under: str | None = None) -> tuple[DraftSum, ...]:
        """Return sums by sheet, the newest first, then most drafts first.

        "" for all states, 0 for all sheets, None whatever they are under.
        """
        with self._sessions.reading() as session:
            names = _names(session)
            placed = list(_placed(session, at_ms, *_wanted(state, sheet)))
        codes: dict[tuple[int, str, str, DestinationId | None], list[str]] = {}
        for one in placed:
            codes.setdefault((one.sheet, one.partner, one.plan, one.under), []).append(one.code)
        found = [
            DraftSum(*key[:3], names.get(key[3], ""), len(its), its[0], its[-1])  # they come by code
            for key, its in codes.items()
        ]
        found = [one for one in found if under is None or one.under.casefold() == under.strip().casefold()]
        return tuple(sorted(found, key=lambda one: (-one.sheet, -one.drafts, one.under)))

    def codes(self, state: str = DRAFT, *, at_ms: int, sheet: int = 0, under: str | None = None) -> tuple[str, ...]:
        """Return the codes of drafts: of a sheet (0: of all), under a destination ("": under no code; None: all)."""
        wanted = _wanted(state, sheet)
        with self._sessions.reading() as session:
            if under is None:
                code = col(CodeDraftRecord.code)
                return tuple(session.scalars(select(code).where(*wanted).order_by(code)))
            owner = DestinationId(code_edits.named(session, under).id) if under else None
            return tuple(one.code for one in _placed(session, at_ms, *wanted) if one.under == owner)

    def waiting(self, sheet: int, under: str | None = None, *, at_ms: int) -> tuple[str, ...]:
        """Return the codes of a sheet's drafts that nobody decided. Raises NotFoundError where there is none."""
        found = self.codes(sheet=sheet, under=under, at_ms=at_ms)
        if not found:
            where = "" if under is None else f" under {under}" if under else " under no code of the book"
            mend = "See `switchboard codes drafts --sums`."
            raise NotFoundError(f"no draft of sheet {sheet}{where} waits for a decision", mend=mend)
        return found


def _wanted(state: str, sheet: int) -> list[ColumnElement[bool]]:
    wanted = [col(CodeDraftRecord.state) == state] if state else []
    return [*wanted, col(CodeDraftRecord.sheet) == sheet] if sheet else wanted


def _names(session: Session) -> Mapping[DestinationId | None, str]:
    columns = col(DestinationRecord.id), col(DestinationRecord.name)
    return {DestinationId(id_): name for id_, name in session.execute(select(*columns))}


def _placed(session: Session, at_ms: int, *wanted: ColumnElement[bool]) -> Iterator[_Placed]:
    """Yield drafts by code with what they are under."""
    known = code_edits.times(session, code_edits.version_of(session))
    columns = (
        col(CodeDraftRecord.code),
        col(CodeDraftRecord.sheet),
        col(CodeDraftRecord.partner),
        col(CodeDraftRecord.plan),
        col(CodeDraftRecord.valid_from_ms),
    )
    for code, sheet, partner, plan, from_ms in session.execute(select(*columns).where(*wanted).order_by(columns[0])):
        yield _Placed(code, sheet, partner, plan, under_at(known, code, max(at_ms, from_ms)))


def under_at(known: Mapping[str, Times], code: str, at_ms: int) -> DestinationId | None:
    """Return the destination of the longest shorter code at a moment; None where no code begins it."""
    for length in range(len(code) - 1, 0, -1):
        times = known.get(code[:length])
        if times and (owner := owner_at(times, at_ms)) is not None:
            return owner
    return None

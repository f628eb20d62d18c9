"""The reference book changed by operators: single codes from a moment on, whole files, other names, drafts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.code_times import CodeDifference, differences, owner_at
from domain.codes import CodeSeed
from domain.errors import ConflictError, InputError, NotFoundError
from store.catalog import audit, checks, code_edits
from store.catalog.bulk import among, insert_rows, listed
from store.catalog.code_drafts import CONFIRMED, DRAFT, REFUSED, under_at
from store.catalog.code_edits import BookChange, Edit
from store.catalog.engine import Sessions
from store.tables import CodeDraftRecord, CodeRecord, DestinationRecord

_COLUMNS = ("code", "plan", "partner", "sheet", "name", "valid_from_ms", "entered_ms", "state", "decided_by")


class DraftSheet(NamedTuple):
    """How many drafts a sheet left."""

    sheet: int
    partner: str
    plan: str
    drafts: int


@dataclass(frozen=True, slots=True)
class CodeDraft:
    """A code that a sheet had and the book has not. `name`: what the sheet calls it; `valid_from_ms`: of its rate."""

    code: str
    plan: str
    partner: str
    sheet: int
    name: str
    valid_from_ms: int
    entered_ms: int = 0
    state: str = DRAFT
    decided_by: str = ""
    decided_ms: int | None = None


class CodeChanges:
    """Changes the book. What was known before stays readable by its version; each change is one version."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, codes: Sequence[CodeSeed], from_ms: int, *, who: str, at_ms: int) -> BookChange:
        """Add codes from a moment on. Raises ConflictError for one that belongs to a destination then, or later."""
        with self._sessions.writing() as session:
            known = code_edits.times(session, code_edits.version_of(session))
            for one in codes:
                checks.digits(one.code, "codes")
                busy = [entry for entry in known.get(one.code, ()) if (entry.valid_until_ms or from_ms + 1) > from_ms]
                if busy:
                    owner = session.get_one(DestinationRecord, busy[0].destination).name
                    mend = f"Move it: `switchboard codes move {one.code} DESTINATION`."
                    raise ConflictError(f"code {one.code} belongs to {owner}", mend=mend)
            return self._put(session, codes, from_ms, "codes added", who, at_ms)

    def move(self, codes: Sequence[CodeSeed], from_ms: int, *, who: str, at_ms: int) -> BookChange:
        """Let codes belong to another destination from a moment on. Raises NotFoundError for one that belongs to none.

        Calls keep the destination that they were recorded with.
        """
        with self._sessions.writing() as session:
            self._belong(session, [one.code for one in codes], from_ms)
            return self._put(session, codes, from_ms, "codes moved", who, at_ms)

    def end(self, codes: Sequence[str], from_ms: int, *, who: str, at_ms: int) -> BookChange:
        """Let codes belong to no destination from a moment on: their numbers are those of the longest shorter code."""
        with self._sessions.writing() as session:
            self._belong(session, codes, from_ms)
            edits = [Edit(code, None, from_ms) for code in codes]
            return code_edits.apply(session, edits, "codes ended", who, at_ms)

    def rename(self, destination: str, name: str, *, who: str, at_ms: int) -> BookChange:
        """Give a destination another name."""
        with self._sessions.writing() as session:
            return code_edits.rename(session, destination, name, who, at_ms)

    def replace(
        self, codes: Sequence[CodeSeed], source: str, from_ms: int, *, full: bool, who: str, at_ms: int, dry: bool
    ) -> BookChange:
        """Let codes belong from a moment on where a list says. `full`: codes that it does not name end then.

        `dry`: only say what it would do. Codes that belong there already stay as they are, with what is planned.
        """
        with self._sessions.writing() as session:
            version = code_edits.version_of(session)
            known = code_edits.times(session, version)
            ids, fresh = code_edits.placed(session, codes, from_ms)
            since = from_ms if version else 0
            edits = [
                Edit(one.code, ids[one.name], since)
                for one in codes
                if owner_at(known.get(one.code, ()), from_ms) != ids[one.name]
            ]
            if full:
                named = {one.code for one in codes}
                rest = sorted(code for code, its in known.items() if code not in named and owner_at(its, from_ms))
                edits += [Edit(code, None, from_ms) for code in rest]
            change = code_edits.apply(session, edits, source, who, at_ms, fresh=fresh, known_now=known)
            if dry:
                session.rollback()
            return change

    def between(self, one: int, other: int) -> list[CodeDifference]:
        """Return what the book knows otherwise in a version than in another before. Raises NotFoundError."""
        with self._sessions.reading() as session:
            before, after = (
                code_edits.times(session, code_edits.version_of(session, version)) for version in (one, other)
            )
        return differences(before, after)

    def draft(self, drafts: Sequence[CodeDraft], *, who: str, at_ms: int) -> tuple[str, ...]:
        """Keep codes that the book does not have, now or later, as drafts; return those that are new among them.

        What was decided about a code stands. No number is looked up by a draft, so nothing else changes.
        """
        with self._sessions.writing() as session:
            version = code_edits.version_of(session)
            lasting = code_edits.known(version), code_edits.lasting(at_ms)
            given = listed(session, [one.code for one in drafts])
            these = text(among(session, "code", "codes")).bindparams(codes=given)
            taken = set(session.scalars(select(col(CodeDraftRecord.code)).where(these)))
            taken |= set(session.scalars(select(col(CodeRecord.code)).where(*lasting, these)))
            new = {one.code: one for one in drafts if one.code not in taken}
            for one in new.values():
                checks.digits(one.code, f"sheet {one.sheet}")
            insert_rows(session, "code_draft", _COLUMNS, [_row(one, at_ms) for one in new.values()])
            if new:
                first = sorted(new)[: code_edits.SHOWN]
                after = {"drafts": len(new), "first": first}
                sheet = next(iter(new.values())).sheet
                audit.record(session, who, at_ms, "draft-codes", "codes", f"sheet {sheet}", after=after)
            return tuple(sorted(new))

    def withdraw(self, sheet: int, *, who: str, at_ms: int) -> int:
        """Forget the drafts of a sheet that nobody decided; return how many they were."""
        wanted = col(CodeDraftRecord.sheet) == sheet, col(CodeDraftRecord.state) == DRAFT
        with self._sessions.writing() as session:
            count = session.scalar(select(func.count()).select_from(CodeDraftRecord).where(*wanted)) or 0
            if count:
                session.execute(delete(CodeDraftRecord).where(*wanted))
                after = {"drafts": count}
                audit.record(session, who, at_ms, "withdraw-codes", "codes", f"sheet {sheet}", after=after)
            return count

    def drafts(
        self,
        state: str = DRAFT,
        *,
        sheet: int = 0,
        limit: int | None = None,
        offset: int = 0,
        only: Sequence[str] | None = None,
    ) -> tuple[tuple[CodeDraft, ...], int]:
        """Return drafts by code ("": all states, 0: all sheets, `only`: of these codes), and how many there are."""
        wanted = [col(CodeDraftRecord.state) == state] if state else []
        wanted += [col(CodeDraftRecord.sheet) == sheet] if sheet else []
        wanted += [col(CodeDraftRecord.code).in_(only)] if only is not None else []
        query = select(CodeDraftRecord).where(*wanted).order_by(col(CodeDraftRecord.code))
        with self._sessions.reading() as session:
            rows = tuple(_draft(one) for one in session.scalars(query.limit(limit).offset(offset)))
            total = session.scalar(select(func.count()).select_from(CodeDraftRecord).where(*wanted)) or 0
        return rows, total

    def draft_sheets(self, state: str = DRAFT, *, sheet: int = 0) -> tuple[DraftSheet, ...]:
        """Return the sheets that left drafts of a state, that with most first."""
        key = col(CodeDraftRecord.sheet), col(CodeDraftRecord.partner), col(CodeDraftRecord.plan)
        query = select(*key, func.count()).group_by(*key).order_by(func.count().desc(), key[0])
        query = query.where(col(CodeDraftRecord.state) == state) if state else query
        query = query.where(key[0] == sheet) if sheet else query
        with self._sessions.reading() as session:
            return tuple(DraftSheet(*row) for row in session.execute(query))

    def draft_codes(self, number: str) -> tuple[str, ...]:
        """Return the codes of drafts that begin a number."""
        beginnings = [number[:length] for length in range(1, len(number) + 1)]
        wanted = col(CodeDraftRecord.code).in_(beginnings), col(CodeDraftRecord.state) == DRAFT
        with self._sessions.reading() as session:
            return tuple(session.scalars(select(col(CodeDraftRecord.code)).where(*wanted)))

    def confirm(self, codes: Sequence[str], destination: str = "", *, who: str, at_ms: int) -> BookChange:
        """Take drafts into the book from now on, or from their rate's day where that is later.

        destination: else that of the longest shorter code. Raises ConflictError where a draft has neither.
        """
        with self._sessions.writing() as session:
            version = code_edits.version_of(session)
            known = code_edits.times(session, version)
            edits = []
            ids, fresh = (
                code_edits.placed(session, [CodeSeed(codes[0], destination)], at_ms) if destination else ({}, 0)
            )
            for code, valid_from_ms in _undecided(session, codes):
                from_ms = max(at_ms, valid_from_ms)
                owner: int | None = ids.get(destination) or under_at(known, code, from_ms)
                if owner is None:
                    mend = "Say where it belongs: --destination NAME."
                    raise ConflictError(f"no code of the book begins {code}", mend=mend)
                edits.append(Edit(code, owner, from_ms))
            _decide(session, codes, CONFIRMED, who, at_ms)
            return code_edits.apply(session, edits, "drafts confirmed", who, at_ms, fresh=fresh, known_now=known)

    def refuse(self, codes: Sequence[str], *, who: str, at_ms: int) -> None:
        """Refuse drafts: later sheets do not bring them up again; they may be confirmed all the same."""
        with self._sessions.writing() as session:
            _undecided(session, codes)
            _decide(session, codes, REFUSED, who, at_ms)
            first = list(codes[: code_edits.SHOWN])
            after = {"codes": len(codes), "first": first} if len(codes) > len(first) else {"codes": first}
            audit.record(session, who, at_ms, "refuse-codes", "codes", ", ".join(first)[:200], after=after)

    def _belong(self, session: Session, codes: Sequence[str], from_ms: int) -> None:
        known = code_edits.times(session, code_edits.version_of(session))
        for code in codes:
            if not any(_lasts(entry.valid_until_ms, from_ms) for entry in known.get(code, ())):
                mend = f"Add it: `switchboard codes add {code} DESTINATION`."
                raise NotFoundError(f"code {code} belongs to no destination then", mend=mend)

    def _put(
        self, session: Session, codes: Sequence[CodeSeed], from_ms: int, source: str, who: str, at_ms: int
    ) -> BookChange:
        if not codes:
            raise InputError("no codes are given", mend="Give some, such as 254700.")
        ids, fresh = code_edits.placed(session, codes, from_ms)
        edits = [Edit(one.code, ids[one.name], from_ms) for one in codes]
        return code_edits.apply(session, edits, source, who, at_ms, fresh=fresh)


def _lasts(until_ms: int | None, at_ms: int) -> bool:
    return until_ms is None or until_ms > at_ms


def _undecided(session: Session, codes: Sequence[str]) -> list[tuple[str, int]]:
    """Return drafts that may be decided with their rate's first moment, UTC ms.

    Raises NotFoundError, ConflictError where one is in the book already.
    """
    wanted = text(
        f"SELECT code, valid_from_ms, state, decided_by FROM code_draft WHERE {among(session, 'code', 'codes')}"
    )
    records = {row.code: row for row in session.execute(wanted, {"codes": listed(session, codes)})}
    found = []
    for code in dict.fromkeys(codes):
        record = records.get(code)
        if record is None:
            raise NotFoundError(f"{code} is no draft", mend="See `switchboard codes drafts`.")
        if record.state == CONFIRMED:
            mend = f"Move it: `switchboard codes move {code} DESTINATION`."
            raise ConflictError(f"{code} was confirmed by {record.decided_by}", mend=mend)
        found.append((code, int(record.valid_from_ms)))
    return found


def _decide(session: Session, codes: Sequence[str], state: str, who: str, at_ms: int) -> None:
    """Write what was decided of drafts, in one statement: a sheet leaves up to 100,000."""
    statement = f"""
        UPDATE code_draft SET state = :state, decided_by = :who, decided_ms = :at_ms
        WHERE {among(session, "code", "codes")}"""
    values = {"state": state, "who": who, "at_ms": at_ms, "codes": listed(session, codes)}
    session.execute(text(statement), values)


def _row(one: CodeDraft, at_ms: int) -> tuple[object, ...]:
    told = (one.code, one.plan, one.partner, one.sheet, one.name, one.valid_from_ms)
    return (*told, at_ms, DRAFT, "")


def _draft(one: CodeDraftRecord) -> CodeDraft:
    return CodeDraft(
        code=one.code,
        plan=one.plan,
        partner=one.partner,
        sheet=one.sheet,
        name=one.name,
        valid_from_ms=one.valid_from_ms,
        entered_ms=one.entered_ms,
        state=one.state,
        decided_by=one.decided_by,
        decided_ms=one.decided_ms,
    )

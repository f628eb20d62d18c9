"""Rate sheets that came: what they are, how far they are, and what analysts decided about them."""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import PlanId
from domain.sheets.corrections import Corrected
from domain.sheets.former import Former
from domain.sheets.steps import NEXT, SheetState, Step, StepDone
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.catalog.sheet_values import (
    Facts,
    NewSheet,
    Sheet,
    Wanted,
    corrected_of,
    former_of,
    put,
    sheet_of,
    step_of,
)
from store.tables import PlanRecord, SheetCorrectionRecord, SheetRecord, SheetStepRecord

__all__ = ["Facts", "NewSheet", "Sheet", "Sheets", "Wanted", "moved", "received"]
NOUN = "sheet"
DAY_MS = 86_400_000
CORRIGIBLE = (SheetState.ASKING, SheetState.CHECKED, SheetState.REFUSED)
LONGEST_ERROR = 2_000
ALL = Wanted()


class Sheets:
    """Enters, moves and reads sheets. What people decide is audited; what work finds out is not.

    Invariant: a sheet's state follows domain.sheets.steps.NEXT, and is APPLIED exactly while its rates count.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def receive(self, new: NewSheet, keep: Callable[[int], None] | None = None, *, who: str, at_ms: int) -> int:
        """Enter a sheet and return its id. Raises NotFoundError for a plan that is not there.

        `keep` is called with the id before the entry is final: it makes the bytes durable, and where it fails there is
        no sheet.
        """
        with self._sessions.writing() as session:
            number = received(session, new, who, at_ms)
            if keep is not None:
                keep(number)
            return number

    def enter(self, sheet: int, facts: Facts) -> None:
        """Write down what was found out about a sheet."""
        with self._sessions.writing() as session:
            put(_record(session, sheet), facts)

    def step(self, sheet: int, done: StepDone) -> None:
        """Write down a step that was done; one that is done again replaces itself."""
        with self._sessions.writing() as session:
            _record(session, sheet)
            session.merge(
                SheetStepRecord(
                    sheet=sheet,
                    step=done.step,
                    began_ms=done.began_ms,
                    ended_ms=done.ended_ms,
                    done=done.count,
                    words=done.words,
                )
            )

    def say(self, sheet: int, done: StepDone) -> None:
        """Add words to those of a step, and write it down where it was not."""
        with self._sessions.writing() as session:
            record = session.get(SheetStepRecord, (sheet, done.step))
            if record is not None:
                record.words = "; ".join(filter(None, (record.words, done.words)))
                return
        self.step(sheet, done)

    def move(
        self, sheet: int, state: SheetState, *, who: str, at_ms: int, error: str = "", facts: Facts | None = None
    ) -> Sheet:
        """Give a sheet its next state, and say why (`error`). Raises ConflictError where NEXT has it not.

        Read anew (WORKING) it begins with no step but that it was received. APPLIED and UNDONE come with their rates:
        store.catalog.plan_changes.
        """
        if state in (SheetState.APPLIED, SheetState.UNDONE):
            raise InputError("rates go in and out with their sheet", where=f"sheet {sheet}", mend="Apply or undo it.")
        with self._sessions.writing() as session:
            record = moved(session, sheet, state, who, at_ms)
            record.error = error[:LONGEST_ERROR]
            if facts is not None:
                put(record, facts)
            if state is SheetState.WORKING:
                _anew(session, record)
            elif state is SheetState.APPROVED:
                record.approved_by, record.approved_ms = who, at_ms
            elif state is SheetState.CANCELLED:
                record.ended_by, record.ended_ms = who, at_ms
            session.flush()
            return sheet_of(record)

    def correct(self, sheet: int, decided: Sequence[Corrected], *, who: str, at_ms: int) -> tuple[int, ...]:
        """Keep decisions about a sheet, signed, and make it WORKING, as it is read anew with them; return their ids.

        All or nothing: raises ConflictError where they come too late, or while it is being read (which may not see them
        any more), and nothing is kept.
        """
        with self._sessions.writing() as session:
            _check_corrigible(_record(session, sheet))
            kept = tuple(_kept(session, sheet, replace(one, who=who, at_ms=at_ms)) for one in decided)
            record = moved(session, sheet, SheetState.WORKING, who, at_ms)
            record.error = ""
            _anew(session, record)
            return kept

    def corrections(self, sheet: int) -> dict[int, Corrected]:
        """Return what was decided about a sheet, by id, in its order."""
        its = select(SheetCorrectionRecord).where(col(SheetCorrectionRecord.sheet) == sheet)
        with self._sessions.reading() as session:
            records = session.scalars(its.order_by(col(SheetCorrectionRecord.id)))
            return {record.id or 0: corrected_of(record.corrected) for record in records}

    def steps(self, sheet: int) -> tuple[StepDone, ...]:
        """Return the steps of a sheet that are done, in their order."""
        its = select(SheetStepRecord).where(col(SheetStepRecord.sheet) == sheet)
        with self._sessions.reading() as session:
            found = [step_of(record) for record in session.scalars(its)]
        order = list(Step)
        return tuple(sorted(found, key=lambda done: order.index(done.step)))

    def get(self, sheet: int) -> Sheet:
        """Return a sheet. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return sheet_of(_record(session, sheet))

    def list(self, wanted: Wanted = ALL, *, limit: int = 200, offset: int = 0) -> list[Sheet]:
        """Return sheets, newest first."""
        query = select(SheetRecord).where(*_choice(wanted)).order_by(col(SheetRecord.id).desc())
        with self._sessions.reading() as session:
            return [sheet_of(record) for record in session.scalars(query.limit(limit).offset(offset))]

    def count(self, wanted: Wanted = ALL) -> int:
        """Return how many sheets there are, chosen as in `list`."""
        with self._sessions.reading() as session:
            return session.scalar(select(func.count()).select_from(SheetRecord).where(*_choice(wanted))) or 0

    def former(self, plan: PlanId, days: int, *, at_ms: int, but: int = 0) -> tuple[Former, ...]:
        """Return the sheets of a plan that came in the last days and count, newest first, `but` one.

        Those that were refused, cancelled or undone do not: to send them again is what one does then.
        """
        out = (SheetState.REFUSED, SheetState.CANCELLED, SheetState.UNDONE)
        query = select(SheetRecord).where(
            col(SheetRecord.plan) == plan,
            col(SheetRecord.received_ms) >= at_ms - days * DAY_MS,
            col(SheetRecord.id) != but,
            col(SheetRecord.state).not_in(out),
        )
        with self._sessions.reading() as session:
            return tuple(
                former_of(record) for record in session.scalars(query.order_by(col(SheetRecord.received_ms).desc()))
            )


def received(session: Session, new: NewSheet, who: str, at_ms: int) -> int:
    """Enter a sheet in a session that is open and return its id. Raises NotFoundError for a plan that is not there."""
    checks.existing(session, PlanRecord, new.plan, "plan")
    plain = {each.name: getattr(new, each.name) for each in fields(new)}
    received_ms = at_ms if new.received_ms is None else new.received_ms
    came = {"received_ms": received_ms, "received_by": who, "state": SheetState.WORKING}
    record = SheetRecord(**plain | came)
    session.add(record)
    session.flush()
    assert record.id is not None
    audit.record(session, who, at_ms, "receive", NOUN, str(record.id), after=plain)
    return record.id


def moved(session: Session, sheet: int, state: SheetState, who: str, at_ms: int) -> SheetRecord:
    """Give a sheet its next state in a session that is open. Raises ConflictError where NEXT has it not."""
    record = _record(session, sheet)
    before = SheetState(record.state)
    if state not in NEXT[before]:
        can = ", ".join(sorted(NEXT[before])) or "nothing else any more"
        raise ConflictError(f"it is {before}", where=f"sheet {sheet}", mend=f"It can become: {can}.")
    record.state = state
    audit.record(session, who, at_ms, state.value, NOUN, str(sheet), before=before, after=state)
    return record


def _anew(session: Session, record: SheetRecord) -> None:
    """Let a sheet begin with no step but that it was received, approved by nobody."""
    record.approved_by, record.approved_ms = "", None
    later = col(SheetStepRecord.step) != Step.RECEIVE
    session.execute(delete(SheetStepRecord).where(col(SheetStepRecord.sheet) == record.id, later))


def _kept(session: Session, sheet: int, signed: Corrected) -> int:
    record = SheetCorrectionRecord(sheet=sheet, corrected=signed)
    session.add(record)
    session.flush()
    assert record.id is not None
    audit.record(session, signed.who, signed.at_ms, "correct", NOUN, str(sheet), after=signed)
    return record.id


def _record(session: Session, sheet: int) -> SheetRecord:
    record = session.get(SheetRecord, sheet)
    if record is None:
        raise NotFoundError(f"there is no sheet {sheet}", mend="See `switchboard sheets list`.")
    return record


def _check_corrigible(record: SheetRecord) -> None:
    if record.state == SheetState.WORKING:
        raise ConflictError("it is being read just now", where=f"sheet {record.id}", mend="Wait until it rests.")
    if record.state not in CORRIGIBLE:
        mend = "Let it be read anew first." if record.state == SheetState.APPROVED else "Send it again as another one."
        raise ConflictError(f"it is {record.state} and not corrected any more", where=f"sheet {record.id}", mend=mend)


def _choice(wanted: Wanted) -> list[ColumnElement[bool]]:
    exact = ((SheetRecord.state, wanted.state), (SheetRecord.plan, wanted.plan), (SheetRecord.partner, wanted.partner))
    choice = [col(column) == value for column, value in exact if value]
    if wanted.text:
        parts = (SheetRecord.name, SheetRecord.plan, SheetRecord.partner, SheetRecord.sender)
        text = wanted.text.lower()
        choice.append(or_(*(func.lower(col(column)).contains(text, autoescape=True) for column in parts)))
    return choice

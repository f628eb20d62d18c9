"""What sheets do to plans: the rates of a plan as columns, a compared sheet put in, and one taken back.

A sheet goes in as it was compared: ids of rows that are known no longer, and rows that are known instead. What it asked
for is kept beside, so that an earlier sheet can be taken back as if it had never been (store.catalog.without).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import ConflictError, InputError
from domain.ids import PlanId
from domain.origins import OriginCode
from domain.rates import ANY_TIME
from domain.sheets.steps import SheetState
from store.catalog import audit, checks, plan_rows
from store.catalog.engine import Sessions
from store.catalog.groups_without import groups_without
from store.catalog.intents import FIRST_PRICE, FROM, UNTIL, WIDTH, Lines, groups_of, pack, unpack
from store.catalog.notice_steps import supersede_answers
from store.catalog.origins import enter_with_rates, put_back, since_of
from store.catalog.plan_rows import RateColumns
from store.catalog.plan_versions import Made, RatesChange, write
from store.catalog.sheets import moved
from store.catalog.without import without
from store.tables import PlanRecord, PlanVersionRecord, SheetRecord
from store.values_json import plan_rules_of

_INT64 = 2**63


@dataclass(frozen=True, slots=True)
class SheetChange:
    """A sheet as it was compared with its plan in one `version`.

    `ended`: ids of rates; `added`: what is known instead, the columns of RATES but for the id. `asked`: its intents,
    packed, with a line for every code that the sheet decides, also where nothing changes by it. `origins`: what groups
    of callers are from a moment on, where the sheet says so.
    """

    sheet: int
    version: int
    ended: Sequence[int]
    added: Lines
    asked: bytes
    origins: Sequence[OriginCode] = ()


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking a sheet back did. What stays in force: sheets applied after it that have codes with it (`followed`),
    and `groups` of callers that it listed and others have changed since; `regrouped`: the others are as without it."""

    change: RatesChange
    followed: tuple[int, ...]
    groups: tuple[str, ...] = ()
    regrouped: bool = False


class PlanChanges:
    """Puts sheets into plans and takes them back. Nothing is deleted: only what is known of rates ends."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def rates_frame_columns(self, plan: PlanId) -> RateColumns:
        """Return what a plan knows now, column by column, and its version. Raises NotFoundError."""
        with self._sessions.reading() as session:
            record = checks.existing(session, PlanRecord, plan, "plan")
            return RateColumns(record.version, plan_rows.now_known(session, plan))

    def had_rates(self, plan: PlanId) -> bool:
        """Return whether a plan knows rates, or did before they were taken back."""
        with self._sessions.reading() as session:
            return plan_rows.had_any(session, plan)

    def rates_columns_at(self, plan: PlanId, version: int) -> RateColumns:
        """Return what a plan knew in a version, column by column; nothing of one that there never was."""
        with self._sessions.reading() as session:
            return RateColumns(version, plan_rows.known_at(session, plan, version))

    def version_at(self, plan: PlanId, at_ms: int) -> int | None:
        """Return the version of a plan that was known at a moment (UTC ms), None: there was none yet."""
        its, known_ms = col(PlanVersionRecord.plan) == plan, col(PlanVersionRecord.known_ms)
        query = select(func.max(col(PlanVersionRecord.version))).where(its, known_ms <= at_ms)
        with self._sessions.reading() as session:
            found: int | None = session.scalar(query)
            return found

    def apply(self, change: SheetChange, *, who: str, at_ms: int) -> RatesChange:
        """Put an approved sheet into its plan, all or nothing: it is APPLIED then.

        Raises ConflictError where the plan has changed since the comparison, or the sheet is not approved; InputError
        for rows that cannot be rates, or that would give a code two rates at once; ConflictError also where a code
        would be in two groups of callers at once. 100,000 rows take about a second.
        """
        where = f"sheet {change.sheet}"
        with self._sessions.writing() as session:
            record = moved(session, change.sheet, SheetState.APPLIED, who, at_ms)
            plan = checks.existing(session, PlanRecord, record.plan, "plan")
            if plan.version != change.version:
                mend = "It is compared again."
                raise ConflictError(f"plan {plan.id} changed since it was compared", where=where, mend=mend)
            types = {window.rate_type for window in plan_rules_of(plan.rules).windows} | {ANY_TIME}
            _check(change.added, types, where)
            asked = change.asked
            if change.origins:
                groups = groups_of(since_of(change.origins), change.origins)
                asked = pack(replace(unpack(asked), groups=groups))
            done = write(session, plan, change.ended, change.added, asked, at_ms, Made(sheet=change.sheet))
            _check_single(session, plan, change.added.codes, where)
            enter_with_rates(session, plan, change.origins, who, at_ms)
            record.version, record.applied_by, record.applied_ms = done.version, who, at_ms
            audit.record(
                session, who, at_ms, "apply-sheet", "plan", plan.id, after={"sheet": change.sheet} | _told(done)
            )
            return done

    def undo(self, sheet: int, *, who: str, at_ms: int) -> Undone:
        """Take an applied sheet back: its plan is then as if the sheet had never been. It is UNDONE.

        What later changes asked for stays in force, of rates and of groups of callers. An answer that waits, and says
        that the sheet is in force, is superseded. Raises ConflictError where it is
        not applied, or its plan was removed meanwhile. 100,000 rows take some seconds.
        """
        with self._sessions.writing() as session:
            record = moved(session, sheet, SheetState.UNDONE, who, at_ms)
            plan, version = _applied(session, record)
            found, groups = without(session, plan, version), groups_without(session, plan.id, version)
            done = write(session, plan, found.ended, found.added, None, at_ms, Made(undoes=sheet))
            _check_single(session, plan, [line[0] for line in found.added], f"sheet {sheet}")
            record.ended_by, record.ended_ms = who, at_ms
            supersede_answers(session, sheet, who, at_ms)
            told = {"sheet": sheet, "followed": found.followed} | _told(done)
            audit.record(session, who, at_ms, "undo-sheet", "plan", plan.id, after=told)
            if groups is None:
                return Undone(done, found.followed)
            put_back(session, plan, groups.codes, who, at_ms)
            return Undone(done, found.followed, groups.changed, regrouped=True)


def _applied(session: Session, record: SheetRecord) -> tuple[PlanRecord, int]:
    """Return the plan that a sheet was applied to, and by which version."""
    where = f"sheet {record.id}"
    if record.version is None:
        raise ConflictError(f"it is {record.state}", where=where, mend="Only what was applied can be taken back.")
    plan = session.get(PlanRecord, record.plan)
    entry = session.get(PlanVersionRecord, (record.plan, record.version))
    if plan is None or entry is None or entry.sheet != record.id:
        mend = "Nothing of it is in force."
        raise ConflictError(f"plan {record.plan} was removed since", where=where, mend=mend)
    return plan, record.version


def _told(done: RatesChange) -> dict[str, int]:
    return {"version": done.version, "added": done.added, "ended": done.ended}


def _check(lines: Lines, types: set[str], where: str) -> None:
    """Raise InputError for the first line that cannot be a rate. What many lines have in common is looked at once."""
    tails = [("", *tail) for tail in lines.tails]  # as of a Line, but for its code
    if any(len(line) != WIDTH for line in tails):
        raise InputError(f"a rate has other than {WIDTH} columns", where=where)
    for code in set(lines.codes):
        if not (isinstance(code, str) and code.isascii() and code.isdigit() and len(code) <= 15):
            raise InputError(f"{code!r} is no code", where=where, mend="Give 1 to 15 digits.")
    for rate_type in {line[1] for line in tails} - types:
        mend = f"The plan's are: {', '.join(sorted(types))}."
        raise InputError(f"unknown rate type {rate_type!r}", where=where, mend=mend)
    for terms in {line[FIRST_PRICE:FROM] for line in tails}:
        first_s, next_s = terms[2:4]
        if any(type(one) is not int or not 0 <= one < _INT64 for one in terms) or not (first_s and next_s):
            raise InputError(f"{terms} are no terms of a rate", where=where)
    for since, until in {line[FROM : UNTIL + 1] for line in tails}:
        if type(since) is not int or (until is not None and since >= until):
            raise InputError("a rate is never valid", where=where, mend="Let it end after it begins.")


def _check_single(session: Session, plan: PlanRecord, codes: Sequence[str], where: str) -> None:
    """Raise InputError where rates that were added give a code two at once."""
    twice = plan_rows.overlapping(session, PlanId(plan.id), set(codes))
    if twice:
        named = ", ".join(" ".join(filter(None, key)) for key in twice)
        raise InputError(f"plan {plan.id} would have two rates at once for {named}", where=where)

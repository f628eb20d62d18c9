"""Plans: their rules, their rates in two times, and who has them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import ConflictError, InputError
from domain.ids import PartnerId, PlanId, TrunkId
from domain.money import Currency
from domain.plan_columns import Piece, PlanColumns, gathered
from domain.rates import ANY_TIME, PlanRules, RateRow, Window
from store.catalog import audit, bitemporal, checks, rates
from store.catalog.engine import Sessions
from store.catalog.intents import Intents, line_of, pack
from store.catalog.partners import fits
from store.catalog.plan_pieces import changed_codes, pieces, pieces_of
from store.catalog.plan_versions import RatesChange, first_version, next_version, write
from store.tables import (
    ContractRecord,
    PartnerRecord,
    PlanRecord,
    PlanVersionRecord,
    RateRecord,
    TrunkRecord,
)
from store.values_json import plan_rules_of

SELL, BUY = "sell", "buy"


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan without its rates. `version` grows with every change of rules or rates; `side` is "sell" or "buy"."""

    id: PlanId
    side: str
    version: int
    rules: PlanRules


@dataclass(frozen=True, slots=True)
class RatePage:
    """Some of the rates that a question found, and how many there are."""

    rows: tuple[RateRow, ...]
    total: int


@dataclass(frozen=True, slots=True)
class ChangedPieces:
    """What changed in a plan: the codes, what is published of those now, and when the last of their rates ended that is
    published no longer (UTC ms, 0: none)."""

    plan: Plan
    codes: frozenset[str]
    pieces: tuple[Piece, ...]
    ended_ms: int


class Plans:
    """Adds, assigns and reads plans and rates. Every change names who made it and when (UTC ms) and is audited."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, rules: PlanRules, side: str, *, who: str, at_ms: int) -> None:
        """Add a plan without rates: version 1, or the next one where another of its name was removed.

        Raises InputError for bad rules, ConflictError when the id is taken."""
        where = f"plan {rules.plan}"
        checks.plan_rules(rules, where)
        if side not in (SELL, BUY):
            raise InputError(f"unknown side {side!r}", where=where, mend="Give sell or buy.")
        with self._sessions.writing() as session:
            checks.free(session, PlanRecord, rules.plan, "plan")
            first = first_version(session, rules.plan)
            session.add(PlanRecord(id=rules.plan, side=side, currency=rules.currency, version=first, rules=rules))
            session.flush()
            session.add(PlanVersionRecord(plan=rules.plan, version=first, known_ms=at_ms, added=0, ended=0))
            audit.record(session, who, at_ms, "add", "plan", rules.plan, after=rules)

    def change_profile(
        self,
        plan: PlanId,
        windows: tuple[Window, ...] | None,
        holidays: frozenset[date] | None,
        *,
        who: str,
        at_ms: int,
    ) -> tuple[PlanRules, PlanRules]:
        """Give a plan other windows or holidays (None: as they are); return its rules before and after.

        Once it ever had a price of a rate type, only windows of types without any may be added, behind those that are
        there: rules have no history, and calls are charged anew by them. Raises ConflictError for more.
        """
        with self._sessions.writing() as session:
            record = checks.existing(session, PlanRecord, plan, "plan")
            before = plan_rules_of(record.rules)
            after = replace(
                before,
                windows=before.windows if windows is None else windows,
                holidays=before.holidays if holidays is None else holidays,
            )
            checks.plan_rules(after, f"plan {plan}")
            priced = select(col(RateRecord.rate_type)).where(
                col(RateRecord.plan) == plan, col(RateRecord.rate_type) != ANY_TIME
            )
            _assert_no_charge_changes(before, after, frozenset(session.scalars(priced.distinct())))
            if after != before:
                record.rules = after
                next_version(session, record, at_ms)
                audit.record(session, who, at_ms, "change", "plan", plan, before=before, after=after)
            return before, after

    def get(self, plan: PlanId) -> Plan:
        """Return a plan. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return _plan(checks.existing(session, PlanRecord, plan, "plan"))

    def list(self) -> list[Plan]:
        """Return all plans by id."""
        with self._sessions.reading() as session:
            return [_plan(record) for record in session.scalars(select(PlanRecord).order_by(col(PlanRecord.id)))]

    def assign(self, plan: PlanId, partner: PartnerId, *, who: str, at_ms: int) -> None:
        """Let a partner sell or buy by the plan, as its side says. Raises InputError when the currencies differ."""
        with self._sessions.writing() as session:
            record = checks.existing(session, PlanRecord, plan, "plan")
            owner = checks.existing(session, PartnerRecord, partner, "partner")
            fits(record, _currency(session, partner), record.side, f"partner {partner}")
            column = "sell_plan" if record.side == SELL else "buy_plan"
            before = getattr(owner, column)
            setattr(owner, column, plan)
            audit.record(
                session, who, at_ms, f"assign-{record.side}-plan", "partner", partner, before=before, after=plan
            )

    def assign_to_trunk(self, plan: PlanId | None, trunk: TrunkId, *, who: str, at_ms: int) -> None:
        """Let one trunk have a plan of its own, or (None) that of its partner again."""
        with self._sessions.writing() as session:
            record = checks.existing(session, TrunkRecord, trunk, "trunk")
            if plan is not None:
                side = SELL if record.direction == "in" else BUY
                chosen = checks.existing(session, PlanRecord, plan, "plan")
                fits(chosen, _currency(session, record.partner), side, f"trunk {trunk}")
            before, record.plan = record.plan, plan
            audit.record(session, who, at_ms, "assign-plan", "trunk", trunk, before=before, after=plan)

    def assigned_to(self, plan: PlanId) -> tuple[str, ...]:
        """Return the partners and trunks that have the plan, by id."""
        sells, buys = col(PartnerRecord.sell_plan) == plan, col(PartnerRecord.buy_plan) == plan
        with self._sessions.reading() as session:
            partners = session.scalars(select(col(PartnerRecord.id)).where(or_(sells, buys)))
            trunks = session.scalars(select(col(TrunkRecord.id)).where(col(TrunkRecord.plan) == plan))
            return (*sorted(partners), *sorted(trunks))

    def add_rates(self, plan: PlanId, rows: Sequence[RateRow], *, who: str, at_ms: int) -> RatesChange:
        """Put rates over what the plan has, all or none, known from `at_ms` on (see bitemporal.supersede).

        The rows' own known times are not read. Should the clock have gone back behind the plan's last change, the
        rates are known from that one on: knowledge has one order. 100,000 rows take some seconds.
        """
        with self._sessions.writing() as session:
            record = checks.existing(session, PlanRecord, plan, "plan")
            types = frozenset(w.rate_type for w in plan_rules_of(record.rules).windows) | {ANY_TIME}
            bitemporal.check(rows, types, f"plan {plan}")
            current = rates.read_current(session, plan, {row.code for row in rows})
            change = bitemporal.supersede(current, rows)
            if not change.added and not change.ended:
                return RatesChange(record.version, at_ms, 0, 0, change.unchanged)
            asked = pack(Intents([line_of(row) for row in rows]))
            written = write(session, record, change.ended, [line_of(row) for row in change.added], asked, at_ms)
            done = replace(written, unchanged=change.unchanged)
            audit.record(session, who, at_ms, "add-rates", "plan", plan, after=done)
            return done

    def rates_known(self, plan: PlanId, at_known_ms: int | None = None) -> tuple[RateRow, ...]:
        """Return all rates of a plan as they were known at a moment (None: now)."""
        with self._sessions.reading() as session:
            return tuple(rates.read(session, rates.known(plan, at_known_ms)))

    def rates_touching(self, plan: PlanId, from_ms: int, until_ms: int) -> tuple[Plan, tuple[RateRow, ...]]:
        """Return a plan and its rates known now that are valid at some moment of [from, until)."""
        with self._sessions.reading() as session:
            record = checks.existing(session, PlanRecord, plan, "plan")
            return _plan(record), tuple(rates.read(session, rates.known(plan, None), rates.valid(from_ms, until_ms)))

    def columns_touching(self, plan: PlanId, from_ms: int, until_ms: int) -> tuple[Plan, PlanColumns]:
        """Return a plan and what is published of it: the rates of `rates_touching`, flattened.

        100,000 rates take some 0.4 s of processor time.
        """
        with self._sessions.reading() as session:
            record = checks.existing(session, PlanRecord, plan, "plan")
            return _plan(record), gathered(pieces(session, plan, from_ms, until_ms))

    def pieces_changed(
        self, plan: PlanId, version: int, most: int, from_ms: int, until_ms: int
    ) -> ChangedPieces | None:
        """Return a plan, the codes that are other than in a version of it, and what is published of those now.

        None where more than `most` rates were written or ended since, or the version is not one of this plan's.
        """
        with self._sessions.reading() as session:
            record = checks.existing(session, PlanRecord, plan, "plan")
            moved = select(func.sum(col(PlanVersionRecord.added) + col(PlanVersionRecord.ended)))
            since = col(PlanVersionRecord.plan) == plan, col(PlanVersionRecord.version) > version
            known = session.get(PlanVersionRecord, (plan, version)) is not None
            if not known or (session.scalar(moved.where(*since)) or 0) > most:
                return None
            codes = changed_codes(session, plan, version)
            ended_ms = rates.last_end_of(session, plan, codes, from_ms)
            found = tuple(pieces_of(session, plan, codes, from_ms, until_ms))
            return ChangedPieces(_plan(record), codes, found, ended_ms)

    def whole_from(self, plan: PlanId, from_ms: int) -> int:
        """Return the moment (UTC ms) up to which a plan had rates that had all ended by `from_ms`; 0: it had none.

        Who has the rates that are valid from then on has all that a later call was ever charged by.
        """
        with self._sessions.reading() as session:
            return rates.last_end(session, rates.known(plan, None), from_ms)

    def rates_for(self, plan: PlanId, number: str, at_known_ms: int | None = None) -> tuple[RateRow, ...]:
        """Return the rates of all codes that begin a number, as they were known at a moment (None: now)."""
        codes = [number[:length] for length in range(1, len(number) + 1)]
        with self._sessions.reading() as session:
            return tuple(rates.read(session, rates.known(plan, at_known_ms), col(RateRecord.code).in_(codes)))

    def rates_of(self, plan: PlanId, codes: Iterable[str]) -> tuple[RateRow, ...]:
        """Return the rates of some codes as they are known now."""
        with self._sessions.reading() as session:
            return tuple(rates.read(session, rates.known(plan, None), col(RateRecord.code).in_(sorted(set(codes)))))

    def rates_page(
        self,
        plan: PlanId,
        *,
        code: str = "",
        valid_at_ms: int | None = None,
        known_at_ms: int | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> RatePage:
        """Return rates whose codes begin with `code`, valid at a moment (None: ever), as known at one (None: now)."""
        choice = rates.known(plan, known_at_ms)
        if code:
            choice = and_(choice, col(RateRecord.code).like(f"{checks.digits(code, 'code')}%"))
        if valid_at_ms is not None:
            choice = and_(choice, rates.valid(valid_at_ms, valid_at_ms + 1))
        with self._sessions.reading() as session:
            checks.existing(session, PlanRecord, plan, "plan")
            rows = rates.read(session, choice, limit=limit, offset=offset)
            return RatePage(tuple(rows), rates.count(session, choice))

    def known_ms_of(self, plan: PlanId, version: int) -> int:
        """Return from when on a version of a plan was known. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return checks.existing(session, PlanVersionRecord, (plan, version), "plan version").known_ms


def _assert_no_charge_changes(before: PlanRules, after: PlanRules, priced: frozenset[str]) -> None:
    """Refuse other windows for what has prices; a window behind all others takes only time that had the price of any
    time, and without a price of its own it keeps that."""
    kept, added = after.windows[: len(before.windows)], after.windows[len(before.windows) :]
    again = sorted(priced & {window.rate_type for window in added})
    if not priced or (kept == before.windows and after.holidays == before.holidays and not again):
        return
    said = f"it has prices of the rate types {', '.join(sorted(priced))}, and calls charged by their times"
    mend = (
        "Name the windows that are there as `plans show` writes them, then those of new rate types, and leave the "
        "holidays; for other times add a second plan."
    )
    raise ConflictError(said, where=f"plan {before.plan}", mend=mend)


def _currency(session: Session, partner: str) -> Currency:
    return Currency(session.get_one(ContractRecord, partner).currency)


def _plan(record: PlanRecord) -> Plan:
    return Plan(PlanId(record.id), record.side, record.version, plan_rules_of(record.rules))

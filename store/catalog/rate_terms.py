"""What contracts say of the sheets of plans, and the notice that changes must keep."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import InputError
from domain.ids import PartnerId, PlanId
from domain.sheets.terms import Notice, NoticeDays, RateTerms, Semantics, WhenShort
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.tables import ContractRecord, PartnerRecord, PlanRecord, RateTermsRecord
from store.values_json import to_json, to_plain

_KINDS: Mapping[str, type[Semantics | WhenShort | NoticeDays]] = {
    "semantics": Semantics,
    "when_short": WhenShort,
    "counted": NoticeDays,
}


class PlanTerms:
    """Sets and reads the terms of plans; a plan without any has the defaults."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def get(self, plan: PlanId) -> RateTerms:
        """Return the terms of a plan's sheets. Raises NotFoundError."""
        with self._sessions.reading() as session:
            checks.existing(session, PlanRecord, plan, "plan")
            return load_terms(session, plan)

    def set(self, plan: PlanId, terms: RateTerms, *, who: str, at_ms: int) -> None:
        """Give a plan's sheets other terms. Raises InputError for what cannot be."""
        where = f"terms of plan {plan}"
        _check(terms, where)
        with self._sessions.writing() as session:
            checks.existing(session, PlanRecord, plan, "plan")
            before = load_terms(session, plan)
            if terms != before:
                session.merge(RateTermsRecord(plan=plan, terms=terms))
                told = to_plain(before), to_plain(terms)
                audit.record(session, who, at_ms, "set", "rate-terms", plan, before=told[0], after=told[1])

    def list(self) -> dict[PlanId, RateTerms]:
        """Return the terms of all plans, by plan: by their senders and subjects mail finds its plan."""
        with self._sessions.reading() as session:
            plans = session.scalars(select(col(PlanRecord.id)).order_by(col(PlanRecord.id))).all()
            return {PlanId(plan): load_terms(session, plan) for plan in plans}

    def notice(self, plan: PlanId, partner: PartnerId | None = None) -> Notice:
        """Return the days of notice of a plan's sheets: its own, else those of the partner's contract, else the usual.

        Raises NotFoundError for a plan or partner that is not there.
        """
        with self._sessions.reading() as session:
            checks.existing(session, PlanRecord, plan, "plan")
            return load_notice(session, plan, partner)


def load_terms(session: Session, plan: str) -> RateTerms:
    """Read the terms of a plan in a session that is open already."""
    record = session.get(RateTermsRecord, plan)
    return rate_terms_of(record.terms) if record is not None else RateTerms()


def load_notice(session: Session, plan: PlanId, partner: PartnerId | None) -> Notice:
    """Read the notice of a plan's sheets in a session that is open already."""
    contract = None
    if partner is not None:
        checks.existing(session, PartnerRecord, partner, "partner")
        contract = session.get_one(ContractRecord, partner)
    return notice_by(load_terms(session, plan), contract)


def notice_by(own: RateTerms, contract: ContractRecord | Row[Any] | None) -> Notice:
    """Return the days of notice of a plan's own terms, else of a contract, else the usual ones."""
    usual = Notice()
    if contract is not None:
        usual = Notice(
            new=contract.new_code_notice_days,
            increase=contract.increase_notice_days,
            decrease=contract.decrease_notice_days,
            closing=contract.closing_notice_days,
            blocking=contract.closing_notice_days,
        )
    return Notice(
        new=usual.new if own.new_days is None else own.new_days,
        increase=usual.increase if own.increase_days is None else own.increase_days,
        decrease=usual.decrease if own.decrease_days is None else own.decrease_days,
        closing=usual.closing if own.closing_days is None else own.closing_days,
        blocking=usual.blocking if own.blocking_days is None else own.blocking_days,
    )


def rate_terms_of(plain: Mapping[str, Any]) -> RateTerms:
    """Read RateTerms; a field that an older version did not write has its default, one that is no more is left out."""
    read: dict[str, Any] = {
        name: _KINDS[name](value) if name in _KINDS else _tuples(value)
        for name, value in plain.items()
        if name in RateTerms.__dataclass_fields__
    }
    return RateTerms(**read)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else value


def _check(terms: RateTerms, where: str) -> None:
    if terms.zone:
        checks.zone(terms.zone, where)
    if terms.floor > terms.ceiling:
        raise InputError("its floor is above its ceiling", where=where, mend="Give a floor that is below.")
    numbers = {name: value for name, value in _numbers(terms).items() if value < 0}
    for name, value in numbers.items():
        raise InputError(f"{name} is negative ({value})", where=where, mend="Give 0 or more.")
    for first, following in (terms.increments, *terms.allowed_increments):
        if first < 1 or following < 1:
            mend = "Give seconds above 0, such as 60/1."
            raise InputError(f"increments {first}/{following} cannot be", where=where, mend=mend)
    to_json(terms)  # whatever cannot be kept is refused here


def _numbers(terms: RateTerms) -> dict[str, int]:
    plain = {name: getattr(terms, name) for name in RateTerms.__dataclass_fields__}
    return {name: value for name, value in plain.items() if type(value) is int}

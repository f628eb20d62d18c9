"""Partners with their contracts and contacts."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.directory import Outage, Partner, PartnerStatus
from domain.errors import InputError
from domain.ids import PartnerId, PlanId
from domain.money import Currency
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.tables import ContactRecord, ContractRecord, PartnerRecord, PlanRecord, PolicyRecord

CYCLES = ("week", "half-month", "month")


@dataclass(frozen=True, slots=True)
class Contract:
    """The terms that no call needs: who bills, how often, when to pay, and the notice (days) that sheets must keep."""

    legal_entity: str = "main"
    cycle: str = "month"
    pay_days: int = 30
    increase_notice_days: int = 7
    new_code_notice_days: int = 1
    decrease_notice_days: int = 0
    closing_notice_days: int = 7


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who gets mail of a kind: rates, billing, noc."""

    kind: str
    email: str
    name: str = ""


class Partners:
    """Adds, changes and reads partners. Every change names who made it and when (UTC ms) and is audited."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, partner: Partner, contract: Contract | None = None, *, who: str, at_ms: int) -> None:
        """Add a partner. Raises InputError for a value that cannot be, ConflictError when the id is taken."""
        contract = contract or Contract()
        with self._sessions.writing() as session:
            checks.slug(partner.id, f"partner {partner.id}")
            checks.free(session, PartnerRecord, partner.id, "partner")
            _check(session, partner, contract)
            session.add(_partner_record(partner))
            session.flush()  # the contract refers to it
            session.add(_contract_record(partner, contract))
            audit.record(session, who, at_ms, "add", "partner", partner.id, after=partner)

    def change(self, partner: Partner, contract: Contract | None = None, *, who: str, at_ms: int) -> None:
        """Give a partner new values (and a new contract, else it stays). The currency cannot change."""
        with self._sessions.writing() as session:
            before, terms = _load(session, partner.id), _contract(session, partner.id)
            if before.currency != partner.currency:
                mend = "Add a second partner for the other currency."
                raise InputError("a partner's currency cannot change", where=f"partner {partner.id}", mend=mend)
            _check(session, partner, contract or terms)
            session.merge(_partner_record(partner))
            session.merge(_contract_record(partner, contract or terms))
            audit.record(session, who, at_ms, "change", "partner", partner.id, before=before, after=partner)

    def set_status(self, partner: PartnerId, status: PartnerStatus, *, who: str, at_ms: int) -> bool:
        """Suspend or activate a partner; return whether that changed anything."""
        with self._sessions.writing() as session:
            record = checks.existing(session, PartnerRecord, partner, "partner")
            if record.status == status:
                return False
            before, record.status = record.status, status.value
            audit.record(session, who, at_ms, status.value, "partner", partner, before=before, after=status)
            return True

    def get(self, partner: PartnerId) -> Partner:
        """Return a partner. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return _load(session, partner)

    def list(self) -> list[Partner]:
        """Return all partners by id."""
        with self._sessions.reading() as session:
            return load_partners(session)

    def contract(self, partner: PartnerId) -> Contract:
        """Return the terms of a partner's contract that no call needs. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return _contract(session, partner)

    def add_contact(self, partner: PartnerId, contact: Contact, *, who: str, at_ms: int) -> None:
        """Add somebody who gets mail."""
        with self._sessions.writing() as session:
            checks.existing(session, PartnerRecord, partner, "partner")
            if contact.email.count("@") != 1 or contact.email != contact.email.strip():
                raise InputError(
                    f"{contact.email!r} is no mail address", where=f"partner {partner}", mend="Give a@b.c."
                )
            session.add(ContactRecord(partner=partner, kind=contact.kind, name=contact.name, email=contact.email))
            audit.record(session, who, at_ms, "add-contact", "partner", partner, after=contact)

    def contacts(self, partner: PartnerId) -> tuple[Contact, ...]:
        """Return a partner's contacts in the order of entry: the first of a kind is tried first."""
        query = select(ContactRecord).where(col(ContactRecord.partner) == partner).order_by(col(ContactRecord.id))
        with self._sessions.reading() as session:
            return tuple(Contact(row.kind, row.email, row.name) for row in session.scalars(query))


def load_partners(session: Session) -> list[Partner]:
    """Read all partners in a session that is open already."""
    rows = session.execute(
        select(PartnerRecord, ContractRecord)
        .join(ContractRecord, col(ContractRecord.partner) == col(PartnerRecord.id))
        .order_by(col(PartnerRecord.id))
    )
    return [_partner(record, contract) for record, contract in rows]


def _load(session: Session, partner: PartnerId) -> Partner:
    record = checks.existing(session, PartnerRecord, partner, "partner")
    return _partner(record, session.get_one(ContractRecord, partner))


def _contract(session: Session, partner: PartnerId) -> Contract:
    checks.existing(session, PartnerRecord, partner, "partner")
    row = session.get_one(ContractRecord, partner)
    return Contract(
        legal_entity=row.legal_entity,
        cycle=row.cycle,
        pay_days=row.pay_days,
        increase_notice_days=row.increase_notice_days,
        new_code_notice_days=row.new_code_notice_days,
        decrease_notice_days=row.decrease_notice_days,
        closing_notice_days=row.closing_notice_days,
    )


def _check(session: Session, partner: Partner, contract: Contract) -> None:
    where = f"partner {partner.id}"
    checks.currency(partner.currency, where)
    checks.zone(partner.zone, where)
    checks.slug(contract.legal_entity, where)
    for what in ("credit_limit", "max_calls", "max_cps"):
        checks.not_negative(getattr(partner, what), what, where)
    if partner.prepaid and partner.credit_limit:
        raise InputError("a prepaid partner has no credit limit", where=where, mend="Leave one of the two out.")
    if contract.cycle not in CYCLES:
        raise InputError(f"unknown cycle {contract.cycle!r}", where=where, mend=f"Use one of {', '.join(CYCLES)}.")
    checks.existing(session, PolicyRecord, partner.policy, "policy")
    for plan, side in ((partner.sell_plan, "sell"), (partner.buy_plan, "buy")):
        if plan is not None:
            fits(checks.existing(session, PlanRecord, plan, "plan"), partner.currency, side, where)


def fits(plan: PlanRecord, currency: Currency, side: str, where: str) -> None:
    """Raise InputError unless the plan is of the side and in the contract's currency (never convert twice)."""
    if plan.side != side:
        raise InputError(f"plan {plan.id} is a {plan.side} plan", where=where, mend=f"Choose a {side} plan.")
    if plan.currency != currency:
        mend = f"Choose a plan in {currency}."
        raise InputError(f"plan {plan.id} is in {plan.currency}, the contract in {currency}", where=where, mend=mend)


def _partner(record: PartnerRecord, contract: ContractRecord) -> Partner:
    return Partner(
        id=PartnerId(record.id),
        name=record.name,
        currency=Currency(contract.currency),
        zone=contract.zone,
        status=PartnerStatus(record.status),
        prepaid=contract.prepaid,
        credit_limit=contract.credit_limit,
        max_calls=contract.max_calls,
        max_cps=contract.max_cps,
        outage=Outage(contract.outage),
        sell_plan=PlanId(record.sell_plan) if record.sell_plan else None,
        buy_plan=PlanId(record.buy_plan) if record.buy_plan else None,
        policy=record.policy,
    )


def _partner_record(partner: Partner) -> PartnerRecord:
    return PartnerRecord(
        id=partner.id,
        name=partner.name,
        status=partner.status.value,
        policy=partner.policy,
        sell_plan=partner.sell_plan,
        buy_plan=partner.buy_plan,
    )


def _contract_record(partner: Partner, contract: Contract) -> ContractRecord:
    return ContractRecord(
        partner=partner.id,
        currency=partner.currency,
        zone=partner.zone,
        prepaid=partner.prepaid,
        credit_limit=partner.credit_limit,
        max_calls=partner.max_calls,
        max_cps=partner.max_cps,
        outage=partner.outage.value,
        legal_entity=contract.legal_entity,
        cycle=contract.cycle,
        pay_days=contract.pay_days,
        increase_notice_days=contract.increase_notice_days,
        new_code_notice_days=contract.new_code_notice_days,
        decrease_notice_days=contract.decrease_notice_days,
        closing_notice_days=contract.closing_notice_days,
    )

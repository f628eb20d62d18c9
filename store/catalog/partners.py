"""Partners with their contracts and contacts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.contract import CYCLES, Contract
from domain.directory import Outage, Partner, PartnerStatus
from domain.errors import InputError
from domain.field_text import names_of
from domain.ids import PartnerId, PlanId
from domain.mail_addresses import is_mail_address
from domain.money import Currency
from domain.notices.states import NoticesMode
from domain.partner_fields import Agreement, check_options
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.catalog.policy_uses import version_in_force
from store.catalog.sheet_forms import load_form
from store.tables import (
    ContactRecord,
    ContractRecord,
    InvoiceRecord,
    PartnerRecord,
    PlanRecord,
    TrunkRecord,
)
from store.values_json import partner_options_of, to_plain

BILLING, NOC, RATES = "billing", "noc", "rates"
"""The kinds of the contacts that get invoices, that hear of the credit (billing does too), that are told rates."""
KINDS = (BILLING, NOC, RATES)
MOST_DAYS = 366


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

    def change(
        self,
        partner: Partner,
        contract: Contract | None = None,
        emails: Sequence[str] | None = None,
        noc_emails: Sequence[str] | None = None,
        rates_emails: Sequence[str] | None = None,
        *,
        who: str,
        at_ms: int,
        unbilled: bool = False,
    ) -> None:
        """Give a partner new values, and a new contract and mail addresses where they are given.

        The currency changes only where the caller knows that nothing was charged or paid in the old one (`unbilled`).
        """
        with self._sessions.writing() as session:
            before = load_agreement(session, partner.id)
            mails = tuple(
                was if now is None else (*now,)
                for was, now in zip(_mails(before), (emails, noc_emails, rates_emails), strict=True)
            )
            after = Agreement(partner, contract or before.contract, *mails)
            if before == after:
                return
            if before.partner.currency != partner.currency:
                _check_other_currency(session, partner, unbilled=unbilled)
            _check(session, partner, after.contract)
            session.merge(_partner_record(partner))
            session.merge(_contract_record(partner, after.contract))
            for kind, was, now in zip(KINDS, _mails(before), _mails(after), strict=True):
                if now != was:
                    _put_emails(session, partner.id, kind, now)
            told = plain_agreement(before), plain_agreement(after)
            audit.record(session, who, at_ms, "change", "partner", partner.id, before=told[0], after=told[1])

    def terms(self, partner: PartnerId) -> Agreement:
        """Return all that is agreed with a partner. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return load_agreement(session, partner)

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
            _check_email(contact.email, partner)
            session.add(ContactRecord(partner=partner, kind=contact.kind, name=contact.name, email=contact.email))
            audit.record(session, who, at_ms, "add-contact", "partner", partner, after=contact)

    def contacts(self, partner: PartnerId) -> tuple[Contact, ...]:
        """Return a partner's contacts in the order of entry: the first of a kind is tried first."""
        query = select(ContactRecord).where(col(ContactRecord.partner) == partner).order_by(col(ContactRecord.id))
        with self._sessions.reading() as session:
            return tuple(Contact(row.kind, row.email, row.name) for row in session.scalars(query))


def load_agreement(session: Session, partner: PartnerId) -> Agreement:
    """Read all that is agreed with a partner in a session that is open already. Raises NotFoundError."""
    known = _load(session, partner)
    query = select(ContactRecord).where(col(ContactRecord.partner) == partner).order_by(col(ContactRecord.id))
    contacts = [(row.kind, row.email) for row in session.scalars(query)]
    mails = (tuple(email for its, email in contacts if its == kind) for kind in KINDS)
    return Agreement(known, _contract(session, partner), *mails)


def plain_agreement(terms: Agreement) -> dict[str, Any]:
    """Return terms as the audit trail keeps them: one level of fields."""
    return {
        **to_plain(terms.partner),
        **to_plain(terms.contract),
        "emails": list(terms.emails),
        "noc_emails": list(terms.noc_emails),
        "rates_emails": list(terms.rates_emails),
    }


def _mails(terms: Agreement) -> tuple[tuple[str, ...], ...]:
    """Return the mail addresses of each of KINDS."""
    return terms.emails, terms.noc_emails, terms.rates_emails


def _put_emails(session: Session, partner: PartnerId, kind: str, emails: tuple[str, ...]) -> None:
    session.execute(delete(ContactRecord).where(col(ContactRecord.partner) == partner, col(ContactRecord.kind) == kind))
    for email in emails:
        _check_email(email, partner)
        session.add(ContactRecord(partner=partner, kind=kind, name="", email=email))


def _check_email(email: str, partner: PartnerId) -> None:
    if not is_mail_address(email):
        raise InputError(f"{email!r} is no mail address", where=f"partner {partner}", mend="Give a@b.c.")


def _check_other_currency(session: Session, partner: Partner, *, unbilled: bool) -> None:
    """Raise InputError where a partner's currency may not change: money in the old one would be nobody's."""
    where = f"partner {partner.id}"
    invoices = session.scalar(select(func.count()).where(col(InvoiceRecord.partner) == partner.id))
    if invoices or not unbilled:
        mend = "Add a second partner for the other currency."
        raise InputError("a partner's currency cannot change", where=where, mend=mend)
    own = select(TrunkRecord).where(col(TrunkRecord.partner) == partner.id, col(TrunkRecord.plan).is_not(None))
    for trunk in session.scalars(own):
        plan = session.get_one(PlanRecord, trunk.plan)
        fits(plan, partner.currency, plan.side, f"{where}, trunk {trunk.id}")


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
        rates_form=row.rates_form,
        rates_notices=NoticesMode(row.rates_notices),
    )


def _check(session: Session, partner: Partner, contract: Contract) -> None:
    where = f"partner {partner.id}"
    checks.currency(partner.currency, where)
    checks.zone(partner.zone, where)
    checks.slug(contract.legal_entity, where)
    for what in ("pay_days", *(name for name in names_of(Contract) if name.endswith("notice_days"))):
        if not 0 <= getattr(contract, what) <= MOST_DAYS:
            raise InputError(f"{what} is {getattr(contract, what)}", where=where, mend=f"Give 0 to {MOST_DAYS} days.")
    checks.no_debt(partner.credit_limit, "credit_limit", where)
    for what in ("max_calls", "max_cps"):
        checks.not_negative(getattr(partner, what), what, where)
    check_options(partner, where)
    if partner.prepaid and partner.credit_limit:
        raise InputError("a prepaid partner has no credit limit", where=where, mend="Leave one of the two out.")
    if contract.cycle not in CYCLES:
        raise InputError(f"unknown cycle {contract.cycle!r}", where=where, mend=f"Use one of {', '.join(CYCLES)}.")
    version_in_force(session, partner.policy)
    load_form(session, contract.rates_form)
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
        options=partner_options_of(contract.options),
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
        rates_form=contract.rates_form,
        rates_notices=contract.rates_notices.value,
        options=partner.options,
    )

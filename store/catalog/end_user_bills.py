"""Bills of end users: numbers without a gap within a partner, and the lines as they were issued."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import ConflictError, InputError
from domain.ids import EndUserId, PartnerId
from domain.invoicing import InvoiceLine, InvoicePeriod, InvoiceSums
from domain.money import Currency, Money
from domain.rates import Service, Unit
from domain.user_bills import Bill, bill_number
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.tables import ContractRecord, EndUserBillRecord, PartnerRecord


class EndUserBills:
    """Issues and reads bills of end users. A bill never changes; asked for again it is the same."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def of(self, partner: PartnerId, user: EndUserId, period: InvoicePeriod) -> Bill | None:
        """Return the bill that was issued for exactly this period, if there is one."""
        with self._sessions.reading() as session:
            record = session.scalars(_of(partner, user, period)).first()
            return _bill(record) if record is not None else None

    def issue(
        self,
        partner: PartnerId,
        user: EndUserId,
        period: InvoicePeriod,
        sums: InvoiceSums,
        calls_file: str = "",
        *,
        who: str,
        at_ms: int,
    ) -> Bill:
        """Give a bill the partner's next number. One that is issued already for the period is returned as it is.

        Raises ConflictError where another one covers part of the period.
        """
        about = f"bill of end user {user} of {partner}"
        with self._sessions.writing() as session:
            checks.existing(session, PartnerRecord, partner, "partner")
            contract = session.get_one(ContractRecord, partner)
            if contract.currency != sums.total.currency:
                raise InputError(f"{sums.total} is not in {contract.currency}", where=about, mend="Use the contract's.")
            known = session.scalars(_of(partner, user, period)).first()
            if known is not None:
                return _bill(known)
            _check_free(session, partner, user, period, about)
            of_partner = col(EndUserBillRecord.partner) == partner
            counter = (session.scalar(select(func.max(col(EndUserBillRecord.counter))).where(of_partner)) or 0) + 1
            record = EndUserBillRecord(
                partner=partner,
                counter=counter,
                number=bill_number(partner, at_ms, contract.zone, counter),
                end_user=user,
                from_ms=period.from_ms,
                to_ms=period.to_ms,
                issued_ms=at_ms,
                currency=contract.currency,
                lines=[asdict(line) for line in sums.lines],
                calls_file=calls_file,
            )
            session.add(record)
            after = {"user": user, "from_ms": period.from_ms, "to_ms": period.to_ms}
            audit.record(session, who, at_ms, "issue", "end-user-bill", record.number, after=after)
            session.flush()
            session.refresh(record)  # its lines as they are read
            return _bill(record)

    def list(self, partner: PartnerId, user: EndUserId) -> list[Bill]:
        """Return the bills of an end user, newest first."""
        its = (col(EndUserBillRecord.partner) == partner, col(EndUserBillRecord.end_user) == user)
        with self._sessions.reading() as session:
            query = select(EndUserBillRecord).where(*its).order_by(col(EndUserBillRecord.counter).desc())
            return [_bill(record) for record in session.scalars(query)]


def _of(partner: PartnerId, user: EndUserId, period: InvoicePeriod) -> Any:
    return select(EndUserBillRecord).where(
        col(EndUserBillRecord.partner) == partner,
        col(EndUserBillRecord.end_user) == user,
        col(EndUserBillRecord.from_ms) == period.from_ms,
        col(EndUserBillRecord.to_ms) == period.to_ms,
    )


def _check_free(session: Session, partner: PartnerId, user: EndUserId, period: InvoicePeriod, about: str) -> None:
    overlaps = (col(EndUserBillRecord.from_ms) < period.to_ms, col(EndUserBillRecord.to_ms) > period.from_ms)
    its = (col(EndUserBillRecord.partner) == partner, col(EndUserBillRecord.end_user) == user)
    other = session.scalars(select(EndUserBillRecord).where(*its, *overlaps)).first()
    if other is not None:
        mend = "Choose a period beside it, or give --draft for one without a number."
        raise ConflictError(f"{other.number} covers part of that period", where=about, mend=mend)


def _bill(record: EndUserBillRecord) -> Bill:
    lines = tuple(_line(line) for line in record.lines)
    currency = Currency(record.currency)
    total = sum(line.amount.units for line in lines)
    sums = InvoiceSums(
        lines,
        calls=sum(line.calls for line in lines),
        billed_s=sum(line.billed_s for line in lines),
        total=Money(total, currency),
        difference=Money(total - sum(line.charge for line in lines), currency),
    )
    user = EndUserId(record.end_user)
    return Bill(record.number, user, record.from_ms, record.to_ms, record.issued_ms, sums, record.calls_file)


def _line(plain: dict[str, Any]) -> InvoiceLine:
    amount = Money(plain["amount"]["units"], Currency(plain["amount"]["currency"]))
    return InvoiceLine(**plain | {"amount": amount, "service": Service(plain["service"]), "unit": Unit(plain["unit"])})

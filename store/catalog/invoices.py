"""Invoices: numbers without a gap, and what was issued."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.errors import ConflictError, InputError
from domain.ids import PartnerId
from domain.money import Currency, Money
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.tables import ContractRecord, InvoiceRecord, PartnerRecord

OPEN, ISSUED = "open", "issued"
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice for traffic in [from, to) of UTC. OPEN: has its number, its documents are being made; then ISSUED."""

    number: str
    partner: PartnerId
    from_ms: int
    to_ms: int
    total: Money
    state: str
    issued_ms: int
    due_ms: int
    pdf_file: str = ""
    csv_file: str = ""


class Invoices:
    """Numbers, issues and reads invoices."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def open(self, partner: PartnerId, from_ms: int, to_ms: int, total: Money, *, who: str, at_ms: int) -> Invoice:
        """Give an invoice the next number of the partner's legal entity: `<entity>-<year>-<counter>`.

        While it is open, asking again for the same partner and period returns it with the new total: a job that was
        interrupted takes up its own number. Raises ConflictError when an issued invoice covers part of the period.
        """
        where = f"invoice of {partner}"
        with self._sessions.writing() as session:
            checks.existing(session, PartnerRecord, partner, "partner")
            contract = session.get_one(ContractRecord, partner)
            if from_ms >= to_ms:
                raise InputError("the period is empty", where=where, mend="Let it end after it begins.")
            if contract.currency != total.currency:
                raise InputError(f"{total} is not in {contract.currency}", where=where, mend="Use the contract's.")
            record = _unfinished(session, partner, from_ms, to_ms)
            if record is None:
                record = _numbered(session, contract, from_ms, to_ms, at_ms)
            record.total = total.units
            session.add(record)
            audit.record(session, who, at_ms, "open", "invoice", record.number, after=_invoice(record))
            return _invoice(record)

    def check_free(self, partner: PartnerId, from_ms: int, to_ms: int) -> None:
        """Raise ConflictError where `open` would: an invoice covers part of the period."""
        with self._sessions.reading() as session:
            _unfinished(session, partner, from_ms, to_ms)

    def issue(self, number: str, pdf_file: str, csv_file: str, *, who: str, at_ms: int) -> Invoice:
        """Issue an open invoice with its documents; it never changes after that."""
        with self._sessions.writing() as session:
            record = checks.existing(session, InvoiceRecord, number, "invoice")
            if record.state != OPEN:
                raise ConflictError(f"{number} is issued already", mend="An issued invoice never changes.")
            before = _invoice(record)
            record.state, record.pdf_file, record.csv_file = ISSUED, pdf_file, csv_file
            audit.record(session, who, at_ms, "issue", "invoice", number, before=before, after=_invoice(record))
            return _invoice(record)

    def get(self, number: str) -> Invoice:
        """Return an invoice. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return _invoice(checks.existing(session, InvoiceRecord, number, "invoice"))

    def list(self, partner: PartnerId | None = None, *, limit: int = 200, offset: int = 0) -> list[Invoice]:
        """Return invoices, newest first, of all partners or of one."""
        query = select(InvoiceRecord).order_by(col(InvoiceRecord.issued_ms).desc(), col(InvoiceRecord.counter).desc())
        if partner is not None:
            query = query.where(col(InvoiceRecord.partner) == partner)
        with self._sessions.reading() as session:
            return [_invoice(record) for record in session.scalars(query.limit(limit).offset(offset))]


def _unfinished(session: Session, partner: PartnerId, from_ms: int, to_ms: int) -> InvoiceRecord | None:
    """Return the open invoice of just a period.

    Raises ConflictError where another, or an issued one, covers any of it.
    """
    overlaps = (col(InvoiceRecord.from_ms) < to_ms, col(InvoiceRecord.to_ms) > from_ms)
    record = session.scalars(select(InvoiceRecord).where(col(InvoiceRecord.partner) == partner, *overlaps)).first()
    if record is not None and (record.state == ISSUED or (record.from_ms, record.to_ms) != (from_ms, to_ms)):
        mend = "Choose a period after it: what is issued does not change."
        what = f"{record.number} covers part of that period"
        raise ConflictError(what, where=f"invoice of {partner}", mend=mend)
    return record


def _numbered(session: Session, contract: ContractRecord, from_ms: int, to_ms: int, at_ms: int) -> InvoiceRecord:
    of_entity = col(InvoiceRecord.legal_entity) == contract.legal_entity
    last = session.scalar(select(func.max(col(InvoiceRecord.counter))).where(of_entity)) or 0
    year = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(contract.zone)).year
    return InvoiceRecord(
        number=f"{contract.legal_entity}-{year}-{last + 1:06d}",
        legal_entity=contract.legal_entity,
        counter=last + 1,
        partner=contract.partner,
        from_ms=from_ms,
        to_ms=to_ms,
        currency=contract.currency,
        total=0,
        state=OPEN,
        issued_ms=at_ms,
        due_ms=at_ms + contract.pay_days * _DAY_MS,
        pdf_file="",
        csv_file="",
    )


def _invoice(record: InvoiceRecord) -> Invoice:
    return Invoice(
        number=record.number,
        partner=PartnerId(record.partner),
        from_ms=record.from_ms,
        to_ms=record.to_ms,
        total=Money(record.total, Currency(record.currency)),
        state=record.state,
        issued_ms=record.issued_ms,
        due_ms=record.due_ms,
        pdf_file=record.pdf_file,
        csv_file=record.csv_file,
    )

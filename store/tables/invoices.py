"""Issued invoices."""

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from store.columns import Units, UtcMs, Whole
from store.tables.base import CatalogTable


class InvoiceRecord(CatalogTable, table=True):
    """An invoice. Invariant: within a legal entity `counter` is 1, 2, 3, … without a gap; issued ones never change."""

    __tablename__ = "invoice"
    __table_args__ = (UniqueConstraint("legal_entity", "counter"),)
    number: str = Field(primary_key=True)
    legal_entity: str
    counter: int = Field(sa_type=Whole)
    partner: str = Field(foreign_key="partner.id", index=True)
    from_ms: int = Field(sa_type=UtcMs)
    to_ms: int = Field(sa_type=UtcMs)
    currency: str
    total: int = Field(sa_type=Units)
    state: str
    issued_ms: int = Field(sa_type=UtcMs)
    due_ms: int = Field(sa_type=UtcMs)
    pdf_file: str
    csv_file: str

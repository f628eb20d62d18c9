"""End users of partners, the keys by which calls are theirs, and their bills."""

from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from store.columns import JsonText, Units, UtcMs
from store.tables.base import CatalogTable


class EndUserRecord(CatalogTable, table=True):
    """One end user, as domain.end_users.EndUser but for his keys."""

    __tablename__ = "end_user"
    partner: str = Field(primary_key=True, foreign_key="partner.id")
    id: str = Field(primary_key=True)
    name: str
    status: str
    max_calls: int | None
    max_cps: int | None
    burst: int | None
    max_minutes: int | None
    max_units: int | None = Field(sa_type=Units)
    period: str


class EndUserKeyRecord(CatalogTable, table=True):
    """One key of an end user: no other of the partner has it. kind: name (of what switches call him) or caller."""

    __tablename__ = "end_user_key"
    __table_args__ = (Index("ix_end_user_key_owner", "partner", "end_user"),)
    partner: str = Field(primary_key=True, foreign_key="partner.id")
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    end_user: str


class EndUserTopUpRecord(CatalogTable, table=True):
    """Money that an end user may spend on top, posted once by its reference; the limit itself has it already."""

    __tablename__ = "end_user_top_up"
    partner: str = Field(primary_key=True, foreign_key="partner.id")
    end_user: str = Field(primary_key=True)
    reference: str = Field(primary_key=True)
    units: int = Field(sa_type=Units)
    at_ms: int = Field(sa_type=UtcMs)


class EndUserBillRecord(CatalogTable, table=True):
    """One bill of an end user, as it was issued: it never changes. `counter` has no gap within a partner.

    `calls_file`: the name of the file of its calls, "" where they were not kept.
    """

    __tablename__ = "end_user_bill"
    partner: str = Field(primary_key=True, foreign_key="partner.id")
    counter: int = Field(primary_key=True)
    number: str
    end_user: str = Field(index=True)
    from_ms: int = Field(sa_type=UtcMs)
    to_ms: int = Field(sa_type=UtcMs)
    issued_ms: int = Field(sa_type=UtcMs)
    currency: str
    lines: Any = Field(sa_type=JsonText, nullable=False)
    calls_file: str = ""

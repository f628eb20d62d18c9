"""Plans, their versions, and the rates of all plans in two times."""

from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from store.columns import BigKey, JsonText, Units, UtcMs, Whole
from store.tables.base import CatalogTable

_NOW_KNOWN = text("known_until_ms IS NULL")


class PlanRecord(CatalogTable, table=True):
    """A dated set of rates. `rules` are the PlanRules; `version` grows with every change of rules or rates."""

    __tablename__ = "plan"
    id: str = Field(primary_key=True)
    side: str
    currency: str
    version: int = Field(sa_type=Whole)
    rules: Any = Field(sa_type=JsonText, nullable=False)


class PlanVersionRecord(CatalogTable, table=True):
    """From when on a version of a plan was known, and how many rates it wrote and ended."""

    __tablename__ = "plan_version"
    plan: str = Field(primary_key=True, foreign_key="plan.id")
    version: int = Field(primary_key=True, sa_type=Whole)
    known_ms: int = Field(sa_type=UtcMs)
    added: int
    ended: int


class RateRecord(CatalogTable, table=True):
    """One rate. Both intervals are half-open; NULL is open. Only known_until_ms of a row ever changes, and once.

    Invariant: at any instant of validity and of knowledge a plan has at most one rate per code and rate type.
    """

    __tablename__ = "rate"
    __table_args__ = (
        Index(
            "uq_rate_now",
            "plan",
            "code",
            "rate_type",
            "valid_from_ms",
            unique=True,
            sqlite_where=_NOW_KNOWN,
            postgresql_where=_NOW_KNOWN,
        ),
        Index("ix_rate_plan_code", "plan", "code"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    plan: str = Field(foreign_key="plan.id")
    code: str
    rate_type: str
    valid_from_ms: int = Field(sa_type=UtcMs)
    valid_until_ms: int | None = Field(default=None, sa_type=UtcMs)
    known_from_ms: int = Field(sa_type=UtcMs)
    known_until_ms: int | None = Field(default=None, sa_type=UtcMs)
    blocked: bool
    first_price: int = Field(sa_type=Units)
    next_price: int = Field(sa_type=Units)
    first_s: int
    next_s: int
    connect_fee: int = Field(sa_type=Units)
    attempt_fee: int = Field(sa_type=Units)
    minimum_charge: int = Field(sa_type=Units)
    grace_s: int
    free_s: int

"""Plans, their versions, what made each version, and the rates of all plans in two times."""

from typing import Any

from sqlalchemy import Index, LargeBinary, text
from sqlmodel import Field

from store.columns import BigKey, JsonText, Units, UtcMs, Whole
from store.tables.base import CatalogTable

_NOW_KNOWN = text("known_until_ms IS NULL")
_ENDED = text("until_version IS NOT NULL")


class PlanRecord(CatalogTable, table=True):
    """A dated set of rates. `rules` are the PlanRules; `version` grows with every change of rules or rates."""

    __tablename__ = "plan"
    id: str = Field(primary_key=True)
    side: str
    currency: str
    version: int = Field(sa_type=Whole)
    rules: Any = Field(sa_type=JsonText, nullable=False)


class PlanVersionRecord(CatalogTable, table=True):
    """From when on a version of a plan was known, how many rates it wrote and ended, and which sheet it came by.

    `undoes`: the sheet that it took back. `first_rate`: ids of rates that it or a later version wrote begin here; NULL:
    it is older than this count.
    """

    __tablename__ = "plan_version"
    plan: str = Field(primary_key=True, foreign_key="plan.id")
    version: int = Field(primary_key=True, sa_type=Whole)
    known_ms: int = Field(sa_type=UtcMs)
    added: int
    ended: int
    sheet: int | None = Field(default=None, sa_type=BigKey)
    undoes: int | None = Field(default=None, sa_type=BigKey)
    first_rate: int | None = Field(default=None, sa_type=BigKey)


class PlanIntentRecord(CatalogTable, table=True):
    """What a change of rates asked for, whatever it found (store.catalog.intents): by it later ones are repeated when
    one before them is taken back."""

    __tablename__ = "plan_intent"
    plan: str = Field(primary_key=True, foreign_key="plan.id")
    version: int = Field(primary_key=True, sa_type=Whole)
    packed: bytes = Field(sa_type=LargeBinary)


class OriginCodeRecord(CatalogTable, table=True):
    """Digits that begin the numbers of callers in an origin group of a plan, valid in [from, until) of UTC.

    It is known in the plan's versions [from, until); only until_version ever changes, and once.
    """

    __tablename__ = "origin_code"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    plan: str = Field(foreign_key="plan.id", index=True)
    origin: str
    code: str
    valid_from_ms: int = Field(sa_type=UtcMs)
    valid_until_ms: int | None = Field(default=None, sa_type=UtcMs)
    from_version: int = Field(sa_type=Whole)
    until_version: int | None = Field(default=None, sa_type=Whole)


class RateTermsRecord(CatalogTable, table=True):
    """What a contract says of the sheets of a plan: domain.sheets.terms.RateTerms."""

    __tablename__ = "rate_terms"
    plan: str = Field(primary_key=True, foreign_key="plan.id")
    terms: Any = Field(sa_type=JsonText, nullable=False)


class RateRecord(CatalogTable, table=True):
    """One rate. All intervals are half-open; NULL is open. Only known_until_ms and until_version ever change, and once.

    It is known in the plan's versions [from, until); rows of before versions were counted have 0 for what was then.
    Invariant: at any instant of validity and of knowledge a plan has at most one rate per code, rate type and origin.
    """

    __tablename__ = "rate"
    __table_args__ = (
        Index(
            "uq_rate_now",
            "plan",
            "code",
            "rate_type",
            "origin",
            "valid_from_ms",
            unique=True,
            sqlite_where=_NOW_KNOWN,
            postgresql_where=_NOW_KNOWN,
        ),
        Index("ix_rate_plan_code", "plan", "code"),
        Index("ix_rate_ended", "plan", "until_version", sqlite_where=_ENDED, postgresql_where=_ENDED),
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
    origin: str = ""
    from_version: int = Field(default=0, sa_type=Whole)
    until_version: int | None = Field(default=None, sa_type=Whole)

"""Partners, their contracts and their contacts."""

from typing import Any

from sqlmodel import Field

from store.columns import BigKey, JsonText, Units
from store.tables.base import CatalogTable


class PartnerRecord(CatalogTable, table=True):
    """A company we exchange traffic with. The plans are those of its trunks that name none of their own."""

    __tablename__ = "partner"
    id: str = Field(primary_key=True)
    name: str
    status: str
    policy: str = Field(foreign_key="policy.name")
    sell_plan: str | None = Field(default=None, foreign_key="plan.id")
    buy_plan: str | None = Field(default=None, foreign_key="plan.id")


class ContractRecord(CatalogTable, table=True):
    """The terms between us and a partner; one contract per partner."""

    __tablename__ = "contract"
    partner: str = Field(primary_key=True, foreign_key="partner.id")
    currency: str
    zone: str
    prepaid: bool
    credit_limit: int = Field(sa_type=Units)
    max_calls: int | None
    max_cps: int | None
    outage: str
    legal_entity: str
    cycle: str
    pay_days: int
    increase_notice_days: int
    new_code_notice_days: int
    decrease_notice_days: int
    closing_notice_days: int
    rates_form: str = ""
    rates_notices: str = "ask"
    options: Any = Field(default_factory=dict, sa_type=JsonText, nullable=False)


class ContactRecord(CatalogTable, table=True):
    """Somebody at a partner who gets mail of a kind: rates, billing, noc."""

    __tablename__ = "contact"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    partner: str = Field(foreign_key="partner.id", index=True)
    kind: str
    name: str
    email: str

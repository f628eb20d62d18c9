"""Routing policies, exchange rates, and what the house itself is."""

from typing import Any

from sqlmodel import Field

from store.columns import BigKey, JsonText, Units, UtcMs
from store.tables.base import CatalogTable


class PolicyRecord(CatalogTable, table=True):
    """How routes are chosen; `version`: that of it which is in force."""

    __tablename__ = "policy"
    name: str = Field(primary_key=True)
    version: int


class PolicyVersionRecord(CatalogTable, table=True):
    """One version of a policy; it never changes. `says`: its fields by name, what is not said left out.

    `tried`: it was never in force by itself, but tried on a part of the calls.
    """

    __tablename__ = "policy_version"
    policy: str = Field(primary_key=True, foreign_key="policy.name")
    version: int = Field(primary_key=True)
    says: Any = Field(sa_type=JsonText, nullable=False)
    at_ms: int = Field(sa_type=UtcMs)
    who: str
    note: str
    tried: bool = False


class CanaryRecord(CatalogTable, table=True):
    """A version of a policy tried on a part of the calls, from `begun_ms` until `ended_ms` (None: it runs).

    `against`: the version in force beside it. What became of it: `outcome`, `ended_by`, `ended_note`; "": nothing yet.
    """

    __tablename__ = "canary"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    policy: str = Field(foreign_key="policy.name", index=True)
    version: int
    against: int
    share_bp: int
    begun_ms: int = Field(sa_type=UtcMs)
    counted_ms: int = Field(sa_type=UtcMs)
    until_ms: int | None = Field(sa_type=UtcMs)
    ended_ms: int | None = Field(sa_type=UtcMs)
    guard_asr_bp: int
    guard_margin_bp: int
    least_calls: int
    who: str
    note: str
    outcome: str
    ended_by: str
    ended_note: str


class AttachmentRecord(CatalogTable, table=True):
    """A policy for the calls to which all that is named applies. A product, or a profile, may be "": any."""

    __tablename__ = "policy_attachment"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    policy: str = Field(foreign_key="policy.name")
    client: str | None = Field(foreign_key="partner.id")
    product: str
    destination: int | None
    profile: str


class TimeProfileRecord(CatalogTable, table=True):
    """A part of the week by its name; `says`: as domain.policies.policy.TimeProfile."""

    __tablename__ = "time_profile"
    name: str = Field(primary_key=True)
    says: Any = Field(sa_type=JsonText, nullable=False)


class FxRecord(CatalogTable, table=True):
    """From `from_ms` one unit of `currency` is worth `rate` (10^-8) of the base currency."""

    __tablename__ = "fx_rate"
    currency: str = Field(primary_key=True)
    from_ms: int = Field(primary_key=True, sa_type=UtcMs)
    rate: int = Field(sa_type=Units)
    source: str


class HouseRecord(CatalogTable, table=True):
    """A fact fixed from the first start: `base_currency`, `books`; `notices-<book>`: the last notice entered of it;
    `notices since`: from when on notices of rates are made (UTC ms)."""

    __tablename__ = "house"
    name: str = Field(primary_key=True)
    value: str

"""Limits on traffic, and mail on its way."""

from typing import Any

from sqlmodel import Field

from store.columns import BigKey, JsonText, Units, UtcMs
from store.tables.base import CatalogTable


class LimitRecord(CatalogTable, table=True):
    """One limit, as domain.limits.Limit. What it names may be gone by now: then it counts nothing."""

    __tablename__ = "call_limit"
    id: str = Field(primary_key=True)
    client: str | None
    end_user: str = Field(default="")
    trunk: str | None
    vendor: str | None
    destination: int | None
    code: str
    max_calls: int | None
    max_cps: int | None
    burst: int | None
    max_minutes: int | None
    max_units: int | None = Field(sa_type=Units)
    currency: str | None
    period: str
    zone: str
    enabled: bool
    profile: str = Field(default="")


class MailRecord(CatalogTable, table=True):
    """One mail to one address. state: waiting, sent, failed (given up); kept until it is old.

    `files`: that go with it, pairs of a name and a path below the data folder. `token`: random, of its Message-ID.
    """

    __tablename__ = "mail"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    cause: str = Field(unique=True)
    partner: str | None
    kind: str
    address: str
    subject: str
    body: str
    state: str = Field(index=True)
    made_ms: int = Field(sa_type=UtcMs)
    tries: int
    next_ms: int = Field(sa_type=UtcMs)
    error: str
    files: Any = Field(default_factory=list, sa_type=JsonText, nullable=False)
    token: str = Field(default="", index=True)

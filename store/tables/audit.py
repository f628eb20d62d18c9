"""Users, and the trail of everything that anybody changed."""

from typing import Any

from sqlmodel import Field

from store.columns import BigKey, JsonText, UtcMs
from store.tables.base import CatalogTable


class UserRecord(CatalogTable, table=True):
    """Somebody who may call us. The token itself is never kept. ("user" is a reserved word of PostgreSQL.)"""

    __tablename__ = "users"
    name: str = Field(primary_key=True)
    token_sha256: str = Field(unique=True)
    role: str
    enabled: bool


class AuditRecord(CatalogTable, table=True):
    """Who changed what, when, from what to what. Rows are only added; their ids count up."""

    __tablename__ = "audit"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    at_ms: int = Field(sa_type=UtcMs)
    who: str
    noun: str = Field(index=True)
    key: str
    action: str
    before: Any = Field(default=None, sa_type=JsonText, nullable=True)
    after: Any = Field(default=None, sa_type=JsonText, nullable=True)

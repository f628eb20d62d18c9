"""Durable jobs, and up to where work was found for them."""

from typing import Any

from sqlmodel import Field

from store.columns import BigKey, JsonText, UtcMs, Whole
from store.tables.base import CatalogTable


class JobRecord(CatalogTable, table=True):
    """Long work that survives a restart. States: store.catalog.jobs.JobState."""

    __tablename__ = "job"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    kind: str
    args: Any = Field(sa_type=JsonText, nullable=False)
    state: str = Field(index=True)
    step: str
    done: int = Field(sa_type=Whole)
    total: int = Field(sa_type=Whole)
    queued_ms: int = Field(sa_type=UtcMs)
    started_ms: int | None = Field(default=None, sa_type=UtcMs)
    ended_ms: int | None = Field(default=None, sa_type=UtcMs)
    error: str


class ReratingMarkRecord(CatalogTable, table=True):
    """Up to which version a plan was looked at for calls that were charged before it was known.

    `plan` is a name only: who has none was looked at from its first version on. `settled`: up to which seq of each
    book its ended legs were looked at, where that is more than what the book's own row says.
    """

    __tablename__ = "rerating_mark"
    plan: str = Field(primary_key=True)
    version: int = Field(sa_type=Whole)
    settled: Any = Field(default_factory=dict, sa_type=JsonText, nullable=False)


class ReratingBookRecord(CatalogTable, table=True):
    """Up to which seq of a book the ended legs of all plans were looked at."""

    __tablename__ = "rerating_book"
    book: int = Field(primary_key=True, sa_type=Whole)
    seq: int = Field(sa_type=Whole)

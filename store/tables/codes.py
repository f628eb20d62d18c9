"""The reference book: its versions, destinations, codes with their validity, and codes that wait for a decision."""

from sqlalchemy import Index
from sqlmodel import Field

from store.columns import BigKey, UtcMs, Whole
from store.tables.base import CatalogTable


class ReferenceVersionRecord(CatalogTable, table=True):
    """One change of the reference book, where it came from and who made it."""

    __tablename__ = "reference_version"
    version: int = Field(primary_key=True, sa_type=BigKey, sa_column_kwargs={"autoincrement": False})
    known_ms: int = Field(sa_type=UtcMs)
    source: str
    who: str = ""


class DestinationRecord(CatalogTable, table=True):
    """A named group of codes. `country` is ISO 3166 alpha-2, or 001 for what belongs to no country."""

    __tablename__ = "destination"
    id: int = Field(primary_key=True, sa_type=BigKey, sa_column_kwargs={"autoincrement": False})
    name: str = Field(unique=True)
    country: str
    kind: str


class FormerNameRecord(CatalogTable, table=True):
    """What a destination was called in versions before `until_version`."""

    __tablename__ = "destination_former"
    destination: int = Field(primary_key=True, foreign_key="destination.id", sa_type=BigKey)
    until_version: int = Field(primary_key=True, sa_type=BigKey, sa_column_kwargs={"autoincrement": False})
    name: str = Field(index=True)


class CodeRecord(CatalogTable, table=True):
    """Digits that begin the numbers of a destination, valid in [from, until) of UTC.

    Known in versions [from, until) of the book; from 0: in all before, whose changes were not kept apart.
    """

    __tablename__ = "code"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    code: str = Field(index=True)
    destination: int = Field(foreign_key="destination.id", index=True, sa_type=BigKey)
    valid_from_ms: int = Field(sa_type=UtcMs)
    valid_until_ms: int | None = Field(default=None, sa_type=UtcMs)
    from_version: int = Field(default=0, sa_type=Whole)
    until_version: int | None = Field(default=None, sa_type=Whole)


class CodeDraftRecord(CatalogTable, table=True):
    """A code that a rate sheet had and the book has not: no number is looked up by it until somebody confirms it.

    `plan`, `partner` and `sheet` say where it came from; `name` is what the sheet called it. `state`: draft, confirmed,
    refused.
    """

    __tablename__ = "code_draft"
    __table_args__ = (Index("ix_code_draft_state", "state"),)
    code: str = Field(primary_key=True)
    plan: str
    partner: str
    sheet: int = Field(sa_type=BigKey)
    name: str
    valid_from_ms: int = Field(sa_type=UtcMs)
    entered_ms: int = Field(sa_type=UtcMs)
    state: str
    decided_by: str = ""
    decided_ms: int | None = Field(default=None, sa_type=UtcMs)

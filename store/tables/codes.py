"""The reference book: its versions, destinations, and codes with their validity."""

from sqlmodel import Field

from store.columns import BigKey, UtcMs
from store.tables.base import CatalogTable


class ReferenceVersionRecord(CatalogTable, table=True):
    """One change of the reference book and where it came from."""

    __tablename__ = "reference_version"
    version: int = Field(primary_key=True, sa_type=BigKey, sa_column_kwargs={"autoincrement": False})
    known_ms: int = Field(sa_type=UtcMs)
    source: str


class DestinationRecord(CatalogTable, table=True):
    """A named group of codes. `country` is ISO 3166 alpha-2, or 001 for what belongs to no country."""

    __tablename__ = "destination"
    id: int = Field(primary_key=True, sa_type=BigKey, sa_column_kwargs={"autoincrement": False})
    name: str = Field(unique=True)
    country: str
    kind: str


class CodeRecord(CatalogTable, table=True):
    """Digits that begin the numbers of a destination, valid in [from, until) of UTC."""

    __tablename__ = "code"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    code: str = Field(index=True)
    destination: int = Field(foreign_key="destination.id", index=True, sa_type=BigKey)
    valid_from_ms: int = Field(sa_type=UtcMs)
    valid_until_ms: int | None = Field(default=None, sa_type=UtcMs)

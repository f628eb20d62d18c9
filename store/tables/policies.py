"""Routing policies, exchange rates, and what the house itself is."""

from typing import Any

from sqlmodel import Field

from store.columns import JsonText, Units, UtcMs
from store.tables.base import CatalogTable


class PolicyRecord(CatalogTable, table=True):
    """How routes are chosen."""

    __tablename__ = "policy"
    name: str = Field(primary_key=True)
    vendors: Any = Field(sa_type=JsonText, nullable=False)
    min_margin_bp: int
    max_routes: int


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

"""How watched routes stand, and what happened to them."""

from typing import Any

from sqlmodel import Field

from store.columns import BigKey, JsonText, UtcMs
from store.tables.base import CatalogTable


class RouteStateRecord(CatalogTable, table=True):
    """A route that is not active since ever. `watch`: its fields as JSON, "" where it was ordered by hand."""

    __tablename__ = "route_state"
    watch: str = Field(primary_key=True)
    vendor: str = Field(primary_key=True)
    destination: int = Field(primary_key=True)
    standing: str
    since_ms: int = Field(sa_type=UtcMs)
    until_ms: int | None = Field(sa_type=UtcMs)
    batch: int
    why: str


class RouteEventRecord(CatalogTable, table=True):
    """A change of a route's state. `source`: the process and its count, so that none is written twice; `who`: by whom
    it was ordered, "" where calls or time did it; `measured`: the figures that it was decided by."""

    __tablename__ = "route_event"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    source: str = Field(unique=True)
    at_ms: int = Field(sa_type=UtcMs)
    watch: str
    vendor: str = Field(index=True)
    destination: int
    before: str
    after: str
    why: str
    measured: Any = Field(sa_type=JsonText, nullable=False)
    until_ms: int | None = Field(sa_type=UtcMs)
    who: str

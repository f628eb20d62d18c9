"""Allowed losses."""

from sqlmodel import Field

from store.columns import Units, UtcMs
from store.tables.base import CatalogTable


class AllowedLossRecord(CatalogTable, table=True):
    """One allowance, as domain.losses.AllowedLoss."""

    __tablename__ = "allowed_loss"
    id: str = Field(primary_key=True)
    client: str
    vendor: str | None
    destination: int | None
    code: str
    budget: int = Field(sa_type=Units)
    period: str
    zone: str
    most_bp: int | None
    from_ms: int | None = Field(sa_type=UtcMs)
    until_ms: int | None = Field(sa_type=UtcMs)
    why: str
    made_ms: int = Field(sa_type=UtcMs)

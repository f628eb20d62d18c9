"""Volume commitments and swaps."""

from sqlmodel import Field

from store.columns import Units, UtcMs, Whole
from store.tables.base import CatalogTable


class CommitmentRecord(CatalogTable, table=True):
    """One commitment, as domain.quantities.volumes.Commitment; `vendor` is its partner."""

    __tablename__ = "commitment"
    id: str = Field(primary_key=True)
    vendor: str
    destination: int | None
    country: str
    code: str
    from_ms: int = Field(sa_type=UtcMs)
    until_ms: int = Field(sa_type=UtcMs)
    currency: str | None
    note: str
    minutes: int | None = Field(sa_type=Whole)
    units: int | None = Field(sa_type=Units)
    true_up: int | None = Field(sa_type=Units)
    warn_pct: int


class SwapRecord(CatalogTable, table=True):
    """One swap, as domain.quantities.volumes.Swap; its ends are minutes, or units of the currency."""

    __tablename__ = "swap"
    id: str = Field(primary_key=True)
    partner: str
    destination: int | None
    country: str
    code: str
    from_ms: int = Field(sa_type=UtcMs)
    until_ms: int = Field(sa_type=UtcMs)
    currency: str | None
    note: str
    low: int = Field(sa_type=Whole)
    high: int = Field(sa_type=Whole)

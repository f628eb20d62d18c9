"""Static entries of routing."""

from sqlmodel import Field

from store.tables.base import CatalogTable


class StaticRecord(CatalogTable, table=True):
    """One entry, as domain.policies.statics.Static."""

    __tablename__ = "static_entry"
    id: str = Field(primary_key=True)
    place: str
    client: str | None
    vendor: str | None
    trunk: str | None
    product: str
    code: str
    destination: int | None
    priority: int
    weight: int
    at_most_bp: int | None

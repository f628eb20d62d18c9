"""What came by itself from folders and the mailbox, each file of it once."""

from sqlmodel import Field

from store.columns import BigKey, UtcMs, Whole
from store.tables.base import CatalogTable


class SheetItemRecord(CatalogTable, table=True):
    """One file that came, or one mail that had none: store.catalog.sheet_items.Item. `key` says which it is."""

    __tablename__ = "sheet_item"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    key: str = Field(index=True, unique=True)
    source: str = Field(index=True)
    way: str
    name: str
    sender: str
    subject: str
    sha256: str
    size: int = Field(sa_type=Whole)
    received_ms: int = Field(sa_type=UtcMs)
    came_ms: int = Field(sa_type=UtcMs)
    state: str = Field(index=True)
    words: str
    plan: str
    sheet: int | None = Field(default=None, sa_type=BigKey)

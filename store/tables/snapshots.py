"""Published snapshot files."""

from sqlmodel import Field

from store.columns import BigKey, UtcMs, Whole
from store.tables.base import CatalogTable


class SnapshotRecord(CatalogTable, table=True):
    """One entry puts one file in force; the latest entry of (kind, name) holds. Going back is a new entry.

    `version` is that of the file's contents, `answers` the newest version there was when the file was put in force:
    a file that was put back is replaced only by a change made after it.
    """

    __tablename__ = "snapshot"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    kind: str = Field(index=True)
    name: str
    version: int = Field(sa_type=Whole)
    answers: int = Field(sa_type=Whole)
    file: str
    sha256: str
    published_ms: int = Field(sa_type=UtcMs)

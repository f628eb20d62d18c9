"""Where numbers are looked up that have moved."""

from sqlmodel import Field

from store.columns import UtcMs, Whole
from store.tables.base import CatalogTable


class PortedSourceRecord(CatalogTable, table=True):
    """One source, as domain.portability.PortedSource, prefixes with commas between; of what a file brought: how many
    `numbers` it has, the name of the last file, and when that came. `edition` is the version of its snapshot."""

    __tablename__ = "ported_source"
    name: str = Field(primary_key=True)
    kind: str
    prefixes: str
    server: str
    zone: str
    timeout_ms: int
    keep_s: int
    silent: str
    edition: int
    numbers: int = Field(sa_type=Whole)
    file_name: str
    at_ms: int = Field(sa_type=UtcMs)

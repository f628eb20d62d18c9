"""What became of promises to clients: calls for which no vendor kept one, and promises that were broken."""

from sqlmodel import Field

from store.columns import BigKey, UtcMs
from store.tables.base import CatalogTable


class UnmetRecord(CatalogTable, table=True):
    """Calls of a quarter of an hour that went, or were refused, although or since no vendor keeps what is promised.

    `source`: the process of a node that counted them, which writes them as they stand.
    """

    __tablename__ = "unmet"
    slot_ms: int = Field(sa_type=UtcMs, primary_key=True)
    client: str = Field(primary_key=True)
    product: str = Field(primary_key=True)
    destination: int = Field(primary_key=True)
    source: str = Field(primary_key=True)
    routed: int
    refused: int


class BreachRecord(CatalogTable, table=True):
    """A promise that was broken, until it was kept again. `why`, `over`: by which figures it began and ended."""

    __tablename__ = "breach"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    client: str = Field(index=True)
    product: str
    destination: int
    bucket_ms: int = Field(sa_type=UtcMs)
    bucket_s: int
    since_ms: int = Field(sa_type=UtcMs)
    until_ms: int | None = Field(sa_type=UtcMs)
    promise: str
    policy: str
    why: str
    over: str

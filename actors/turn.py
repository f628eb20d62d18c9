"""What one turn of a shard gathers before it is committed."""

from dataclasses import dataclass, field

from domain.commands import Posting
from domain.ids import PartnerId
from domain.quality import LegSeen
from store.book import Writes


@dataclass(slots=True)
class Turn:
    """What one turn gathers: the writes, what goes to other books, the legs that quality is to hear of, the partners
    that it touched, the transfers that it posted, and which of the parked records that it may settle are there.
    """

    writes: Writes = field(default_factory=Writes)
    seen: list[LegSeen] = field(default_factory=list)
    out: dict[int, tuple[int, Posting]] = field(default_factory=dict)
    touched: set[PartnerId] = field(default_factory=set)
    posted: set[str] = field(default_factory=set)
    waiting: set[bytes] = field(default_factory=set)

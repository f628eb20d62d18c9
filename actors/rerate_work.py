"""What is asked of batch workers about reratings, and what they answer: plain values, as live actors load no Polars."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.ids import PlanId


@dataclass(frozen=True, slots=True)
class CountOrder:
    """Which calls would a version of a plan charge otherwise? Those in [from_ms, until_ms) that older versions charged,
    where the change is one of those after `from_version`. `from_ms` None: since these say other things than before.
    Legs beyond the seqs `settled` of their books (None: there are none) were not looked at with changes before these:
    of them each change since the version that charged them counts, at any moment, but none before `floor`, the oldest
    version that is known. `place`: the name of the folder for their list."""

    plan: PlanId
    side: str
    from_version: int
    to_version: int
    from_ms: int | None
    until_ms: int
    place: str
    settled: Mapping[int, int] | None = None
    floor: int = 0


@dataclass(frozen=True, slots=True)
class BookedGroup:
    """Legs of a book that a version of a plan charged: their highest seq, and the latest moment that dates one."""

    book: int
    plan: PlanId
    version: int
    last_seq: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class Booked:
    """What was booked beyond given seqs, and the highest seqs of the books then."""

    groups: tuple[BookedGroup, ...]
    seqs: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class ListedQuery:
    """A part of the list of a rerating's calls, in its order. Empty: of all partners; None: to all destinations."""

    place: str
    partner: str = ""
    destination: int | None = None
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class TableQuery:
    """A part of the list as lines of CSV. `names`: of destinations; `offset` 0 begins with the names of the columns."""

    place: str
    limit: int
    offset: int
    names: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListedCall:
    """A leg whose charge differs: as it was charged, and (`new_…`) as the newer version charges it; units, UTC ms.

    `number`: by which it is rated; `at_ms`: the connect moment, of one that failed the setup. `fault`: why the newer
    version cannot rate it; then nothing is new.
    """

    leg_id: bytes
    call_key: bytes
    partner: str
    side: str
    destination: int
    number: str
    at_ms: int
    code: str
    billed_s: int
    billed_volume: int
    charge: int
    new_code: str | None
    new_billed_s: int | None
    new_billed_volume: int | None
    new_charge: int | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class ListedPage:
    """Some calls of a list, and how many there are."""

    calls: tuple[ListedCall, ...]
    total: int

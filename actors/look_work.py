"""What is asked of batch workers about plans beside each other, and what they answer.

Plain values, for live actors load no Polars.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.ids import PlanId

Row = Mapping[str, object]
"""A row of a frame by the names of its columns; money in units of base currency unless said."""


@dataclass(frozen=True, slots=True)
class CompareLook:
    """What differs between two plans at a moment (UTC ms)? `text`: a code's first digits or part of a destination's
    name; `kind`: of domain.differing.KINDS, "" all; `by_destination`: sums instead of codes."""

    plan: PlanId
    other: PlanId
    at_ms: int
    text: str = ""
    kind: str = ""
    by_destination: bool = False
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Compared:
    """A page of what differs, with `code`, `destination`, `kind`, `rate_type`, `origin`, `one_…` and `other_…`; or by
    destination counts by kind, `rise` and `fall`. Money in the first plan's `currency`."""

    rows: tuple[Row, ...]
    total: int
    kinds: Mapping[str, int]
    codes: int
    currency: str


@dataclass(frozen=True, slots=True)
class VendorsLook:
    """What do vendors take for a destination (its name), a code or a number, at a moment (UTC ms)? `caller`: from a
    number (what is none: without one); None: what any caller costs."""

    text: str
    at_ms: int
    caller: str | None = None
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class CodeOffers:
    """Codes for which all vendors take the same, and their offers (beside.OFFER), best first."""

    codes: tuple[str, ...]
    destination: str
    offers: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class CallerPrice:
    """What callers of an origin group cost for codes that have no price for any caller."""

    origin: str
    codes: int
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class VendorTotal:
    """A vendor over all codes that were asked for: for how many it has a route, and is best, and than whom it is dearer
    for how many. `by_caller`: of codes that only some callers have, where no caller was asked for."""

    vendor: str
    plan: str
    codes: int
    best: int
    lowest: int
    highest: int
    dearer_than: Mapping[str, int] = field(default_factory=dict)
    by_caller: tuple[CallerPrice, ...] = ()


@dataclass(frozen=True, slots=True)
class Offered:
    """A page of codes, and all vendors, best first. `without`: plans that were left out, and why."""

    page: tuple[CodeOffers, ...]
    vendors: tuple[VendorTotal, ...]
    total: int
    codes: int
    without: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MarginLook:
    """What is earned by a sell plan at a moment (UTC ms)? `digits`: of codes that begin so; `under_water`: only what is
    sold below cost."""

    plan: PlanId
    at_ms: int
    digits: str = ""
    under_water: bool = False
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Earned:
    """A page with the columns of beside.margins and `destination`, and how many are sold, below cost, without a
    vendor. `without`: plans that were left out, and why."""

    rows: tuple[Row, ...]
    total: int
    codes: int
    under: int
    unserved: int
    without: tuple[str, ...]

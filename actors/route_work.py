"""What live actors may ask of batch workers about routes: tables, arms of what is tried, past calls decided anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from actors.decision_counts import DecisionCounts
from domain.ids import TrunkId
from domain.lcr_table import LcrRow
from domain.policies.comparing import Arm
from domain.policies.explaining import Explanation
from domain.policies.policy import Canary, Policy
from domain.quality_board import QualityBoard
from store.table_files import TableState


@dataclass(frozen=True, slots=True)
class ArmsOrder:
    """Which calls to count: those that were set up in [from, until) and for which the canary's policy held.

    `known`: decisions that were counted before, of the same canary and from the same moment on.
    """

    canary: Canary
    from_ms: int
    until_ms: int
    known: DecisionCounts | None = None


@dataclass(frozen=True, slots=True)
class ArmsCount:
    """What both arms came to. Invariant: together they have every call of the policy, each once."""

    current: Arm
    tried: Arm
    decisions: DecisionCounts


@dataclass(frozen=True, slots=True)
class PastOrder:
    """A decision of the past as its record has it: `key` in hex, `asked` and `why` as written. `board`: quality of now.

    `trial`: a policy to lay over those that held; `with_terms`: explain what comes of it, too.
    """

    key: str
    at_ms: int
    asked: Mapping[str, str]
    why: tuple[str, ...]
    board: QualityBoard
    now_ms: int
    trial: Policy | None = None
    with_terms: bool = False


@dataclass(frozen=True, slots=True)
class PastVendor:
    """A vendor by a trunk: its place (0: out or not named) with the reason; as recorded, anew, and as it is now."""

    vendor: str
    trunk: str
    then: tuple[int, str]
    anew: tuple[int, str]
    now: tuple[int, str]


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """A past call decided anew. `same`: as it was; `missing`: what of then is kept no more; `anew`, `now`: the
    decisions in words; `policies` and `verdicts`: of then, anew, and now. `explained`, `wins`: that
    anew with every term, and each vendor's winning price."""

    same: bool
    differences: tuple[str, ...]
    missing: tuple[str, ...]
    vendors: tuple[PastVendor, ...]
    anew: tuple[str, ...]
    now: tuple[str, ...]
    policies: tuple[str, str, str]
    verdicts: tuple[str, str, str]
    explained: Explanation | None = None
    wins: tuple[int | None, ...] = ()


class RouteWork(Protocol):
    """The part of actors.tasks.Tasks that is about routes."""

    async def lcr_table(
        self, trunk: TrunkId, text: str, most: int, board: QualityBoard, at_ms: int
    ) -> tuple[list[LcrRow], int]:
        """Return how calls by a trunk are routed, by destination: `most` rows, and how many there are."""
        ...

    async def write_route_table(self, known: TableState, template: str, board: QualityBoard, now_ms: int) -> TableState:
        """Write the static routing table of one trunk as a file; return what is known of it now."""
        ...

    async def count_arms(self, order: ArmsOrder) -> ArmsCount:
        """Count the calls of both arms of a canary from the books."""
        ...

    async def decide_past(self, order: PastOrder) -> PastAnswer:
        """Decide a call of the past anew. Raises NotFoundError, InputError."""
        ...

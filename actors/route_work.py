"""What live actors may ask of batch workers about routes: tables, arms of what is tried, past calls decided anew."""

from dataclasses import dataclass
from typing import Protocol

from actors.decision_counts import DecisionCounts
from domain.ids import TrunkId
from domain.lcr_table import LcrRow
from domain.policies.comparing import Arm
from domain.policies.policy import Canary
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

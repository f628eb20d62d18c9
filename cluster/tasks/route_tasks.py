"""Work on routes as batch tasks: what is asked of every code of a client, or of many past calls."""

from abc import ABC, abstractmethod
from typing import Any

from actors.route_work import ArmsCount, ArmsOrder, PastAnswer, PastOrder
from domain.ids import TrunkId
from domain.lcr_table import LcrRow
from domain.quality_board import QualityBoard
from store.table_files import TableState


class RouteTasks(ABC):
    """The work of actors.route_work, each piece by one task."""

    @abstractmethod
    async def _run(self, module: str, function: str, *args: object) -> Any: ...

    async def write_route_table(self, known: TableState, template: str, board: QualityBoard, now_ms: int) -> TableState:
        """Write the static routing table of one trunk as a file."""
        state: TableState = await self._run("route_table", "write_route_table", known, template, board, now_ms)
        return state

    async def lcr_table(
        self, trunk: TrunkId, text: str, most: int, board: QualityBoard, at_ms: int
    ) -> tuple[list[LcrRow], int]:
        """Return how calls by a trunk are routed, by destination."""
        found: tuple[list[LcrRow], int] = await self._run("route_table", "lcr_table", trunk, text, most, board, at_ms)
        return found

    async def count_arms(self, order: ArmsOrder) -> ArmsCount:
        """Count the calls of both arms of a canary from the books."""
        found: ArmsCount = await self._run("canary_arms", "count_arms", order)
        return found

    async def decide_past(self, order: PastOrder) -> PastAnswer:
        """Decide a call of the past anew."""
        found: PastAnswer = await self._run("past_call", "decide_past", order)
        return found

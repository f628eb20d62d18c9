"""Work on quality as batch tasks: what takes the legs of books and segments."""

from abc import ABC, abstractmethod
from typing import Any

from domain.quality_periods import PeriodAsked, PeriodMargin, PeriodSums
from domain.quality_refill import Refill
from domain.sla.report import SlaOrder, SlaReport


class QualityTasks(ABC):
    """Counts of quality, each made by one task."""

    @abstractmethod
    async def _run(self, module: str, function: str, *args: object) -> Any: ...

    async def quality_refill(self, now_ms: int) -> Refill:
        """Count the legs of the quality windows."""
        refill: Refill = await self._run("quality_counts", "quality_refill", now_ms)
        return refill

    async def period_buckets(self, asked: PeriodAsked) -> tuple[dict[int, PeriodSums], PeriodSums]:
        """Count the legs of a period by bucket, and all of them together."""
        found: tuple[dict[int, PeriodSums], PeriodSums] = await self._run("quality_periods", "period_buckets", asked)
        return found

    async def period_margins(self, asked: PeriodAsked) -> list[PeriodMargin]:
        """Add up what the legs of a period earned, by partner and destination."""
        found: list[PeriodMargin] = await self._run("quality_periods", "period_margins", asked)
        return found

    async def sla_report(self, order: SlaOrder) -> SlaReport:
        """Measure what clients got against what they were promised."""
        report: SlaReport = await self._run("sla", "sla_report", order)
        return report

"""What live actors may ask of batch workers about quality: counts that take the legs of books and segments."""

from typing import Protocol

from domain.quality_periods import PeriodAsked, PeriodMargin, PeriodSums
from domain.quality_refill import Refill
from domain.sla.report import SlaOrder, SlaReport


class QualityWork(Protocol):
    """The part of actors.tasks.Tasks that counts calls by how they went."""

    async def quality_refill(self, now_ms: int) -> Refill:
        """Count the legs of the quality windows."""
        ...

    async def period_buckets(self, asked: PeriodAsked) -> tuple[dict[int, PeriodSums], PeriodSums]:
        """Count the legs of a period by bucket, of those that have any, and all of them together."""
        ...

    async def period_margins(self, asked: PeriodAsked) -> list[PeriodMargin]:
        """Add up what the legs of a period earned, by partner and destination."""
        ...

    async def sla_report(self, order: SlaOrder) -> SlaReport:
        """Measure what clients got against what they were promised. Raises InputError for too many rows."""
        ...

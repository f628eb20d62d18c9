"""Operators' questions about quality of any period: counted from books and segments by a task."""

from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.quality_asked import destination_of, one_of, window_asked
from domain.calls import Side
from domain.directory import Direction
from domain.errors import InputError
from domain.ids import PartnerId, TrunkId
from domain.money import Currency
from domain.q850 import words
from domain.quality_periods import PeriodAsked, PeriodMargin, PeriodSums, bucket_ms_of, every_bucket, whole_margin
from domain.quality_series import begins_s
from domain.quality_windows import SPANS, Window
from protos import quality_pb2 as pb
from protos.switch_pb2 import Money

Context = grpc.aio.ServicerContext[Any, Any]
MOST_MARGINS = 1_000


class QualityPeriods:
    """The methods of QualityService that ask the books."""

    _desk: Desk

    async def Causes(self, request: pb.QualityPeriod, context: Context) -> pb.QualityCauses:
        """Count how the legs of a period ended."""
        asked = await self._period(request)
        _, total = await self._desk.tasks.period_buckets(asked)
        return pb.QualityCauses(
            total=sums_message(total, self._desk.base_currency), from_ms=asked.from_ms, until_ms=asked.until_ms
        )

    async def Buckets(self, request: pb.QualityPeriod, context: Context) -> pb.QualityBuckets:
        """Count the legs of a period, bucket by bucket."""
        asked = await self._period(request)
        found, total = await self._desk.tasks.period_buckets(asked)
        return pb.QualityBuckets(
            buckets=[
                pb.QualityBucket(from_ms=start, until_ms=end, sums=sums_message(sums, self._desk.base_currency))
                for start, end, sums in every_bucket(asked, found)
            ],
            total=sums_message(total, self._desk.base_currency),
            from_ms=asked.from_ms,
            until_ms=asked.until_ms,
            bucket_s=asked.bucket_ms // 1000,
        )

    async def Margins(self, request: pb.QualityPeriod, context: Context) -> pb.QualityMargins:
        """Add up what the legs of a period earned."""
        asked = await self._period(request)
        found = await self._desk.tasks.period_margins(asked)
        margins = [self._margin(one, self._desk.name_of(one.destination)) for one in found]
        whole = self._margin(whole_margin(found))
        return pb.QualityMargins(
            margins=margins[:MOST_MARGINS],
            whole=whole,
            total=len(found),
            from_ms=asked.from_ms,
            until_ms=asked.until_ms,
        )

    def _margin(self, one: PeriodMargin, name: str = "") -> pb.QualityMargin:
        base = self._desk.base_currency
        return pb.QualityMargin(
            partner=one.partner,
            destination=one.destination,
            destination_name=name,
            legs=one.legs,
            answered=one.answered,
            talk_ms=one.talk_ms,
            revenue=Money(units=one.revenue, currency=base),
            cost=Money(units=one.cost, currency=base),
            margin=Money(units=one.revenue - one.cost, currency=base),
            unpaired=one.unpaired,
        )

    async def _period(self, request: pb.QualityPeriod) -> PeriodAsked:
        from_ms, until_ms = request.from_ms, request.until_ms
        if request.window or not (from_ms or until_ms):
            from_ms, until_ms = _since(window_asked(request.window), self._desk.now_ms())
        side, trunk = request.side or Side.VENDOR.value, TrunkId(request.trunk) if request.trunk else None
        if trunk is not None:
            its = await self._desk.read(lambda catalog: catalog.trunks.get(trunk))
            side = (Side.CLIENT if its.direction is Direction.IN else Side.VENDOR).value
        if request.partner:
            await self._desk.read(lambda catalog: catalog.partners.get(PartnerId(request.partner)))
        return PeriodAsked(
            side=one_of(Side, side, "side"),
            from_ms=from_ms,
            until_ms=until_ms,
            bucket_ms=bucket_ms_of(from_ms, until_ms, request.bucket_s),
            partner=PartnerId(request.partner) if request.partner else None,
            destination=await destination_of(self._desk, request.destination) if request.destination else None,
            trunk=trunk,
        )


def sums_message(sums: PeriodSums, base: Currency) -> pb.QualitySums:
    """Return sums as they are told."""
    low, high = sums.asr_bounds
    return pb.QualitySums(
        attempts=sums.attempts,
        answered=sums.answered,
        effective=sums.effective,
        number_errors=sums.number_errors,
        short=sums.short,
        talk_ms=sums.talk_ms,
        pdd_p50_ms=sums.pdd_p50_ms,
        pdd_p95_ms=sums.pdd_p95_ms,
        asr_low=low,
        asr_high=high,
        charge=Money(units=sums.units, currency=base),
        classes=[pb.CauseCount(cause_class=its, calls=calls) for its, calls in sums.classes.items()],
        causes=[
            pb.CauseSeen(cause=one.cause, words=words(one.cause), cause_class=one.cause_class, calls=one.calls)
            for one in sums.causes
        ],
        open=sums.open_calls,
    )


def _since(window: Window, now_ms: int) -> tuple[int, int]:
    """Return from and until when calls are in a window of time, as quality-0 counts it. Raises InputError."""
    if window.calls:
        raise InputError("the last so many calls are no period", where="quality", mend=f"Take {', '.join(SPANS)}.")
    return 1000 * begins_s(window, now_ms // 1000), now_ms + 1

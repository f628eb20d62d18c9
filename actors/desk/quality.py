"""Operators' service of quality: the table by partner and destination, as quality-0 counts it now, and any period."""

from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.quality_asked import destination_of, one_of, window_asked
from actors.desk.quality_courses import QualityCourses, add_standing, ask_quality
from actors.desk.quality_periods import QualityPeriods
from domain.calls import Side
from domain.ids import PartnerId
from domain.quality_levels import Level
from domain.quality_order import Sort
from domain.quality_rows import QualityRow, RowsAsked
from protos import quality_pb2 as pb
from protos import quality_pb2_grpc as services
from protos.switch_pb2 import Money

Context = grpc.aio.ServicerContext[Any, Any]


class QualityService(QualityCourses, QualityPeriods, services.QualityServiceServicer):
    """Lists what is counted. Raises UnavailableError while quality-0 is away."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def List(self, request: pb.QualityRequest, context: Context) -> pb.QualityRows:
        """Return a page of rows."""
        asked = await self._asked(request)
        rows, total = await ask_quality("rows", asked)
        told = [self._message(row) for row in rows]
        return pb.QualityRows(rows=told, total=total, window=str(asked.window), now_ms=self._desk.now_ms())

    async def _asked(self, request: pb.QualityRequest) -> RowsAsked:
        destinations = None
        if request.destination:
            destinations = frozenset({await destination_of(self._desk, request.destination)})
        if request.partner:
            await self._desk.read(lambda catalog: catalog.partners.get(PartnerId(request.partner)))
        return RowsAsked(
            side=one_of(Side, request.side or Side.VENDOR.value, "side"),
            partner=PartnerId(request.partner) if request.partner else None,
            destinations=destinations,
            window=window_asked(request.window),
            sort=one_of(Sort, request.sort or Sort.ATTEMPTS.value, "order"),
            offset=request.offset,
            limit=self._desk.page(request.limit),
            level=one_of(Level, request.level or Level.PAIR.value, "level"),
            text=request.text,
        )

    def _message(self, row: QualityRow) -> pb.QualityRow:
        its = row.figures
        message = pb.QualityRow(
            partner=row.partner,
            destination=row.destination,
            destination_name=self._desk.name_of(row.destination),
            attempts=row.attempts,
            answered=row.answered,
            effective=row.effective,
            open=row.open_calls,
            talk_s=row.talk_s,
            short=row.short,
            cost=Money(units=row.units, currency=self._desk.base_currency),
            causes=[pb.CauseCount(cause_class=cause, calls=calls) for cause, calls in row.classes.items()],
            figures=pb.LeanedFigures(
                asr=its.asr,
                ner=its.ner,
                acd_s=its.acd,
                pdd_p50_s=its.pdd_p50,
                pdd_p95_s=its.pdd_p95,
                short_pct=its.short_pct,
                asr_low=its.asr_low,
                asr_high=its.asr_high,
            ),
        )
        if row.pdd_p50 is not None and row.pdd_p95 is not None:
            message.pdd_p50_s, message.pdd_p95_s = row.pdd_p50, row.pdd_p95
        add_standing(message, row)
        return message

"""Operators' service of quality: the table by partner and destination, as quality-0 counts it now."""

import asyncio
from typing import Any

import grpc
from ray.exceptions import RayError

from actors.desk.core import ASK_WAIT_S, Desk
from actors.refs import QUALITY, UnavailableError, handle
from domain.calls import Side
from domain.errors import InputError
from domain.ids import DestinationId, PartnerId
from domain.quality_rows import QualityRow, RowsAsked, Sort
from domain.quality_windows import SPANS, Window, window_of
from protos import quality_pb2 as pb
from protos import quality_pb2_grpc as services
from protos.switch_pb2 import Money

Context = grpc.aio.ServicerContext[Any, Any]


class QualityService(services.QualityServiceServicer):
    """Lists what is counted. Raises UnavailableError while quality-0 is away."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def List(self, request: pb.QualityRequest, context: Context) -> pb.QualityRows:
        """Return a page of rows."""
        asked = await self._asked(request)
        quality: Any = handle(QUALITY)
        try:
            rows, total = await asyncio.wait_for(quality.rows.remote(asked), ASK_WAIT_S)
        except (RayError, ValueError, TimeoutError) as error:
            raise UnavailableError("quality-0 does not answer") from error
        told = [self._message(row) for row in rows]
        return pb.QualityRows(rows=told, total=total, window=str(asked.window), now_ms=self._desk.now_ms())

    async def _asked(self, request: pb.QualityRequest) -> RowsAsked:
        destinations = None
        if request.destination:
            destinations = frozenset({await self._destination(request.destination)})
        if request.partner:
            await self._desk.read(lambda catalog: catalog.partners.get(PartnerId(request.partner)))
        return RowsAsked(
            side=_one_of(Side, request.side or Side.VENDOR.value, "side"),
            partner=PartnerId(request.partner) if request.partner else None,
            destinations=destinations,
            window=_window(request.window),
            sort=_one_of(Sort, request.sort or Sort.ATTEMPTS.value, "order"),
            offset=request.offset,
            limit=self._desk.page(request.limit),
        )

    async def _destination(self, text: str) -> DestinationId:
        """Return the destination of a number, or by its name or a code. Raises NotFoundError."""
        world = self._desk.world
        found = world.codes.destination_of(text) if text.isascii() and text.isdigit() and world else None
        if found is not None:
            return found
        return await self._desk.read(lambda catalog: catalog.limits.destination(text))

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
        return message


def _one_of(kind: Any, text: str, what: str) -> Any:
    names = [str(one.value) for one in kind]
    if text not in names:
        raise InputError(f"{text!r} is no {what}", where="quality", mend=f"Take one of {', '.join(names)}.")
    return kind(text)


def _window(text: str) -> Window:
    found = window_of(text) if text else SPANS["1h"]
    if found is None:
        mend = f"Take one of {', '.join(SPANS)}, or a number of calls: 100 calls."
        raise InputError(f"{text!r} is no window", where="quality", mend=mend)
    return found

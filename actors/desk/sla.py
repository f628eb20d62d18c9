"""Operators' service of promises to clients: the report of every bucket, how they go now, and which were broken."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.promises import PromiseRounds
from actors.desk.quality_asked import destination_of
from actors.desk.quality_periods import sums_message
from domain.ids import PartnerId
from domain.sla.breaches import Breach, Promised
from domain.sla.measuring import verdict
from domain.sla.report import SlaOrder, SlaRow, SlaSummary, Unmet, Whose, checked
from protos import sla_pb2 as pb
from protos import sla_pb2_grpc as services
from protos.switch_pb2 import Money

Context = grpc.aio.ServicerContext[Any, Any]
PIECE = 500


class SlaService(services.SlaServiceServicer):
    """Reports what clients got of what they are promised."""

    def __init__(self, desk: Desk, rounds: PromiseRounds) -> None:
        self._desk, self._rounds = desk, rounds

    async def Report(self, request: pb.SlaQuery, context: Context) -> AsyncIterator[pb.SlaPiece]:
        """Count every bucket of a period from the books."""
        order = await self._order(request)
        found = await self._desk.tasks.sla_report(order)
        yield pb.SlaPiece(
            summaries=[self._summary(one) for one in found.summaries], from_ms=order.from_ms, until_ms=order.until_ms
        )
        rows = () if request.summaries else found.rows
        for at in range(0, len(rows), PIECE):
            yield pb.SlaPiece(buckets=[self._bucket(row) for row in rows[at : at + PIECE]])

    async def Now(self, request: pb.SlaNowQuery, context: Context) -> pb.SlaStates:
        """Tell what is promised now, and how its buckets go."""
        limit = self._desk.page(request.limit)
        found, total = await self._rounds.promised(request.client, limit, request.offset)
        return pb.SlaStates(states=[self._now(one) for one in found], now_ms=self._desk.now_ms(), total=total)

    async def Breaches(self, request: pb.SlaBreachQuery, context: Context) -> pb.SlaBreaches:
        """List promises that were broken, the last first."""
        limit = self._desk.page(request.limit)
        found, total = await self._desk.read(
            lambda catalog: catalog.promises.breaches(request.client, limit=limit, offset=request.offset)
        )
        return pb.SlaBreaches(breaches=[self._breach(one) for one in found], total=total)

    async def _order(self, request: pb.SlaQuery) -> SlaOrder:
        if request.client:
            await self._desk.read(lambda catalog: catalog.partners.get(PartnerId(request.client)))
        until_ms = min(request.until_ms, max(self._desk.now_ms() + 1, request.from_ms + 1))
        return checked(
            SlaOrder(
                from_ms=request.from_ms,
                until_ms=until_ms if request.until_ms > request.from_ms else request.until_ms,
                bucket_s=request.bucket_s,
                client=request.client,
                product=request.product if request.HasField("product") else None,
                destination=await destination_of(self._desk, request.destination) if request.destination else 0,
            )
        )

    def _whose(self, whose: Whose) -> pb.SlaWhose:
        name = self._desk.name_of(whose.destination)
        return pb.SlaWhose(
            client=whose.client, product=whose.product, destination=whose.destination, destination_name=name
        )

    def _bucket(self, row: SlaRow) -> pb.SlaBucket:
        return pb.SlaBucket(
            whose=self._whose(row.whose),
            from_ms=row.from_ms,
            until_ms=row.until_ms,
            promise=row.promise.words,
            policy=row.policy,
            verdict=row.verdict,
            least_calls=row.promise.least_calls,
            sums=sums_message(row.sums, self._desk.base_currency),
            unmet=_unmet(row.unmet),
            keep=row.promise.keep,
            unmeasured=row.promise.unmeasured,
        )

    def _summary(self, one: SlaSummary) -> pb.SlaSummary:
        return pb.SlaSummary(
            whose=self._whose(one.whose),
            kept=one.kept,
            broken=one.broken,
            few=one.few,
            empty=one.empty,
            kept_ms=one.kept_ms,
            broken_ms=one.broken_ms,
            attempts=one.attempts,
            answered=one.answered,
            talk_ms=one.talk_ms,
            charge=Money(units=one.units, currency=self._desk.base_currency),
            unmet=_unmet(one.unmet),
            worst=self._bucket(one.worst) if one.worst is not None else None,
        )

    def _now(self, its: Promised) -> pb.SlaNow:
        breach, running = self._rounds.standing(its.whose), its.running
        return pb.SlaNow(
            whose=self._whose(its.whose),
            promise=its.promise.words,
            policy=its.policy,
            bucket_ms=running.from_ms,
            bucket_s=its.promise.bucket_s,
            attempts=running.attempts,
            figures=_figures(its),
            verdict=verdict(its.promise, running.attempts, running.got),
            broken_since_ms=breach.since_ms if breach is not None else None,
            why=breach.why if breach is not None else "",
        )

    def _breach(self, one: Breach) -> pb.SlaBreach:
        return pb.SlaBreach(
            number=one.number,
            whose=self._whose(one.whose),
            bucket_ms=one.bucket_ms,
            bucket_s=one.bucket_s,
            since_ms=one.since_ms,
            until_ms=one.until_ms,
            promise=one.promise,
            policy=one.policy,
            why=one.why,
            over=one.over,
        )


def _unmet(unmet: Unmet) -> pb.SlaUnmet:
    return pb.SlaUnmet(routed=unmet.routed, refused=unmet.refused)


def _figures(its: Promised) -> Iterable[pb.SlaFigure]:
    named = dict.fromkeys(asked.name for condition in its.promise.conditions for asked in condition.asked)
    got = its.running.got
    return [
        pb.SlaFigure(name=name, value=got[name].value, low=got[name].low, high=got[name].high)
        for name in named
        if name in got
    ]

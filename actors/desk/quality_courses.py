"""How rows of the table of quality went over time, as quality-0 counts it now."""

import asyncio
from collections.abc import Iterable
from typing import Any

import grpc
from ray.exceptions import RayError

from actors.desk.core import ASK_WAIT_S, Desk
from actors.desk.quality_asked import one_of, window_asked
from actors.refs import QUALITY, UnavailableError, handle
from domain.calls import Side
from domain.cause_classes import CauseClass
from domain.errors import InputError
from domain.quality_counts import Key
from domain.quality_course import LONG, Stretch
from domain.quality_rows import QualityRow
from protos import quality_pb2 as pb
from protos.switch_pb2 import Money

MOST_COURSES = 50
Context = grpc.aio.ServicerContext[Any, Any]


class QualityCourses:
    """The part of the operators' service that tells courses."""

    _desk: Desk

    async def Courses(self, request: pb.QualityCoursesRequest, context: Context) -> pb.QualityCourses:
        """Return how some rows went."""
        if len(request.keys) > MOST_COURSES:
            mend = f"Ask for {MOST_COURSES} at most."
            raise InputError(f"{len(request.keys)} courses are too many at once", where="quality", mend=mend)
        window = window_asked(request.window) if request.window else LONG
        window = window if window.span_ms else LONG
        side = one_of(Side, request.side or Side.VENDOR.value, "side")
        found = await ask_quality("courses", list(_keys(side, request.keys)), window)
        courses = [
            pb.QualityCourse(key=key, stretches=[self._stretch(one) for one in its])
            for key, its in zip(request.keys, found, strict=True)
        ]
        return pb.QualityCourses(courses=courses, window=str(window), now_ms=self._desk.now_ms())

    def _stretch(self, one: Stretch) -> pb.QualityStretch:
        return pb.QualityStretch(
            from_ms=one.from_s * 1000,
            attempts=one.attempts,
            answered=one.answered,
            effective=one.effective,
            talk_s=one.talk_s,
            ended_answered=one.classes.get(CauseClass.ANSWERED, 0),
            short=one.short,
            pdd_p50_s=one.pdd_p50,
            pdd_p95_s=one.pdd_p95,
            cost=Money(units=one.units, currency=self._desk.base_currency),
        )


async def ask_quality(method: str, *args: object) -> Any:
    """Ask quality-0. Raises UnavailableError while it is away."""
    try:
        async with asyncio.timeout(ASK_WAIT_S):
            return await getattr(handle(QUALITY), method).remote(*args)
    except (RayError, ValueError, TimeoutError) as error:
        raise UnavailableError("quality-0 does not answer") from error


def add_standing(message: pb.QualityRow, row: QualityRow) -> None:
    """Write how the route of a row stands, or how many of its routes are away."""
    message.country, message.out = row.country, row.out
    message.trunk, message.product = row.trunk, row.product
    if row.state is not None:
        message.standing, message.since_ms, message.why = row.state.stands, row.state.since_ms, row.state.why
        if row.state.until_ms is not None:
            message.until_ms = row.state.until_ms


def _keys(side: Side, keys: Iterable[pb.QualityKey]) -> Iterable[Key]:
    return ((side, one.partner, one.destination or one.country) for one in keys)

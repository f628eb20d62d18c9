"""Quality of periods asked of the desk: what it answers, and the CDRs behind it."""

import asyncio
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from actors.desk.board import Board
from actors.desk.cdrs import CdrsService
from actors.desk.core import Desk
from actors.desk.quality import QualityService
from actors.home import Home
from cluster.tasks import RayTasks
from domain.calls import Side
from domain.errors import InputError, NotFoundError
from protos import operators_pb2 as base
from protos import quality_pb2 as pb
from tests.cluster.tasks.places import NOW, Place, a_place
from tests.cluster.tasks.test_leg_search import filled
from tests.domain.call_builders import a_leg

NOBODY: Any = None


class InThreads(RayTasks):
    """Tasks in threads, without Ray."""

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.home = home

    async def _run(self, module: str, function: str, *args: object) -> Any:
        work = getattr(import_module(f"cluster.tasks.{module}"), function)
        return await asyncio.to_thread(work, self.home, *args)


MINUTE_MS = 60_000
START = NOW - 60 * MINUTE_MS
VENDOR: dict[str, Any] = {"side": Side.VENDOR, "partner": "kestrel", "trunk": "kestrel-out"}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with a_place(tmp_path) as opened:
        yield opened


@pytest.fixture
def service(desk: Desk, place: Place) -> QualityService:
    """Ten minutes with one answered call, one to a number that is none, one without a circuit; then nothing."""
    desk.tasks = InThreads(place.home)
    silent: dict[str, Any] = {"connect_ms": None, "alert_ms": None, "duration_ms": 0}
    legs = [
        a_leg("c1", setup_ms=START + MINUTE_MS, connect_ms=START + 2 * MINUTE_MS, **VENDOR),
        a_leg("c2", setup_ms=START + 2 * MINUTE_MS, cause=1, **silent, **VENDOR),
        a_leg("c3", setup_ms=START + 12 * MINUTE_MS, cause=34, **silent, **VENDOR),
        a_leg("c4", setup_ms=START + MINUTE_MS, side=Side.CLIENT),
    ]
    filled(place, legs, sealed=2)
    return QualityService(desk)


def asked(**fields: Any) -> pb.QualityPeriod:
    values: dict[str, Any] = {"from_ms": START, "until_ms": NOW, "bucket_s": 900, "partner": "kestrel"}
    return pb.QualityPeriod(**values | fields)


async def test_buckets_without_calls_are_told_too(service: QualityService) -> None:
    found = await service.Buckets(asked(), NOBODY)
    assert [one.sums.attempts for one in found.buckets] == [3, 0, 0, 0]
    assert (found.total.attempts, found.total.answered, found.total.number_errors) == (3, 1, 1)
    assert found.bucket_s == 900


async def test_causes_stand_in_their_classes(service: QualityService) -> None:
    total = (await service.Causes(asked(trunk="kestrel-out", partner=""), NOBODY)).total
    assert {one.cause_class: one.calls for one in total.classes} == {
        "answered": 1,
        "number error": 1,
        "no circuit": 1,
    }
    assert ("no circuit", "no circuit", 34) in {(one.words, one.cause_class, one.cause) for one in total.causes}


async def test_a_window_reaches_up_to_now(service: QualityService) -> None:
    found = await service.Causes(pb.QualityPeriod(window="1h"), NOBODY)
    assert (found.from_ms, found.until_ms) == (START, NOW + 1)
    assert found.total.attempts == 3


@pytest.mark.parametrize(
    ("fields", "error"),
    [({"trunk": "nobody"}, NotFoundError), ({"partner": "nobody"}, NotFoundError), ({"bucket_s": 7}, InputError),
     ({"window": "100 calls"}, InputError), ({"side": "neither"}, InputError)],
)  # fmt: skip
async def test_what_cannot_be_asked_is_refused(service: QualityService, fields: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        await service.Buckets(asked(**fields), NOBODY)


async def test_the_cdrs_of_a_class_are_listed(service: QualityService, desk: Desk) -> None:
    cdrs = CdrsService(desk, Board(desk))
    found = await cdrs.List(base.CdrQuery(trunk="kestrel-out", cause_class="no circuit"), NOBODY)
    assert ([leg.cause for leg in found.legs], found.total) == ([34], 1)
    assert (await cdrs.List(base.CdrQuery(causes=[1]), NOBODY)).total == 1
    assert (await cdrs.List(base.CdrQuery(trunk="kestrel-out", cause_class="answered"), NOBODY)).total == 1
    with pytest.raises(InputError, match="no class of causes"):
        await cdrs.List(base.CdrQuery(cause_class="tired"), NOBODY)


async def test_margins_of_vendors_are_what_their_answers_brought(service: QualityService) -> None:
    found = await service.Margins(asked(), NOBODY)
    [one] = found.margins
    assert (one.partner, one.legs, one.answered, found.total) == ("kestrel", 3, 1, 1)
    assert one.margin.units == one.revenue.units - one.cost.units
    assert found.whole.cost == one.cost

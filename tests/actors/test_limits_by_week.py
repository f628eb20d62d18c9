"""Limits of a part of the week in a book: reports and files count alike, and a restart changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.shard import Shard
from domain.calls import Leg, Side
from domain.commands import Granted
from domain.directory import Direction, Trunk
from domain.holds import HoldTimes
from domain.ids import TrunkId
from domain.limits import Limit, LimitId, Period
from domain.placement import Placement
from domain.policies.policy import TimeProfile
from domain.profiles import windows_of
from store.book import Book
from tests.actors.builders import assert_true, one
from tests.domain.builders import NOON
from tests.domain.call_builders import KESTREL, ORBITA, a_leg, ask, directory, stop
from tests.store.books import staged

IN, OUT = TrunkId("orbita-in"), TrunkId("kestrel-out")
HOUR_MS = 3_600_000
DAY = TimeProfile("day", "Africa/Nairobi", windows_of("on", range(5), 8 * 60, 20 * 60))
LIMITS = (
    Limit(LimitId("vendor-day"), vendor=KESTREL, max_minutes=900, period=Period.WEEK, profile="day", part=DAY),
    Limit(LimitId("vendor-else"), vendor=KESTREL, max_minutes=900, period=Period.WEEK, profile="not day", part=DAY),
    Limit(LimitId("client-day"), client=ORBITA, max_minutes=900, period=Period.WEEK, profile="day", part=DAY),
    Limit(LimitId("all"), vendor=KESTREL, max_minutes=9_000, period=Period.WEEK),
)


@contextmanager
def opened(folder: Path, *limits: Limit) -> Iterator[Shard]:
    trunks = {IN: Trunk(IN, ORBITA, Direction.IN), OUT: Trunk(OUT, KESTREL, Direction.OUT, host="192.0.2.1")}
    world = replace(directory(), trunks=trunks, limits=limits)
    shard = Shard(Book.open("", folder, 0), world, HoldTimes(), Placement())
    shard.recover()
    yield shard
    assert_true(shard)
    shard.book.close()


def used(shard: Shard) -> dict[str, int]:
    return {use.limit: use.seconds for use in shard.limit_use(NOON, soft_only=False)}


def legs_at(hours: list[int]) -> list[Leg]:
    """Calls of a minute that began so many hours ago, both sides."""
    return [
        a_leg(f"c{number}", side, trunk=IN if side is Side.CLIENT else OUT, connect_ms=at_ms, setup_ms=at_ms)
        for number, hour in enumerate(hours)
        for at_ms in [NOON - hour * HOUR_MS]
        for side in Side
    ]


def test_a_file_counts_as_reports_do_hour_by_hour(tmp_path: Path) -> None:
    hours = [*range(0, 7 * 24, 5)]
    with opened(tmp_path / "file", *LIMITS) as by_file, opened(tmp_path / "one", *LIMITS) as by_report:
        by_file.take_block(staged(tmp_path / "stage.db", legs_at(hours)), NOON + 1000)
        for leg in legs_at(hours):
            at_ms = leg.connect_ms or 0
            number = next(place for place, hour in enumerate(hours) if NOON - hour * HOUR_MS == at_ms)
            words: dict[str, Any] = {"trunk": leg.trunk, "connect_ms": at_ms, "setup_ms": at_ms, "at_ms": NOON}
            one(by_report, stop(f"c{number}", leg.side, **words))
        found = used(by_file)
        assert found == used(by_report)
        assert 0 < found["vendor-day"] < found["all"]
        assert found["vendor-day"] == found["client-day"]
    with opened(tmp_path / "file", *LIMITS) as again:
        assert used(again) == found


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 20 * 24), min_size=1, max_size=20))
def test_day_and_else_are_all(tmp_path_factory: pytest.TempPathFactory, hours: list[int]) -> None:
    folder = tmp_path_factory.mktemp("books")
    with opened(folder / "book", *LIMITS) as shard:
        shard.take_block(staged(folder / "stage.db", legs_at(hours)), NOON + 1000)
        found = used(shard)
        assert found["vendor-day"] + found["vendor-else"] == found["all"]


def test_a_client_passes_by_night_what_stops_it_by_day(tmp_path: Path) -> None:
    one_call = Limit(LimitId("day"), client=ORBITA, max_calls=0, profile="day", part=DAY)
    monday_ms = NOON + 48 * HOUR_MS  # 15:00 in Nairobi
    with opened(tmp_path, one_call) as shard:
        answers = [one(shard, ask(f"c{hour}", trunk=IN, at_ms=monday_ms + hour * HOUR_MS)) for hour in range(0, 24, 4)]
    goes = [isinstance(answer, Granted) for answer in answers]
    assert goes == [False, False, True, True, True, False], "15, 19, 23, 3, 7 and 11 o'clock"

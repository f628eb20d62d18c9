"""What a book writes down of limits, and what it knows of them after a restart."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.shard import Shard
from domain.calls import Leg, Side
from domain.causes import Cause
from domain.commands import Expire, Refused
from domain.directory import Direction, Trunk
from domain.holds import HoldTimes
from domain.ids import TrunkId
from domain.limits import Limit, LimitId, LimitUse, Period
from domain.money import units_of
from domain.placement import Placement
from store.book import Book
from tests.actors.builders import assert_true, one
from tests.domain.builders import NOON
from tests.domain.call_builders import KESTREL, ORBITA, USD, a_leg, ask, directory, lost, start, stop
from tests.store.books import staged

IN, OUT = TrunkId("orbita-in"), TrunkId("kestrel-out")
CLIENT = Limit(LimitId("client"), client=ORBITA, max_calls=2, max_minutes=100, max_units=units_of("50"), currency=USD)
VENDOR = Limit(LimitId("vendor"), vendor=KESTREL, max_minutes=100, max_units=units_of("50"), currency=USD)
PAIR = Limit(LimitId("pair"), client=ORBITA, vendor=KESTREL, max_calls=9, max_minutes=100)
CODE = Limit(LimitId("code"), code="4479", max_minutes=100, period=Period.HOUR)
MINUTE = units_of("0.0294")


def begun(folder: Path) -> Shard:
    """Open the book and recover, as a new process does."""
    trunks = {IN: Trunk(IN, ORBITA, Direction.IN), OUT: Trunk(OUT, KESTREL, Direction.OUT, host="192.0.2.1")}
    world = replace(directory(), trunks=trunks, limits=(CLIENT, VENDOR, PAIR, CODE))
    shard = Shard(Book.open("", folder, 0), world, HoldTimes(), Placement())
    shard.recover()
    return shard


@pytest.fixture
def shard(tmp_path: Path) -> Iterator[Shard]:
    its = begun(tmp_path)
    yield its
    assert_true(its)
    its.book.close()


def uses(shard: Shard, at_ms: int = NOON) -> dict[str, LimitUse]:
    return {use.limit: use for use in shard.limit_use(at_ms, soft_only=False)}


def ended(call: str, side: Side = Side.CLIENT, **fields: Any) -> Leg:
    return a_leg(call, side, trunk=IN if side is Side.CLIENT else OUT, connect_ms=NOON, setup_ms=NOON, **fields)


def a_call(shard: Shard, call: str) -> None:
    """Ask, begin and end a call of a minute on both sides."""
    one(shard, ask(call, trunk=IN))
    for side, trunk in ((Side.CLIENT, IN), (Side.VENDOR, OUT)):
        one(shard, start(call, side, trunk=trunk))
    for side, trunk in ((Side.VENDOR, OUT), (Side.CLIENT, IN)):
        one(shard, stop(call, side, trunk=trunk, connect_ms=NOON, setup_ms=NOON))


def test_what_ended_calls_used_is_known_after_a_restart_and_open_ones_count_anew(tmp_path: Path) -> None:
    before = begun(tmp_path)
    a_call(before, "c1")
    one(before, ask("c2", trunk=IN))
    one(before, start("c2", Side.VENDOR, trunk=OUT))
    known = uses(before)
    before.book.close()
    again = begun(tmp_path)
    assert uses(again) == known
    assert known["client"].calls == known["vendor"].calls == 1
    assert (known["vendor"].seconds, known["vendor"].units) == (60, MINUTE)
    assert known["pair"].seconds == known["code"].seconds == 60
    one(again, Expire(NOON + 10**9))
    one(again, stop("c2", Side.VENDOR, trunk=OUT, connect_ms=NOON, setup_ms=NOON))
    assert not any(use.calls for use in uses(again).values())
    assert uses(again)["client"].seconds == 60, "of the period nothing is set aside any more"
    assert_true(again)
    again.book.close()


def test_a_file_of_calls_counts_as_if_they_had_been_reported(shard: Shard, tmp_path: Path) -> None:
    other = begun(tmp_path / "other")
    legs = [ended(f"c{number}", side) for number in range(3) for side in Side]
    shard.take_block(staged(tmp_path / "stage.db", legs), NOON + 1000)
    for number in range(3):
        a_call(other, f"c{number}")
    assert uses(shard) == {name: replace(use, cps=0.0) for name, use in uses(other).items()}
    assert shard.limits.grouping(NOON) is not None
    other.book.close()


def test_a_third_call_is_refused_with_the_limit_by_name_and_goes_when_one_has_ended(shard: Shard) -> None:
    for call in ("c1", "c2"):
        one(shard, ask(call, trunk=IN, max_s=60))
    refused = one(shard, ask("c3", trunk=IN))
    assert isinstance(refused, Refused)
    assert (refused.cause, refused.detail) == (Cause.OVER_CALLS, "limit client: 2 of 2 calls")
    one(shard, stop("c1", trunk=IN))
    assert not isinstance(one(shard, ask("c3", trunk=IN)), Refused)


def test_old_periods_are_forgotten(shard: Shard) -> None:
    hour_ms = 3_600_000
    for number in range(4):
        at_ms = NOON + number * hour_ms
        one(shard, stop(f"c{number}", trunk=IN, connect_ms=at_ms, setup_ms=at_ms, at_ms=at_ms))
    rows = shard.book.driver.query("SELECT period_ms FROM limit_use WHERE limit_id = ? ORDER BY 1", (CODE.use_id,))
    assert [row[0] for row in rows] == [CODE.period_ms(NOON + number * hour_ms) for number in (2, 3)]


def test_vendors_legs_of_a_file_count_for_clients_whose_legs_were_reported(shard: Shard, tmp_path: Path) -> None:
    one(shard, stop("c1", trunk=IN, connect_ms=NOON, setup_ms=NOON))
    one(shard, start("c1", Side.VENDOR, trunk=OUT, connect_ms=NOON, setup_ms=NOON))
    one(shard, lost("c1", Side.VENDOR, 30, trunk=OUT, connect_ms=NOON, setup_ms=NOON))
    assert uses(shard)["pair"].seconds == 30
    one(shard, stop("c2", trunk=IN, connect_ms=NOON, setup_ms=NOON))
    legs = [ended(call, Side.VENDOR) for call in ("c1", "c2")]
    shard.take_block(staged(tmp_path / "stage.db", legs), NOON + 1000)
    assert uses(shard)["pair"].seconds == uses(shard)["vendor"].seconds == 120

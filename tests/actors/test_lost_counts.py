"""Counts of calls at vendors come back to zero though the ends of their legs are lost."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from actors.shard import Shard
from domain.calls import Side
from domain.commands import Expire, ReleaseSwitch
from domain.directory import Direction, Switch, Trunk
from domain.holds import HoldTimes
from domain.ids import TrunkId
from domain.limits import Limit, LimitId
from domain.placement import Placement
from domain.recipe import Recipe
from store.book import Book
from tests.actors.builders import assert_true, one
from tests.domain.builders import NOON
from tests.domain.call_builders import KESTREL, ORBITA, SW, ask, directory, start, stop

IN, OUT = TrunkId("orbita-in"), TrunkId("kestrel-out")
LATER_MS = NOON + 10_000
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
TIMES = HoldTimes(lost_end_s=3_600, longest_s=14_460)


def begun(folder: Path, *, interims: bool = False) -> Shard:
    trunks = {
        IN: Trunk(IN, ORBITA, Direction.IN),
        OUT: Trunk(OUT, KESTREL, Direction.OUT, host="192.0.2.1", max_calls=9),
    }
    pair = Limit(LimitId("pair"), client=ORBITA, vendor=KESTREL, max_calls=9)
    switches = {SW: Switch(SW, "192.0.2.9", Recipe("cisco", sends_interims=interims))}
    world = replace(directory(), trunks=trunks, switches=switches, limits=(pair,))
    shard = Shard(Book.open("", folder, 0), world, TIMES, Placement())
    shard.recover()
    return shard


@pytest.fixture(params=[False, True], ids=["no-interims", "interims"])
def shard(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shard]:
    its = begun(tmp_path, interims=request.param)
    one(its, Expire(NOON))
    for call in ("c1", "c2"):
        one(its, ask(call, trunk=IN))
        one(its, start(call, trunk=IN, switch=SW))
        one(its, start(call, Side.VENDOR, trunk=OUT, switch=SW))
    assert counted(its) == {2}
    yield its
    assert_true(its)
    its.book.close()


def counted(shard: Shard) -> set[int]:
    """The calls that the limits of the vendor count, as they are now and as a new process counts them."""
    its = {use.calls for use in shard.limit_use(NOON, soft_only=True)}
    shard.limits.enter(shard.directory, shard.partners, anew=True)
    assert its == {use.calls for use in shard.limit_use(NOON, soft_only=True)}
    return its


def heard_of(shard: Shard, at_ms: int, side: Side = Side.VENDOR) -> None:
    trunk = OUT if side is Side.VENDOR else IN
    one(shard, start("c1", side, trunk=trunk, switch=SW, at_ms=at_ms, duration_ms=at_ms - NOON))


def test_what_a_switch_had_open_when_it_began_anew_counts_no_more(shard: Shard) -> None:
    one(shard, ReleaseSwitch(SW, LATER_MS))
    assert counted(shard) == {0}
    heard_of(shard, LATER_MS + 1)
    assert counted(shard) == {1}, "it goes on after all"
    one(shard, stop("c1", Side.VENDOR, trunk=OUT, switch=SW))
    assert counted(shard) == {0}


def test_an_attempt_whose_call_has_ended_counts_no_more(shard: Shard) -> None:
    for call in ("c1", "c2"):
        one(shard, stop(call, trunk=IN, switch=SW))
    assert counted(shard) == {0}
    for call in ("c1", "c2"):
        one(shard, stop(call, Side.VENDOR, trunk=OUT, switch=SW))
    assert counted(shard) == {0}


def test_what_is_silent_for_so_long_that_its_end_must_be_lost_counts_no_more(shard: Shard) -> None:
    interims = shard.directory.switches[SW].recipe.sends_interims
    bound_ms = HOUR_MS if interims else 14_460_000
    one(shard, Expire(NOON + bound_ms - 60_000))
    assert {use.calls for use in shard.limit_use(NOON, soft_only=True)} == {2}
    heard_of(shard, NOON + bound_ms - 1, Side.CLIENT)
    one(shard, Expire(NOON + bound_ms))
    assert {use.calls for use in shard.limit_use(NOON, soft_only=True)} == {1}, "its client's leg shows that it goes on"
    one(shard, Expire(NOON + 2 * bound_ms))
    assert {use.calls for use in shard.limit_use(NOON, soft_only=True)} == {0}
    heard_of(shard, NOON + 2 * bound_ms + 1)
    assert {use.calls for use in shard.limit_use(NOON, soft_only=True)} == {1}


def test_silence_while_nobody_could_be_heard_says_nothing(tmp_path: Path) -> None:
    first = begun(tmp_path)
    for call in ("c1", "c2"):
        one(first, start(call, trunk=IN, switch=SW))
        one(first, start(call, Side.VENDOR, trunk=OUT, switch=SW))
    first.book.close()
    again = begun(tmp_path)
    one(again, Expire(NOON + 30 * DAY_MS))
    assert counted(again) == {2}
    one(again, Expire(NOON + 31 * DAY_MS))
    assert {use.calls for use in again.limit_use(NOON, soft_only=True)} == {0}
    again.book.close()

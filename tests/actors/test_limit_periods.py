"""Which use of limits a book remembers, whatever comes in which order, and whose it is."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.shard import Shard
from domain.calls import Side
from domain.commands import Granted, MovePartner
from domain.directory import Direction, Directory, Trunk
from domain.holds import HoldTimes
from domain.ids import DestinationId, TrunkId
from domain.limits import Limit, LimitId, Period
from domain.placement import Placement
from store.book import Book
from tests.actors.builders import assert_true, one
from tests.domain.builders import NOON
from tests.domain.call_builders import KESTREL, MINNOW, ORBITA, ask, directory, lost, paid, start, stop

IN, OUT = TrunkId("orbita-in"), TrunkId("kestrel-out")
HOUR_MS = 3_600_000
OF_CLIENT = Limit(LimitId("m"), client=ORBITA, max_minutes=2, period=Period.HOUR)
Opens = Callable[..., Shard]


def world(*limits: Limit) -> Directory:
    trunks = {IN: Trunk(IN, ORBITA, Direction.IN), OUT: Trunk(OUT, KESTREL, Direction.OUT, host="192.0.2.1")}
    return replace(directory(), trunks=trunks, limits=limits)


def begun(folder: Path, *limits: Limit) -> Shard:
    shard = Shard(Book.open("", folder, 0), world(*limits), HoldTimes(), Placement())
    shard.recover()
    return shard


@pytest.fixture
def opens(tmp_path: Path) -> Iterator[Opens]:
    """Open the book anew, with these limits, as a new process would."""
    opened: list[Shard] = []

    def its(*limits: Limit) -> Shard:
        for shard in opened:
            shard.book.close()
        opened[:] = [begun(tmp_path, *limits)]
        return opened[0]

    yield its
    for shard in opened:
        assert_true(shard)
        shard.book.close()


def goes(shard: Shard, call: str, at_ms: int = NOON, *, began_ms: int = 0) -> bool:
    """Ask for a call of a minute, and let it run to its end if it may; `began_ms`: by a clock that is wrong."""
    granted = isinstance(one(shard, ask(call, trunk=IN, at_ms=at_ms, max_s=60)), Granted)
    if granted:
        ended(shard, call, at_ms, began_ms=began_ms)
    return granted


def ended(shard: Shard, call: str, at_ms: int, *, began_ms: int = 0) -> None:
    began_ms = began_ms or at_ms
    one(shard, stop(call, trunk=IN, connect_ms=began_ms, setup_ms=began_ms, at_ms=at_ms + 60_000))


def used(shard: Shard, at_ms: int = NOON) -> dict[str, int]:
    """Seconds that are used and set aside, by limit."""
    return {use.limit: use.seconds for use in shard.limit_use(at_ms, soft_only=False)}


def test_a_limit_whose_period_becomes_longer_is_kept_from_then_on(opens: Opens) -> None:
    its = opens(OF_CLIENT)
    assert goes(its, "c1", NOON - HOUR_MS)
    assert goes(its, "c2", NOON)
    its.directory = world(replace(OF_CLIENT, period=Period.DAY))
    assert [goes(its, f"d{number}", NOON + HOUR_MS + number) for number in range(4)] == [True, True, False, False]
    assert used(its, NOON + HOUR_MS)["m"] == 120


def test_what_clocks_that_are_ahead_report_makes_no_use_of_now_forgotten(opens: Opens) -> None:
    its = opens(OF_CLIENT)
    for ahead in (2, 3, 4):
        ended(its, f"z{ahead}", NOON, began_ms=NOON + ahead * HOUR_MS)
    assert [goes(its, f"c{number}", NOON + number) for number in range(4)] == [True, True, False, False]
    assert used(its)["m"] == 120
    its = opens(OF_CLIENT)
    assert used(its)["m"] == 120


def test_an_end_that_posts_twice_in_a_period_before_those_known_is_counted(opens: Opens) -> None:
    its = opens(Limit(LimitId("v"), vendor=KESTREL, max_minutes=100, period=Period.HOUR))
    for hours in (1, 2):  # the two latest periods are known
        at_ms = NOON + hours * HOUR_MS
        one(its, stop(f"z{hours}", Side.VENDOR, trunk=OUT, connect_ms=at_ms, setup_ms=at_ms, at_ms=NOON))
    one(its, start("x", Side.VENDOR, trunk=OUT, connect_ms=NOON, setup_ms=NOON))
    begun: dict[str, Any] = {"trunk": OUT, "connect_ms": NOON, "setup_ms": NOON}
    one(its, replace(lost("x", Side.VENDOR, **begun), received_ms=NOON + HOUR_MS))
    one(its, stop("x", Side.VENDOR, 600, destination=DestinationId(9), at_ms=NOON + HOUR_MS + 1, **begun))
    assert used(its)["v"] == 600


def test_what_is_taken_back_is_taken_from_the_limits_that_had_counted_it(opens: Opens) -> None:
    seven, nine = DestinationId(7), DestinationId(9)
    limits = [
        Limit(LimitId(f"{name}{of}"), vendor=KESTREL, client=client, destination=of, max_minutes=100)
        for of in (seven, nine)
        for name, client in (("d", None), ("pair", ORBITA))
    ]
    its = opens(*limits)
    begun: dict[str, Any] = {"trunk": OUT, "connect_ms": NOON, "setup_ms": NOON}
    one(its, start("x", Side.VENDOR, destination=seven, **begun))
    one(its, lost("x", Side.VENDOR, destination=seven, **begun))
    assert used(its) == {"d7": 300, "d9": 0, "pair7": 0, "pair9": 0}
    one(its, stop("x", Side.VENDOR, 600, destination=nine, **begun))
    assert used(its) == {"d7": 0, "d9": 600, "pair7": 0, "pair9": 0}
    ended(its, "x", NOON)  # now it is known whose call it was
    assert used(its) == {"d7": 0, "d9": 600, "pair7": 0, "pair9": 600}


def test_use_is_that_of_what_a_limit_names_now(opens: Opens) -> None:
    its = opens(OF_CLIENT)
    assert [goes(its, f"c{number}") for number in range(3)] == [True, True, False]
    its.directory = world(replace(OF_CLIENT, max_minutes=3))
    assert [goes(its, f"d{number}") for number in range(2)] == [True, False], "how much is left is another thing"
    its.directory = world(replace(OF_CLIENT, code="4479"))
    assert [goes(its, f"e{number}") for number in range(3)] == [True, True, False]
    its.directory = world()
    assert goes(its, "f")
    its.directory = world(replace(OF_CLIENT, client=MINNOW))
    one(its, paid("100", "minnow"))
    assert isinstance(one(its, ask("g", "minnow", max_s=60)), Granted)
    rows = its.book.driver.query("SELECT limit_id FROM limit_use")
    assert rows == [(replace(OF_CLIENT, code="4479").use_id,)], "until the next use is written down"
    its = opens(OF_CLIENT)
    assert goes(its, "h")


def test_use_that_an_older_version_wrote_down_is_kept(opens: Opens) -> None:
    its = opens(OF_CLIENT)
    assert goes(its, "c1")
    its.book.driver.run("UPDATE limit_use SET limit_id = 'm'")
    its = opens(OF_CLIENT)
    assert used(its)["m"] == 60
    assert [goes(its, f"d{number}") for number in range(2)] == [True, False]
    assert its.book.driver.query("SELECT limit_id, seconds FROM limit_use") == [(OF_CLIENT.use_id, 120)]


@pytest.mark.parametrize("writes_more", [False, True])
def test_use_that_an_older_version_wrote_down_leaves_with_its_client(tmp_path: Path, writes_more: bool) -> None:
    of_all = Limit(LimitId("all"), code="44", max_minutes=99, period=Period.HOUR)
    its = begun(tmp_path, OF_CLIENT, of_all)
    assert goes(its, "c1")
    its.book.driver.run("UPDATE limit_use SET limit_id = substr(limit_id, 1, instr(limit_id, '#') - 1)")
    its.book.close()
    its = begun(tmp_path, OF_CLIENT, of_all)
    one(its, MovePartner(ORBITA, 1))
    [(_, entity)] = its.outbox.values()
    assert OF_CLIENT.use_id in {use[0] for use in getattr(entity, "uses", ())}
    if writes_more:
        one(its, paid("100", "minnow"))
        one(its, ask("d1", "minnow", max_s=60))
        one(its, stop("d1", partner="minnow", connect_ms=NOON, setup_ms=NOON))
    assert its.book.driver.query("SELECT limit_id FROM limit_use") == [(of_all.use_id,)]
    its.book.close()


def test_the_use_of_a_disabled_limit_moves_with_its_client(opens: Opens) -> None:
    its = opens(OF_CLIENT)
    assert goes(its, "c1")
    its.directory = world(replace(OF_CLIENT, enabled=False))
    assert goes(its, "c2")
    assert its.limits.of_client(ORBITA) == {OF_CLIENT.use_id}
    its.directory = world(OF_CLIENT)
    assert [goes(its, f"d{number}") for number in range(2)] == [True, False]

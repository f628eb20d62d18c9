"""Back-tests in which calls find vendors full: who has them then, what that costs, and that no cut changes it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.tasks.backtest import backtest_part
from cluster.tasks.backtest_overflow import overflow_part
from cluster.tasks.backtest_quality import count_part
from cluster.tasks.backtest_steps import steps_of
from cluster.tasks.batch_world import world_of
from domain.backtest_room import bounds_of
from domain.backtest_views import by_vendor, moves
from domain.backtests import NOBODY, Backtest, BacktestOrder, Spill, Sums, Way
from domain.causes import Cause
from domain.ids import PartnerId, PlanId, TrunkId
from domain.limits import Limit, LimitId
from domain.policies.policy import Policy
from tests.cluster.tasks.markets import CLIENT, Past, Seller, a_market, book, cost, tried
from tests.cluster.tasks.places import NOW, Place
from tests.domain.builders import ms
from tests.domain.test_backtest_overflow import Leg, one_by_one

NOON = ms(2026, 10, 20, 12)
ORDER = BacktestOrder(Policy("x", order="price"), NOON, NOON + 3_600_000, NOW)
CHEAP, FINE, DEAR = map(PartnerId, ("cheap", "fine", "dear"))
PRICES = {CHEAP: "0.05", FINE: "0.07", DEAR: "0.10"}
SALE = "0.5"


def sellers(**most: int) -> list[Seller]:
    return [Seller(name, {"2547": price}, max_calls=most.get(name)) for name, price in PRICES.items()]


def found_of(folder: Path, calls: list[Past], its: list[Seller], *limits: Limit) -> Backtest:
    with a_market(folder, its, limits) as place:
        book(place, calls, its)
        return tried(place, ORDER)


def at_once(*talk_s: int | None, vendor: str = DEAR) -> list[Past]:
    """Calls that begin one after another within three minutes, all by one vendor."""
    return [Past(NOON + 1_000 * at, (vendor,), talk) for at, talk in enumerate(talk_s)]


def test_calls_that_find_the_first_vendor_full_go_on_to_the_next(tmp_path: Path) -> None:
    found = found_of(tmp_path, at_once(60, 120, 180), sellers(cheap=1, fine=1))
    assert found.total.calls == 3
    assert {(move.then, move.now, move.sums.calls) for move in moves(found)} == {(DEAR, CHEAP, 1), (DEAR, FINE, 1)}
    assert found.total.cost == cost("0.10", 360)
    assert found.total.cost_now == cost("0.05", 60) + cost("0.07", 120) + cost("0.10", 180)
    assert {side.vendor: side.talk_now_ms for side in by_vendor(found)} == {CHEAP: 60_000, FINE: 120_000, DEAR: 180_000}
    assert found.overflow == {
        Spill(CHEAP, FINE): _spilt(cost("0.05", 120), cost("0.07", 120), 120),
        Spill(CHEAP, DEAR): _spilt(cost("0.05", 180), cost("0.10", 180), 180),
    }
    assert found.total.revenue_now == found.total.revenue


def _spilt(before: int, after: int, talk_s: int) -> Sums:
    sold = cost(SALE, talk_s)
    return Sums(1, 1, 1000 * talk_s, sold, sold, before, after)


def test_calls_that_no_vendor_has_room_for_are_refused_and_earn_nothing(tmp_path: Path) -> None:
    found = found_of(tmp_path, at_once(60, 60, 60, 60), sellers(cheap=1, fine=1, dear=1))
    (gone,) = (move for move in moves(found) if move.refused)
    assert (gone.refused, gone.sums.calls, gone.sums.revenue_now, gone.sums.cost_now) == (Cause.NO_ROUTE, 1, 0, 0)
    assert found.total.revenue - found.total.revenue_now == cost(SALE, 60)
    assert found.overflow[Spill(CHEAP, NOBODY)].calls == 1
    assert found.total.cost_now == sum(cost(price, 60) for price in PRICES.values())


def test_a_vendor_has_room_again_when_a_call_ends(tmp_path: Path) -> None:
    calls = [Past(NOON, (DEAR,), 60), Past(NOON + 59_999, (DEAR,), 60), Past(NOON + 60_000, (DEAR,), 60)]
    found = found_of(tmp_path, calls, sellers(cheap=1))
    assert {spill: sums.calls for spill, sums in found.overflow.items()} == {Spill(CHEAP, FINE): 1}
    assert {side.vendor: side.calls_now for side in by_vendor(found)} == {CHEAP: 2, FINE: 1, DEAR: 0}


def test_calls_that_were_there_before_give_way_to_those_that_come_first(tmp_path: Path) -> None:
    """The second one was Cheap's, and there was room: by the policy the first one takes it."""
    calls = [Past(NOON, (DEAR,), 60), Past(NOON + 1_000, (CHEAP,), 60)]
    found = found_of(tmp_path, calls, sellers(cheap=1))
    assert {(move.then, move.now) for move in moves(found)} == {(DEAR, CHEAP), (CHEAP, FINE)}


def test_who_failed_a_call_does_not_have_it_when_another_is_full(tmp_path: Path) -> None:
    """Fine failed the second call then: it goes on to Dear, which had it, as it was."""
    calls = [Past(NOON, (DEAR,), 60), Past(NOON + 500, (FINE, DEAR), 60)]
    found = found_of(tmp_path, calls, sellers(cheap=1))
    assert {(move.then, move.now) for move in moves(found)} == {(DEAR, CHEAP)}
    assert {spill: sums.calls for spill, sums in found.overflow.items()} == {Spill(CHEAP, DEAR): 1}


def test_calls_a_second_are_bounded_by_the_second_of_the_clock(tmp_path: Path) -> None:
    its = sellers()
    its[0] = replace(its[0], max_cps=1)
    calls = [Past(NOON + at_ms, (DEAR,), 1) for at_ms in (0, 999, 1_000, 1_500, 2_000)]
    found = found_of(tmp_path, calls, its)
    assert {spill: sums.calls for spill, sums in found.overflow.items()} == {Spill(CHEAP, FINE): 2}


def test_a_limit_counts_only_what_it_names(tmp_path: Path) -> None:
    """One call at once of this client's by the trunk it comes by, to numbers that were dialled so."""
    named = {"vendor": CHEAP, "client": CLIENT, "trunk": TrunkId("orbita-in"), "code": "25470", "max_calls": 1}
    calls = [*at_once(60, 60), Past(NOON + 3_000, (DEAR,), 60, "254711000001")]
    found = found_of(tmp_path, calls, sellers(), Limit(LimitId("k"), **named))  # type: ignore[arg-type]
    assert {spill: sums.calls for spill, sums in found.overflow.items()} == {Spill(CHEAP, FINE): 1}
    (broken,) = {key.name: use for key, use in found.uses.items() if key.name == "k"}.values()
    assert (broken.calls_now, broken.over_now) == (2, 1), "what was needed is told as if nobody went on"


def test_nobody_overflows_where_only_a_part_of_the_calls_is_tried(tmp_path: Path) -> None:
    its = sellers(cheap=1)
    with a_market(tmp_path, its) as place:
        book(place, at_once(60, 60, 60), its)
        found = tried(place, replace(ORDER, client=CLIENT))
    assert not found.overflow and {side.vendor: side.calls_now for side in by_vendor(found)} == {CHEAP: 3, DEAR: 0}


BUSY = (Seller(CHEAP, {"2547": "0.05"}, max_calls=4, max_cps=3), Seller(FINE, {"2547": "0.07"}, max_calls=3),
        Seller(DEAR, {"2547": "0.10"}))  # fmt: skip
OF_ALL = Limit(LimitId("dear"), vendor=DEAR, max_calls=2)


@dataclass(frozen=True, slots=True)
class Rush:
    place: Place
    calls: list[Past]
    whole: Backtest


@pytest.fixture(scope="module")
def rush(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rush]:
    """An hour of calls, too many at times."""
    random = Random(7)
    calls, at_ms = [], NOON + 1_000
    while at_ms < NOON + 3_500_000:
        calls.append(Past(at_ms, (random.choice((CHEAP, FINE, DEAR)),), random.choice((5, 60, 400))))
        at_ms += random.choice((1, 300, 900, 20_000, 60_000 if random.random() < 0.5 else 7_000))
    with a_market(tmp_path_factory.mktemp("rush"), BUSY, [OF_ALL]) as place:
        book(place, calls, BUSY)
        yield Rush(place, calls, tried(place, ORDER))


def test_as_many_overflow_as_a_count_of_every_call_finds(rush: Rush) -> None:
    ways = tuple(Way(PartnerId(one.name), PlanId(""), TrunkId(f"{one.name}-out")) for one in BUSY)
    legs = [Leg(ways[0], call.at_ms, call.at_ms + 1000 * (call.talk_s or 0), ways, call.number) for call in rush.calls]
    bounds = bounds_of(world_of(rush.place.home, NOW).world.index.directory)
    went = Counter(Spill(CHEAP, way.vendor if way else NOBODY) for way in one_by_one(legs, bounds).values())
    assert {spill: sums.calls for spill, sums in rush.whole.overflow.items()} == went
    assert len(went) == 3 and min(went.values()) > 5


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(1, 3_599).map(lambda at_s: NOON + 1000 * at_s), max_size=5, unique=True).map(sorted))
def test_what_overflows_is_the_same_wherever_it_is_cut(rush: Rush, cuts_ms: list[int]) -> None:
    found = tried(rush.place, replace(ORDER, place=f"cut{len(cuts_ms)}"), *cuts_ms)
    assert (found.overflow, found.groups, found.unknown) == (rush.whole.overflow, rush.whole.groups, 0)
    assert found.uses == rush.whole.uses


def test_a_part_in_steps_leaves_all_of_its_calls_where_any_step_overflows(rush: Rush) -> None:
    home, order, span = rush.place.home, replace(ORDER, place="steps"), (ORDER.from_ms, ORDER.until_ms)
    assert len(steps_of(home, *span, 1)) == 4
    known = count_part(home, order, *span)
    found = backtest_part(home, order, known, *span, most=1)
    more, _ = overflow_part(home, order, *span, ())
    assert ((found + more).overflow, (found + more).groups) == (rush.whole.overflow, rush.whole.groups)
    assert found.uses == rush.whole.uses

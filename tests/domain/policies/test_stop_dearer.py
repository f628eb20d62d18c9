"""Where fail-over stops: by what the policy's order says, whoever a try, a turn or an entry has put before it."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.attribution import DirectoryIndex
from domain.calls import CallSetup
from domain.decisions import Decision
from domain.directory import Policy
from domain.ids import PartnerId, TrunkId
from domain.limit_gate import LimitGate
from domain.limits import Limit, LimitId, LimitUse
from domain.policies.spread import Spreader
from domain.policies.statics import Place, Static, StaticId
from domain.probe_draw import ProbeDraw
from domain.quality_board import QualityBoard
from domain.quality_figures import DestinationFigures
from domain.ranking import STOPS
from domain.route_standing import RouteStanding
from domain.route_states import Standing
from domain.route_watch import Watch
from domain.routing import RankCache, decide
from domain.world import World
from tests.domain.builders import table
from tests.domain.worlds import UK_MOBILE, row, setup, world

PROBING = RouteStanding(Standing.PROBING, "probing", 1, 5_000, batch=1)
TRIAL = RouteStanding(Standing.TRIAL, "on trial", 1, 5_000, stays=True)
NEAR = 3_000


def priced(
    tried: RouteStanding | None = None, statics: tuple[Static, ...] = (), limits: tuple[Limit, ...] = (),
    policy: dict[str, Any] | None = None, /, **prices: str,
) -> World:  # fmt: skip
    """Vendors by their prices; `tried`: how z stands."""
    fields = {"watch_asr": 35.0, "stop_dearer_bp": NEAR} | (policy or {})
    buys = {name: table(row("447", price)) for name, price in prices.items()}
    made = world(table(row("44", "0.1")), buys, policies=[Policy("default", **fields)])
    index = DirectoryIndex(replace(made.index.directory, statics=statics, limits=limits))
    standings: dict[Watch | None, dict[PartnerId, RouteStanding]] = {}
    if tried:
        standings[Watch(asr=35.0)] = {PartnerId("z"): tried}
    board = QualityBoard(2, made.quality.histograms, known={UK_MOBILE: DestinationFigures(standings=standings)})
    return replace(made, index=index, quality=board)


class Door:
    """A node's part: what it keeps from call to call."""

    def __init__(self, here: World) -> None:
        self.here, self.cache, self.gate = here, RankCache(), LimitGate()
        self.probes, self.spreader = ProbeDraw(), Spreader()
        self.gate.enter(here.index.directory)

    def call(self, asked: CallSetup | None = None) -> Decision:
        return decide(asked or setup(), self.here, self.cache, self.gate, self.probes, self.spreader)

    def orders(self, calls: int = 4) -> set[str]:
        return {order(self.call()) for _ in range(calls)}


def order(decision: Decision) -> str:
    return "".join(route.vendor for route in decision.routes)


def too_dear(decision: Decision) -> set[str]:
    return {out.vendor for out in decision.left_out if out.reason.startswith(STOPS)}


def test_a_cheap_try_that_fails_goes_on_to_those_whom_all_other_calls_go_to() -> None:
    door = Door(priced(PROBING, z="0.001", a="0.010", b="0.012", c="0.02"))
    calls = [door.call() for _ in range(4)]
    assert {order(one) for one in calls} == {"ab", "zab"}
    assert all(too_dear(one) == {"c"} for one in calls)


def test_so_does_one_on_trial_that_the_order_puts_behind() -> None:
    by_name = {"order": 'most if vendor = "z" then 0 else 1, then real_cost'}
    door = Door(priced(TRIAL, (), (), by_name, z="0.001", a="0.010", b="0.012", c="0.02"))
    assert door.orders() == {"ab", "zab"}, "c ends the list of those that try nothing, so z stands behind it"


def test_where_the_order_itself_begins_with_the_cheap_one_nobody_is_tried_behind_it() -> None:
    assert Door(priced(TRIAL, z="0.001", a="0.010")).orders() == {"z"}


def test_a_cheap_winner_of_a_split_has_those_behind_it_who_stand_behind_the_best() -> None:
    by_quality = {"split": "z:50, a:50", "order": 'most if vendor = "a" then 1 else 0, then real_cost'}
    door = Door(priced(None, (), (), by_quality, z="0.001", a="0.010", b="0.012", c="0.02"))
    assert door.orders() == {"azb", "zab"}


def test_a_dear_winner_of_a_split_has_those_behind_it_who_cost_no_more_than_it() -> None:
    door = Door(priced(None, (), (), {"split": "z:50, a:50"}, z="0.02", a="0.010", b="0.012", c="0.021"))
    assert door.orders() == {"ab", "zabc"}


def test_an_entry_that_is_first_ends_no_fail_over_by_being_cheap() -> None:
    first = Static(StaticId("one"), Place.FIRST, vendor=PartnerId("z"))
    by_quality = {"order": 'most if vendor = "z" then 0 else 1, then real_cost'}
    assert Door(priced(None, (first,), (), by_quality, z="0.001", a="0.010", b="0.012")).orders() == {"zab"}


def test_behind_a_full_one_the_next_of_the_order_is_the_measure_and_who_is_too_dear_then_is_told() -> None:
    full = Limit(LimitId("full"), vendor=PartnerId("a"), max_calls=1)
    by_name = {"order": 'most if vendor = "a" then 2 else if vendor = "b" then 1 else 0, then real_cost'}
    for tried, expected in ((None, {"bzc"}), (PROBING, {"bc", "zbc"})):
        door = Door(priced(tried, (), (full,), by_name, z="0.0005", a="0.014", b="0.010", c="0.0115", d="0.014"))
        door.gate.learn({0: [LimitUse(LimitId("full"), 1)]})
        calls = [door.call() for _ in range(4)]
        assert {order(one) for one in calls} == expected
        assert all(too_dear(one) == {"d"} for one in calls)


def test_a_switch_that_asks_again_after_a_cheap_try_is_told_the_next_one() -> None:
    here = priced(PROBING, z="0.001", a="0.010", b="0.012", c="0.02")
    tries = (TrunkId("z-out"),), (TrunkId("z-out"), TrunkId("a-out"))
    after = [decide(setup(tried=tried, last_cause=34), here) for tried in tries]
    assert [order(one) for one in after] == ["ab", "b"]
    assert too_dear(after[1]) == {"c"}, "it is too dear behind a, who would have been the first"


@settings(max_examples=80, deadline=None)
@given(
    prices=st.lists(st.integers(1, 40), min_size=2, max_size=6), stop=st.integers(0, 20_000), share=st.integers(1, 9),
    standing=st.sampled_from([None, PROBING, TRIAL]), split=st.booleans(),
)  # fmt: skip
def test_whoever_is_drawn_to_be_first_the_others_are_those_of_calls_that_draw_nothing_or_more(
    prices: list[int], stop: int, share: int, standing: RouteStanding | None, split: bool
) -> None:
    names = [*"abcdef"[: len(prices) - 1], "z"]
    its = {name: f"0.{price:04}" for name, price in zip(names, prices, strict=True)}
    plain = priced(standing, (), (), {"stop_dearer_bp": stop}, **its)
    drawn = {"stop_dearer_bp": stop} | ({"split": f"a:{share}, z:1"} if split else {})
    usual = order(decide(setup(), plain))
    door = Door(priced(standing, (), (), drawn, **its))
    for _ in range(6):
        got = door.call()
        assert set(usual) <= set(order(got)), "nobody is lost by a draw"
        dearest = max(got.routes[0].real_cost_per_min, decide(setup(), plain).routes[0].real_cost_per_min)
        assert all(one.real_cost_per_min * 10_000 <= dearest * (10_000 + stop) for one in got.routes)

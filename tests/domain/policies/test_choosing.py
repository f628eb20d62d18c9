"""What one call takes of a ranking: within the limits, a try, a turn; and what it gives back where it does not go."""

from collections import Counter
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.attribution import DirectoryIndex
from domain.decisions import Decision, explain
from domain.directory import Policy
from domain.ids import PartnerId
from domain.limit_gate import LimitGate
from domain.limits import Limit, LimitId, LimitUse
from domain.policies.spread import Spreader
from domain.policies.statics import Place, Static, StaticId
from domain.probe_draw import ProbeDraw
from domain.quality_board import QualityBoard
from domain.quality_figures import DestinationFigures
from domain.route_standing import RouteStanding
from domain.route_states import Standing
from domain.route_watch import Watch
from domain.routing import RankCache, decide
from domain.world import World
from tests.domain.builders import dice, table
from tests.domain.worlds import UK_MOBILE, row, setup, world

NAMES = "abcd"
PROBING = RouteStanding(Standing.PROBING, "probing", 1, 500, batch=2)
TRIAL = RouteStanding(Standing.TRIAL, "on trial", 1, 2_000, stays=True)


def four(
    statics: tuple[Static, ...] = (), limits: tuple[Limit, ...] = (), standings: dict[str, RouteStanding] | None = None,
    **policy: object,
) -> World:  # fmt: skip
    """Vendors a to d, a the cheapest."""
    buys = {name: table(row("447", f"0.0{place}")) for place, name in enumerate(NAMES, 1)}
    fields = {"watch_asr": 35.0} | policy
    made = world(table(row("44", "0.1")), buys, policies=[Policy("default", **fields)])  # type: ignore[arg-type]
    index = DirectoryIndex(replace(made.index.directory, statics=statics, limits=limits))
    by_vendor = {PartnerId(name): standing for name, standing in (standings or {}).items()}
    known = {UK_MOBILE: DestinationFigures(standings={Watch(asr=35.0): by_vendor} if by_vendor else {})}
    return replace(made, index=index, quality=QualityBoard(2, made.quality.histograms, known=known))


class Door:
    """A node's part: what it keeps from call to call."""

    def __init__(self, here: World) -> None:
        self.here, self.cache, self.gate = here, RankCache(), LimitGate()
        self.probes, self.spreader = ProbeDraw(), Spreader()
        self.gate.enter(here.index.directory)

    def full(self, *limits: str) -> None:
        self.gate.learn({0: [LimitUse(LimitId(name), 1) for name in limits]})

    def call(self, called: str = "447911123456") -> Decision:
        return decide(setup(called), self.here, self.cache, self.gate, self.probes, self.spreader)

    def firsts(self, calls: int) -> Counter[str]:
        return Counter(self.call().routes[0].vendor for _ in range(calls))


def a_limit(vendor: str) -> Limit:
    return Limit(LimitId(vendor), vendor=PartnerId(vendor), max_calls=1)


def test_nobodys_turn_passes_while_he_is_full() -> None:
    door = Door(four(limits=(a_limit("c"),), split="b:1, c:1, d:1"))
    door.full("c")
    assert door.firsts(30) == {"b": 15, "d": 15}
    assert [(out.vendor, out.reason) for out in door.call().left_out] == [("c", "limit c: 1 of 1 calls")]
    door.full()
    assert door.firsts(30) == {"b": 10, "c": 10, "d": 10}


def test_no_try_passes_while_who_is_to_be_tried_is_full() -> None:
    door = Door(four(limits=(a_limit("a"),), standings={"a": replace(PROBING, most=3)}))
    door.full("a")
    assert door.firsts(100) == {"b": 100}
    door.full()
    assert door.firsts(100) == {"a": 3, "b": 97}


def test_at_most_holds_for_tries_and_trials_too() -> None:
    part = Static(StaticId("part"), Place.ANY, vendor=PartnerId("a"), at_most_bp=100)
    for standing in (PROBING, TRIAL):
        got = Door(four((part,), standings={"a": standing})).firsts(1_000)
        assert 5 <= got["a"] <= 10, standing.standing


def test_the_record_says_that_a_call_was_a_try_or_on_trial() -> None:
    for standing, words in ((PROBING, "a try of its batch 2: 5.00 %"), (TRIAL, "on trial: 20.00 %")):
        door = Door(four(standings={"d": standing}))
        told = Counter(line for _ in range(20) for line in explain(door.call()) if line.startswith("drawn"))
        assert told == {f"drawn: d first, {words} of the calls": 20 * standing.share_bp // 10_000}


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=4),
    st.sampled_from([None, "a", "d"]),
    st.lists(st.booleans(), min_size=1, max_size=120),
)
def test_a_split_is_exact_over_the_calls_that_go(weights: list[int], tried: str | None, goes: list[bool]) -> None:
    split = ", ".join(f"{name}:{weight}" for name, weight in zip(NAMES, weights, strict=False))
    door = Door(four(standings={tried: TRIAL} if tried else None, split=split))
    among = {name: weight for name, weight in zip(NAMES, weights, strict=False) if name != tried}
    sent: Counter[str] = Counter()
    turns = tries = went = 0
    for go in goes:
        decision = door.call()
        if not go:
            decision.give_back()
            decision.give_back()  # a second time is nothing
            continue
        went += 1
        if "on trial" in decision.drawn:
            tries += 1
            continue
        turns += 1
        sent[decision.routes[0].vendor] += 1
        for name, weight in among.items():
            assert abs(weight * turns - sum(among.values()) * sent[name]) < sum(among.values())
    assert tries == (went * 2_000 // 10_000 if tried else 0)


@settings(deadline=None)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=4), dice)
def test_calls_that_are_given_back_late_are_made_up_for(weights: list[int], dice: Random) -> None:
    names = NAMES[: len(weights)]
    split = ", ".join(f"{name}:{weight}" for name, weight in zip(names, weights, strict=True))
    door = Door(four(split=split))
    flying = [door.call() for _ in range(60)]
    gone = [decision for decision in flying if dice.random() < 0.5]
    for decision in gone:
        decision.give_back()
    sent = Counter(one.routes[0].vendor for one in flying if not any(one is its for its in gone))
    for _ in range(60 * sum(weights)):
        sent[door.call().routes[0].vendor] += 1
    for name, weight in zip(names, weights, strict=True):
        assert abs(weight * sent.total() - sum(weights) * sent[PartnerId(name)]) < sum(weights)


def test_at_most_is_given_back_too() -> None:
    part = Static(StaticId("part"), Place.FIRST, vendor=PartnerId("d"), at_most_bp=5_000)
    door = Door(four((part,)))
    for _ in range(50):
        door.call().give_back()
    assert door.firsts(100) == {"a": 50, "d": 50}


def test_a_try_whose_hold_is_refused_is_made_again() -> None:
    door = Door(four(standings={"a": replace(PROBING, most=1)}))
    for _ in range(19):
        door.call()
    for _ in range(5):
        refused = door.call()
        assert refused.routes[0].vendor == "a"
        refused.give_back()
    assert door.call().routes[0].vendor == "a"
    assert door.firsts(100) == {"b": 100}

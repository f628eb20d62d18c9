"""Questions that come again: they take no second turn, and are answered as the first time."""

from collections import Counter
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.calls import CallSetup
from domain.decisions import Decision
from domain.directory import Policy
from domain.ids import PartnerId, TrunkId
from domain.policies.spread import Spreader
from domain.policies.statics import Place, Static, StaticId
from domain.probe_draw import ProbeDraw
from domain.repeats import LIVES_MS, Repeats, as_answered
from domain.routing import RankCache, decide
from domain.targets import mark_of
from domain.world import World
from tests.domain.builders import NOON, dice, table
from tests.domain.policies.test_choosing import TRIAL, four
from tests.domain.worlds import row, setup, world

SPLIT = four(split="a:60, b:40")
PROBED = four(standings={"a": TRIAL})
CAPPED = four((Static(StaticId("a30"), Place.ANY, vendor=PartnerId("a"), at_most_bp=3_000),))


class Node:
    """What a node keeps from question to question."""

    def __init__(self, here: World, limit: int = 1_000) -> None:
        self.here, self.cache, self.probes, self.spreader = here, RankCache(), ProbeDraw(), Spreader()
        self.repeats = Repeats(limit)

    def ask(self, asked: CallSetup) -> Decision:
        kept = (self.cache, None, self.probes, self.spreader)
        decision = decide(asked, self.here, *kept, before=self.repeats.before(asked))
        self.repeats.answered(asked, decision)
        return decision


def call(number: int, **fields: Any) -> CallSetup:
    return setup(call_id=b"%d" % number, **fields)


@given(st.sampled_from([SPLIT, PROBED, CAPPED]), dice)
def test_however_often_calls_are_asked_about_each_has_its_vendor_and_all_have_their_parts(
    here: World, dice: Random
) -> None:
    often, once = Node(here), Node(here)
    had: list[str] = []
    for number in range(60):
        had.append(often.ask(call(number)).routes[0].vendor)
        assert had[-1] == once.ask(call(number)).routes[0].vendor
        while dice.random() < 0.5:
            known = dice.randrange(number + 1)
            assert often.ask(call(known)).routes[0].vendor == had[known]


def test_sixty_to_forty_stays_so_where_every_call_is_asked_about_twice() -> None:
    node = Node(SPLIT)
    firsts = Counter(node.ask(call(number)).routes[0].vendor for number in range(100) for _ in range(2))
    assert firsts == {"a": 120, "b": 80}
    assert node.ask(call(100)).drawn.startswith("a first by the policy's split: its turn, 61 of 101 calls")


def test_another_attempt_or_number_or_source_or_a_question_of_long_ago_or_without_an_id_takes_its_own_turn() -> None:
    node = Node(SPLIT)
    node.ask(call(1))
    its = call(1)
    others = (call(2), call(1, attempt=2), call(1, at_ms=NOON + LIVES_MS + 1), call(1, source="10.0.0.9"))
    assert node.repeats.before(its) is not None
    assert [node.repeats.before(one) for one in (*others, setup("447911123457", call_id=b"1"))] == [None] * 5
    keyless = [node.ask(setup(call_id=b"")).drawn for _ in range(2)]
    assert keyless[0] != keyless[1]


def test_a_call_that_did_not_go_gave_its_turn_to_others_and_takes_the_next_when_it_is_asked_about_again() -> None:
    node = Node(four(split="a:1, b:1"))
    node.ask(call(1)).give_back()
    assert [node.ask(call(number)).routes[0].vendor for number in (2, 1, 1)] == ["a", "b", "b"]


def test_where_the_split_is_another_by_now_the_first_turn_is_given_back_all_the_same() -> None:
    node = Node(SPLIT)
    node.ask(call(1))
    node.here = four(split="c:1, d:1")
    assert node.ask(call(1)).routes[0].vendor == "c"
    node.here = SPLIT
    assert "a first by the policy's split: its turn, 1 of 1 calls" in node.ask(call(2)).drawn


@given(st.sampled_from([SPLIT, PROBED, CAPPED]), st.integers(0, 20), st.integers(0, 4))
def test_who_was_first_elsewhere_is_first_again_and_all_others_stand_behind_in_their_order(
    here: World, turns: int, at: int
) -> None:
    node = Node(here)
    for number in range(turns):
        node.ask(call(number))
    decision = node.ask(call(100))
    trunks = [route.trunk for route in decision.routes]
    first = [*trunks, TrunkId("not-listed")][min(at, len(trunks))]
    again = as_answered(decision, first)
    if first not in trunks or first == trunks[0]:
        assert again is decision
        return
    assert [route.trunk for route in again.routes] == [first, *(trunk for trunk in trunks if trunk != first)]
    marks = [mark_of(route.trunk, place) for place, route in enumerate(again.routes, 1)]
    assert [route.target.mark for route in again.routes] == marks
    assert node.ask(call(101)).routes[0].trunk == trunks[0], "its turn here is free for the next call"


def test_a_question_that_nobody_answered_before_is_answered_as_it_was_decided() -> None:
    decision = Node(SPLIT).ask(call(1))
    assert as_answered(decision, None) is decision


def test_calls_that_take_nothing_are_not_remembered_and_of_others_the_last_are() -> None:
    node = Node(world(table(row("44", "0.1")), {"a": table(row("447", "0.01"))}, policies=[Policy("default")]))
    node.ask(call(1))
    assert len(node.repeats) == 0
    few = Node(SPLIT, limit=3)
    for number in range(5):
        few.ask(call(number))
    assert (len(few.repeats), few.repeats.before(call(1))) == (3, None)
    assert few.repeats.before(call(2)) is not None

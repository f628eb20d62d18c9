"""Calls split in proportion to a formula: as it says of those listed, exact, and checked when it is written."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from math import inf, nan
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.directory import Policy
from domain.errors import InputError
from domain.ids import PartnerId
from domain.policies.library import taken
from domain.policies.rules import check, rules_of
from domain.policies.spread import MovingTurns, Spreader, Turns, parts_of, split_of
from domain.quality_board import QualityBoard
from domain.routing import RankCache, decide
from domain.world import World
from tests.domain.builders import dice
from tests.domain.policies.known import known, quality
from tests.domain.policies.test_statics import UK, firsts, four, routed
from tests.domain.worlds import setup

values = st.dictionaries(
    st.sampled_from([PartnerId(name) for name in "abcdef"]),
    st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.floats(0, 1e6)),
    max_size=6,
)


def by_asr(policy: str = "by asr", **asr: float) -> World:
    made = four(split=policy)
    figures = known(**{name: quality(asr=value) for name, value in asr.items()})
    return replace(made, quality=QualityBoard(2, {}, known={UK: figures}))


def test_each_has_its_part_by_what_the_formula_is_of_it() -> None:
    its = by_asr(a=10.0, b=30.0, c=20.0, d=40.0)
    assert firsts(routed(its, 100)) == Counter(a=10, b=30, c=20, d=40)
    assert firsts(routed(by_asr("by 1 / asr", a=10.0, b=40.0, c=40.0, d=0.0), 100))["a"] < 100
    told = routed(its, 1)[0]
    assert "by the policy's split" in told.drawn


def test_who_is_worth_nothing_has_no_part_and_stands_behind() -> None:
    its = by_asr(a=0.0, b=30.0, c=0.0, d=10.0)
    got = routed(its, 40)
    assert firsts(got) == Counter(b=30, d=10)
    assert all({route.vendor for route in one.routes} == set("abcd") for one in got)
    assert firsts(routed(by_asr(a=0.0, b=0.0, c=0.0, d=0.0), 10)) == Counter(a=10), "nobody's: the order says who"


def test_figures_that_move_a_little_leave_the_turns_as_they_go_round() -> None:
    cache, spreader, sent = RankCache(), Spreader(), Counter[str]()
    for call in range(200):
        its = by_asr(a=10.0 + call % 2 / 100, b=30.0, c=20.0, d=40.0)
        its = replace(its, quality=replace(its.quality, version=call))
        sent[str(decide(setup(), its, cache, spreader=spreader).routes[0].vendor)] += 1
    assert sent == Counter(a=20, b=60, c=40, d=80)


def test_small_parts_do_not_starve_when_figures_move_with_each_call() -> None:
    cache, spreader, sent, due = RankCache(), Spreader(), Counter[str](), Counter[str]()
    for call in range(600):
        asr = {"a": 70.0 + call % 13, "b": 40.0 + call % 7, "c": 9.0 + call % 11, "d": 5.0 + call % 5}
        its = by_asr("by asr", **asr)
        its = replace(its, quality=replace(its.quality, version=call))
        sent[str(decide(setup(), its, cache, spreader=spreader).routes[0].vendor)] += 1
        parts = parts_of({PartnerId(name): value for name, value in asr.items()})
        due.update({name: weight / sum(of for _, of in parts) for name, weight in parts})
    assert all(abs(sent[name] - due[name]) < 3 for name in "abcd"), "as many as there are others"


@given(st.lists(st.lists(st.integers(1, 100), min_size=4, max_size=4), min_size=1, max_size=200), dice)
def test_what_was_due_stays_due_when_parts_move(moves: list[list[int]], drawn: Random) -> None:
    turns, due = MovingTurns(moves[0]), [Fraction(0)] * 4
    for weights in moves:
        turns.weigh(weights)
        before = list(turns.sent)
        place = turns.take()
        if drawn.random() < 0.1:
            turns.give_back(place)
            assert turns.sent == before
            continue
        due = [had + Fraction(part, sum(weights)) for had, part in zip(due, weights, strict=True)]
        behind = [its - sent for its, sent in zip(due, turns.sent, strict=True)]
        assert all(-1.001 < one < 3.001 for one in behind), "no call more than is due, no more behind than others are"


@given(st.lists(st.integers(1, 99), unique=True, max_size=7))
def test_parts_that_stay_have_the_turns_of_a_split_by_weights(cuts: list[int]) -> None:
    ends = [*sorted(cuts), 100]
    parts = [end - begin for begin, end in zip([0, *ends], ends, strict=False)]
    moving, plain = MovingTurns(parts), Turns(parts)
    for _ in range(150):
        moving.weigh(parts)
        assert moving.take() == plain.take()


@given(values)
def test_parts_are_whole_per_cent_of_those_who_are_worth_anything(worth: dict[PartnerId, float]) -> None:
    parts = dict(parts_of(worth))
    good = {vendor for vendor, value in worth.items() if value > 0}
    boundless = {vendor for vendor in good if worth[vendor] >= 1e12}
    assert set(parts) <= (boundless or good)
    assert all(1 <= weight <= 100 for weight in parts.values())
    if not boundless:
        whole = sum(worth[vendor] for vendor in good)
        assert all(abs(parts[vendor] - 100 * worth[vendor] / whole) <= 1 for vendor in good)


def test_what_is_nothing_and_what_is_boundless() -> None:
    assert parts_of({PartnerId("a"): nan, PartnerId("b"): -1.0}) == ()
    assert parts_of({PartnerId("a"): inf, PartnerId("b"): inf, PartnerId("c"): 5.0}) == (("a", 50), ("b", 50))


@pytest.mark.parametrize(
    ("split", "said"),
    [
        ("by asrr", "in column 4"),
        ("by asr, acd", "the term in column 9 is one too many"),
        ("by most asr", "'most' in column 4 is not expected"),
        ("by 3", "the same for all vendors"),
        ("by vendor", "is a text"),
        ("by", "no vendor with its weight"),
    ],
)
def test_a_wrong_formula_names_its_column(split: str, said: str) -> None:
    with pytest.raises(InputError) as raised:
        check(Policy("p", split=split))
    assert said in str(raised.value)
    assert "policy p, split" in str(raised.value)


def test_its_figures_are_among_those_that_the_rules_ask_for() -> None:
    rules = rules_of((Policy("p", split="by asr(24h) * acd"),))
    assert {one.name for one in rules.asked} == {"asr", "acd"}
    assert rules.arranges
    assert split_of("by acd") is split_of("by acd")


def test_a_ready_policy_that_needs_a_field_says_so() -> None:
    with pytest.raises(InputError, match=r'needs its split\. Give split="kestrel:60, savanna:40"'):
        taken("percentage", {})
    assert taken("percentage", {"split": "kestrel:1"}).order
    assert taken("proportional", {}).split.startswith("by ")

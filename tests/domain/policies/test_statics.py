"""Static entries and splits in the decision: filters first, then who is first, the policy's order behind."""

import gc
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import rank_cache
from domain.attribution import DirectoryIndex
from domain.causes import Cause
from domain.decisions import Decision, explain
from domain.directory import Policy, Trunk
from domain.errors import InputError
from domain.extent import Extent
from domain.ids import DestinationId, PartnerId, TrunkId
from domain.policies.drawing import Lots
from domain.policies.spread import Spreader
from domain.policies.statics import NO_STATICS, Place, Static, StaticId, StaticIndex, Statics, check
from domain.probe_draw import ProbeDraw
from domain.quality_board import QualityBoard
from domain.quality_figures import DestinationFigures
from domain.route_standing import ByVendor, RouteStanding
from domain.route_states import Standing
from domain.route_watch import Watch
from domain.routing import RankCache, decide
from domain.world import World
from tests.domain.builders import dice, table
from tests.domain.worlds import Codes, outgoing, row, setup, world

NAMES = "abcd"
UK = DestinationId(7)


def entry(name: str = "e", place: Place = Place.FIRST, **fields: Any) -> Static:
    return Static(StaticId(name), place, **({"vendor": PartnerId("d")} | fields))


def four(entries: Iterable[Static] = (), trunks: Iterable[Trunk] = (), **policy: Any) -> World:
    """Vendors a to d, a the cheapest."""
    buys = {name: table(row("447", f"0.0{place}")) for place, name in enumerate(NAMES, 1)}
    made = world(table(row("44", "0.1")), buys, policies=[Policy("default", **policy)], trunks=trunks)
    return replace(made, index=DirectoryIndex(replace(made.index.directory, statics=tuple(entries))))


def order(decision: Decision) -> str:
    return "".join(route.vendor for route in decision.routes)


def routed(its: World, calls: int, called: str = "447911123456", **fields: Any) -> list[Decision]:
    cache, spreader = RankCache(), Spreader()
    return [decide(setup(called, **fields), its, cache, spreader=spreader) for _ in range(calls)]


def firsts(decisions: Iterable[Decision]) -> Counter[str]:
    return Counter(decision.routes[0].vendor for decision in decisions)


def test_first_and_last_stand_around_the_order() -> None:
    assert order(decide(setup(), four())) == "abcd"
    assert order(decide(setup(), four([entry()]))) == "dabc"
    assert order(decide(setup(), four([entry(), entry("f", vendor=PartnerId("c"), priority=2)]))) == "dcab"
    assert order(decide(setup(), four([entry(place=Place.LAST, vendor=PartnerId("a"))]))) == "bcda"


def test_never_and_only_filter_before_anything_is_ranked() -> None:
    got = decide(setup(), four([entry(place=Place.NEVER, vendor=PartnerId("a"))], max_routes=1))
    assert order(got) == "b", "who may not shadows nobody"
    assert got.left_out[0].reason == "never, by static entry e"
    got = decide(setup(), four([entry(place=Place.ONLY), entry("f", Place.ONLY, vendor=PartnerId("c"))]))
    assert order(got) == "cd"
    assert {out.reason for out in got.left_out} == {"not among the only ones, by static entry f"}


def test_the_only_vendor_that_is_dead_leaves_no_route() -> None:
    got = decide(setup(), four([entry(place=Place.ONLY)], [outgoing("d", enabled=False)]))
    assert (got.refusal, got.detail) == (Cause.NO_ROUTE, "no vendor may carry it")


def test_one_may_be_barred_for_all() -> None:
    got = decide(setup(), four([entry(place=Place.NEVER, vendor=None), entry("f", code="4479")]))
    assert order(got) == "d", "the longer code lets it through"


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        ({}, {"client": PartnerId("orbita")}),
        ({"client": PartnerId("orbita")}, {"destination": UK}),
        ({"destination": UK}, {"code": "4"}),
        ({"code": "44"}, {"code": "447"}),
        ({}, {"trunk": TrunkId("d-out")}),
    ],
)
def test_the_most_specific_entry_counts(weaker: dict[str, Any], stronger: dict[str, Any]) -> None:
    entries = [entry("z", Place.LAST, **weaker), entry("a", Place.FIRST, **stronger)]
    assert order(decide(setup(), four(entries))) == "dabc"
    entries = [entry("z", Place.FIRST, **weaker), entry("a", Place.NEVER, **stronger)]
    assert order(decide(setup(), four(entries))) == "abc"


def test_what_is_named_closer_passes_an_only_of_more_calls() -> None:
    wide = entry("w", Place.ONLY, vendor=PartnerId("b"))
    assert order(decide(setup(), four([wide, entry("n", Place.FIRST, code="4479")]))) == "db"
    assert order(decide(setup(), four([wide, entry("n", Place.ONLY, code="4479")]))) == "d"
    assert order(decide(setup(), four([wide, entry("n", Place.LAST)]))) == "bd", "those alone, d the last of them"


def test_entries_are_for_what_they_name() -> None:
    for fields in (
        {"client": PartnerId("other")},
        {"code": "448"},
        {"destination": DestinationId(8)},
        {"product": "x"},
    ):
        assert order(decide(setup(), four([entry(**fields)]))) == "abcd"


def test_sixty_to_forty_for_one_code_with_the_order_behind() -> None:
    entries = [
        entry("sixty", code="4479", vendor=PartnerId("d"), weight=60),
        entry("forty", code="4479", vendor=PartnerId("c"), weight=40),
    ]
    got = routed(four(entries), 1_000)
    assert firsts(got) == {"d": 600, "c": 400}
    assert {order(one) for one in got} == {"dcab", "cdab"}
    assert firsts(routed(four(entries), 10, "447811123456")) == {"a": 10}, "another code"
    assert firsts(routed(four(entries, [outgoing("d", enabled=False)]), 10)) == {"c": 10}
    dead = [outgoing("d", enabled=False), outgoing("c", enabled=False)]
    assert {order(one) for one in routed(four(entries, dead), 10)} == {"ab"}, "the order takes over"


def test_turns_go_on_when_the_order_of_the_routes_changes() -> None:
    entries = [entry("one", vendor=PartnerId("d"), weight=1), entry("two", vendor=PartnerId("c"), weight=2)]
    for split in ("", "c:2, d:1"):
        ways = [four(() if split else entries, order=order, split=split) for order in ("price", "most price")]
        spreader = Spreader()
        got = [decide(setup(), ways[call % 2], spreader=spreader) for call in range(300)]
        assert firsts(got) == {"c": 200, "d": 100}


def test_at_most_hands_the_rest_to_the_order() -> None:
    entries = [
        entry("sixty", vendor=PartnerId("d"), at_most_bp=6_000),
        entry("forty", vendor=PartnerId("c"), at_most_bp=4_000),
    ]
    got = firsts(routed(four(entries), 1_000))
    assert got == {"d": 600, "c": 399, "a": 1}, "never more than its part: of one call nobody has any"
    assert firsts(routed(four(entries, [outgoing("d", enabled=False)]), 1_000)) == {"c": 400, "a": 600}


def test_who_has_had_its_part_stands_behind_all_others() -> None:
    cheap = entry("half", Place.ANY, vendor=PartnerId("a"), at_most_bp=5_000)
    got = routed(four([cheap]), 4)
    assert [order(one) for one in got] == ["bcda", "abcd", "bcda", "abcd"]
    assert "a behind the others by static entry half: 0 of 1 calls, at most 50.00 %" in got[0].drawn


def test_where_all_have_had_their_parts_the_calls_go_all_the_same() -> None:
    every = entry("part", Place.ANY, vendor=None, at_most_bp=1_000)
    got = routed(four([every]), 1_000)
    assert firsts(got) == dict.fromkeys(NAMES, 250)


def test_the_drawn_one_is_told_and_without_a_draw_the_shares() -> None:
    its = four(split="a:60, b:40")
    got = routed(its, 2)
    assert got[0].drawn == "a first by the policy's split: its turn, 1 of 1 calls, shares a 60.00 %, b 40.00 %"
    assert f"drawn: {got[1].drawn}" in explain(got[1])
    shown = decide(setup(), its)
    assert shown.drawn == "who is first is drawn for each call by the policy's split: shares a 60.00 %, b 40.00 %"
    assert order(shown) == "abcd"


def test_where_nothing_is_to_be_drawn_it_is_said_who_is_first() -> None:
    its = four([entry(at_most_bp=6_000)])
    assert [one.drawn for one in routed(its, 2)] == [
        "d behind the others by static entry e: 0 of 1 calls, at most 60.00 %",
        "d first by static entry e: 1 of 2 calls, at most 60.00 %",
    ]
    assert decide(setup(), its).drawn == "d at most 60.00 % by static entry e"
    assert decide(setup(), four([entry()])).drawn == routed(four([entry()]), 1)[0].drawn == "d first by static entries"


def test_a_split_is_drawn_among_who_may_carry_the_call() -> None:
    assert firsts(routed(four(split="b:1, d:2"), 300)) == {"b": 100, "d": 200}
    assert firsts(routed(four(split="b:1, d:2", only='vendor != "d"'), 10)) == {"b": 10}
    assert firsts(routed(four(split="b:1", only='vendor != "b"'), 10)) == {"a": 10}, "nobody of it: the order"
    assert firsts(routed(four(split="d:1", max_routes=1), 10)) == {"d": 10}, "as many routes as before, d among them"


def test_evenly_is_among_the_routes_that_are_listed() -> None:
    assert firsts(routed(four(split="even", max_routes=3), 300)) == {"a": 100, "b": 100, "c": 100}


def test_first_entries_stand_before_a_split() -> None:
    its = four([entry()], split="a:1, b:1")
    assert {order(one) for one in routed(its, 4)} == {"dabc"}
    assert firsts(routed(replace_trunk(its, "d"), 4)) == {"a": 2, "b": 2}


def replace_trunk(its: World, of: str) -> World:
    """The world with a vendor's trunk disabled."""
    directory = its.index.directory
    trunks = directory.trunks | {TrunkId(f"{of}-out"): outgoing(of, enabled=False)}
    return replace(its, index=DirectoryIndex(replace(directory, trunks=trunks)))


def test_calls_of_one_caller_stay_with_their_vendor() -> None:
    its = four(split="even", sticky="caller")
    kept = firsts(routed(its, 5, caller="12025550100"))
    assert len(kept) == 1
    calls = [routed(its, 1, caller=f"1202555{number:04}")[0] for number in range(200)]
    assert len(firsts(calls)) == 4
    assert firsts(routed(its, 4, caller="")) == dict.fromkeys(NAMES, 1), "who shows no number takes turns"
    shown = decide(setup(caller="12025550100"), its)
    assert (shown.routes[0].vendor, shown.drawn) == (next(iter(kept)), routed(its, 1, caller="12025550100")[0].drawn)


def test_the_weight_can_be_asked_in_a_formula() -> None:
    assert order(decide(setup(), four(split="c:3, b:2", order="most weight"))) == "cbad"


def stood(its: World, **vendors: RouteStanding) -> World:
    """The world with how some vendors stand for their quality."""
    standings: dict[Watch | None, ByVendor] = {
        Watch(asr=35.0): {PartnerId(name): standing for name, standing in vendors.items()}
    }
    board = QualityBoard(2, its.quality.histograms, known={UK: DestinationFigures(standings=standings)})
    return replace(its, quality=board)


@pytest.mark.parametrize("split", ["", "a:1, b:1"])
def test_who_is_out_last_or_on_trial_is_drawn_by_no_split_and_no_entry(split: str) -> None:
    entries = [entry(vendor=PartnerId("a")), entry("f", vendor=PartnerId("b"))]
    its = four(() if split else entries, split=split, watch_asr=35.0)
    out = RouteStanding(Standing.OUT, "out since noon", 1)
    assert {order(one) for one in routed(stood(its, a=out), 4)} == {"bcd"}
    assert {order(one) for one in routed(stood(its, a=replace(out, last=True)), 4)} == {"bcda"}
    trial = stood(its, a=RouteStanding(Standing.TRIAL, "on trial", 1, 2_000, stays=True))
    cache, probes, spreader = RankCache(), ProbeDraw(), Spreader()
    got = [decide(setup(), trial, cache, probes=probes, spreader=spreader) for _ in range(100)]
    assert firsts(got) == {"a": 20, "b": 80}


def test_lots_are_kept_of_some_offers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rank_cache, "MOST_LOTS", 2)
    entries = [entry(f"e{digit}", code=f"4479{digit}") for digit in range(5)]
    its, cache, spreader = four(entries, split="even", max_routes=63), RankCache(), Spreader()
    calls = [setup(f"4479{digit}1123456") for digit in range(5)] * 2
    for call in calls:
        assert decide(call, its, cache, spreader=spreader).routes[0].vendor == "d"
    lots = [one for one in gc.get_objects() if isinstance(one, Lots) and one.rules.max_routes == 63]
    assert 1 <= len(lots) <= 3, "two, and that of the last call"


some_entries = st.lists(
    st.builds(
        Static,
        id=st.uuids().map(lambda one: StaticId(str(one))),
        place=st.sampled_from(Place),
        client=st.sampled_from([None, PartnerId("orbita")]),
        destination=st.sampled_from([None, None, UK, DestinationId(8)]),
        code=st.text("47 9".replace(" ", ""), max_size=6),
        vendor=st.sampled_from([None, *map(PartnerId, NAMES)]),
        priority=st.integers(1, 3),
        weight=st.integers(1, 5),
        at_most_bp=st.sampled_from([None, 3_000]),
    ),
    max_size=8,
)


@settings(deadline=None, max_examples=60)
@given(some_entries, st.sampled_from(["", "even", "a:2, b:1"]), dice)
def test_what_is_kept_is_what_is_found_anew(entries: list[Static], split: str, dice: Random) -> None:
    its = replace(four(entries, split=split), codes=Codes({"447": (7, "UK Mobile"), "4479": (8, "Kenya")}))
    cache, kept, anew = RankCache(50), Spreader(), Spreader()
    for _ in range(30):
        call = setup("447" + "".join(dice.choices("4790", k=dice.randrange(2, 9))))
        assert decide(call, its, cache, spreader=kept) == decide(call, its, spreader=anew)


@settings(deadline=None)
@given(some_entries, dice)
def test_every_number_of_an_extent_has_the_same_entries(entries: list[Static], dice: Random) -> None:
    statics, within = Statics(entries), Extent()
    number = "".join(dice.choices("4790", k=9))
    fixed = statics.fixed(number, within)
    digits = within.beginning(number)
    assert digits is not None
    for _ in range(20):
        other = statics.fixed(digits + "".join(dice.choices("0123456789", k=dice.randrange(7))))
        assert (other.entries if other else ()) == (fixed.entries if fixed else ())


@settings(deadline=None, max_examples=60)
@given(some_entries, dice)
def test_who_is_barred_is_never_a_route(entries: list[Static], dice: Random) -> None:
    number = "447" + "".join(dice.choices("479", k=6))
    fixed = Statics([one for one in entries if one.destination in (None, UK)]).fixed(number)
    for decision in routed(four(entries), 5, number):
        for route in decision.routes:
            assert fixed is None or not fixed.barred(route.vendor, route.trunk)


def test_without_entries_nothing_is_looked_for() -> None:
    index = StaticIndex([entry(client=PartnerId("other"))])
    assert index.of(PartnerId("orbita"), "", UK) is NO_STATICS
    index = StaticIndex([entry()], limit=2)
    its = index.of(PartnerId("orbita"), "", UK)
    assert index.of(PartnerId("tessera"), "", UK) is its, "the same entries, the same object"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"vendor": None}, "any vendor cannot be first"),
        ({"place": Place.ANY}, "it says nothing"),
        ({"place": Place.NEVER, "at_most_bp": 5}, "what is never is not first for any part of calls"),
        ({"at_most_bp": 10_000}, "at most 100 %"),
        ({"code": "44x"}, "'44x' is no code"),
        ({"code": "44", "destination": UK}, "both a destination and a code are given"),
        ({"priority": 0}, "priority 0"),
        ({"weight": 0}, "weight 0"),
    ],
)
def test_an_entry_that_cannot_be_is_told(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        check(entry(**fields))


@pytest.mark.parametrize(
    ("split", "weight", "parts"),
    [
        ("a:70, b:30", 1, {"a": 70, "b": 30}),
        ("a:70, b:30, c:900", 1, {"a": 70, "b": 30}),
        ("a:70, c:30", 1, {"a": 50, "b": 50}),
        ("even", 1, {"a": 50, "b": 50}),
        ("a:70, b:30", 3, {"a": 75, "b": 25}),
    ],
)
def test_entries_of_one_priority_without_weights_are_balanced_by_the_policy(
    split: str, weight: int, parts: dict[str, int]
) -> None:
    entries = [entry("x", vendor=PartnerId("a"), weight=weight), entry("y", vendor=PartnerId("b"))]
    assert firsts(routed(four(entries, split=split), 100)) == parts


def test_entries_of_one_vendor_share_its_part_of_the_split() -> None:
    spare = outgoing("a", its_id="a-spare", host="spare.example")
    by_trunk = [entry(name, vendor=None, trunk=TrunkId(name)) for name in ("a-out", "a-spare")]
    its = four([*by_trunk, entry("y", vendor=PartnerId("b"))], [spare], split="a:60, b:40")
    assert Counter(decision.routes[0].trunk for decision in routed(its, 100)) == {
        "a-out": 30,
        "a-spare": 30,
        "b-out": 40,
    }

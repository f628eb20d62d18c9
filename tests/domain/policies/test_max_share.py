"""The most of the calls that a vendor gets by policy: never more, and nearly as much where it is the best."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InputError
from domain.ids import PartnerId
from domain.policies.fields import named_vendors
from domain.policies.policy import Policy
from domain.policies.rules import check, rules_of
from domain.policies.spread import Spreader, shares_of
from domain.policies.statics import Place, Static, StaticId
from domain.rank_cache import RankCache
from domain.routing import decide
from domain.world import World
from tests.domain.builders import row, table
from tests.domain.worlds import setup, world


def three(**policy: Any) -> World:
    """Vendors a, b and c, a the cheapest."""
    buys = {name: table(row("447", f"0.0{place}")) for place, name in enumerate("abc", 1)}
    return world(table(row("44", "0.1")), buys, policies=[Policy("default", **policy)])


def firsts(here: World, calls: int, spreader: Spreader | None = None) -> Counter[str]:
    """Count who is first of so many calls."""
    cache, spread = RankCache(), spreader or Spreader()
    return Counter(decide(setup(), here, cache, spreader=spread).routes[0].vendor for _ in range(calls))


def test_the_best_one_has_its_part_and_the_next_one_the_rest() -> None:
    assert firsts(three(max_share="a:40"), 1_000) == {"a": 400, "b": 600}
    assert firsts(three(max_share="a:40, b:25"), 1_000) == {"a": 400, "b": 249, "c": 351}, "within a call"


def test_who_has_had_its_part_stands_behind_the_others() -> None:
    here, cache, spread = three(max_share="a:50"), RankCache(), Spreader()
    orders = ["".join(one.vendor for one in decide(setup(), here, cache, spreader=spread).routes) for _ in range(4)]
    assert orders == ["bca", "abc", "bca", "abc"]


def test_where_all_have_had_their_parts_calls_go_all_the_same() -> None:
    found = firsts(three(max_share="a:20, b:20, c:20"), 300)
    assert sum(found.values()) == 300
    assert max(found.values()) - min(found.values()) <= 1, "each is beyond it by as much"


@settings(max_examples=40, deadline=None)
@given(st.integers(100, 9_900), st.integers(1, 400))
def test_a_part_is_never_passed_and_missed_by_less_than_a_call(most_bp: int, calls: int) -> None:
    here, cache, spread = three(max_share=f"a:{most_bp / 100:.2f}"), RankCache(), Spreader()
    had = 0
    for call in range(1, calls + 1):
        had += decide(setup(), here, cache, spreader=spread).routes[0].vendor == "a"
        assert had * 10_000 <= most_bp * call
        assert (had + 1) * 10_000 > most_bp * (call - 1)


def test_each_destination_and_client_has_its_own_count() -> None:
    here, spread = three(max_share="a:40"), Spreader()
    assert firsts(here, 5, spread)["a"] == 2
    other = replace(here, codes=type(here.codes)({"447": (9, "Elsewhere")}))  # type: ignore[call-arg]
    assert firsts(other, 5, spread)["a"] == 2


def test_another_part_counts_anew() -> None:
    spread = Spreader()
    firsts(three(max_share="a:90"), 100, spread)
    assert firsts(three(max_share="a:10"), 100, spread)["a"] == 10


def test_a_static_entry_says_it_before_the_policy() -> None:
    here = three(max_share="a:40")
    entry = Static(StaticId("part"), Place.ANY, vendor=PartnerId("a"), at_most_bp=2_000)
    index = type(here.index)(replace(here.index.directory, statics=(entry,)))
    assert firsts(replace(here, index=index), 100) == {"a": 20, "b": 80}


def test_a_split_goes_round_among_those_that_have_not_had_their_parts() -> None:
    found = firsts(three(split="a:1, b:1", max_share="a:20"), 1_000)
    assert found == {"a": 199, "b": 801}, "within a call"


def test_a_later_policy_takes_it_away() -> None:
    both = Policy("default", max_share="a:40"), Policy("own", max_share="none")
    assert rules_of(both).max_share == {}
    assert rules_of(both[:1]).max_share == {PartnerId("a"): 4_000}


def test_the_record_says_what_was_drawn() -> None:
    here, cache, spread = three(max_share="a:40"), RankCache(), Spreader()
    drawn = [decide(setup(), here, cache, spreader=spread).drawn for _ in range(3)]
    assert drawn[0] == "a behind the others by the policy's max_share: 0 of 1 calls, at most 40.00 %"
    assert drawn[2] == "a first by the policy's max_share: 1 of 3 calls, at most 40.00 %"
    assert decide(setup(), here).drawn == "a at most 40.00 % by the policy's max_share"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kestrel", "'kestrel' is no vendor with its share"),
        ("kestrel:0", "at most 0 %"),
        ("kestrel:100", "at most 100 %"),
        ("kestrel:12.345", "is no vendor"),
        ("kestrel:-1", "is no vendor"),
        ("kestrel:40, kestrel:2", "kestrel is named twice"),
        (", ", "is no vendor"),
    ],
)
def test_what_cannot_be_is_told(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        check(Policy("p", max_share=text))


def test_shares_are_read_to_the_hundredth_and_vendors_are_named() -> None:
    assert shares_of("kestrel:40, savanna : 12.5 %, nordlink:0.01") == {"kestrel": 4000, "savanna": 1250, "nordlink": 1}
    assert named_vendors(Policy("p", max_share="kestrel:40")) == {"kestrel"}
    assert named_vendors(Policy("p", max_share="none")) == frozenset()

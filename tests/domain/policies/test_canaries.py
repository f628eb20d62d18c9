"""Versions that are tried on a part of the calls: which calls they take."""

import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from domain.attribution import DirectoryIndex
from domain.ids import CallKey, DestinationId, PartnerId
from domain.policies.policy import Canary, Policies, Policy
from domain.policies.resolving import PolicyIndex
from domain.policies.rules import CANARY
from domain.policies.trying import tried
from domain.policies.watching import watches_at
from domain.rank_cache import RankCache
from domain.routing import decide
from domain.world import World
from tests.domain.builders import NOON
from tests.domain.worlds import setup, uk_world

ORBITA, KENYA = PartnerId("orbita"), DestinationId(8)
CHEAP = Policy("cheap", order="price", version=3)
TRIED = replace(CHEAP, order="real_cost", version=4)
KEYS = [CallKey(number.to_bytes(16, "big")) for number in range(20_000)]


def index(*canaries: Canary) -> PolicyIndex:
    named = {"default": Policy("default"), "cheap": CHEAP, "other": Policy("other")}
    return PolicyIndex(Policies(named, canaries=canaries))


def title(policies: PolicyIndex, key: bytes, own: str = "cheap", at_ms: int = NOON) -> str:
    rules = policies.rules_at(own, ORBITA, "", KENYA, at_ms)
    return policies.rules_of_call(rules, key, at_ms).title


@given(st.integers(1, 9_999), st.integers(0, 2**41))
def test_the_share_is_exact_in_the_long_run(share_bp: int, begun_ms: int) -> None:
    canary = Canary(TRIED, begun_ms, share_bp)
    part = share_bp / 10_000
    taken = sum(canary.takes(key, NOON) for key in KEYS)
    assert abs(taken - len(KEYS) * part) <= 6 * math.sqrt(len(KEYS) * part * (1 - part)) + 1


@given(st.binary(min_size=1, max_size=16), st.integers(1, 9_999))
def test_every_node_and_every_later_reader_finds_the_same_arm(key: bytes, share_bp: int) -> None:
    canary = Canary(TRIED, NOON, share_bp)
    found = [title(index(canary), key, at_ms=at_ms) for at_ms in (NOON, NOON + 1, NOON + 86_400_000)]
    assert found == [f"default v1 + cheap v4{CANARY}" if canary.takes(key, NOON) else "default v1 + cheap v3"] * 3


def test_a_larger_share_of_the_same_canary_takes_all_that_the_smaller_took() -> None:
    small, large = Canary(TRIED, NOON, 500), Canary(TRIED, NOON, 2_000)
    assert all(large.takes(key, NOON) for key in KEYS[:2_000] if small.takes(key, NOON))


def test_it_takes_calls_of_its_policy_alone_and_none_after_its_end() -> None:
    policies = index(Canary(TRIED, NOON, 9_999, until_ms=NOON + 10))
    assert CANARY in title(policies, KEYS[0])
    assert CANARY not in title(policies, KEYS[0], own="other")
    assert CANARY not in title(policies, KEYS[0], at_ms=NOON + 10)


def test_each_of_several_draws_for_itself() -> None:
    both = index(Canary(TRIED, NOON, 5_000), Canary(Policy("default", max_routes=2, version=2), NOON, 5_000))
    titles = [title(both, key) for key in KEYS[:8_000]]
    kinds = {kind: titles.count(kind) for kind in set(titles)}
    assert kinds.keys() == {
        "default v1 + cheap v3",
        f"default v2{CANARY} + cheap v3",
        f"default v1 + cheap v4{CANARY}",
        f"default v2{CANARY} + cheap v4{CANARY}",
    }
    assert all(abs(count - 2_000) < 6 * math.sqrt(1_500) for count in kinds.values())


def test_the_same_arm_is_the_same_object_by_which_answers_are_kept() -> None:
    policies = index(Canary(TRIED, NOON, 9_999))
    rules = policies.rules_at("cheap", ORBITA, "", KENYA, NOON)
    taken = [policies.rules_of_call(rules, key, NOON) for key in KEYS[:50]]
    assert len({id(one) for one in taken if one is not rules}) == 1


def here(share_bp: int) -> World:
    """The world of the UK scene, with a version on trial."""
    found = uk_world(policies=[Policy("default")])
    policies = replace(
        found.index.directory.policies, canaries=(Canary(Policy("default", max_routes=1, version=2), NOON, share_bp),)
    )
    return replace(found, index=DirectoryIndex(replace(found.index.directory, policies=policies)))


def test_what_a_trial_says_lies_over_a_canary_too() -> None:
    over = tried(here(9_999), Policy("trial", order="price")).index.policies
    rules = over.rules_at("default", ORBITA, "", KENYA, NOON)
    assert over.rules_of_call(rules, KEYS[0], NOON).title == f"default v2{CANARY} + trial v1"


def test_a_kept_version_that_is_tried_over_a_canary_of_its_policy_is_told_as_none() -> None:
    over = tried(here(9_999), Policy("default")).index.policies
    rules = over.rules_at("default", ORBITA, "", KENYA, NOON)
    assert over.rules_of_call(rules, KEYS[0], NOON).title == f"default v2{CANARY} + trial of default v1"


def test_what_only_a_canary_watches_is_watched() -> None:
    policies = Policies(
        {"default": Policy("default")}, canaries=(Canary(Policy("default", watch_asr=35.0), NOON, 100),)
    )
    assert [watch.asr for watch in watches_at(policies, [("default", ORBITA)], KENYA)] == [35.0]


def test_a_decision_says_that_it_was_made_by_a_version_on_trial_and_a_call_without_a_key_goes_by_its_number() -> None:
    for call_id in (b"some-call", b""):
        assert decide(setup(call_id=call_id), here(9_999), RankCache()).policy == f"default v2{CANARY}"
        assert decide(setup(call_id=call_id), here(1), RankCache()).policy == "default v1"
    canary = here(5_000).index.policies.canaries[0]
    for number in ("447911123456", "447911123457", "447911123458"):
        found = decide(setup(number, call_id=b""), here(5_000), RankCache())
        assert (CANARY in found.policy) is canary.takes(number.encode(), NOON)

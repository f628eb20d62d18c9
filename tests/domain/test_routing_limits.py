"""Routing within the soft limits: who is left out, and who takes the place."""

from dataclasses import replace
from typing import Any

from domain.attribution import DirectoryIndex
from domain.causes import Cause
from domain.decisions import Decision
from domain.directory import Policy
from domain.ids import PartnerId
from domain.limit_gate import LimitGate
from domain.limits import Limit, LimitId, LimitUse
from domain.routing import RankCache, decide
from domain.world import World
from tests.domain.worlds import outgoing, setup, uk_world

BLUEWIRE, KESTREL = PartnerId("bluewire"), PartnerId("kestrel")


def a_limit(name: str, **fields: Any) -> Limit:
    return Limit(LimitId(name), **fields)


def limited(world: World, *limits: Limit) -> World:
    return replace(world, index=DirectoryIndex(replace(world.index.directory, limits=limits)))


def decided(world: World, calls: dict[str, int], cache: RankCache | None = None) -> Decision:
    """Decide where so many calls are open against limits."""
    gate = LimitGate()
    gate.enter(world.index.directory)
    gate.learn({0: [LimitUse(LimitId(name), count) for name, count in calls.items()]})
    return decide(setup(), world, cache, gate)


def ways(decision: Decision) -> list[str]:
    return [route.trunk for route in decision.routes]


def test_a_vendor_at_its_limit_is_left_out_with_the_limit_by_name() -> None:
    world = limited(uk_world(), a_limit("k", vendor=KESTREL, max_calls=30))
    assert ways(decided(world, {"k": 29})) == ["kestrel-out", "bluewire-out"]
    full = decided(world, {"k": 30})
    assert ways(full) == ["bluewire-out"]
    assert [(out.trunk, out.reason) for out in full.left_out] == [("kestrel-out", "limit k: 30 of 30 calls")]


def test_where_limits_leave_no_route_the_refusal_says_which() -> None:
    world = limited(uk_world(), a_limit("k", vendor=KESTREL, max_calls=1), a_limit("b", vendor=BLUEWIRE, max_cps=0))
    got = decided(world, {"k": 1})
    assert (got.refusal, got.detail) == (Cause.NO_ROUTE, "limit k: 1 of 1 calls")
    assert len(got.left_out) == 2


def test_a_vendors_second_trunk_takes_the_place_of_the_one_that_is_full() -> None:
    second = outgoing("kestrel", its_id="kestrel-two", tech="9")
    world = uk_world(trunks=(outgoing("kestrel", max_calls=3), second))
    assert ways(decided(world, {})) == ["kestrel-out", "bluewire-out"]
    full = decided(world, {"trunk kestrel-out": 3})
    assert ways(full) == ["kestrel-two", "bluewire-out"]
    assert {out.trunk: out.reason for out in full.left_out} == {"kestrel-out": "limit trunk kestrel-out: 3 of 3 calls"}


def test_who_was_behind_the_end_of_the_list_moves_up() -> None:
    world = uk_world(policies=(Policy("default", max_routes=1),))
    world = limited(world, a_limit("k", vendor=KESTREL, max_calls=1))
    assert ways(decided(world, {})) == ["kestrel-out"]
    assert ways(decided(world, {"k": 1})) == ["bluewire-out"]


def test_what_all_clients_together_may_is_refused_by_its_own_cause() -> None:
    got = decided(limited(uk_world(), a_limit("all", code="447", max_calls=5)), {"all": 5})
    assert (got.refusal, got.detail, got.routes) == (Cause.OVER_CALLS, "limit all: 5 of 5 calls", ())


def test_the_kept_ranking_stays_whole_when_a_limit_is_reached() -> None:
    world, cache = limited(uk_world(), a_limit("k", vendor=KESTREL, max_calls=1)), RankCache()
    assert ways(decided(world, {"k": 1}, cache)) == ["bluewire-out"]
    assert ways(decided(world, {"k": 0}, cache)) == ["kestrel-out", "bluewire-out"]

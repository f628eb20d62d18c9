"""Calls that are asked about for each attempt: who was tried is out, and the rules say whether to go on."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.asking_again import LIVES_MS, ONE_AT_A_TIME, TRIED, CallMemory, first_alone
from domain.calls import CallSetup
from domain.causes import Cause
from domain.credit import PartnerOptions
from domain.decisions import Decision, explain
from domain.directory import Policy
from domain.ids import PartnerId, PlanId, TrunkId
from domain.probe_draw import ProbeDraw
from domain.routing import decide
from domain.world import World
from tests.domain.builders import NOON, table
from tests.domain.policies import test_choosing as choosing
from tests.domain.worlds import client, incoming, outgoing, row, setup, vendor, world

NAMES = "abcd"


def four(options: dict[str, str] | None = None, /, **policy: Any) -> World:
    """Vendors a to d, each dearer than the one before it; options: rules of their own, by name."""
    prices = {name: table(row("447", f"0.0{at}")) for at, name in enumerate(NAMES, 1)}
    own = [vendor(name, options=PartnerOptions(failover=text)) for name, text in (options or {}).items()]
    spare = outgoing("a", its_id="a-spare", host="spare.example")
    policies = [Policy("default", **policy)]
    return world(table(row("44", "0.1")), prices, partners=own, trunks=[spare], policies=policies)


def again(*tried: str, **fields: Any) -> CallSetup:
    return setup(tried=tuple(TrunkId(f"{name}-out") for name in tried), **fields)


def order(decision: Decision) -> list[str]:
    return [route.vendor for route in decision.routes]


def test_a_vendor_that_was_tried_is_not_named_again_by_whatever_trunk() -> None:
    got = decide(again("a", last_cause=34), four())
    assert order(got) == ["b", "c", "d"]
    assert {out.trunk: out.reason for out in got.left_out} == {"a-out": TRIED, "a-spare": TRIED}
    assert "asked again: attempt 2, cause 34: goes on, as usual" in explain(got)


def test_a_vendor_on_trial_that_was_tried_is_not_tried_again_in_the_same_call() -> None:
    its = choosing.four(standings={"a": replace(choosing.TRIAL, share_bp=10_000)})
    assert order(decide(setup(), its, probes=ProbeDraw()))[0] == "a"
    got = decide(again("a", last_cause=34), its, probes=ProbeDraw())
    assert order(got) == ["b", "c", "d"]
    assert ("a-out", TRIED) in {(out.trunk, out.reason) for out in got.left_out}


def test_a_busy_number_is_not_tried_again_and_the_client_hears_that_it_is_busy() -> None:
    got = decide(again("a", last_cause=17), four())
    assert (got.refusal, got.detail, got.answer) == (Cause.STOPPED, "cause 17: stop, as usual", (486, 17))


def test_a_vendors_own_rule_says_that_its_404_is_for_want_of_capacity() -> None:
    own = {"a": "404,603: next"}
    assert order(decide(again("a", last_status=404), four(own))) == ["b", "c", "d"]
    got = decide(again("a", "b", last_status=404), four(own))  # b has failed last, and means it
    assert (got.refusal, got.answer) == (Cause.STOPPED, (404, 1))


def test_a_policys_rule_translates_what_the_client_is_told() -> None:
    got = decide(again("a", last_status=404), four(failover="404: 503"))
    assert (got.refusal, got.answer) == (Cause.STOPPED, (503, 41))
    assert got.detail == "SIP 404: answered as 503 by the policy's rule `404: 503`"


@pytest.mark.parametrize("policy", [{"max_attempts": 2}, {"max_routes": 2}])
def test_no_more_attempts_are_made_than_the_policy_lists(policy: dict[str, int]) -> None:
    assert order(decide(again("a", last_cause=34), four(**policy)))[:1] == ["b"]
    got = decide(again("a", "b", last_cause=34), four(**policy))
    told = (got.refusal, got.detail, got.answer)
    assert told == (Cause.OVER_ATTEMPTS, "2 attempts were made, 2 at most are", (503, 34))
    assert decide(setup(asked=3), four(**policy)).refusal is Cause.OVER_ATTEMPTS


def test_where_all_were_tried_there_is_no_route() -> None:
    got = decide(again(*NAMES, last_cause=34), four())
    assert (got.refusal, got.detail, got.answer) == (Cause.NO_ROUTE, TRIED, (503, 34))
    assert decide(again(*NAMES), four()).answer is None, "how they failed is not known"
    assert decide(setup("999", last_cause=34), four()).answer is None, "that is of no call of ours"


def test_what_was_too_dear_behind_the_first_stays_so_when_the_first_was_tried() -> None:
    assert order(decide(setup(), four(stop_dearer_bp=10_000))) == ["a", "b"]
    assert order(decide(again("a", last_cause=34), four(stop_dearer_bp=10_000))) == ["b"]
    got = decide(again("a", "b", last_cause=34), four(stop_dearer_bp=10_000))
    assert got.refusal is Cause.NO_ROUTE


def test_a_client_gets_its_own_call_back_only_where_loops_are_allowed() -> None:
    both = client("orbita", buy_plan=PlanId("buy-a"))
    for loops, names in ((None, ["a", "b", "c", "d"]), ("allow", ["a", "orbita", "b", "c", "d"])):
        policy = Policy("default", loops=loops) if loops else Policy("default")  # type: ignore[arg-type]
        known = four()
        its = world(
            table(row("44", "0.1")), {name: known.plans[PlanId(f"buy-{name}")] for name in NAMES},
            partners=[both], trunks=[outgoing("orbita"), incoming()], policies=[policy],
        )  # fmt: skip
        got = decide(setup(), its)
        assert order(got) == names
        assert ("orbita", "the call comes from it") in {(out.vendor, out.reason) for out in got.left_out} or loops


@given(causes=st.lists(st.integers(1, 127), min_size=1, max_size=12), cut=st.integers(1, 6))
def test_a_call_asked_about_again_and_again_never_gets_a_vendor_twice(causes: list[int], cut: int) -> None:
    its, memory, tried = four(max_attempts=cut), CallMemory(), list[PartnerId]()
    for attempt, cause in enumerate([0, *causes], 101):
        asked = memory.recalled(setup(attempt=attempt, last_cause=cause))
        got = first_alone(decide(asked, its))
        memory.answered(asked, got)
        if got.refusal is not None:
            break
        [route] = got.routes
        assert route.vendor not in tried
        tried.append(route.vendor)
    assert len(tried) <= cut
    assert tried == [PartnerId(name) for name in NAMES][: len(tried)]


def test_the_same_attempt_asked_about_twice_is_told_the_same() -> None:
    its, memory = four(), CallMemory()
    first = first_alone(decide(memory.recalled(setup(attempt=5)), its))
    memory.answered(setup(attempt=5), first)
    second = memory.recalled(setup(attempt=6))
    assert (second.tried, second.asked) == ((TrunkId("a-out"),), 2)
    memory.answered(second, first_alone(decide(second, its)))
    assert memory.recalled(setup(attempt=6)) == second
    assert memory.recalled(setup(attempt=5)).tried == ()


def test_another_number_under_the_same_call_id_and_a_call_of_long_ago_are_others() -> None:
    memory, got = CallMemory(), decide(setup(), four())
    memory.answered(setup(), got)
    assert memory.recalled(setup(attempt=2)).asked == 2
    assert memory.recalled(setup("447911123457", attempt=2)).asked == 0
    assert memory.recalled(setup(attempt=2, at_ms=NOON + LIVES_MS + 1)).asked == 0
    assert memory.recalled(setup(attempt=2, call_id=b"")).asked == 0


def test_of_many_calls_the_longest_silent_one_is_forgotten() -> None:
    memory, got = CallMemory(limit=2), decide(setup(), four())
    for name in (b"1", b"2", b"1", b"3"):
        memory.answered(setup(call_id=name), got)
    assert len(memory) == 2
    assert [memory.recalled(setup(call_id=name, attempt=9)).asked for name in (b"1", b"2", b"3")] == [2, 0, 2]


def test_one_route_at_a_time_tells_of_the_others() -> None:
    got = first_alone(decide(setup(), four()))
    assert order(got) == ["a"]
    assert [out.vendor for out in got.left_out if out.reason == ONE_AT_A_TIME] == ["b", "c", "d"]
    assert first_alone(replace(got, left_out=())) == replace(got, left_out=())

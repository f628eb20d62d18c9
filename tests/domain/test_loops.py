"""Calls that come back to us."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.causes import SIP_STATUS, Cause
from domain.decisions import Decision
from domain.directory import Policy
from domain.ids import PartnerId
from domain.loops import ROUND_MS, LoopWatch
from domain.policies.policy import Loops
from domain.routing import decide
from domain.world import World
from tests.domain.builders import NOON
from tests.domain.worlds import client, incoming, setup, uk_world


def two(**policy: Any) -> World:
    """Clients orbita (10.0.0.1) and callwell (10.0.0.2)."""
    return uk_world(
        partners=[client("callwell")],
        trunks=[incoming("callwell-in", "callwell", host="10.0.0.2")],
        policies=[Policy("default", **policy)],
    )


def calls(watch: LoopWatch, its: World, *each: tuple[int, str, bytes, int | None]) -> list[Decision]:
    """Decide about calls: milliseconds from noon, source, Call-ID, hops left."""
    return [
        decide(setup(at_ms=NOON + at, source=source, call_id=call_id, max_forwards=hops), its, loops=watch)
        for at, source, call_id, hops in each
    ]


X, Y = "10.0.0.1", "10.0.0.2"


def test_a_call_that_comes_in_by_turns_of_two_clients_is_refused_in_its_third_round() -> None:
    got = calls(LoopWatch(), two(), (0, X, b"1", 70), (300, Y, b"2", 68), (600, X, b"3", 66), (900, Y, b"4", 64))
    assert [one.refusal for one in got] == [None, None, Cause.LOOP, Cause.LOOP]
    assert got[2].detail == "round 3: the same caller and number came from callwell 300 ms before"
    assert SIP_STATUS[Cause.LOOP] == (482, "Loop Detected", 25)


def test_a_call_that_keeps_its_id_on_its_way_round_is_told_so() -> None:
    got = calls(LoopWatch(), two(loop_rounds=2), (0, X, b"1", 70), (300, Y, b"1", 68))
    assert got[1].detail == "round 2: its Call-ID came from orbita 300 ms before"


def test_fewer_hops_from_the_same_client_are_a_round_a_redial_is_none() -> None:
    its = two()
    looping = calls(LoopWatch(), its, (0, X, b"1", 70), (200, X, b"2", 65), (400, X, b"3", 60))
    assert [one.refusal for one in looping] == [None, None, Cause.LOOP]
    assert looping[2].detail == "round 3: it came 200 ms before with 65 hops left, now 60"
    redials = calls(LoopWatch(), its, *((200 * at, X, b"%d" % at, 70) for at in range(9)))
    assert not any(one.refusal for one in redials)


def test_what_is_asked_again_is_no_round_and_ends_none() -> None:
    asked = ((0, X, b"1", 70), (100, Y, b"2", 68), (150, Y, b"2", 68), (200, X, b"3", 66))
    assert [one.refusal for one in calls(LoopWatch(), two(), *asked)] == [None, None, None, Cause.LOOP]


def test_what_is_asked_again_of_an_earlier_round_is_that_round_whatever_came_after() -> None:
    """A call that comes back once, as `loop_rounds` allows, fails, and its switch asks for the next attempt."""
    first, second = (0, X, b"1", 70), (100, Y, b"2", 68)
    got = calls(LoopWatch(), two(), first, second, (200, X, b"1", 70), (250, Y, b"2", 68), (300, X, b"1", 70))
    assert [one.refusal for one in got] == [None] * 5
    its = calls(LoopWatch(), two(), first, second, (200, X, b"1", 70), (400, X, b"3", 66), (500, X, b"3", 66))
    assert [one.refusal for one in its[3:]] == [Cause.LOOP] * 2, "and ends none"
    kept = calls(LoopWatch(), two(), (0, X, b"1", 70), (100, Y, b"1", 68), (200, X, b"1", 66))
    assert kept[2].refusal is Cause.LOOP, "fewer hops left: it came round with its Call-ID"
    unknown = calls(LoopWatch(), two(), (0, X, b"1", None), (100, Y, b"1", None), (200, X, b"1", None))
    assert unknown[2].refusal is Cause.LOOP, "without hops no more is known"


@pytest.mark.parametrize("change", [{"at": ROUND_MS + 1}, {"caller": ""}, {"called": "447911123457"}])
def test_calls_far_apart_of_nobody_or_to_others_are_no_loop(change: dict[str, Any]) -> None:
    watch, its, step = LoopWatch(), two(), change.get("at", 100)
    numbers = {name: value for name, value in change.items() if name != "at"}
    for at in range(6):
        fields: dict[str, Any] = {"at_ms": NOON + at * step, "source": (X, Y)[at % 2], "call_id": b"%d" % at}
        got = decide(setup(**(fields | (numbers if at % 2 or "caller" in change else {}))), its, loops=watch)
        assert got.refusal is None


def test_our_own_mark_in_the_address_asked_for_is_a_loop_at_once() -> None:
    got = decide(setup(mark="kestrel-out.1"), two())
    assert (got.refusal, got.detail) == (Cause.LOOP, "we sent it by kestrel-out already")
    assert decide(setup(mark="nobody.1"), two()).refusal is None
    assert decide(setup(mark="orbita-in.1"), two()).refusal is None


def test_a_policy_may_allow_loops() -> None:
    its = two(loops=Loops.ALLOW)
    got = calls(LoopWatch(), its, *((100 * at, (X, Y)[at % 2], b"%d" % at, 70 - at) for at in range(6)))
    assert not any(one.refusal for one in got)
    assert decide(setup(mark="kestrel-out.1"), its).refusal is None


@given(pairs=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=60))
def test_no_more_callers_are_kept_than_there_is_room_for(pairs: list[tuple[int, int]]) -> None:
    watch = LoopWatch(limit=8)
    for a, b in pairs:
        watch.round_of(setup(), PartnerId("orbita"), f"44{a}", f"49{b}")
        assert len(watch) <= 8

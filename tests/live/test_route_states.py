"""Watched routes in a running switchboard: out by what calls say, through a crash, and in and out by hand."""

import asyncio
import json
import time
from typing import Any

import pytest

from cluster.demo.switch import Admitted
from domain.calls import ReportKind
from protos import connect
from protos.client import Switchboard
from protos.switch_pb2 import CallRequest
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.phone import legs, phone, unanswered
from tests.live.running import Running
from tests.live.waiting import until

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

ENTRY = switch_of("watcher", "127.0.73.1", "cisco")
NUMBER = "254745000001"
SOON_S, BACK_S = 60.0, 150.0
BOTH, DEAR = ["watched-cheap", "watched-dear"], ["watched-dear"]


@pytest.fixture(scope="module")
def token(own_switchboard: Running) -> str:
    """Two vendors, and a client whose policy watches them."""
    board = own_switchboard
    board.sb("codes", "add", "254745", "Watched Mobile")
    enter_vendor(board, "watched-cheap", "127.0.73.2", Price("254745", "0.02"))
    enter_vendor(board, "watched-dear", "127.0.73.3", Price("254745", "0.03"))
    enter_client(board, ENTRY, Price("254745", "0.06"), "--credit-limit", "100000")
    board.sb("policies", "set", "watching", "watch_asr=35", "watch_least_calls=10", "watch_rest_s=3600")
    board.sb("policies", "attach", "watching", "--client", "watcher")
    token: str = board.told("users", "add", "watcher-sw", "--role", "switch")["token"]
    return token


def order_is(board: Running, token: str, wanted: list[str]) -> None:
    """Wait until the node answers with these vendors."""

    async def asked() -> list[str]:
        async with Switchboard.connect(connect.endpoint(board.folder).nodes["node-0"], token) as node:
            decision = await node.route(CallRequest(switch_id="watcher-sw", call_id="watched", called=NUMBER))
        return [route.vendor for route in decision.routes]

    until(lambda: asyncio.run(asked()) == wanted, f"the node answers {wanted}", SOON_S)


def standing_of(board: Running) -> list[str]:
    return [one["standing"] for one in board.told("routes", "states", "--vendor", "watched-cheap")["states"]]


def events_of(board: Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = board.told("routes", "events", "--vendor", "watched-cheap")["events"]
    return found


def test_a_vendor_that_fails_is_out_within_a_second_of_the_last_call(own_switchboard: Running, token: str) -> None:
    order_is(own_switchboard, token, BOTH)
    asyncio.run(failing(own_switchboard, 12))
    began = time.monotonic()
    until(lambda: fails_and_is(own_switchboard, "out"), "it is out", SOON_S)
    order_is(own_switchboard, token, DEAR)
    print(f"left out {time.monotonic() - began:.2f} s after the last packet")
    story = until(lambda: story_with(own_switchboard, "out since"), "the desk knows it as the node does", SOON_S)
    assert "watched-cheap" in story and "is beyond 35" in story
    [event] = until(lambda: events_of(own_switchboard), "the event is written", SOON_S)
    assert (event["before"], event["after"], event["measures"][0]["calls"] >= 10) == ("active", "out", True)
    said = "watched-cheap Watched Mobile out for quality"
    until(lambda: said in own_switchboard.sb("status"), "the alarm says so", SOON_S)


def fails_and_is(board: Running, standing: str) -> bool:
    """Let a call fail, and say whether the route stands so: quality may learn only now of a policy that was just set,
    and looks at the calls of before with the next one."""
    asyncio.run(failing(board, 1))
    time.sleep(0.5)
    return standing_of(board) == [standing]


def story_with(board: Running, words: str, *more: str) -> str:
    """Return how a call would be decided if that says some words, else nothing."""
    story = board.sb("route", "--from", "watcher", "--to", NUMBER, *more)
    return story if words in story else ""


async def failing(board: Running, calls: int) -> None:
    """Let calls fail at the cheap vendor."""
    async with phone(ENTRY, board.node) as switch:
        answer = await switch.ask(NUMBER, switch.new_call())
        assert isinstance(answer, Admitted), answer
        for _ in range(calls):
            offers = sorted(answer.offers, key=lambda offer: not offer.mark.startswith("watched-cheap"))
            failed = unanswered(legs(switch.new_call(), NUMBER, offers[0], 0)[1])
            assert await switch.tell(ReportKind.STOP, failed)


def test_it_stays_out_through_the_death_of_quality(own_switchboard: Running, token: str) -> None:
    pid = own_switchboard.kill("quality-0")
    until(lambda: own_switchboard.actor("quality-0")["pid"] != pid, "quality-0 is back", BACK_S)
    until(lambda: standing_of(own_switchboard) == ["out"], "it knows who is out", SOON_S)
    order_is(own_switchboard, token, DEAR)


def test_it_comes_in_and_goes_out_by_hand(own_switchboard: Running, token: str) -> None:
    route = "watched-cheap", "Watched Mobile"
    assert "back in" in own_switchboard.sb("routes", "in", *route, "--why", "mended")
    order_is(own_switchboard, token, BOTH)
    own_switchboard.sb("routes", "out", *route, "--why", "ticket 7")
    order_is(own_switchboard, token, DEAR)
    assert "locked-out" in standing_of(own_switchboard)
    own_switchboard.sb("routes", "in", *route, "--why", "ticket 7 is over")
    order_is(own_switchboard, token, BOTH)
    until(
        lambda: {"ticket 7 is over", "mended"} <= {one["why"] for one in events_of(own_switchboard)}, "all is written"
    )
    wrong = own_switchboard.tried("routes", "out", "watched-cheap", "Nowhere", "--why", "x")
    assert (wrong.exit_code, "there is no destination 'Nowhere'" in wrong.stderr) == (1, True)


def test_a_policy_may_leave_it_in_the_lists_behind_all_others(own_switchboard: Running, token: str) -> None:
    board = own_switchboard
    board.sb("policies", "set", "watching", "watch_action=last")
    asyncio.run(failing(board, 20))
    until(lambda: fails_and_is(board, "last"), "it is out", SOON_S)
    order_is(board, token, BOTH[::-1])
    story = until(lambda: story_with(board, "stands last: out since", "--explain"), "the desk knows it", SOON_S)
    assert "last for their quality" in story
    until(lambda: "watched-cheap Watched Mobile last for quality" in board.sb("status"), "the alarm says so", SOON_S)
    call = asyncio.run(asked(board))
    past = until(lambda: explained(board, call), "its decision is written", SOON_S)
    places = [one["anew"] for one in past["routes"] if one["anew"]]  # others sell nothing there
    assert past["same"] and places == [1, 2]
    assert past["routes"][1]["then_why"].startswith("stands last: out since")


async def asked(board: Running) -> str:
    """Ask about a call; return its id."""
    async with phone(ENTRY, board.node) as switch:
        call = switch.new_call()
        assert isinstance(await switch.ask(NUMBER, call), Admitted)
        return call


def explained(board: Running, call: str) -> Any:
    """Return how a call is decided anew, None while its decision is not written."""
    found = board.tried("calls", "explain", call, "--json")
    return json.loads(found.stdout) if found.exit_code == 0 else None

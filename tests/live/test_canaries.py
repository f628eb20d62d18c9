"""A version of a policy tried on a part of the calls of a running switchboard: drawn, counted, promoted, guarded."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from domain.ids import SwitchId, call_key
from domain.policies.policy import Canary, Policy
from protos import connect
from protos.client import Switchboard
from protos.switch_pb2 import CallRequest, Decision, Report
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.running import Running
from tests.live.waiting import until, until_async

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

ENTRY = switch_of("can-client", "127.0.83.1", "plain")
NUMBER = "260771000001"
SETTLED_S = 3.5
"""Calls are counted from three seconds after a trial began, when every node knows of it."""
_NUMBERS = count(time.time_ns())


@dataclass(frozen=True, slots=True)
class Made:
    """A call that was made: its id, who carried it first, and what the node said."""

    call_id: str
    vendor: str
    decision: Decision


@pytest.fixture(scope="module")
def token(switchboard: Running) -> str:
    """A client, a cheap vendor and a dear one, and a policy for the client that takes the cheap one first."""
    switchboard.sb("codes", "add", "26077", "Canary Mobile")  # else its calls are of all that no code is known of
    for last, (vendor, price) in enumerate({"can-cheap": "0.02", "can-good": "0.03"}.items(), 2):
        enter_vendor(switchboard, vendor, f"127.0.83.{last}", Price("26077", price))
    enter_client(switchboard, ENTRY, Price("26077", "0.06"), "--credit-limit", "100000")
    switchboard.sb("policies", "set", "can-rule", "order=price")
    switchboard.sb("policies", "attach", "can-rule", "--client", "can-client")
    token: str = switchboard.told("users", "add", "can-client-sw", "--role", "switch")["token"]
    return token


async def calls(board: Running, token: str, number: int, failing: Iterable[str] = ()) -> list[Made]:
    """Make calls of a minute; a vendor that is failing answers one of five of its calls, the others three of five."""
    bad, made = frozenset(failing), list[Made]()
    tried = Counter[str]()
    async with Switchboard.connect(connect.endpoint(board.folder).nodes["node-0"], token) as node:
        for _ in range(number):
            call_id = f"can-{next(_NUMBERS)}"
            asked = CallRequest(switch_id="can-client-sw", call_id=call_id, called=NUMBER, caller="254722000001")
            decision = await node.authorize(asked)
            assert decision.admitted, decision
            route = decision.routes[0]
            tried[route.vendor] += 1
            answered = tried[route.vendor] % 5 < (1 if route.vendor in bad else 3)
            for report in _reports(call_id, route.mark, route.host, answered):
                reply = await node.stop(report)
                assert reply.recorded and not reply.parked, reply
            made.append(Made(call_id, route.vendor, decision))
    return made


def _reports(call_id: str, mark: str, host: str, answered: bool) -> Sequence[Report]:
    now_ms = time.time_ns() // 1_000_000
    said: dict[str, Any] = {
        "switch_id": "can-client-sw", "call_id": call_id, "caller": "254722000001", "called": NUMBER,
        "setup_ms": now_ms, "alert_ms": now_ms + 2_000, "disconnect_ms": now_ms + 63_000,
        "cause": 16 if answered else 38,
    }  # fmt: skip
    if answered:
        said |= {"connect_ms": now_ms + 3_000, "duration_ms": 60_000}
    else:
        said |= {"kind": Report.ATTEMPT}
        del said["alert_ms"]
    sides = ((Report.CLIENT, "127.0.83.1", ""), (Report.VENDOR, host, mark))
    return [
        Report(side=side, session_id=f"{call_id}-{side}", remote=remote, mark=mark, **said)
        for side, remote, mark in sides
    ]


def compared(board: Running) -> dict[str, Any]:
    found: dict[str, Any] = board.told("policies", "compare", "can-rule")
    return found


def compared_all(board: Running, calls: int) -> dict[str, Any] | None:
    """Return both arms once the decisions about so many calls are written."""
    found = compared(board)
    return found if found["current"]["decided"] + found["tried"]["decided"] == calls else None


async def test_a_part_of_the_calls_goes_by_it_and_both_arms_are_every_call(switchboard: Running, token: str) -> None:
    told = switchboard.sb("policies", "canary", "can-rule", "order=most price", "--share", "30", "--note", "dearer?")
    assert "policy can-rule v2 is tried on 30 % of the calls, v1 has the others" in told
    await asyncio.sleep(SETTLED_S)
    [running] = switchboard.told("policies", "canaries", "can-rule")["canaries"]
    began = round(1000 * datetime.fromisoformat(running["begun"]).timestamp())
    canary = Canary(Policy("can-rule", version=2), began, 3_000)
    made = await calls(switchboard, token, 240)
    for one in made:
        taken = canary.takes(call_key(SwitchId("can-client-sw"), one.call_id.encode()), 0)
        assert one.vendor == ("can-good" if taken else "can-cheap")
        title = next(line for line in one.decision.explanation if line.startswith("policy "))
        assert title.endswith("can-rule v2 (canary)" if taken else "can-rule v1")
    found = await asyncio.to_thread(until, lambda: compared_all(switchboard, 240), "all is counted", 60.0)
    assert found is not None
    by_vendor = Counter(one.vendor for one in made)
    current, tried = found["current"], found["tried"]
    assert (current["calls"], tried["calls"]) == (by_vendor["can-cheap"], by_vendor["can-good"])
    assert [(part["vendor"], part["calls"]) for part in tried["vendors"]] == [("can-good", by_vendor["can-good"])]
    for arm, price in ((current, Decimal("0.02")), (tried, Decimal("0.03"))):
        assert arm["decided"] == arm["calls"] == arm["attempts"] and arm["refused"] == 0
        assert arm["minutes"] == arm["first_minutes"] == arm["answered"]
        revenue, cost, margin = (Decimal(arm[name]["amount"]) for name in ("revenue", "cost", "margin"))
        assert (revenue, cost, margin) == (
            Decimal("0.06") * arm["answered"], price * arm["answered"], revenue - cost,
        )  # fmt: skip
    assert {one["what"]: one["verdict"] for one in found["differences"]}["asr"] in ("even", "few")
    shown = switchboard.sb("policies", "compare", "can-rule")
    assert "can-rule v2 on 30 % of the calls, beside v1" in shown and "v2 canary" in shown


async def test_it_is_the_same_counted_again_and_promoting_puts_it_in_force(switchboard: Running, token: str) -> None:
    before = compared(switchboard)
    after = compared(switchboard)
    assert {name: before[name] for name in ("current", "tried", "differences")} == {
        name: after[name] for name in ("current", "tried", "differences")
    }
    refused = switchboard.tried("policies", "set", "can-rule", "order=asr")
    assert (refused.exit_code, "version 2 is tried" in refused.stderr) == (1, True)
    told = switchboard.sb("policies", "promote", "can-rule", "--note", "good enough")
    assert "policy can-rule v3 is in force: what v2 says" in told
    made = await calls(switchboard, token, 20)
    assert {one.vendor for one in made} == {"can-good"}
    told = switchboard.sb("policies", "versions", "can-rule")
    assert "tried on 30 % beside v1, promoted by admin: good enough" in told
    ended = compared(switchboard)
    assert (ended["canary"]["outcome"], ended["tried"]["calls"]) == ("promoted", before["tried"]["calls"])


async def test_one_that_is_surely_worse_drops_itself_and_says_why(switchboard: Running, token: str) -> None:
    words = ("--share", "40", "--least", "40", "--worse-margin", "0")
    switchboard.sb("policies", "canary", "can-rule", "--version", "1", *words)
    await asyncio.sleep(SETTLED_S)
    await calls(switchboard, token, 300, failing=["can-cheap"])

    def dropped() -> bool:
        return not switchboard.told("policies", "canaries", "can-rule").get("canaries")

    await asyncio.to_thread(until, dropped, "the guard drops it", 60.0)
    last = switchboard.told("policies", "canaries", "can-rule", "--all")["canaries"][0]
    assert (last["outcome"], last["ended_by"]) == ("worse", "desk")
    assert last["ended_note"].startswith("ASR ") and "in force" in last["ended_note"]

    def alarmed() -> list[str]:
        return [one["text"] for one in switchboard.told("status")["board"]["alarms"] if one["key"] == "canaries"]

    alarms = await asyncio.to_thread(until, alarmed, "the alarm is raised; nodes know of it by then", 60.0)
    assert "policy can-rule v1 dropped itself: ASR" in alarms[0]
    made = await calls(switchboard, token, 20)
    assert {one.vendor for one in made} == {"can-good"}


async def test_a_trial_ends_at_its_time(switchboard: Running, token: str) -> None:
    switchboard.sb("policies", "canary", "can-rule", "max_routes=1", "--share", "99", "--note", "short")
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 8))
    switchboard.sb("policies", "canary", "can-rule", "--until", soon)

    def over() -> bool:
        found = switchboard.told("policies", "canaries", "can-rule", "--all")["canaries"]
        return [one["outcome"] for one in found[:2]] == ["over", "another"]

    async def both() -> bool:
        [made] = await calls(switchboard, token, 1)
        return len(made.decision.routes) == 2

    await asyncio.to_thread(until, over, "its time is over", 60.0)
    await until_async(both, "the node knows of it", 60.0)
    made = await calls(switchboard, token, 10)
    assert {len(one.decision.routes) for one in made} == {2}


async def test_a_past_call_is_decided_anew_by_what_held_then_and_by_what_holds_now(
    switchboard: Running, token: str
) -> None:
    switchboard.sb("policies", "set", "can-rule", "order=price, then asr", "--note", "before")
    [made] = await calls(switchboard, token, 1)
    switchboard.sb("policies", "set", "can-rule", "order=most price", "max_routes=1")
    switchboard.sb("policies", "detach", "--client", "can-client")
    switchboard.sb("policies", "attach", "can-rule", "--client", "can-client")

    def explained() -> dict[str, Any] | None:
        told = switchboard.tried("calls", "explain", made.call_id, "--switch", "can-client-sw", "--json")
        return None if told.exit_code else json.loads(told.stdout)

    found = await asyncio.to_thread(until, explained, "its decision is written", 60.0)
    assert found is not None
    assert (found["same"], found["differences"], found["missing"]) == (True, [], [])
    ours = [one for one in found["routes"] if one["vendor"].startswith("can-")]
    assert [(one["vendor"], one["then"], one["anew"], one["now"]) for one in ours] == [
        ("can-cheap", 1, 1, 0), ("can-good", 2, 2, 1),
    ]  # fmt: skip
    assert "can-rule v" in found["then_policy"] and found["then_policy"] == found["anew_policy"] != found["now_policy"]
    other = switchboard.told("calls", "explain", made.call_id, "--order", "most price")
    assert not other["same"] and [one["anew"] for one in other["routes"][:2]] == [2, 1]
    assert "can-good-out: place 2 then, 1 anew" in other["differences"]
    old = switchboard.told("route", "--call", made.call_id)
    assert old["same"]
    shown = switchboard.sb("calls", "explain", made.call_id, "--policy", "can-rule@1")
    assert "by can-rule" in shown and "today" in shown

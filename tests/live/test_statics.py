"""Static entries and splits in a running switchboard: exact parts of calls, and who takes over from the dead."""

from collections import Counter

import pytest

from protos import connect
from protos.client import Switchboard
from protos.switch_pb2 import CallRequest, Decision
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.running import Running

pytestmark = pytest.mark.live

ENTRY = switch_of("spreading", "127.0.74.1", "plain")
NUMBER, OTHER = "256981000001", "256982000001"
PRICES = {"cheap-way": "0.0500", "near-way": "0.0600", "sixty-way": "0.0900", "forty-way": "0.0850"}


@pytest.fixture(scope="module")
def token(switchboard: Running) -> str:
    """A client and four vendors; entries put the two dear ones first for one code, 60 to 40."""
    for last, (vendor, price) in enumerate(PRICES.items(), 1):
        enter_vendor(switchboard, vendor, f"127.0.73.{last}", Price("25698", price))
    enter_client(switchboard, ENTRY, Price("25698", "0.1000"), "--credit-limit", "1000")
    token: str = switchboard.told("users", "add", "spreading-sw", "--role", "switch")["token"]
    for vendor, weight in (("sixty-way", "60"), ("forty-way", "40")):
        words = (
            "--place",
            "first",
            "--client",
            "spreading",
            "--code",
            "256981",
            "--vendor",
            vendor,
            "--weight",
            weight,
        )
        switchboard.sb("statics", "add", vendor, *words)
    return token


async def answers(board: Running, token: str, calls: int, called: str = NUMBER, caller: str = "") -> list[Decision]:
    """Ask the node itself about calls."""
    async with Switchboard.connect(connect.endpoint(board.folder).nodes["node-0"], token) as node:
        return [
            await node.route(CallRequest(switch_id="spreading-sw", call_id=f"s{call}", called=called, caller=caller))
            for call in range(calls)
        ]


def orders(decisions: list[Decision]) -> Counter[str]:
    """Count the lists of vendors, each by its first letter."""
    return Counter("".join(route.vendor[0] for route in decision.routes) for decision in decisions)


async def test_sixty_to_forty_for_one_code_and_the_order_takes_over_from_the_dead(
    switchboard: Running, token: str
) -> None:
    got = await answers(switchboard, token, 200)
    assert orders(got) == {"sfcn": 120, "fscn": 80}
    told = [line for one in got for line in one.explanation if line.startswith("drawn: sixty-way first")]
    assert len(told) == 120 and "its turn, 120 of 200 calls" in told[-1]
    assert orders(await answers(switchboard, token, 2, OTHER)) == {"cnfs": 2}, "another code"
    shown = switchboard.sb("route", "--from", "spreading", "--to", NUMBER)
    assert "drawn for each call by static entries: shares forty-way 40.00 %, sixty-way 60.00 %" in shown
    switchboard.sb("trunks", "set", "sixty-way-out", "enabled=false")
    assert orders(await answers(switchboard, token, 5)) == {"fcn": 5}
    switchboard.sb("trunks", "set", "forty-way-out", "enabled=false")
    assert orders(await answers(switchboard, token, 5)) == {"cn": 5}
    for vendor in ("sixty-way", "forty-way"):
        switchboard.sb("trunks", "set", f"{vendor}-out", "enabled=true")
    assert orders(await answers(switchboard, token, 5)) == {"sfcn": 3, "fscn": 2}, "who is back has its part, no more"


async def test_a_split_of_a_policy_and_callers_that_stay(switchboard: Running, token: str) -> None:
    switchboard.sb("policies", "set", "spreading-even", "split=even", "max_routes=2")
    switchboard.sb("policies", "attach", "spreading-even", "--client", "spreading")
    assert orders(await answers(switchboard, token, 10, OTHER)) == {"cn": 5, "nc": 5}
    switchboard.sb("policies", "set", "spreading-even", "sticky=caller")
    kept = [orders(await answers(switchboard, token, 3, OTHER, f"2547220000{last}")) for last in range(10, 30)]
    assert {len(one) for one in kept} == {1} and len({*map(str, kept)}) == 2
    switchboard.sb("policies", "detach", "--client", "spreading")


async def test_who_is_never_to_carry_a_code_is_left_out_and_named(switchboard: Running, token: str) -> None:
    switchboard.sb("statics", "add", "no-cheap", "--place", "never", "--vendor", "cheap-way", "--code", "256982")
    switchboard.sb("statics", "add", "near-half", "--vendor", "near-way", "--code", "256982", "--at-most", "50")
    assert orders(await answers(switchboard, token, 10, OTHER)) == {"fsn": 5, "nfs": 5}
    assert "never, by static entry no-cheap" in switchboard.sb("route", "--from", "spreading", "--to", OTHER)
    switchboard.sb("partners", "add", "spare-way", "--currency", "USD")
    switchboard.sb("statics", "add", "spare-last", "--place", "last", "--vendor", "spare-way", "--code", "256982")
    refused = switchboard.tried("partners", "remove", "spare-way")
    assert "static entry spare-last refers to it" in refused.stderr
    assert [one["id"] for one in switchboard.told("statics", "list", "cheap-way")["entries"]] == ["no-cheap"]

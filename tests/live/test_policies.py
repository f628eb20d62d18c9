"""A policy in a running switchboard: nodes route by it as soon as it is set, and by the former one when it is back."""

import pytest

from protos import connect
from protos.client import Switchboard
from protos.switch_pb2 import CallRequest
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.running import Running

pytestmark = pytest.mark.live

ENTRY = switch_of("polly", "127.0.71.1", "plain")
NUMBER = "256961000001"


@pytest.fixture(scope="module")
def token(switchboard: Running) -> str:
    """A client, a vendor of a low price by the whole minute, one of a higher price by the second, and one dear one."""
    for last, (vendor, price) in enumerate(
        {
            "whole-minutes": Price("25696", "0.0500", "60/60"),
            "by-seconds": Price("25696", "0.0510"),
            "dear-one": Price("25696", "0.0900"),
        }.items()
    ):
        enter_vendor(switchboard, vendor, f"127.0.70.{last + 1}", price)
    enter_client(switchboard, ENTRY, Price("25696", "0.1000"), "--credit-limit", "1000")
    token: str = switchboard.told("users", "add", "polly-sw", "--role", "switch")["token"]
    return token


async def order_of(board: Running, token: str) -> list[str]:
    """Return the vendors that the node itself answers with, best first."""
    async with Switchboard.connect(connect.endpoint(board.folder).nodes["node-0"], token) as node:
        decision = await node.route(CallRequest(switch_id="polly-sw", call_id="policies", called=NUMBER))
    assert decision.admitted, decision
    return [route.vendor for route in decision.routes]


async def test_nodes_route_by_what_was_set_attached_and_taken_back(switchboard: Running, token: str) -> None:
    real_cost = ["by-seconds", "whole-minutes", "dear-one"]
    by_price = ["whole-minutes", "by-seconds", "dear-one"]
    assert await order_of(switchboard, token) == real_cost
    switchboard.sb("policies", "set", "polly-cheap", "order=price, then asr*acd/pdd_p50")
    assert await order_of(switchboard, token) == real_cost
    switchboard.sb("policies", "attach", "polly-cheap", "--client", "polly")
    assert await order_of(switchboard, token) == by_price
    switchboard.sb("policies", "set", "polly-cheap", 'only=vendor_class = "premium" or price > 0.08', "max_routes=1")
    assert await order_of(switchboard, token) == ["dear-one"]
    switchboard.sb("partners", "set", "by-seconds", "vendor_class=premium")
    assert await order_of(switchboard, token) == ["by-seconds"]
    wrong = switchboard.tried("policies", "set", "polly-cheap", "order=price, then pryce")
    assert (wrong.exit_code, "'pryce' in column 13 is no figure" in wrong.stderr) == (1, True)
    assert await order_of(switchboard, token) == ["by-seconds"]
    switchboard.sb("policies", "back", "polly-cheap", "--note", "too narrow")
    assert await order_of(switchboard, token) == by_price
    story = switchboard.sb("route", "--from", "polly", "--to", NUMBER)
    assert "polly-cheap v3" in story
    switchboard.sb("policies", "detach", "--client", "polly")
    assert await order_of(switchboard, token) == real_cost


async def test_a_product_has_a_policy_of_its_own_at_a_part_of_the_week(switchboard: Running, token: str) -> None:
    switchboard.sb("policies", "profiles", "polly-always", "windows=mon-sun 00:00-24:00; holidays 00:00-24:00")
    switchboard.sb("policies", "set", "polly-gold", "--ready", "top-3", "order=most price", "max_routes=2")
    switchboard.sb("policies", "attach", "polly-gold", "--product", "polly-gold", "--profile", "polly-always")
    before = await order_of(switchboard, token)
    switchboard.sb("trunks", "set", "polly-in", "product=polly-gold")
    assert before == ["by-seconds", "whole-minutes", "dear-one"]
    assert await order_of(switchboard, token) == ["dear-one", "by-seconds"]

"""What hangs (SIGSTOP) under traffic is killed and comes back by itself; and panic orders while the desk hangs."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cluster.demo.switch import Admitted
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.phone import Phone, legs, phone
from tests.live.running import Running
from tests.live.test_kills import another_process, break_under_traffic, off_loop
from tests.live.waiting import until

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

PANICKY = switch_of("panicky", "127.0.34.9", "cisco")
NUMBER = "254742000001"


def hang(board: Running, name: str) -> int:
    """Stop an actor's process without ending it."""
    pid = int(board.actor(name)["pid"])
    os.kill(pid, signal.SIGSTOP)
    return pid


@pytest.mark.parametrize("name", ["shard-0", "node-0"])
async def test_an_actor_that_hangs_is_killed_and_the_books_are_equal(
    mortal: Running, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await break_under_traffic(mortal, lambda: hang(mortal, name), another_process(mortal, name), capsys)


async def test_while_the_desk_hangs_calls_go_on(mortal: Running, capsys: pytest.CaptureFixture[str]) -> None:
    back = another_process(mortal, "desk")
    traffic = await break_under_traffic(mortal, lambda: hang(mortal, "desk"), back, capsys)
    assert not traffic.refused and not traffic.unheard


@contextmanager
def hung_desk(board: Running) -> Iterator[None]:
    """The desk hangs from here on, until it is killed for it; at the end another one answers."""
    pid = hang(board, "desk")
    yield
    back = another_process(board, "desk")
    until(lambda: back(pid), "the desk is back", 150)


async def vendor_of(switch: Phone) -> str:
    """Ask about a call; return the first vendor, or the cause of its refusal."""
    call = switch.new_call()
    answer = await switch.ask(NUMBER, call)
    if not isinstance(answer, Admitted):
        return f"{answer}"
    both = legs(call, NUMBER, answer.offers[0], 60)
    await switch.begin(*both)
    await switch.end(*both)
    return answer.offers[0].host


async def test_panic_orders_work_while_the_desk_hangs_and_outlive_a_node(mortal: Running) -> None:
    for vendor, host, price in (("cheap", "127.0.24.8", "0.02"), ("dear", "127.0.24.9", "0.04")):
        enter_vendor(mortal, vendor, host, Price("254742", price))
    enter_client(mortal, PANICKY, Price("254742", "0.06"), "--credit-limit", "100000")
    async with phone(PANICKY, mortal.node) as switch:
        assert await vendor_of(switch) == "127.0.24.8"
        with hung_desk(mortal):
            said = mortal.sb("panic", "drop-vendor", "cheap", "--reason", "loops")
            assert "vendor cheap is dropped" in said
            assert await vendor_of(switch) == "127.0.24.9"
            mortal.sb("panic", "lift", "vendor", "cheap")
            assert await vendor_of(switch) == "127.0.24.8"
            mortal.sb("panic", "freeze", "panicky", "--reason", "unpaid")
            refused = await vendor_of(switch)
            assert "127.0.24" not in refused
        until(lambda: alarms(mortal), "the order is an alarm", 30)
        assert alarms(mortal) == ["client panicky is frozen by admin: unpaid; `switchboard panic lift client panicky`"]
        until(lambda: len(trail(mortal)) >= 3, "all orders are in the trail", 30)
        assert trail(mortal) == ["drop", "lift", "freeze"]
        killed = mortal.kill("node-0")
        back = another_process(mortal, "node-0")
        await off_loop(until, lambda: back(killed), "the node is back", 150)
        assert await vendor_of(switch) == refused
        shown = mortal.told("partners", "show", "panicky")["panic"]
        assert [(one["order"]["client"], one["told_desk"]) for one in shown] == [("panicky", True)]
        mortal.sb("panic", "lift", "client", "panicky")
        assert await vendor_of(switch) == "127.0.24.8"
        until(lambda: not alarms(mortal), "the alarm is gone", 30)


def trail(board: Running) -> list[str]:
    """Return what the audit trail says was ordered, the first first."""
    return [entry["action"] for entry in reversed(board.told("audit", "--noun", "panic")["entries"])]


def alarms(board: Running) -> list[str]:
    """Return the alarms of panic orders."""
    told = json.loads(board.sb("status", "--json"))["board"]["alarms"]
    return [alarm["text"] for alarm in told if alarm["key"].startswith("panic")]

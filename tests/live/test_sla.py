"""Promises to clients in a running switchboard: broken by calls, told, reported, refused where nobody keeps them."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cluster.demo.switch import Admitted
from domain.calls import ReportKind
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.phone import Phone, legs, phone, unanswered
from tests.live.running import Running
from tests.live.waiting import until

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

ENTRY = switch_of("sla-client", "127.0.85.31", "cisco")
NUMBER = "263791000001"
CODE = "26379"


@pytest.fixture(scope="module")
def market(switchboard: Running) -> Running:
    """One client with a promise of its own for the whole day, and a vendor."""
    switchboard.sb("codes", "add", CODE, "Promised Mobile")
    enter_vendor(switchboard, "sla-vendor", "127.0.85.32", Price(CODE, "0.02"))
    enter_client(switchboard, ENTRY, Price(CODE, "0.06"), "--credit-limit", "100000")
    switchboard.sb("policies", "set", "sla-promise", "sla_asr=40", "sla_bucket=24h", "sla_least_calls=20")
    switchboard.sb("policies", "attach", "sla-promise", "--client", "sla-client")
    return switchboard


async def calls(switch: Phone, answered: int, of: int) -> None:
    for place in range(of):
        call = switch.new_call()
        answer = await switch.ask(NUMBER, call)
        assert isinstance(answer, Admitted), answer
        both = legs(call, NUMBER, answer.offers[0], 1)
        for leg in both if place < answered else map(unanswered, both):
            assert await switch.tell(ReportKind.STOP, leg)


def summary(board: Running) -> dict[str, Any]:
    """What the buckets of the last days come to."""
    today = datetime.now(UTC).date()
    period = "--from", str(today - timedelta(days=2)), "--to", str(today + timedelta(days=1))
    [found] = board.told("sla", "report", *period, "--client", "sla-client")["summaries"]
    return dict(found)


def breach(board: Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = board.told("sla", "breaches", "--client", "sla-client")["breaches"]
    return found


def alarmed(board: Running) -> bool:
    alarms = [alarm["text"] for alarm in board.told("status")["board"]["alarms"]]
    return any(text.startswith("sla-client to ") and "asr >= 40" in text for text in alarms)


def now(board: Running) -> tuple[int, str]:
    """Return the calls of the bucket that runs, and whether the promise is kept."""
    [state] = board.told("sla", "now", "--client", "sla-client")["states"]
    return state["attempts"], state["verdict"]


async def test_a_bucket_that_breaks_its_promise_is_told_and_reported_as_counted_by_hand(market: Running) -> None:
    await asyncio.sleep(6)  # calls are reported as set up four seconds ago: nothing was promised for earlier ones
    async with phone(ENTRY, market.node) as switch:
        await calls(switch, 3, 30)
    await asyncio.to_thread(until, lambda: breach(market), "the breach is written", 60.0)
    [one] = breach(market)
    assert "asr >= 40" in one["why"]
    assert not one["until"]
    await asyncio.to_thread(until, lambda: alarmed(market), "the alarm is raised", 60.0)
    found = summary(market)
    assert (found["broken"], found["attempts"], found["answered"]) == (1, 30, 3)
    await asyncio.to_thread(until, lambda: now(market) == (30, "not kept"), "quality has counted all of them", 60.0)


async def test_calls_that_nobody_keeps_the_promise_for_are_refused_and_counted(market: Running) -> None:
    market.sb("policies", "set", "sla-promise", "keep=asr(100 calls) >= 60", "unmet=refuse")
    async with phone(ENTRY, market.node) as switch:
        assert isinstance(await switch.ask(NUMBER), str)
        assert isinstance(await switch.ask(NUMBER), str)
    await asyncio.to_thread(until, lambda: summary(market)["unmet"].get("refused") == 2, "both are counted", 60.0)
    market.sb("policies", "detach", "--client", "sla-client")
    await asyncio.to_thread(until, lambda: bool(breach(market)[0]["until"]), "the breach is over", 60.0)
    assert breach(market)[0]["over"] == "nothing is promised any more"

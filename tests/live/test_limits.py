"""Limits in a running switchboard: kept under parallel calls, through a kill of the shard, and at zero at the end."""

import asyncio
from typing import Any

import pytest

from cluster.demo.switch import Admitted
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.phone import Phone, legs, phone
from tests.live.running import Running
from tests.live.waiting import until, until_async

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

ENTRY = switch_of("bounded", "127.0.35.1", "cisco")
NUMBER = "254743000001"
BACK_S = 150.0


@pytest.fixture(scope="module")
def market(own_switchboard: Running) -> Running:
    """One client; a cheap vendor that takes two calls at a time, and a dear one that takes all."""
    enter_vendor(own_switchboard, "narrow", "127.0.25.1", Price("254743", "0.02"))
    enter_vendor(own_switchboard, "broad", "127.0.25.2", Price("254743", "0.03"))
    enter_client(own_switchboard, ENTRY, Price("254743", "0.06"), "--credit-limit", "100000")
    own_switchboard.sb("limits", "add", "to-narrow", "--vendor", "narrow", "--max-calls", "2")
    own_switchboard.sb("limits", "add", "of-bounded", "--client", "bounded", "--max-calls", "5")
    return own_switchboard


def use(board: Running, limit: str) -> dict[str, Any]:
    """Return a limit with its use."""
    found: dict[str, Any] = board.told("limits", "show", limit)
    return found


def open_calls(board: Running) -> list[int]:
    return [one["open_calls"] for one in board.told("limits", "list")["limits"]]


async def test_calls_at_a_time_hold_through_a_kill_and_count_zero_at_the_end(market: Running) -> None:
    async with phone(ENTRY, market.node) as switch:
        kept = await five_calls(switch)
        assert [client_vendor[2] for client_vendor in kept] == ["127.0.25.1"] * 2 + ["127.0.25.2"] * 3
        refused = await switch.ask(NUMBER)
        assert isinstance(refused, str), "the sixth call is refused"
        await asyncio.to_thread(until, lambda: open_calls(market) == [5, 2], "all legs are counted")
        story = ("route", "--from", "bounded", "--to", NUMBER)
        full = "limit to-narrow: 2 of 2 calls"
        await asyncio.to_thread(until, lambda: full in market.sb(*story), "the node has heard that there is none")

        before = await asyncio.to_thread(market.kill, "shard-0")
        await asyncio.to_thread(until, lambda: market.actor("shard-0")["pid"] != before, "the shard is back", BACK_S)
        assert await asyncio.to_thread(open_calls, market) == [5, 2]
        assert await switch.ask(NUMBER) == refused, "the sixth call is still refused, for the same cause"

        for client, vendor, _ in kept:
            await switch.end(client, vendor)
        await asyncio.to_thread(until, lambda: open_calls(market) == [0, 0], "all counters are at zero")
        await until_async(lambda: goes_to_narrow(switch), "the node has heard that there is room", 60.0)
        assert use(market, "of-bounded")["hard"] and not use(market, "to-narrow")["hard"]
        assert use(market, "of-bounded")["refused"] >= 1
    shown = market.told("partners", "show", "narrow")
    assert [one["limit"]["id"] for one in shown["limits"]] == ["to-narrow"]


async def goes_to_narrow(switch: Phone) -> bool:
    """Make a call and end it; tell whether it went to the narrow vendor first."""
    call = switch.new_call()
    answer = await switch.ask(NUMBER, call)
    if not isinstance(answer, Admitted):
        return False
    await switch.end(*legs(call, NUMBER, answer.offers[0], 60))
    return answer.offers[0].host == "127.0.25.1"


async def five_calls(switch: Phone) -> list[tuple[Any, Any, str]]:
    """Ask for five calls, then begin them; return their legs and where they went first.

    They are all asked for before one begins: between the reports of its two legs a call counts at its vendor twice or
    not at all, and a node that hears of the counts just then goes by them for half a second.
    """
    kept = []
    for _ in range(5):
        call = switch.new_call()
        answer = await switch.ask(NUMBER, call)
        assert isinstance(answer, Admitted), answer
        kept.append((*legs(call, NUMBER, answer.offers[0], 60), answer.offers[0].host))
    for client, vendor, _ in kept:
        await switch.begin(client, vendor)
    return kept


async def test_no_more_calls_a_second_go_than_the_bucket_holds(market: Running) -> None:
    words = ("limits", "set", "of-bounded", "max_calls=", "max_cps=2", "burst=4")
    assert "max_cps" in await asyncio.to_thread(market.sb, *words)
    async with phone(ENTRY, market.node) as switch:
        loop = asyncio.get_running_loop()
        began = loop.time()
        answers = [await switch.ask(NUMBER) for _ in range(20)]
        went_s = loop.time() - began
    let_through = sum(isinstance(answer, Admitted) for answer in answers)
    assert 4 <= let_through <= 4 + 2 * (went_s + 0.1)


def test_wrong_limits_are_refused_with_what_to_do(market: Running) -> None:
    for words, said in (
        (("--client", "nobody", "--max-calls", "1"), "there is no partner 'nobody'"),
        (("--client", "bounded"), "it limits nothing"),
        (("--client", "bounded", "--max-money", "5"), "money is limited in no currency"),
        (("--client", "bounded", "--max-money", "5", "--currency", "EUR"), "has no calls in EUR"),
        (("--destination", "Atlantis", "--max-calls", "1"), "there is no destination 'Atlantis'"),
    ):
        done = market.tried("limits", "add", "wrong", *words)
        assert done.exit_code == 1
        assert said in done.output


def test_a_partner_stays_as_long_as_a_limit_names_it(market: Running) -> None:
    market.sb("partners", "add", "spare", "--currency", "USD")
    market.sb("limits", "add", "of-spare", "--client", "spare", "--max-calls", "1")
    assert "limit of-spare refers to it" in market.tried("partners", "remove", "spare").output
    market.sb("limits", "remove", "of-spare")
    market.sb("partners", "remove", "spare")

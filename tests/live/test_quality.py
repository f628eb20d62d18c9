"""Quality in a running switchboard: known within a second of the packet, the same after its process was killed."""

import asyncio
import time
from typing import Any

import pytest

from cluster.demo.switch import Admitted
from domain.calls import ReportKind
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.phone import Phone, legs, phone, unanswered
from tests.live.running import Running
from tests.live.waiting import until, until_async

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

ENTRY = switch_of("judge", "127.0.72.1", "cisco")
NUMBER = "254744000001"
BACK_S = 150.0


@pytest.fixture(scope="module")
def market(own_switchboard: Running) -> Running:
    """One client, a vendor, and a dearer one."""
    enter_vendor(own_switchboard, "judged", "127.0.72.2", Price("254744", "0.02"))
    enter_vendor(own_switchboard, "rival", "127.0.72.3", Price("254744", "0.03"))
    enter_client(own_switchboard, ENTRY, Price("254744", "0.06"), "--credit-limit", "100000")
    return own_switchboard


def rows(board: Running, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = board.told("quality", *words)["rows"]
    return found


def seen(board: Running) -> list[dict[str, Any]]:
    """Every figure of the vendor and of the client that legs determine, over several windows."""
    asked = [(*who, "--window", span) for who in WHO for span in ("1h", "7d", "100 calls")]
    return [row for words in asked for row in rows(board, *words)]


WHO = (("--vendor", "judged"), ("--client", "judge"))


async def test_a_call_counts_within_a_second_while_it_is_open_and_when_it_is_over(market: Running) -> None:
    async with phone(ENTRY, market.node) as switch:
        call = switch.new_call()
        answer = await switch.ask(NUMBER, call)
        assert isinstance(answer, Admitted), answer
        client, vendor = legs(call, NUMBER, answer.offers[0], 60)
        await switch.begin(client, vendor)
        took = await seen_after(market, lambda row: (row["attempts"], row["answered"], row["open"]) == (1, 1, 1))
        assert took < 60  # how long it took is printed; a busy machine is no fault
        await switch.end(client, vendor)
        took = await seen_after(market, lambda row: (row["attempts"], row["open"], row["talk_s"]) == (1, 0, 60))
        failed = unanswered(legs(switch.new_call(), NUMBER, answer.offers[0], 0)[1])
        assert await switch.tell(ReportKind.STOP, failed)
        await seen_after(market, lambda row: (row["attempts"], row["answered"], row["effective"]) == (2, 1, 2))
    row = rows(market, "--vendor", "judged")[0]
    assert row["figures"]["asr_low"] < 50 < row["figures"]["asr_high"]
    assert row["causes"] == [
        {"cause_class": "answered", "calls": 1},
        {"cause_class": "user does not answer", "calls": 1},
    ]


async def seen_after(board: Running, wanted: Any) -> float:
    """Return how many seconds it took until the vendor's row was as wanted."""
    began = time.monotonic()

    def there() -> bool:
        found = rows(board, "--vendor", "judged")
        return bool(found) and wanted(found[0])

    await asyncio.to_thread(until, there, "quality knows of it", 60.0)
    took = time.monotonic() - began
    print(f"known {took:.2f} s after the answer to the packet")
    return took


async def test_a_killed_quality_comes_back_with_every_figure_that_legs_determine(market: Running) -> None:
    async with phone(ENTRY, market.node) as switch:
        call = switch.new_call()
        answer = await switch.ask(NUMBER, call)
        assert isinstance(answer, Admitted), answer
        client, vendor = legs(call, NUMBER, answer.offers[0], 30)
        await switch.begin(client, vendor)
        await seen_after(market, lambda row: (row["attempts"], row["open"]) == (3, 1))
        before, pid = seen(market), market.actor("quality-0")["pid"]
        assert len(before) == 6
        await asyncio.to_thread(market.kill, "quality-0")
        await asyncio.to_thread(until, lambda: market.actor("quality-0")["pid"] != pid, "quality is back", BACK_S)
        await asyncio.to_thread(until, lambda: _seen(market) == before, "all figures are back", BACK_S)
        await switch.end(client, vendor)
        await seen_after(market, lambda row: (row["attempts"], row["open"]) == (3, 0))


def _seen(board: Running) -> list[dict[str, Any]]:
    """Return what is seen, nothing while its process is away."""
    return [] if board.tried("quality", "--json").exit_code else seen(board)


async def test_calls_that_fail_bring_another_vendor_first_where_the_policy_asks_for_answers(market: Running) -> None:
    market.sb("policies", "set", "by-answers", "order=asr(100 calls)")
    market.sb("policies", "attach", "by-answers", "--client", "judge")
    async with phone(ENTRY, market.node) as switch:
        answer = await switch.ask(NUMBER)
        assert isinstance(answer, Admitted), answer
        for _ in range(40):
            assert await switch.tell(
                ReportKind.STOP, unanswered(legs(switch.new_call(), NUMBER, answer.offers[0], 0)[1])
            )
        began = time.monotonic()
        await until_async(lambda: _first_is(switch, "127.0.72.3"), "the node goes by what it heard", 60.0)
        print(f"the node knew after {time.monotonic() - began:.2f} s")
    market.sb("policies", "detach", "--client", "judge")
    print(market.sb("quality", "--window", "100 calls"))


async def _first_is(switch: Phone, host: str) -> bool:
    answer = await switch.ask(NUMBER)
    return isinstance(answer, Admitted) and answer.offers[0].host == host


def test_what_cannot_be_asked_is_refused_with_what_to_do(market: Running) -> None:
    for words, said in (
        (("--vendor", "nobody"), "nobody"),
        (("--destination", "Atlantis"), "there is no destination 'Atlantis'"),
        (("--window", "3h"), "'3h' is no window"),
        (("--sort", "luck"), "'luck' is no order"),
    ):
        done = market.tried("quality", *words)
        assert done.exit_code == 1
        assert said in done.output

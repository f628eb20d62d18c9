"""Commitments, swaps and capacity by parts of the week in a running switchboard: calls go by them within seconds."""

import time
from itertools import count
from typing import Any

import pytest

from protos import connect
from protos.client import Switchboard
from protos.operators_pb2 import Empty
from protos.operators_pb2_grpc import LedgerServiceStub
from protos.switch_pb2 import CallRequest, Decision, Report
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.running import Running
from tests.live.waiting import until, until_async

pytestmark = pytest.mark.live

ENTRY = switch_of("qty-client", "127.0.84.50", "plain")
CALLED = "261750000001"
DAY_MS = 86_400_000
_NUMBERS = count(time.time_ns())


@pytest.fixture(scope="module")
def token(switchboard: Running) -> str:
    """A client and two vendors, of which one is cheaper; the client's policy fills commitments first."""
    switchboard.sb("codes", "add", "26175", "Quantity Mobile")
    for last, (vendor, price) in enumerate({"qty-cheap": "0.02", "qty-dear": "0.03"}.items(), 51):
        enter_vendor(switchboard, vendor, f"127.0.84.{last}", Price("26175", price))
    enter_client(switchboard, ENTRY, Price("26175", "0.06"), "--credit-limit", "100000")
    order = "order=if commit_behind_pct > 5 then 0 else 1, then real_cost"
    switchboard.sb("policies", "set", "qty-fill", order)
    switchboard.sb("policies", "attach", "qty-fill", "--client", "qty-client")
    token: str = switchboard.told("users", "add", "qty-client-sw", "--role", "switch")["token"]
    return token


def reports(call_id: str, decision: Decision, seconds: int) -> list[Report]:
    """An answered call by the first route, from now on, to the millisecond."""
    now_ms, route = time.time_ns() // 1_000_000, decision.routes[0]
    said: dict[str, Any] = {
        "switch_id": "qty-client-sw", "call_id": call_id, "called": CALLED, "setup_ms": now_ms,
        "connect_ms": now_ms, "disconnect_ms": now_ms + 1000 * seconds, "duration_ms": 1000 * seconds, "cause": 16,
    }  # fmt: skip
    sides = ((Report.CLIENT, "127.0.84.50", ""), (Report.VENDOR, route.host, route.mark))
    return [
        Report(side=side, session_id=f"{call_id}-{side}", remote=remote, mark=mark, **said)
        for side, remote, mark in sides
    ]


async def call(board: Running, token: str, seconds: int = 60) -> str:
    """Make a call to its end; return who carried it."""
    call_id = f"qty-{next(_NUMBERS)}"
    async with Switchboard.connect(connect.endpoint(board.folder).nodes["node-0"], token) as node:
        decision = await node.authorize(CallRequest(switch_id="qty-client-sw", call_id=call_id, called=CALLED))
        assert decision.admitted, decision
        for report in reports(call_id, decision, seconds):
            reply = await node.stop(report)
            assert reply.recorded and not reply.parked, reply
        return decision.routes[0].vendor


async def first(board: Running, token: str) -> str:
    """Return who would carry a call."""
    async with Switchboard.connect(connect.endpoint(board.folder).nodes["node-0"], token) as node:
        asked = CallRequest(switch_id="qty-client-sw", call_id=f"qty-{next(_NUMBERS)}", called=CALLED)
        return (await node.route(asked)).routes[0].vendor


async def carries(board: Running, token: str, vendor: str, within_s: float) -> None:
    """Wait until a vendor is the one that would carry a call."""

    async def there() -> bool:
        return await first(board, token) == vendor

    await until_async(there, f"{vendor} is first", within_s)


def sent_s(board: Running, commitment: str) -> int | None:
    shown = board.told("commitments", "show", commitment)
    return int(shown["sent"]) if shown["sent"] is not None else None


def day(days: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + days * DAY_MS / 1000))


async def test_the_dear_vendor_is_first_while_its_commitment_lags_and_gives_way_once_it_is_filled(
    switchboard: Running, token: str
) -> None:
    assert await call(switchboard, token) == "qty-cheap"
    words = ["--vendor", "qty-dear", "--code", "26175", "--minutes", "10", "--from", day(-9), "--until", day(0)]
    switchboard.sb("commitments", "add", "qty-nov", *words, "--true-up", "0.01")
    await carries(switchboard, token, "qty-dear", 60)
    assert [await call(switchboard, token, 150) for _ in range(3)] == ["qty-dear"] * 3
    until(lambda: sent_s(switchboard, "qty-nov") == 450, "all three are counted", 60)
    assert await call(switchboard, token, 151) == "qty-dear"
    await carries(switchboard, token, "qty-cheap", 60)
    shown = switchboard.told("commitments", "show", "qty-nov")
    assert (shown["sent"], shown["remaining"], shown["verdict"]) == (601, 0, "filled")


async def seal(board: Running) -> None:
    where = connect.endpoint(board.folder)
    async with connect.aio_channel(where.desk) as channel:
        await LedgerServiceStub(channel).Seal(Empty(), metadata=connect.metadata(where.token))


async def test_what_was_sent_is_the_same_to_the_second_when_it_is_counted_anew(
    switchboard: Running, token: str
) -> None:
    await seal(switchboard)
    before = sent_s(switchboard, "qty-nov")
    switchboard.sb("commitments", "add", "qty-all", "--vendor", "qty-dear", "--minutes", "9", "--from", day(-5),
                   "--until", day(5))  # fmt: skip
    until(lambda: sent_s(switchboard, "qty-all") == before, "the new one is counted", 60)
    assert sent_s(switchboard, "qty-nov") == before


async def test_a_swap_counts_both_ways(switchboard: Running, token: str) -> None:
    def swap() -> dict[str, Any]:
        found: dict[str, Any] = switchboard.told("swaps", "show", "qty-both")
        return found

    def alarmed() -> bool:
        return any(alarm["key"] == "swap qty-both" for alarm in switchboard.told("status")["board"]["alarms"])

    words = ["--partner", "qty-dear", "--low", "-5", "--high", "20", "--from", day(-9), "--until", day(0)]
    switchboard.sb("swaps", "add", "qty-both", *words)
    until(lambda: swap()["verdict"] == "below the band", "it is counted", 60)
    shown = swap()
    assert (shown["came"], shown["went"], shown["balance"]) == (0, 601, -601)
    until(alarmed, "the alarm is raised", 60)
    switchboard.sb("swaps", "remove", "qty-both")
    until(lambda: not alarmed(), "the alarm is cleared", 60)


async def test_a_vendors_capacity_of_another_part_of_the_week_does_not_hold(switchboard: Running, token: str) -> None:
    later = (time.gmtime().tm_hour + 3) % 24  # whatever hour begins meanwhile
    switchboard.sb("policies", "profiles", "qty-later", "zone=UTC", f"windows=mon-sun {later:02d}:00-{later:02d}:59")
    switchboard.sb("limits", "add", "qty-cap", "--vendor", "qty-cheap", "--max-calls", "0", "--profile", "qty-later")
    assert await first(switchboard, token) == "qty-cheap"
    switchboard.sb("limits", "set", "qty-cap", "profile=not qty-later")
    await carries(switchboard, token, "qty-dear", 60)
    assert "not qty-later: now" in switchboard.sb("limits", "list", "qty-cap")
    switchboard.sb("policies", "profiles", "qty-later", "windows=mon-sun 00:00-24:00; holidays 00:00-24:00")
    await carries(switchboard, token, "qty-cheap", 60)
    switchboard.sb("limits", "remove", "qty-cap")
    switchboard.sb("policies", "profiles", "qty-later", "--remove")


async def test_formulas_see_how_full_a_vendor_is(switchboard: Running, token: str) -> None:
    switchboard.sb("limits", "add", "qty-cap", "--vendor", "qty-cheap", "--max-calls", "1")
    switchboard.sb("policies", "set", "qty-fill", "order=if load_pct >= 100 then 1 else 0, then real_cost")
    await carries(switchboard, token, "qty-cheap", 60)
    async with Switchboard.connect(connect.endpoint(switchboard.folder).nodes["node-0"], token) as node:
        asked = CallRequest(switch_id="qty-client-sw", call_id=f"qty-{next(_NUMBERS)}", called=CALLED)
        held = await node.authorize(asked)
        assert held.routes[0].vendor == "qty-cheap"
        assert await first(switchboard, token) == "qty-dear"
        for report in reports(asked.call_id, held, 1):
            await node.stop(report)
    await carries(switchboard, token, "qty-cheap", 60)
    switchboard.sb("limits", "remove", "qty-cap")

"""Whatever is killed (SIGKILL) under traffic comes back by itself; no acknowledged Stop and no hold is lost."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cluster.bench.processes import children
from cluster.bench.up_process import words_of
from cluster.demo.records import LiveLeg
from cluster.demo.switch import Admitted
from domain.ids import call_key, normal_conf_id
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.phone import Phone, legs, phone
from tests.live.running import Running
from tests.live.traffic import Traffic
from tests.live.waiting import until

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

ENTRY = switch_of("mortal", "127.0.34.1", "cisco")
NUMBER = "254741000001"
BACK_S = 150.0
"""A bound that a machine busy with other things keeps too; how long it really took is printed."""
LONG_S = 12.0
"""Longer than a desk takes to start anew, unless a machine is busy with other things."""
STAYING = 5
PER_CALL = {"client": Decimal("0.06"), "vendor": Decimal("0.03")}


def furnish(board: Running) -> Running:
    """Enter one client and one vendor; calls of a minute at 0.06 and 0.03."""
    enter_vendor(board, "undertaker", "127.0.24.1", Price("254741", "0.03"))
    enter_client(board, ENTRY, Price("254741", "0.06"), "--credit-limit", "100000")
    return board


async def off_loop(work: Callable[..., Any], *args: object) -> Any:
    """Run what blocks (a command) while the traffic goes on."""
    return await asyncio.to_thread(work, *args)


@asynccontextmanager
async def staying(board: Running, switch: Phone) -> AsyncIterator[list[tuple[LiveLeg, LiveLeg]]]:
    """Keep some calls open around what happens; their holds must be the same afterwards. They end at last."""
    kept = []
    for _ in range(STAYING):
        call = switch.new_call()
        answer = await switch.ask(NUMBER, call)
        assert isinstance(answer, Admitted), answer
        kept.append(legs(call, NUMBER, answer.offers[0], 60))
        await switch.begin(*kept[-1])
    before = await off_loop(holds_of, board, kept)
    assert len(before) == STAYING
    yield kept
    assert await off_loop(holds_of, board, kept) == before
    for client, vendor in kept:
        await switch.end(client, vendor)


def keys_of(call_ids: Iterable[str]) -> set[str]:
    """Return the keys of calls as commands show them."""
    return {call_key(ENTRY.id, normal_conf_id(call_id)).hex() for call_id in call_ids}


def holds_of(board: Running, kept: list[tuple[LiveLeg, LiveLeg]]) -> dict[str, tuple[str, bool]]:
    """Return the holds of some calls: what is held, and whether the call has begun."""
    keys = keys_of(client.call_id for client, _ in kept)
    calls = board.told("calls", "list", "--limit", "200")["calls"]
    return {c["hold_id"]: (c["held"]["amount"], c["started"]) for c in calls if c["call_key"] in keys}


def open_keys(board: Running) -> set[str]:
    """Return the keys of the calls that may be running."""
    return {call["call_key"] for call in board.told("calls", "list", "--limit", "200")["calls"]}


class Books:
    """What the books said before; what they say now less that must be what the switch was told."""

    def __init__(self, board: Running) -> None:
        self._board = board
        self._before, self._open = self._sums(), open_keys(board)

    def _sums(self) -> dict[str, tuple[int, Decimal]]:
        sums = {}
        for side, partner, owed in (("client", "mortal", "owed"), ("vendor", "undertaker", "payable")):
            total = int(self._board.told("cdrs", "list", "--partner", partner, "--limit", "1")["total"])
            sums[side] = (total, Decimal(self._board.told("partners", "show", partner)[owed]["amount"]))
        return sums

    def compare(self, legs_acknowledged: int, unheard: list[str]) -> None:
        """Each acknowledged leg is there once, charged once; nothing else is; all checks are zero; no hold is left
        but those of calls whose answer never came."""
        now = self._sums()
        calls = {side: now[side][0] - self._before[side][0] for side in now}
        charged = {side: now[side][1] - self._before[side][1] for side in now}
        assert sum(calls.values()) == legs_acknowledged
        assert charged == {side: calls[side] * PER_CALL[side] for side in now}
        check = self._board.told("ledger", "check")
        assert check["differences"] == [] and check["holds_add_up"] and check["balances_add_up"]
        assert Decimal(check["trial_balance"]["amount"]) == Decimal(check["cdrs_minus_postings"]["amount"]) == 0
        assert check["unrated"] == 0
        allowed = self._open | keys_of(unheard)
        until(lambda: open_keys(self._board) <= allowed, "holds of ended and refused calls are released")


async def break_under_traffic(
    board: Running,
    break_it: Callable[[], int],
    is_back: Callable[[int], bool],
    capsys: pytest.CaptureFixture[str],
    mend_it: Callable[[Traffic], Awaitable[None]] | None = None,
) -> Traffic:
    """Break something while calls are made, and mend it; wait until it is back and calls flow; compare the books."""
    books = await off_loop(Books, board)
    async with phone(ENTRY, board.node) as switch, staying(board, switch):
        traffic = Traffic(switch, NUMBER)
        traffic.start()
        await traffic.beyond(20, BACK_S)
        pid = await off_loop(break_it)
        if mend_it is not None:
            await mend_it(traffic)
        killed = time.monotonic()
        await off_loop(until, lambda: is_back(pid), "what was killed is back", BACK_S)
        back_s = time.monotonic() - killed
        await traffic.beyond(20, BACK_S)
        with capsys.disabled():
            print(f"\n  back after {back_s:.1f} s, calls flow {time.monotonic() - killed:.1f} s after the kill")
        await traffic.stop()
    assert traffic.unacknowledged == 0
    await off_loop(books.compare, traffic.acknowledged + 2 * STAYING, traffic.unheard)
    return traffic


def another_process(board: Running, name: str) -> Callable[[int], bool]:
    """Return the question whether an actor answers from a process that is not the killed one."""

    def answers(killed: int) -> bool:
        told = board.tried("status", "--json")
        if told.exit_code:
            return False
        actors = json.loads(told.stdout)["actors"]
        return any(a["name"] == name and a["pid"] not in (0, killed) and a["state"] == "alive" for a in actors)

    return answers


@pytest.mark.parametrize("name", ["shard-0", "node-0"])
async def test_a_killed_actor_comes_back_with_all_it_answered_for(
    mortal: Running, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await break_under_traffic(mortal, lambda: mortal.kill(name), another_process(mortal, name), capsys)


async def test_while_the_desk_is_dead_calls_go_on(mortal: Running, capsys: pytest.CaptureFixture[str]) -> None:
    back = another_process(mortal, "desk")
    traffic = await break_under_traffic(mortal, lambda: mortal.kill("desk"), back, capsys)
    assert not traffic.refused and not traffic.unheard


async def test_a_desk_that_is_long_in_starting_anew_ends_nothing_else(
    mortal: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    serving = mortal.serving_pid()

    def kill_again_and_again() -> int:
        raylet, pid, deadline = mortal.raylet_pid(), mortal.kill("desk"), time.monotonic() + LONG_S
        while time.monotonic() < deadline:
            for child in children().get(raylet, []):
                if words_of(child)[0].startswith("ray::DeskActor"):
                    os.kill(pid := child, signal.SIGKILL)
            time.sleep(0.05)
        return pid

    traffic = await break_under_traffic(mortal, kill_again_and_again, another_process(mortal, "desk"), capsys)
    assert mortal.serving_pid() == serving
    assert not traffic.refused and not traffic.unheard


async def test_a_killed_quality_counts_anew_from_the_books_and_no_call_waits_for_it(
    mortal: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    back = another_process(mortal, "quality-0")
    traffic = await break_under_traffic(mortal, lambda: mortal.kill("quality-0"), back, capsys)
    assert not traffic.refused and not traffic.unheard
    hour = ("--from", f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}")
    legs_of_clients = mortal.told("cdrs", "list", "--side", "client", *hour, "--limit", "1")["total"]
    assert legs_of_clients
    await off_loop(until, lambda: attempts(mortal) >= legs_of_clients, "all legs of the hour are counted", BACK_S)


def attempts(board: Running) -> int:
    return int(board.told("status")["board"]["attempts_1h"])


@pytest.mark.parametrize("process", [Running.serving_pid, Running.raylet_pid])
async def test_a_killed_cluster_is_built_anew(
    mortal: Running, process: Callable[[Running], int], capsys: pytest.CaptureFixture[str]
) -> None:
    def kill_all() -> int:
        node_pid = int(mortal.actor("node-0")["pid"])
        os.kill(process(mortal), signal.SIGKILL)
        return node_pid

    await break_under_traffic(mortal, kill_all, another_process(mortal, "node-0"), capsys)

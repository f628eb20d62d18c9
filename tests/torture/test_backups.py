"""Backups under traffic: none holds a call back, a drill finds no difference, and the copy carries on by itself."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cluster.demo.records import LiveLeg
from cluster.demo.switch import Admitted
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.phone import Phone, legs, phone
from tests.live.running import Running, running, started
from tests.live.traffic import Traffic
from tests.live.waiting import until

pytestmark = [pytest.mark.torture, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
ENTRY = switch_of("keeper", "127.0.37.1", "cisco")
NUMBER = "254761000001"
SETTINGS = """
[store]
seal_every_s = 3

[backup]
to = "{place}"
every_h = 1
keep = 2
"""


def command(board: Running, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run a command as a process: it lowers its own priority."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SWITCHBOARD_DATA": str(board.folder)}
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


async def told(board: Running, *words: str) -> dict[str, Any]:
    done = await asyncio.to_thread(command, board, *words, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@asynccontextmanager
async def calling(switch: Phone) -> AsyncIterator[Traffic]:
    traffic = Traffic(switch, NUMBER)
    traffic.start()
    try:
        yield traffic
    finally:
        await traffic.stop()


async def slowest(switch: Phone, ending: asyncio.Event) -> float:
    """Ask again and again until the end; return the longest wait for an answer, in seconds."""
    longest = 0.0
    while not ending.is_set():
        began = time.monotonic()
        assert await switch.ask(NUMBER) is not None
        longest = max(longest, time.monotonic() - began)
        await asyncio.sleep(0.02)
    return longest


async def test_a_copy_is_taken_under_traffic_and_carries_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, place = tmp_path / "data", tmp_path / "backups"
    data.mkdir()
    with running(data, SETTINGS.format(place=place)) as board:
        enter_vendor(board, "shelf", "127.0.27.1", Price("254761", "0.03"))
        enter_client(board, ENTRY, Price("254761", "0.06"), "--credit-limit", "1000000")
        async with phone(ENTRY, board.node) as switch, calling(switch) as traffic:
            await traffic.beyond(30, 120)
            ending = asyncio.Event()
            before = asyncio.create_task(slowest(switch, ending))
            await asyncio.sleep(8)
            ending.set()
            ending = asyncio.Event()
            during = asyncio.create_task(slowest(switch, ending))
            taken = await told(board, "backup", str(tmp_path / "by hand"))
            drilled = await told(board, "drill")
            ending.set()
            with capsys.disabled():
                waits = f"longest answer {await before:.3f} s before, {await during:.3f} s meanwhile"
                print(f"\n  backup {taken['took_ms']} ms, drill {drilled['took_ms']} ms; {waits}")
            assert drilled["holds"] and len(drilled["checks"]) > 30
            call = switch.new_call()
            answer = await switch.ask(NUMBER, call)
            assert isinstance(answer, Admitted)
            both = legs(call, NUMBER, answer.offers[0], 60)
            await switch.begin(*both)
        assert not traffic.refused
        own = await asyncio.to_thread(by_itself, board, place)
        last = await told(board, "backup", str(tmp_path / "by hand"))
        assert last["linked"] > 0
        money, listed = balances(board), board.told("cdrs", "list")
    assert own.exists()
    restored = await asyncio.to_thread(command, board, "restore", str(tmp_path / "by hand"), str(tmp_path / "again"))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    with started(tmp_path / "again") as again:
        assert balances(again) == money
        assert again.told("cdrs", "list")["total"] == listed["total"]
        await goes_on(again, both)


def balances(board: Running) -> list[Any]:
    """Return what is owed and held; the ledger's accounts have the charges of sealed legs only, and sealing goes on."""
    client, vendor = (board.told("partners", "show", name) for name in (ENTRY.partner, "shelf"))
    return [client["owed"], client["held"], vendor["payable"]]


async def goes_on(again: Running, running_call: tuple[LiveLeg, LiveLeg]) -> None:
    """End a call that was running when the copy was taken, and begin another."""
    async with phone(ENTRY, again.node) as switch:
        await switch.end(*running_call)
        assert isinstance(await switch.ask(NUMBER), Admitted)
    check = again.told("ledger", "check")
    assert check["differences"] == [] and check["holds_add_up"] and check["balances_add_up"]


def by_itself(board: Running, place: Path) -> Path:
    """Return the backup that the desk took, once its job is done."""
    until(lambda: any(job["kind"] == "backup" and job["state"] == "done" for job in jobs(board)), "a backup", 120)
    [found] = [path for path in place.iterdir() if not path.name.startswith(".")]
    assert not [alarm for alarm in board.told("status")["board"]["alarms"] if "back" in alarm["key"]]
    return found


def jobs(board: Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = board.told("jobs", "list")["jobs"]
    return found

"""Two machines, as network namespaces of this host: nodes and shards on both, one of them dies, the books agree."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import pytest

from domain.ids import PartnerId
from domain.placement import Placement
from tests.live.market import Price, switch_of, write_sheet
from tests.live.namespaces import FIRST, processes_in, two_machines
from tests.live.waiting import until
from tests.store.postgres import PostgresServer

pytestmark = [pytest.mark.live, pytest.mark.torture]

ROOT = Path(__file__).resolve().parents[2]
NUMBER = "254741000001"
WAIT_S = 150.0
PLACEMENT = Placement(books=2, shards=2)
SETTINGS = """
[desk]
listen = "127.0.0.1:50051"
metrics = ""
[cluster]
address = "{address}"
away = "move"
away_s = 3
[store]
url = "{url}"
books = 2
[[shard]]
name = "shard-1"
machine = "second"
[[node]]
name = "node-0"
[[node]]
name = "node-1"
machine = "second"
"""
NEAR, FAR, VENDOR = "cesar", "mortal", "undertaker"
"""A client whose money is in book 0, on the first machine; one, and a vendor, whose money is in book 1."""


@dataclass(slots=True)
class Machine:
    """One of the two: what stands before a command there, its folder, and what runs in it."""

    inside: list[str]
    folder: Path
    running: subprocess.Popen[bytes] | None = None
    log: IO[bytes] | None = None

    def command(self, *words: str) -> list[str]:
        return [*self.inside, sys.executable, "-m", "cli.main", *words]

    def environment(self) -> dict[str, str]:
        plain = {"SWITCHBOARD_DATA": str(self.folder), "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
        return os.environ | plain | {"PYTHONPATH": str(ROOT)}

    def start(self, *words: str) -> None:
        self.log = (self.folder / "console.log").open("ab")
        command = self.command(*words)
        self.running = subprocess.Popen(command, env=self.environment(), cwd=ROOT, stdout=self.log, stderr=self.log)

    def stop(self) -> None:
        if self.running is not None and self.running.poll() is None:
            self.running.send_signal(signal.SIGTERM)
            self.running.wait(90)

    def kill(self) -> None:
        """End everything there at once, as a power cut would."""
        for pid in processes_in(self.inside):
            os.kill(pid, signal.SIGKILL)
        if self.running is not None:
            self.running.wait(20)

    def said(self, text: str) -> bool:
        return text in (self.folder / "console.log").read_text()

    def sb(self, *words: str) -> str:
        done = subprocess.run(
            self.command(*words), env=self.environment(), cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(words)}: {done.stdout} {done.stderr}"
        return done.stdout

    def told(self, *words: str) -> Any:
        return json.loads(self.sb(*words, "--json"))

    @contextmanager
    def calling(self, client: str, address: str) -> "Iterator[Calls]":
        """Let a client's switch of this machine call; what it knows is in `told` afterwards."""
        words = [*self.inside, sys.executable, "-m", "tests.live.far_switch", client, address, NUMBER]
        process = subprocess.Popen(
            words, env=self.environment(), cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        calls = Calls(process)
        try:
            yield calls
            calls.finish()
        finally:
            process.kill()
            process.wait(10)


@dataclass(slots=True)
class Calls:
    """A switch that is calling."""

    process: subprocess.Popen[str]
    told: dict[str, int] = field(default_factory=dict)

    def admitted(self) -> int:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def beyond(self, more: int) -> None:
        goal = self.admitted() + more
        until(lambda: self.admitted() >= goal, f"{more} more calls are admitted", WAIT_S)

    def finish(self) -> None:
        self.told = json.loads(self.process.communicate(timeout=WAIT_S)[0].splitlines()[-1])


@pytest.fixture(scope="module")
def machines(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> Iterator[tuple[Machine, Machine]]:
    """A switchboard on two machines, each with a node and a shard."""
    books = [PLACEMENT.book_of_partner(PartnerId(name)) for name in (NEAR, FAR, VENDOR)]
    assert books == [0, 1, 1]
    with postgres_server.database() as name, two_machines("swb") as (one, other):
        first, second = (Machine(its, tmp_path_factory.mktemp(its[-1])) for its in (one, other))
        text = SETTINGS.format(address=FIRST, url=postgres_server.url(name))
        (first.folder / "switchboard.toml").write_text(text)
        try:
            first.start("up")
            until(lambda: first.said("ready:"), "the first machine serves", WAIT_S)
            enter_market(first)
            shutil.copy(first.folder / "ray.token", second.folder)
            join(first, second)
            yield first, second
        finally:
            second.stop()
            first.stop()
            for machine in (first, second):
                machine.kill()


def join(first: Machine, second: Machine) -> None:
    """Let the second machine join; return when its node and its shard answer."""
    second.start("join", f"{FIRST}:6380", "--machine", "second")
    until(lambda: alive(first, "node-1") and alive(first, "shard-1"), "the second machine serves", WAIT_S)


def alive(board: Machine, name: str) -> bool:
    return any(actor["name"] == name and actor["state"] == "alive" for actor in board.told("status")["actors"])


def enter_market(board: Machine) -> None:
    """Two clients with a switch on each machine, and a vendor; calls of a minute at 0.06 and 0.03."""
    for plan, side, price in (("sell", "sell", "0.06"), ("buy", "buy", "0.03")):
        write_sheet(board.folder / f"{plan}.csv", Price("254741", price))
        board.sb("plans", "add", plan, "--side", side, "--currency", "USD")
        board.sb("rates", "import", str(board.folder / f"{plan}.csv"), "--plan", plan)
    secret = board.folder / "switch.secret"
    for client, address in ((NEAR, "127.0.36.1"), (FAR, "127.0.36.2")):
        board.sb("partners", "add", client, "--currency", "USD", "--sell-plan", "sell", "--credit-limit", "100000")
        words = ["switches", "add", f"{client}-sw", "--address", address, "--recipe", "cisco"]
        secret.write_text(switch_of(client, address, "cisco").secret)
        board.sb(*words, "--secret-file", str(secret))
        board.sb("trunks", "add", f"{client}-in", "--partner", client, "--direction", "in", "--switch", f"{client}-sw")
    board.sb("partners", "add", VENDOR, "--currency", "USD", "--buy-plan", "buy")
    board.sb("trunks", "add", f"{VENDOR}-out", "--partner", VENDOR, "--direction", "out", "--host", "127.0.26.1")


def owed(board: Machine, partner: str, which: str) -> Decimal:
    return Decimal(board.told("partners", "show", partner)[which]["amount"])


def assert_equal(board: Machine, near: list[Calls], far: list[Calls]) -> None:
    """Assert that each acknowledged leg is charged once, and that all books agree."""
    legs = [sum(calls.told["acknowledged"] for calls in its) for its in (near, far)]
    assert not [calls.told for calls in near + far if calls.told["unacknowledged"]]
    until(lambda: waiting(board) == 0, "nothing waits for another book", 30)
    assert [owed(board, name, "owed") for name in (NEAR, FAR)] == [Decimal("0.06") * (its // 2) for its in legs]
    assert owed(board, VENDOR, "payable") == Decimal("0.03") * (sum(legs) // 2)
    check = board.told("ledger", "check")
    assert check["differences"] == [] and check["holds_add_up"] and check["balances_add_up"]


def waiting(board: Machine) -> int:
    return sum(int(shard["waiting"]) for shard in board.told("cluster", "show")["shards"])


def test_a_machine_that_joined_decides_and_keeps_books_dies_and_comes_back(
    machines: tuple[Machine, Machine], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = machines
    found = first.told("cluster", "show")
    assert [(its["name"], its["present"]) for its in found["machines"]] == [("first", True), ("second", True)]
    assert [shard["machine"] for shard in found["shards"]] == ["first", "second"]

    with second.calling(FAR, "127.0.36.2") as there:  # asked at the node there, money in the shard there
        there.beyond(10)
    with first.calling(FAR, "127.0.36.2") as across, first.calling(NEAR, "127.0.36.1") as here:
        across.beyond(10)
        here.beyond(10)
        second.kill()
        died = time.monotonic()
        until(lambda: shard_on(first, "first"), "the shard of the dead machine runs on the first one", WAIT_S)
        across.beyond(10)
        here.beyond(10)
        with capsys.disabled():
            print(f"\n  calls of all books flow {time.monotonic() - died:.1f} s after the machine died")
    assert_equal(first, [here], [there, across])

    join_again(first, second)
    with second.calling(NEAR, "127.0.36.1") as again, first.calling(FAR, "127.0.36.2") as meanwhile:
        meanwhile.beyond(5)
        first.sb("cluster", "move", "shard-1", "second")
        until(lambda: shard_on(first, "second"), "the shard runs there again", WAIT_S)
        meanwhile.beyond(10)
        again.beyond(10)
        first.sb("cluster", "pin", FAR, "0")
        (pin,) = first.told("cluster", "show")["pins"]
        assert (pin["partner"], pin["book"], pin["home"], pin["lives_in"]) == (FAR, 0, 1, 0)
        meanwhile.beyond(10)
        first.sb("cluster", "unpin", FAR)
        meanwhile.beyond(10)
        assert not first.told("cluster", "show")["pins"]
    assert_equal(first, [here, again], [there, across, meanwhile])


def join_again(first: Machine, second: Machine) -> None:
    second.start("join", f"{FIRST}:6380", "--machine", "second")
    until(lambda: alive(first, "node-1"), "the node of the second machine is back", WAIT_S)


def shard_on(board: Machine, machine: str) -> bool:
    """Whether shard-1 was ordered to a machine and answers from there."""
    shard = next(its for its in board.told("cluster", "show")["shards"] if its["name"] == "shard-1")
    return bool(shard["machine"] == machine and shard["state"] == "alive")

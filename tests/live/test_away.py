"""Books in a real PostgreSQL that is gone for a while, a disk that is full: what was acknowledged is not lost."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from cluster.demo.switch import Admitted
from cluster.up import Supervisor
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.phone import legs, phone
from tests.live.running import PATIENT, SETTINGS, Running, free_ports, running
from tests.live.test_kills import break_under_traffic, furnish, off_loop
from tests.live.traffic import Traffic
from tests.live.waiting import until
from tests.store.postgres import URL_VARIABLE, PostgresServer, _Runner, _wait_until_ready

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]
"""All waits of one test may be long on a machine that is busy with other things."""

AWAY_S = 8.0
"""How long things are away; in the torture 30 s."""
DISK_MB = 96
ELEPHANT = switch_of("elephant", "127.0.35.1", "cisco")
MAHOUTS = "254751000001"


class Database:
    """A PostgreSQL of this module's own, which can be stopped, started and made to hang."""

    def __init__(self, folder: Path) -> None:
        self._runner = _Runner(folder)
        self._runner.run("initdb", "-D", self._runner.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        self._process = self._runner.start()
        self.server = PostgresServer(f"postgresql://postgres@/?host={folder}")
        _wait_until_ready(self.server, self._process)

    def hangs(self, meanwhile: Callable[[], None]) -> None:
        """Stop all its processes for a while, without ending them."""
        os.killpg(self._process.pid, signal.SIGSTOP)
        try:
            meanwhile()
        finally:
            os.killpg(self._process.pid, signal.SIGCONT)

    def is_gone(self, meanwhile: Callable[[], None]) -> None:
        """End it as its own stop does at a power cut, and start it again after a while."""
        self.stop()
        try:
            meanwhile()
        finally:
            self.start()

    def start(self) -> None:
        self._process = self._runner.start()
        _wait_until_ready(self.server, self._process)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(20)


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    if os.environ.get(URL_VARIABLE):
        pytest.skip("a server that others use is not stopped")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    try:
        made = Database(folder)
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Patient:
    """A switchboard that was started while its database was away: what it said meanwhile, and whether it was up."""

    board: Running
    waits: list[str]
    ended: bool
    ready: bool


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory, database: Database) -> Iterator[Patient]:
    folder = tmp_path_factory.mktemp("away")
    with database.server.database() as name:
        database.stop()
        (folder / "switchboard.toml").write_text(
            SETTINGS.format(**free_ports("desk", "metrics", "sip", "tls", "auth", "acct", "enum", "grpc"))
            + f'{PATIENT}\n[store]\nurl = "{database.server.url(name)}"\n'
        )
        supervisor, waits = Supervisor(folder), list[str]()
        supervisor.on_waiting = waits.append
        thread = threading.Thread(target=supervisor.run)
        thread.start()
        try:
            try:
                until(lambda: waits, "it says what it waits for", 60)
                time.sleep(AWAY_S)
                ended, ready = not thread.is_alive(), supervisor.ready.is_set()
            finally:
                database.start()
            assert supervisor.ready.wait(150), "it is ready when its database is there"
            yield Patient(Running(folder, supervisor), waits, ended, ready)
        finally:
            supervisor.stop()
            thread.join(60)


@pytest.fixture(scope="module")
def with_database(patient: Patient) -> Running:
    return furnish(patient.board)


def all_is_well(board: Running) -> bool:
    """Whether everybody is alive and nothing of the store is away."""
    told = board.tried("status", "--json")
    if told.exit_code:
        return False
    status = json.loads(told.stdout)
    keys = {alarm["key"] for alarm in status["board"]["alarms"]}
    return "store" not in keys and "start shard-0" not in keys and all(a["state"] == "alive" for a in status["actors"])


def test_up_waits_for_its_database_and_is_ready_when_it_is_there(patient: Patient) -> None:
    assert not patient.ended and not patient.ready
    assert len(patient.waits) == 1 and "does not answer" in patient.waits[0]
    assert all_is_well(patient.board)


async def test_a_first_call_is_charged_and_outlives_a_killed_shard(patient: Patient) -> None:
    board = patient.board
    enter_vendor(board, "mahout", "127.0.25.1", Price("254751", "0.03"))
    enter_client(board, ELEPHANT, Price("254751", "0.06"), "--credit-limit", "100")
    async with phone(ELEPHANT, board.node) as switch:
        calls = [switch.new_call() for _ in range(2)]
        answers = [await switch.ask(MAHOUTS, call) for call in calls]
        both = []
        for call, answer in zip(calls, answers, strict=True):
            assert isinstance(answer, Admitted), answer
            both.append(legs(call, MAHOUTS, answer.offers[0], 60))
            await switch.begin(*both[-1])
        await switch.end(*both[0])
        before = (board.told("partners", "show", "elephant"), board.told("cdrs", "list"))
        killed = board.kill("shard-0")
        await switch.end(*both[0])  # said again, and answered when the next incarnation has looked it up
        until(lambda: board.actor("shard-0")["pid"] != killed, "the shard is back", 150)
        assert board.told("partners", "show", "elephant") == before[0]
        assert board.told("cdrs", "list") == before[1]
        await switch.end(*both[1])
        assert isinstance(await switch.ask(MAHOUTS), Admitted)
    assert Decimal(board.told("partners", "show", "elephant")["owed"]["amount"]) == Decimal("0.12")
    assert Decimal(board.told("partners", "show", "mahout")["payable"]["amount"]) == Decimal("0.06")
    check = board.told("ledger", "check")
    assert check["differences"] == [] and check["holds_add_up"] and check["balances_add_up"]
    assert not list((board.folder / "books").glob("*.db*")), "nothing of the books is in the folder"


@pytest.mark.parametrize("away_s", [AWAY_S, pytest.param(30.0, marks=pytest.mark.torture)])
@pytest.mark.parametrize("how", [Database.is_gone, Database.hangs])
async def test_a_database_that_is_gone_for_a_while_costs_no_record(
    with_database: Running,
    database: Database,
    how: Callable[[Database, Callable[[], None]], None],
    away_s: float,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines_before, began = len(with_database.log.splitlines()), time.monotonic()
    meanwhile: list[str] = []

    def stays_away() -> None:
        time.sleep(away_s)
        until(lambda: any(tells_of_database(said) for said in meanwhile), "operators are told of the database", 90)

    def break_it() -> int:
        before = time.monotonic()
        with asked_meanwhile(with_database, meanwhile):
            how(database, stays_away)
        print(f"away for {time.monotonic() - before:.0f} s")
        return 0

    traffic = await break_under_traffic(with_database, break_it, lambda _: all_is_well(with_database), capsys)
    assert traffic.acknowledged and set(traffic.refused) <= {"balance-unavailable"}
    lines, took_s = len(with_database.log.splitlines()) - lines_before, time.monotonic() - began
    assert lines < 100 + 10 * took_s, "the log is not flooded"


def tells_of_database(said: str) -> bool:
    return "database" in said and said.rstrip().endswith("; try again")


@contextmanager
def asked_meanwhile(board: Running, said: list[str]) -> Iterator[None]:
    """Ask the desk for what is in the books, again and again, in a thread."""
    over = threading.Event()

    def ask() -> None:
        while not over.wait(1.0):
            asked = subprocess.run(
                [f"{Path(__file__).parents[2]}/.venv/bin/switchboard", "ledger", "check"],
                capture_output=True,
                text=True,
                timeout=60,
                env=os.environ | {"SWITCHBOARD_DATA": str(board.folder)},
            )
            if asked.returncode:
                said.append(asked.stderr)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A data folder on a disk of its own."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "switchboard", folder]).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def filler_of(folder: Path) -> Path:
    return folder / "filler"


def fill(folder: Path) -> None:
    """Leave no room on a disk."""
    with filler_of(folder).open("wb", buffering=0) as file:
        block = bytes(65536)
        try:
            while True:
                file.write(block)
        except OSError:
            pass


@pytest.mark.parametrize("stays_full_s", [0.0, pytest.param(20.0, marks=pytest.mark.torture)])
async def test_a_full_disk_costs_no_record_and_all_goes_on_when_there_is_room(
    small_disk: Path, stays_full_s: float, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(small_disk, "\n[store]\nfree_mb = 10\nseal_every_s = 2\n") as board:
        furnish(board)
        alarms: list[str] = []

        def break_it() -> int:
            pid = int(board.actor("shard-0")["pid"])
            fill(small_disk)
            until(lambda: told_of_disk(board, alarms), "there is an alarm", 60)
            return pid

        async def mend_it(traffic: Traffic) -> None:
            await refused(traffic)
            filler_of(small_disk).unlink()

        traffic = await break_under_traffic(board, break_it, lambda _: all_is_well(board), capsys, mend_it)
        assert traffic.acknowledged and set(traffic.refused) == {"balance-unavailable"}
        assert any(str(small_disk) in text and "left" in text for text in alarms)
        assert not await off_loop(half_files, small_disk)
        told = board.told("ledger", "check")
        assert told["differences"] == []


async def refused(traffic: Traffic) -> None:
    """Return when a call is refused: a journal writes the room first that it had taken before, and all calls of the
    traffic may wait meanwhile for their ends to be written."""
    async with asyncio.timeout(240):
        while not traffic.refused:
            call = traffic.switch.new_call()
            answer = await traffic.switch.ask(traffic.called, call)
            if isinstance(answer, str):
                traffic.refused.append(answer)
            else:
                traffic.unheard.append(call)


def told_of_disk(board: Running, alarms: list[str]) -> bool:
    told = board.tried("status", "--json")
    if not told.exit_code:
        alarms += [alarm["text"] for alarm in json.loads(told.stdout)["board"]["alarms"] if alarm["key"] == "disk"]
    return bool(alarms)


def half_files(folder: Path) -> list[Path]:
    """Return what was begun to be written and not finished."""
    return list(folder.rglob("*.tmp"))

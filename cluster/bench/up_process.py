"""`switchboard up` as a process of its own, as an operator or systemd starts it, and the processes below it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from actors.home import Home
from cluster.bench.processes import children
from domain.errors import BrokenWorldError
from store.settings_file import load_settings

ROOT = Path(__file__).resolve().parents[2]
START_S = 200.0
"""Longer than any start takes, on a machine that is busy with other things."""
GONE_S, PAUSE_S = 20.0, 0.02
_UP = "from cluster.with_parent import end_with_parent; end_with_parent({}); from cli.main import main; main()"
_starter = ThreadPoolExecutor(1, "starter")
"""A thread that lives as long as this process: `up` ends with the thread that started it."""


class UpProcess:
    """`up` on a data folder. Stands where a Supervisor may stand.

    It is told to stop when this process is gone, however that went: one that is broken off has no time to do it.
    """

    def __init__(self, data: Path) -> None:
        self.data = data
        self.home = Home(data, load_settings(data))
        self._said = data / "up.said"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process of the supervisor."""
        assert self._process is not None, "it was started"
        return self._process.pid

    def begin(self) -> None:
        """Start it."""
        self._process = _starter.submit(self._begin).result()

    def _begin(self) -> subprocess.Popen[bytes]:
        environment = os.environ | {"PYTHONPATH": str(ROOT), "SWITCHBOARD_DATA": str(self.data)}
        with self._said.open("wb") as out:
            return subprocess.Popen(
                [sys.executable, "-c", _UP.format(os.getpid()), "up"],
                cwd=ROOT, env=environment, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip

    def start(self) -> None:
        """Start it and return when it says that it is ready. Raises BrokenWorldError where it ends instead."""
        self.begin()
        _until(self._is_ready, "the switchboard is not up", START_S)

    def _is_ready(self) -> bool:
        assert self._process is not None, "it was started"
        said = self._said.read_text()
        if self._process.poll() is not None:
            raise BrokenWorldError(f"`up` ended with {self._process.returncode}: {said}")
        return "ready:" in said

    def stop(self) -> None:
        """Stop it as an operator does; what is left of its tree is killed."""
        if self._process is None:
            return
        tree = {pid: _born(pid) for pid in self.tree()}
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(60)
        _kill([pid for pid, born in tree.items() if _born(pid) == born])  # a number may be another's by now
        self._process.wait(20)

    def tree(self) -> list[int]:
        """Return all processes of it, parents first."""
        found, below = [self.pid], children()
        for pid in found:
            found += below.get(pid, [])
        return found

    def kill_tree(self) -> None:
        """End all its processes as a power cut does, none of them in its own time."""
        assert self._process is not None, "it was started"
        _kill(self.tree())
        self._process.wait(20)

    def kill_alone(self) -> list[int]:
        """End the supervisor alone; return what it leaves behind."""
        assert self._process is not None, "it was started"
        left = self.tree()[1:]
        self._process.kill()
        self._process.wait(20)
        return left

    def pids(self, is_it: Callable[[list[str]], bool]) -> list[int]:
        """Return the processes of the tree whose command line is such."""
        return [pid for pid in self.tree() if is_it(words_of(pid))]


def is_gone(pid: int) -> bool:
    """Return whether a process has ended (a zombie has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _kill(pids: list[int]) -> None:
    """Kill these, which are our own, and what they have started meanwhile; return when they are gone."""
    for _ in range(2):
        below = children()
        for pid in pids:
            pids += [child for child in below.get(pid, []) if child not in pids]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    _until(lambda: all(is_gone(pid) for pid in pids), "what was killed is not gone", GONE_S)


def _until(look: Callable[[], bool], what: str, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not look():
        if time.monotonic() > deadline:
            raise BrokenWorldError(f"{what} after {within_s:.0f} s")
        time.sleep(PAUSE_S)


def _born(pid: int) -> str:
    """Return when a process was started, in ticks since the machine was; "" when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def words_of(pid: int) -> list[str]:
    """Return the command line of a process; [""] when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return [""]

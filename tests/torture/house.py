"""A switchboard to be hurt: `switchboard up` as a process of its own, and the processes below it by what they are."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from actors.home import Home
from store.settings_file import load_settings
from tests.live.running import _SETTINGS, START_S, Running, free_ports
from tests.live.waiting import until

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = """
[limits]
hold_asked_s = 20

[store]
seal_every_s = 5
"""
"""Holds of questions that were given up lapse soon; legs are sealed all the time, under whatever happens."""


class UpProcess:
    """`switchboard up` on a data folder, as an operator or systemd starts it. Stands where a Supervisor may stand."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.home = Home(data, load_settings(data))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process of the supervisor."""
        assert self._process is not None, "it was started"
        return self._process.pid

    def start(self) -> float:
        """Start it and return when it says that it is ready, with the seconds that it took."""
        began, said = time.monotonic(), self.data / "up.said"
        environment = os.environ | {"PYTHONPATH": str(ROOT), "SWITCHBOARD_DATA": str(self.data)}
        with said.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from cli.main import main; main()", "up"],
                cwd=ROOT, env=environment, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
        process = self._process

        def is_ready() -> bool:
            assert process.poll() is None, f"`up` ended with {process.returncode}: {said.read_text()}"
            return "ready:" in said.read_text()

        until(is_ready, "the switchboard is up", START_S)
        return time.monotonic() - began

    def stop(self) -> None:
        """Stop it as an operator does; what is left of its tree is killed."""
        if self._process is None:
            return
        tree = self.tree()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(60)
        _kill(tree)
        self._process.wait(20)

    def tree(self) -> list[int]:
        """Return all processes of it, parents first."""
        found, children = [self.pid], _children()
        for pid in found:
            found += children.get(pid, [])
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
        return [pid for pid in self.tree() if is_it(_words(pid))]


@dataclass(frozen=True, slots=True)
class House(Running):
    """A running switchboard and its `up`."""

    up: UpProcess

    def one(self, program: str) -> int:
        """Return the process of Ray's own of that program: `gcs_server` or `raylet`."""
        [pid] = self.up.pids(lambda words: words[0].endswith(f"/{program}"))
        return pid

    def working(self) -> list[int]:
        """Return Ray workers that run a batch task just now, as their titles tell."""
        return self.up.pids(lambda words: words[0].startswith("ray::") and "Actor" not in words[0])

    def alive(self, *names: str) -> bool:
        """Return whether the desk answers and these actors are alive (none named: all that the status lists)."""
        told = self.tried("status", "--json")
        if told.exit_code:
            return False
        actors = [one for one in json.loads(told.stdout)["actors"] if not names or one["name"] in names]
        return len(actors) >= max(1, len(names)) and all(one["state"] == "alive" and one["pid"] for one in actors)


def is_gone(pid: int) -> bool:
    """Return whether a process has ended (a zombie has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@contextmanager
def house(folder: Path, settings: str = "") -> Iterator[House]:
    """Start on an empty folder with free ports and more settings; stop at the end."""
    ports = free_ports("desk", "metrics", "sip", "tls", "auth", "acct", "enum", "grpc")
    (folder / "switchboard.toml").write_text(_SETTINGS.format(**ports) + (settings or SETTINGS))
    with started_house(folder) as found:
        yield found


@contextmanager
def started_house(folder: Path) -> Iterator[House]:
    """Start on a folder that has its settings; stop at the end."""
    up = UpProcess(folder)
    try:
        up.start()
        yield House(folder, up, up)
    finally:
        up.stop()


def _kill(pids: list[int]) -> None:
    """Kill these, which are our own, and what they have started meanwhile; return when they are gone."""
    for _ in range(2):
        children = _children()
        for pid in pids:
            pids += [child for child in children.get(pid, []) if child not in pids]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    until(lambda: all(is_gone(pid) for pid in pids), "what was killed is gone", 20)


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError, IndexError):
                parent = int(entry.joinpath("stat").read_text().rpartition(")")[2].split()[1])
                found.setdefault(parent, []).append(int(entry.name))
    return found


def _words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return [""]

"""A switchboard to be hurt: `switchboard up` as a process of its own, and the processes below it by what they are."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cluster.bench.up_process import UpProcess, words_of
from tests.live.running import SETTINGS as LISTENERS
from tests.live.running import Running, free_ports
from tests.live.waiting import until

SETTINGS = """
[limits]
hold_asked_s = 20
page_rows = 1000

[store]
seal_every_s = 5
"""
"""Holds of questions that were given up lapse soon, lists come in few pages, and legs are sealed all the time."""


_TASK, _LOOK_ANEW_S = "ray::_do", 0.3


@dataclass(frozen=True, slots=True)
class House(Running):
    """A running switchboard and its `up`."""

    up: UpProcess

    def one(self, program: str) -> int:
        """Return the process of Ray's own of that program, `gcs_server` or `raylet`, once there is one."""
        [pid] = until(lambda: self.up.pids(lambda words: words[0].endswith(f"/{program}")), f"{program} runs", 150)
        return pid

    def killer(self, *names: str) -> Callable[[], None]:
        """Return what kills actors later, also while a command is at work and no other one can ask where they are."""
        pids = [self.pid_of(name) for name in names]

        def kill() -> None:
            for pid in pids:
                os.kill(pid, signal.SIGKILL)

        return kill

    def a_working_one(self, within_s: float = 60.0) -> int:
        """Wait for a batch task, as short as it may be, and return the Ray worker that runs it: its title tells."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            workers = self.up.pids(lambda words: words[0].startswith(("ray::IDLE", _TASK)))
            looked = time.monotonic()
            while time.monotonic() < looked + _LOOK_ANEW_S:
                for pid in workers:
                    if words_of(pid)[0].startswith(_TASK):
                        return pid
                time.sleep(0.001)
        raise AssertionError(f"no batch task was at work in {within_s:.0f} s")

    def alive(self, *names: str) -> bool:
        """Return whether the desk answers and these actors are alive (none named: all that the status lists)."""
        told = self.tried("status", "--json")
        if told.exit_code:
            return False
        actors = [one for one in json.loads(told.stdout)["actors"] if not names or one["name"] in names]
        return len(actors) >= max(1, len(names)) and all(one["state"] == "alive" and one["pid"] for one in actors)


@contextmanager
def house(folder: Path, settings: str = "") -> Iterator[House]:
    """Start on an empty folder with free ports and more settings; stop at the end."""
    ports = free_ports("desk", "metrics", "sip", "tls", "auth", "acct", "enum", "grpc")
    (folder / "switchboard.toml").write_text(LISTENERS.format(**ports) + (settings or SETTINGS))
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

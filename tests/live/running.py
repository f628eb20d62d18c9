"""A switchboard of its own for tests: a fresh data folder, free ports, the supervisor; and the real command on it."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from threading import Lock
from typing import Any, Protocol

from typer.testing import CliRunner, Result

from actors.home import Home
from cli.main import app
from cluster.demo.stage import node_address
from cluster.demo.switch import NodeAddress
from cluster.up import Supervisor
from tests.live.waiting import until

START_S = 200.0
"""Longer than any start takes, on a machine that is busy with other things."""
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
OURS = range(20_000 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]), 32_768, _WORKERS)
"""Ports above those of Ray's workers and below those that Linux gives to who connects (ip_local_port_range); processes
that share the tests have others each."""
_dice, _turn = SystemRandom(), Lock()
PATIENT = "\n[limits]\nhold_wait_ms = 5000\n"
"""A hold that takes longer than usual is no refusal on a machine that is busy with other things."""
SETTINGS = """
[desk]
listen = "127.0.0.1:{desk}"
metrics = "127.0.0.1:{metrics}"

[[node]]
name = "node-0"
sip = "127.0.0.1:{sip}"
sip_tls = "127.0.0.1:{tls}"
radius_auth = "127.0.0.1:{auth}"
radius_acct = "127.0.0.1:{acct}"
enum = "127.0.0.1:{enum}"
grpc = "127.0.0.1:{grpc}"
"""


class Supervising(Protocol):
    """Who keeps a switchboard up: a `Supervisor` of ours, or a process with one."""

    home: Home

    def stop(self) -> None:
        """End it."""
        ...


@dataclass(frozen=True, slots=True)
class Running:
    """A switchboard that answers. Commands are those of operators; a process for each would take most of the time."""

    folder: Path
    supervisor: Supervising

    @property
    def node(self) -> NodeAddress:
        """Where its node listens."""
        return node_address(self.supervisor.home.settings)

    @property
    def log(self) -> str:
        """What its processes wrote."""
        return (self.folder / "switchboard.log").read_text()

    def tried(self, *words: str) -> Result:
        """Run a command, whatever becomes of it; one at a time, since all that is printed meanwhile is caught."""
        plain = {"SWITCHBOARD_DATA": str(self.folder), "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
        with _turn:
            return CliRunner().invoke(app, words, env=plain)

    def sb(self, *words: str) -> str:
        """Run a command that must succeed; return what it printed."""
        done = self.tried(*words)
        assert done.exit_code == 0, f"{' '.join(words)}: {done.output} {done.exception!r}"
        return done.stdout

    def told(self, *words: str) -> Any:
        """Run a reading command with --json; return what it told."""
        return json.loads(self.sb(*words, "--json"))

    def actor(self, name: str) -> dict[str, Any]:
        """Return what the status tells of an actor."""
        found: dict[str, Any] = next(actor for actor in self.told("status")["actors"] if actor["name"] == name)
        return found

    def pid_of(self, name: str) -> int:
        """Return the process of an actor that lives: the status may still tell of the one that was killed before."""
        return until(lambda: _living(int(self.actor(name)["pid"])), f"{name} has a process", 150)

    def kill(self, name: str) -> int:
        """End an actor's process as a power cut would; return its process id."""
        pid = self.pid_of(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def serving_pid(self) -> int:
        """Return the process that owns the Ray cluster: the child of the supervisor for this folder."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                words = _command_line(entry)
                if words[1:4] == ["-m", "cluster.serve", str(self.folder)]:
                    return int(entry.name)
        raise AssertionError(f"nothing serves {self.folder}")

    def raylet_pid(self) -> int:
        """Return the process of Ray itself that keeps the actors of this machine."""
        serving = self.serving_pid()
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal() and _command_line(entry)[0].endswith("/raylet"):
                parent = entry.joinpath("stat").read_text().rpartition(")")[2].split()[1]
                if int(parent) == serving:
                    return int(entry.name)
        raise AssertionError(f"process {serving} has no raylet")


@contextmanager
def running(folder: Path, settings: str = "") -> Iterator[Running]:
    """Start on an empty folder with free ports and more settings, and stop at the end."""
    ports = free_ports("desk", "metrics", "sip", "tls", "auth", "acct", "enum", "grpc")
    (folder / "switchboard.toml").write_text(
        SETTINGS.format(**ports) + settings + ("" if "[limits]" in settings else PATIENT)
    )
    with started(folder) as board:
        yield board


@contextmanager
def started(folder: Path) -> Iterator[Running]:
    """Start on a folder that has its settings, and stop at the end."""
    supervisor = Supervisor(folder)
    thread = supervisor.start(timeout_s=START_S)
    try:
        yield Running(supervisor.data, supervisor)
    finally:
        supervisor.stop()
        thread.join(60)


def free_ports(*names: str) -> dict[str, int]:
    """Return ports that are free for UDP and TCP just now, all different.

    The kernel and Ray give none of these to anybody: they are free again whenever a switchboard is started anew.
    """
    ports: dict[str, int] = {}
    while len(ports) < len(names):
        port = _dice.choice(OURS)
        with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in ports.values():
            ports[names[len(ports)]] = port
    return ports


def _living(pid: int) -> int:
    """Return the process if it is an actor that lives; 0 for one that has ended, whoever has its number now."""
    return pid if _command_line(Path("/proc", str(pid)))[0].startswith("ray::") else 0


def _command_line(process: Path) -> list[str]:
    try:
        return process.joinpath("cmdline").read_text().split("\0")
    except OSError:  # it ended while we looked
        return [""]

"""Two machines of one switchboard, and switches that call at the node of either; what the switches know is kept."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.live.namespaces import processes_in
from tests.live.waiting import until
from tests.store.mortal import STARTER, ends_with_us

ROOT = Path(__file__).resolve().parents[2]
NUMBER = "254741000001"
WAIT_S = 400.0
"""So long a machine may take to join while others use this one; what is waited for ends the wait."""


@dataclass(slots=True)
class Calls:
    """A client's switch that is calling, as a process beside the switchboard."""

    client: str
    process: subprocess.Popen[str]
    told: dict[str, Any] = field(default_factory=dict)

    def admitted(self) -> int:
        """Return how many of its calls were admitted so far."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def beyond(self, more: int) -> None:
        """Return when that many more calls were admitted."""
        goal = self.admitted() + more
        until(lambda: self.admitted() >= goal, f"{more} more calls of {self.client} are admitted", WAIT_S)

    def finish(self) -> None:
        """Let it make no more calls; return when those under way are acknowledged."""
        self.told = json.loads(self.process.communicate(timeout=WAIT_S)[0].splitlines()[-1])


@dataclass(slots=True)
class Machine:
    """One of the two: what stands before a command there, its folder, what runs in it, and who called there."""

    inside: list[str]
    folder: Path
    running: subprocess.Popen[bytes] | None = None
    log: IO[bytes] | None = None
    made: list[Calls] = field(default_factory=list)
    commands: subprocess.Popen[str] | None = None

    def command(self, *words: str) -> list[str]:
        """Return the words of a command of ours there."""
        return [*self.inside, sys.executable, "-m", "cli.main", *words]

    def environment(self) -> dict[str, str]:
        """Return the environment of what runs there."""
        plain = {"SWITCHBOARD_DATA": str(self.folder), "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
        return os.environ | plain | {"PYTHONPATH": str(ROOT)}

    def start(self, *words: str) -> None:
        """Start `up` or `join`; what it says is kept from now on."""
        self.log = (self.folder / "console.log").open("wb")
        self.running = STARTER.submit(self._start, self.command(*words)).result()

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, env=self.environment(), cwd=ROOT, stdout=self.log, stderr=self.log,
            preexec_fn=ends_with_us(signal.SIGTERM),  # tests that are broken off leave no machine behind
        )  # fmt: skip

    def stop(self) -> None:
        """Tell it to end (SIGTERM)."""
        if self.running is not None and self.running.poll() is None:
            self.running.send_signal(signal.SIGTERM)
            self.running.wait(150)

    def kill(self) -> None:
        """End everything of the switchboard there at once, as a power cut would; the switches beside it go on."""
        ours = {calls.process.pid for calls in self.made} | ({self.commands.pid} if self.commands else set())
        for pid in processes_in(self.inside):
            if pid not in ours:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if self.running is not None:
            self.running.wait(20)

    def actors(self) -> list[int]:
        """Return the processes of live actors there."""
        return [pid for pid in processes_in(self.inside) if _title(pid).startswith(("ray::Node", "ray::Shard"))]

    def said(self, text: str) -> bool:
        """Tell whether what runs there said something."""
        return text in (self.folder / "console.log").read_text()

    def sb(self, *words: str) -> str:
        """Run a command there; it must succeed."""
        if self.commands is None:
            self.commands = self._beside("tests.live.commands")
        assert self.commands.stdin is not None and self.commands.stdout is not None, "pipes were asked for"
        self.commands.stdin.write(json.dumps(words) + "\n")
        self.commands.stdin.flush()
        code, printed = json.loads(self.commands.stdout.readline())
        assert code == 0, f"{' '.join(words)}: {printed}"
        return str(printed)

    def close(self) -> None:
        """End everything that is left there."""
        self.kill()
        if self.commands is not None:
            self.commands.kill()
            self.commands.wait(10)

    def _beside(self, module: str, *words: str) -> subprocess.Popen[str]:
        """Start a process of the tests there: no part of the switchboard."""
        command = [*self.inside, sys.executable, "-m", module, *words]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self.environment(), cwd=ROOT, text=True, stdin=pipe, stdout=pipe)

    def told(self, *words: str) -> Any:
        """Return what a command answers as JSON."""
        return json.loads(self.sb(*words, "--json"))

    @contextmanager
    def calling(self, client: str, address: str, recipe: str = "cisco") -> Iterator[Calls]:
        """Let a client's switch of this machine call; what it knows is in `told` afterwards."""
        process = self._beside("tests.live.far_switch", client, address, NUMBER, recipe)
        calls = Calls(client, process)
        self.made.append(calls)
        try:
            yield calls
            calls.finish()
        finally:
            process.kill()
            process.wait(10)


def _title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""

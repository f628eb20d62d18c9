"""`join`: this machine as part of a switchboard that runs on another one. Keeps Ray's part here alive, joins again.

It runs no actor itself: the first machine places here what its settings name this machine for, and starts it anew
each time that this one has come back.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from actors.home import HERE
from actors.machines import EMPTIED_S, PLENTY, resource
from cluster.folder import PRIVATE, FolderLock, make_private
from cluster.ray_token import joining_environment
from store.machine_time import MACHINE

AGAIN_S = 2.0
STOP_WAIT_S = 20.0
LEAVE_S = EMPTIED_S + 40.0
"""How long who asks to leave may take: cluster.leave's own waits end before."""
STARTED = "Ray runtime started."
"""What Ray prints once this machine is part of the cluster."""
REFUSED = "not joined: "
"""What the line of its part begins with that says why it cannot be."""
FOLDERS = ("snapshots", "segments", "books", "decisions", "logs")
RECONNECT_S = 10
"""How long Ray waits for a first machine that is gone; then this one ends its part, and joins the next one."""


class Joining:
    """Runs Ray's part of this machine as a child and starts it anew when it ends unasked."""

    def __init__(self, data: Path, head: str, machine: str, address: str, *, object_store_mb: int) -> None:
        """`head` is host:port of the first machine, `address` an IP of ours that it reaches."""
        self.data = data.absolute()
        self._head, self._machine, self._address, self._store_mb = head, machine, address, object_store_mb
        self._token = joining_environment(self.data)
        self._lock = FolderLock(self.data)
        self._child: subprocess.Popen[str] | None = None
        self._stopping = threading.Event()
        self._joined = False
        self._refused = self._twin = self._name = ""
        self._told: Callable[[str], None] = lambda _: None
        for folder in FOLDERS:
            (self.data / folder).mkdir(exist_ok=True)
        make_private(self.data)

    def run(self, told: Callable[[str], None]) -> int:
        """Be part of the cluster until `stop` is called; `told` hears when this machine joined, and when it lost it."""
        self._told = told
        try:
            with suppress(OSError):  # a full disk: each process then counts from a reading of its own
                MACHINE.read_anew(self.data)
            while not self._stopping.is_set():
                self._once()
                self._stopping.wait(AGAIN_S)
            return 0
        finally:
            self._lock.release()

    def stop(self) -> None:
        """Leave, when the first machine has emptied this one; called again, at once. `run` returns."""
        if self._joined and not self._stopping.is_set():
            self._stopping.set()
            self._leave()
        self._stopping.set()
        child = self._child
        if child is not None and child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(STOP_WAIT_S)
            except subprocess.TimeoutExpired:
                child.kill()

    def _leave(self) -> None:
        """Have the nodes here answer what is under way, and the shards move or close their books."""
        command = [sys.executable, "-m", "cluster.leave", self._head, self._address, self._machine]
        try:
            done = subprocess.run(
                command, env=self._environment(), capture_output=True, text=True, timeout=LEAVE_S, check=False
            )
        except subprocess.TimeoutExpired:
            self._told(f"the first machine was asked, and did not answer within {LEAVE_S:.0f} s")
        else:
            self._told(done.stdout.strip() or f"the first machine was not told (status {done.returncode})")

    def _once(self) -> None:
        log_path, refused = self.data / "switchboard.log", ""
        self._name = f"{self._machine}-{secrets.token_hex(6)}"
        self._twin = ""
        with log_path.open("a") as log:
            self._child = subprocess.Popen(
                self._command(),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=self._environment(),
                start_new_session=True,
                umask=PRIVATE,
            )
            if self._stopping.is_set():
                self._child.terminate()
            assert self._child.stdout is not None, "a pipe was asked for"
            looks: subprocess.Popen[str] | None = None
            for line in self._child.stdout:
                log.write(line)
                log.flush()
                if line.startswith(REFUSED):
                    refused = line.strip()
                elif STARTED in line:
                    self._joined = True
                    self._told(f"joined {self._head} as {self._machine}")
                    looks = self._look_for_twin(self._child, log)
            code = self._child.wait()
            if looks is not None:
                looks.terminate()
                looks.wait()
        joined, self._joined, refused = self._joined, False, refused or self._twin
        if refused != self._refused and refused:  # asked again every few seconds, and told once
            self._told(f"{refused}; tried again")
        self._refused = refused
        if not self._stopping.is_set() and not refused:
            why = "lost the first machine" if joined else f"cannot join {self._head}"
            self._told(f"{why} (status {code}, log: {log_path}): tried again")

    def _look_for_twin(self, part: subprocess.Popen[str], log: TextIO) -> subprocess.Popen[str]:
        """Have it looked, besides, whether another machine joined under our name before us; end our part then."""
        command = [sys.executable, "-m", "cluster.twin", self._head, self._name]
        looks = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=self._environment())

        def hear() -> None:
            assert looks.stdout is not None, "a pipe was asked for"
            for line in looks.stdout:
                if line.startswith(REFUSED):
                    self._twin, self._joined = line.strip(), False  # nobody is asked to empty what is the other's
                    part.terminate()

        threading.Thread(target=hear, name="twin", daemon=True).start()
        return looks

    def _command(self) -> list[str]:
        options = {
            "node-name": self._name,
            "address": self._head,
            "node-ip-address": self._address,
            "num-cpus": "0",  # batch work stays where the segments are
            "resources": json.dumps({resource(self._machine): PLENTY}),
            "object-store-memory": str(self._store_mb * 2**20),
        }
        words = [f"--{name}={value}" for name, value in options.items()]
        part = [sys.executable, "-m", "cluster.part", str(os.getpid()), self._head, self._machine]
        return [*part, *words, "--block", "--disable-usage-stats"]

    def _environment(self) -> dict[str, str]:
        root = str(Path(__file__).resolve().parent.parent)
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        ours = {
            "PYTHONPATH": path,
            HERE: str(self.data),
            "RAY_worker_niceness": "0",
            "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
            "RAY_gcs_rpc_server_reconnect_timeout_s": str(RECONNECT_S),
            "PYTHONUNBUFFERED": "1",
        }
        return os.environ | ours | self._token

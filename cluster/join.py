"""`join`: this machine as part of a switchboard that runs on another one. Keeps Ray's part here alive, joins again.

It runs no actor itself: the first machine places here what its settings name this machine for, and starts it anew
each time that this one has come back.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from actors.home import HERE
from actors.machines import PLENTY, resource
from cluster.folder import FolderLock
from cluster.ray_token import joining_environment

AGAIN_S = 2.0
STOP_WAIT_S = 20.0
STARTED = "Ray runtime started."
"""What Ray prints once this machine is part of the cluster."""
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
        for folder in FOLDERS:
            (self.data / folder).mkdir(exist_ok=True)

    def run(self, told: Callable[[str], None]) -> int:
        """Be part of the cluster until `stop` is called; `told` hears when this machine joined, and when it lost it."""
        try:
            while not self._stopping.is_set():
                self._once(told)
                self._stopping.wait(AGAIN_S)
            return 0
        finally:
            self._lock.release()

    def stop(self) -> None:
        """Leave; `run` returns."""
        self._stopping.set()
        child = self._child
        if child is not None and child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(STOP_WAIT_S)
            except subprocess.TimeoutExpired:
                child.kill()

    def _once(self, told: Callable[[str], None]) -> None:
        log_path = self.data / "switchboard.log"
        with log_path.open("a") as log:
            self._child = subprocess.Popen(
                self._command(),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=self._environment(),
                start_new_session=True,
            )
            if self._stopping.is_set():
                self._child.terminate()
            joined_s = 0.0
            assert self._child.stdout is not None, "a pipe was asked for"
            for line in self._child.stdout:
                log.write(line)
                log.flush()
                if STARTED in line and not joined_s:
                    joined_s = time.monotonic()
                    told(f"joined {self._head} as {self._machine}")
            code = self._child.wait()
        if not self._stopping.is_set():
            why = "lost the first machine" if joined_s else f"cannot join {self._head}"
            told(f"{why} (status {code}, log: {log_path}): tried again")

    def _command(self) -> list[str]:
        options = {
            "address": self._head,
            "node-ip-address": self._address,
            "num-cpus": "0",  # batch work stays where the segments are
            "resources": json.dumps({resource(self._machine): PLENTY}),
            "object-store-memory": str(self._store_mb * 2**20),
        }
        words = [f"--{name}={value}" for name, value in options.items()]
        ray_command = "import sys; from ray.scripts.scripts import main; sys.exit(main())"
        return [sys.executable, "-c", ray_command, "start", *words, "--block", "--disable-usage-stats"]

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

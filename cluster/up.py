"""`up`: the supervisor. Holds the folder's lock and keeps a serving process alive, whatever happens to Ray."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from pathlib import Path

from actors.home import Home
from cluster.folder import FAILED, PRIVATE, READY, WAITING, FolderLock, forget_endpoint
from cluster.ray_token import head_environment
from domain.errors import BrokenWorldError
from store.machine_time import MACHINE
from store.settings_file import load_settings

BACKOFF_S = (0.5, 1.0, 2.0, 5.0)
STEADY_S = 60.0
START_TRIES = 3
STOP_WAIT_S = 45.0


class Supervisor:
    """Runs `cluster.serve` as a child and starts it anew when it ends unasked. It never imports Ray itself, so that
    nothing that breaks there can break it."""

    def __init__(self, data: Path, config: Path | None = None) -> None:
        self.data = data.absolute()
        self._config = config
        self.home = Home(self.data, load_settings(self.data, config))
        self._lock = FolderLock(self.data)
        self._child: subprocess.Popen[str] | None = None
        self._stopping = threading.Event()
        self.ready = threading.Event()
        self.failed = self._why = ""
        self._waited = self._served = False
        self.on_waiting: Callable[[str], None] = lambda _: None
        """Hears what a start waits for: a database or a disk that is away. It waits for ever."""
        self.on_retry: Callable[[str], None] = lambda _: None
        """Hears, in a sentence, why the serving process ended, each time that it is started anew."""

    def run(self, on_ready: Callable[[], None] = lambda: None) -> int:
        """Serve until `stop` is called; return the exit status."""
        tries = 0
        try:
            with suppress(OSError):  # a full disk: each process then counts from a reading of its own
                MACHINE.read_anew(self.data)
            while not self._stopping.is_set():
                began = time.monotonic()
                code = self._serve_once(on_ready)
                if self._stopping.is_set():
                    break
                tries = 0 if self._waited or time.monotonic() - began > STEADY_S else tries + 1
                if not self.ready.is_set() and tries >= START_TRIES:
                    self.failed = (
                        f"the switchboard did not start: {self._why or 'no reason given'} (log: {self._log()})"
                    )
                    return code or 1
                self.on_retry(self._ended(code))
                self._stopping.wait(BACKOFF_S[min(tries, len(BACKOFF_S) - 1)])
            return 0
        finally:
            forget_endpoint(self.data)
            self._lock.release()

    def start(self, timeout_s: float = 90.0) -> threading.Thread:
        """Run in a thread and return when calls are answered. Raises BrokenWorldError when it does not come up."""
        thread = threading.Thread(target=self.run, name="supervisor", daemon=True)
        thread.start()
        deadline = time.monotonic() + timeout_s
        while not self.ready.wait(0.05):
            if not thread.is_alive() or time.monotonic() > deadline:
                self.stop()
                raise BrokenWorldError(self.failed or f"no answer after {timeout_s:.0f} s: see {self._log()}")
        return thread

    def stop(self) -> None:
        """Drain and stop the child; `run` returns."""
        self._stopping.set()
        child = self._child
        if child is not None and child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(STOP_WAIT_S)
            except subprocess.TimeoutExpired:
                child.kill()

    def _serve_once(self, on_ready: Callable[[], None]) -> int:
        command = [sys.executable, "-m", "cluster.serve", str(self.data)]
        if self._config is not None:
            command.append(str(self._config))
        root = str(Path(__file__).resolve().parent.parent)
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}
        environment |= head_environment(self.home)
        self._waited, self._why, self._served = False, "", False
        with _open_log(self._log()) as log:
            self._child = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environment,
                start_new_session=True,
                umask=PRIVATE,
            )
            if self._stopping.is_set():  # `stop` may have looked at the last child just before this one was there
                self._child.terminate()
            assert self._child.stdout is not None, "a pipe was asked for"
            for line in self._child.stdout:
                if line.strip() == READY:
                    self._served = True
                    self.ready.set()
                    on_ready()
                else:
                    with suppress(OSError):  # a full disk is no reason to watch no more
                        log.write(line.encode())
                    if line.startswith(WAITING):
                        self._waited = True
                        self.on_waiting(line.removeprefix(WAITING).strip())
                    if line.startswith(FAILED):
                        self._why = line.removeprefix(FAILED).strip()
            return self._child.wait()

    def _ended(self, code: int) -> str:
        why = f"{self._why or f'status {code}'} (log: {self._log()})"
        if self._served:
            return f"the switchboard ended unasked: {why}; all is started anew"
        return f"the start failed: {why}; tried again"

    def _log(self) -> Path:
        return self.data / "switchboard.log"


def _open_log(path: Path) -> FileIO:
    """Open the log unbuffered; on a disk that takes no new file, what is written goes nowhere."""
    try:
        return FileIO(path, "a")
    except OSError:
        return FileIO(os.devnull, "a")

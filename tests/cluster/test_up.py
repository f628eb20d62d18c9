"""The supervisor ends what it began, whenever it is told to stop."""

import sys
from pathlib import Path

import pytest

from cluster import up
from cluster.folder import FAILED, READY, FolderLock
from cluster.up import Supervisor


class ToldWhileStarting(Supervisor):
    """Is told to stop after it has decided to start a child, and before the child is there."""

    def _log(self) -> Path:
        self.stop()
        return super()._log()


@pytest.mark.timeout(30)
def test_a_child_that_is_started_while_stop_is_called_is_ended_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays = tmp_path / "stays"
    stays.write_text("#!/bin/sh\nexec sleep 600\n")
    stays.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(stays))
    data = tmp_path / "data"
    assert ToldWhileStarting(data).run() == 0
    FolderLock(data).release()  # the lock is free again


TIMES_OUT_TWICE = """#!/bin/sh
echo x >> "$3.tries"
[ "$(wc -l < "$3.tries")" -eq 1 ] && echo "failed: Ray did not start: the GCS timed out" && exit 70
[ "$(wc -l < "$3.tries")" -eq 2 ] && exit 1
echo ready
exec sleep 600
"""
LOSES_RAY = """#!/bin/sh
echo x >> "$3.tries"
echo ready
[ "$(wc -l < "$3.tries")" -eq 1 ] && echo "failed: Ray ended by itself" && exit 70
exec sleep 600
"""


@pytest.mark.timeout(30)
def test_each_start_that_is_tried_again_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serves = tmp_path / "serves"
    serves.write_text(TIMES_OUT_TWICE.replace("failed: ", FAILED).replace("ready", READY))
    serves.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(serves))
    monkeypatch.setattr(up, "BACKOFF_S", (0.01,))
    supervisor, told = Supervisor(tmp_path / "data"), list[str]()
    supervisor.on_retry = told.append
    assert supervisor.run(supervisor.stop) == 0
    log = tmp_path / "data" / "switchboard.log"
    assert told == [
        f"the start failed: Ray did not start: the GCS timed out (log: {log}); tried again",
        f"the start failed: status 1 (log: {log}); tried again",
    ]


@pytest.mark.timeout(30)
def test_why_a_second_ready_comes_is_told_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serves = tmp_path / "serves"
    serves.write_text(LOSES_RAY.replace("failed: ", FAILED).replace("ready", READY))
    serves.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(serves))
    monkeypatch.setattr(up, "BACKOFF_S", (0.01,))
    supervisor, told = Supervisor(tmp_path / "data"), list[str]()
    supervisor.on_retry = told.append

    def ready() -> None:
        told.append("ready")
        if told.count("ready") == 2:
            supervisor.stop()

    assert supervisor.run(ready) == 0
    log = tmp_path / "data" / "switchboard.log"
    ended = f"the switchboard ended unasked: Ray ended by itself (log: {log}); all is started anew"
    assert told == ["ready", ended, "ready"]

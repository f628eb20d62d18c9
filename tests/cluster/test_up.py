"""The supervisor ends what it began, whenever it is told to stop."""

import sys
from pathlib import Path

import pytest

from cluster.folder import FolderLock
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

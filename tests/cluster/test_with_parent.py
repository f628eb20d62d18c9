"""What a supervisor starts ends with it, also where it is killed and can tell nobody."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from cluster.with_parent import end_with_parent

pytestmark = pytest.mark.timeout(60)
ROOT = Path(__file__).parents[2]
PARENT = f"""
import os, subprocess, sys, time
sys.path.insert(0, {str(ROOT)!r})
child = {{child}}
print(child.pid, flush=True)
time.sleep(600)
"""
WATCHED = """subprocess.Popen([sys.executable, "-c", "import os, sys; sys.path.insert(0, {root!r}); "
    "from cluster.with_parent import end_with_parent; end_with_parent(os.getppid()); "
    "print('set', flush=True); os.execvp('sleep', ['sleep', '600'])"], stdout=subprocess.PIPE, start_new_session=True)
child.stdout.readline()"""


def is_there(pid: int) -> bool:
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(pid, 0)
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    return False


def test_what_a_killed_process_started_ends_too_in_a_group_of_its_own_and_as_another_program() -> None:
    text = PARENT.format(child=WATCHED.format(root=str(ROOT)))
    parent = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert is_there(child)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    until_s = time.monotonic() + 30
    while is_there(child) and time.monotonic() < until_s:
        time.sleep(0.02)
    assert not is_there(child)


def test_who_was_orphaned_before_he_could_ask_ends_at_once() -> None:
    with pytest.raises(SystemExit):
        end_with_parent(os.getppid() + 1)

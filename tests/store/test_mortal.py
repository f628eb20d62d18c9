"""A killed run of tests leaves no database server behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STARTER = """
import signal, subprocess, sys
from tests.store.mortal import ends_with_us
user = sys.argv[1] or None
subprocess.Popen(["sleep", "600"], preexec_fn=ends_with_us(signal.SIGQUIT), user=user, start_new_session=True)
print("started", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("user", ["", "nobody"])
def test_what_a_killed_process_started_ends_too(user: str, behind: bool) -> None:
    """`behind`: as a shell runs what it does not wait for, with this signal ignored."""
    if user and os.geteuid():
        pytest.skip("only root starts programs as somebody else")
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, user], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGQUIT, signal.SIG_IGN if behind else signal.SIG_DFL),
    )  # fmt: skip
    assert starter.stdout is not None and starter.stdout.readline() == "started\n"
    starter.kill()
    rest, _ = starter.communicate(timeout=30)  # its output ends when all who have it are gone
    assert rest == ""

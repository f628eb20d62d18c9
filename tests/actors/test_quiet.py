"""A live process keeps its pauses short."""

import subprocess
import sys


def test_a_quiet_process_never_walks_all_that_lives_and_still_frees_young_garbage() -> None:
    script = """
import gc, sys
from actors.quiet import SWITCH_S, quieten
quieten()
full = gc.get_stats()[2]["collections"]
kept = [[str(number)] for number in range(200_000)]
class Ring: pass
for _ in range(50_000):
    ring = Ring(); ring.itself = ring
assert gc.get_stats()[2]["collections"] == full, "a full collection ran"
assert sum(isinstance(each, Ring) for each in gc.get_objects()) < 20_000, "young garbage is kept"
assert gc.get_freeze_count() > 0 and abs(sys.getswitchinterval() - SWITCH_S) < 1e-6
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_a_burst_of_calls_makes_and_drops_is_not_walked() -> None:
    script = """
import gc
from actors.quiet import quieten
quieten()
young = gc.get_stats()[0]["collections"]
for _ in range(100):
    in_work = [[number] for number in range(5_000)]
    del in_work
assert gc.get_stats()[0]["collections"] - young < 10, gc.get_stats()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

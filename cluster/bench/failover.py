"""`bench failover`: a shard whose book is full of open holds is killed; how long until calls flow again."""

import os
import signal
import time
from collections.abc import Callable

from cluster.bench.recovery import HOLDS, installation
from cluster.bench.report import Floor, Report, Value
from cluster.bench.stand import actor_pids

FLOORS = (Floor("killed_to_call_s_most", at_most=5.0), Floor("recover_s", at_most=3.0))
TIMES = 3
_BETWEEN_S = 3.0


def run(say: Callable[[str], None], holds: int = HOLDS) -> Report:
    """Measure. Raises BrokenWorldError when the switchboard does not come up, or no call goes any more."""
    load_before = os.getloadavg()[0]
    took = []
    with installation(say, holds) as its:
        say("starting on the full book")
        its.up.start()
        its.first_call_s(time.monotonic())
        for at in range(TIMES):
            time.sleep(_BETWEEN_S)
            os.kill(actor_pids(its.up.data)["shard-0"], signal.SIGKILL)
            took.append(its.first_call_s(time.monotonic()))
            say(f"kill {at + 1} of {TIMES}: the first call went after {took[-1]:.2f} s")
        recovered_s = its.recover_s
    figures: dict[str, Value] = {
        "killed_to_call_s": [round(one, 2) for one in took],
        "killed_to_call_s_most": round(max(took), 2),
        "recover_s": round(recovered_s, 2),
    }
    workload: dict[str, Value] = {
        "open_holds": holds,
        "kills": TIMES,
        "call": "a new INVITE every 50 ms until one is answered by 302, from the kill on",
        "recovery": "open the book, load it, prove that it adds up; by itself, in one process",
        "checked": "all holds are there after the recovery",
    }
    return Report("failover", workload, figures, FLOORS, load_before)

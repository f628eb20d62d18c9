"""`bench restart`: from `up` to the first answered call; on a furnished folder, and after all processes were killed."""

import os
import time
from collections.abc import Callable

from cluster.bench.recovery import HOLDS, Installation, installation
from cluster.bench.report import Floor, Report, Value

FLOORS = (Floor("up_to_call_s", at_most=20.0), Floor("killed_to_call_s", at_most=20.0))


def run(say: Callable[[str], None], holds: int = HOLDS) -> Report:
    """Measure. Raises BrokenWorldError when the switchboard does not come up, or no call goes any more."""
    load_before = os.getloadavg()[0]
    with installation(say, holds) as its:
        up_s = _start(its)
        say(f"the first call went {up_s:.1f} s after `up`; killing all processes")
        its.up.kill_tree()
        again_s = _start(its)
        say(f"the first call went {again_s:.1f} s after `up` on what they left")
    figures: dict[str, Value] = {"up_to_call_s": round(up_s, 2), "killed_to_call_s": round(again_s, 2)}
    workload: dict[str, Value] = {
        "open_holds": holds,
        "call": "a new INVITE every 50 ms until one is answered by 302, from the start of `switchboard up` on",
        "killed": "SIGKILL of the supervisor and all processes below it; `up` at once thereafter",
    }
    return Report("restart", workload, figures, FLOORS, load_before)


def _start(its: Installation) -> float:
    began = time.monotonic()
    its.up.begin()
    return its.first_call_s(began)

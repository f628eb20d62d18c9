"""The process that owns the Ray cluster: `python -m cluster.serve DATA [CONFIG]`, started and watched by `up`.

It exits 0 when it was told to stop, 70 when the cluster broke: `up` then starts the next one.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import ray

from actors.home import Home
from actors.pulse import EXIT_FATAL
from actors.refs import DESK, NAMESPACE
from cluster.bring_up import ray_is_broken, start_actors, start_ray, stop_actors
from cluster.folder import FAILED, READY, prepare
from cluster.ports import require_free
from domain.errors import SwitchboardError
from store.settings_file import load_settings

LOOK_S = 0.5
FAILURES = 5
"""Failed looks in a row after which the cluster counts as broken."""


def main() -> int:
    """Serve until told to stop."""
    data = Path(sys.argv[1]).absolute()
    config = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    stopping = threading.Event()

    def stop(_: int, __: FrameType | None) -> None:
        stopping.set()

    _end_with_parent()
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches `up`, which tells us in its own time
    try:
        home = Home(data, load_settings(data, config))
        require_free(home.settings)
        prepare(home)
        start_ray(home)
        start_actors(home)
    except (SwitchboardError, ray.exceptions.RayError) as error:
        cause = error.cause if isinstance(error, ray.exceptions.RayTaskError) else error
        print(f"{FAILED}{cause}", flush=True)
        return EXIT_FATAL
    threading.Thread(target=_end_with_ray, args=(stopping,), name="ray-watch", daemon=True).start()
    print(READY, flush=True)
    code = _watch(home, stopping)
    if code == 0:
        stop_actors(home)
    ray.shutdown()
    return code


def _end_with_ray(stopping: threading.Event) -> None:
    """End this process at once when Ray is broken: what it started ends with it, and `up` starts the next one."""
    while not stopping.wait(LOOK_S):
        if ray_is_broken():
            print("Ray has ended unasked", file=sys.stderr, flush=True)
            os._exit(EXIT_FATAL)


def _end_with_parent() -> None:
    """Have the kernel stop us (SIGTERM) when `up` is gone, however it went: nobody would watch over the cluster."""
    PR_SET_PDEATHSIG = 1  # noqa: N806  the kernel's name, prctl(2)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _watch(home: Home, stopping: threading.Event) -> int:
    """Look at the desk once a second; it looks at all others."""
    failures = 0
    while not stopping.wait(home.settings.limits.ping_s):
        try:
            desk = ray.get_actor(DESK, namespace=NAMESPACE)
            ray.get(desk.ping.remote(), timeout=home.settings.limits.hang_s)
            failures = 0
        except ray.exceptions.GetTimeoutError:
            ray.kill(desk, no_restart=False)
        except (ValueError, ray.exceptions.RayError):
            failures += 1
            if failures >= FAILURES:
                return EXIT_FATAL
            time.sleep(0.2)
    return 0


if __name__ == "__main__":
    sys.exit(main())

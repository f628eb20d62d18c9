"""The process that owns the Ray cluster: `python -m cluster.serve DATA [CONFIG]`, started and watched by `up`.

It exits 0 when it was told to stop, 70 when the cluster broke: `up` then starts the next one.
"""

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import ray

from actors.home import Home
from actors.pulse import EXIT_FATAL
from actors.refs import DESK, NAMESPACE
from actors.starting import START_S
from cluster.bring_up import ray_is_broken, start_actors, start_ray, stop_actors
from cluster.folder import FAILED, READY, WAITING, prepare
from cluster.keeper import Keeper
from cluster.ports import require_free
from cluster.with_parent import end_with_parent
from domain.errors import BrokenWorldError, InputError, SwitchboardError
from store.away import AGAIN_S, away, refused
from store.settings_file import load_settings

LOOK_S = 0.5
FAILURES = 5
"""Failed looks in a row after which the cluster counts as broken."""


def main() -> int:
    """Serve until told to stop."""
    data = Path(sys.argv[1]).absolute()
    config = Path(sys.argv[2]).absolute() if len(sys.argv) > 2 else None
    stopping, placed = threading.Event(), dict[str, str]()

    def stop(_: int, __: FrameType | None) -> None:
        stopping.set()

    end_with_parent()
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches `up`, which tells us in its own time
    try:
        home = Home(data, load_settings(data, config), config=config)
        require_free(home.settings)
        if not _patiently(lambda: prepare(home), home, stopping):
            return 0
        _start_ray(home)
        if not _patiently(lambda: start_actors(home, placed), home, stopping):
            return 0
    except (SwitchboardError, ray.exceptions.RayError) as error:
        cause = error.cause if isinstance(error, ray.exceptions.RayTaskError) else error
        print(f"{FAILED}{cause}", flush=True)
        return EXIT_FATAL
    threading.Thread(target=_end_with_ray, args=(stopping,), name="ray-watch", daemon=True).start()
    print(READY, flush=True)
    code = _watch(home, Keeper(home, placed), stopping)
    if code == 0:
        stop_actors(home, placed)
    ray.shutdown()
    return code


def _start_ray(home: Home) -> None:
    """Start Ray. Raises BrokenWorldError where it does not come up: `up` says so, and tries again."""
    try:
        start_ray(home)
    except SwitchboardError:
        raise
    except Exception as error:  # a plain one where a process of Ray's was not there in time
        traceback.print_exception(error)
        text = f"{error}".strip() or type(error).__name__
        raise BrokenWorldError(f"Ray did not start: {text.splitlines()[0]}") from error


def _patiently(work: Callable[[], object], home: Home, stopping: threading.Event) -> bool:
    """Do a part of the start, again while the database or the disk is away; False: we were told to stop meanwhile.

    What waiting does not mend (a wrong password) is raised as InputError.
    """
    told = ""
    while not stopping.is_set():
        try:
            work()
            return True
        except Exception as error:
            why = away(error, home.truth)
            if not why:
                raise
            if refused(error):
                mend = "Mend [store] in switchboard.toml, or the database."
                raise InputError(why, where="store.url", mend=mend) from error
            if why != told:
                print(f"{WAITING}{why}", flush=True)
            told = why
            stopping.wait(AGAIN_S)
    return False


def _end_with_ray(stopping: threading.Event) -> None:
    """End this process at once when Ray is broken: what it started ends with it, and `up` starts the next one."""
    while not stopping.wait(LOOK_S):
        if ray_is_broken():
            print("Ray has ended unasked", file=sys.stderr, flush=True)
            print(f"{FAILED}Ray ended by itself", flush=True)
            os._exit(EXIT_FATAL)


def _watch(home: Home, keeper: Keeper, stopping: threading.Event) -> int:
    """Look at the desk once a second; it looks at all others. One that starts anew is given START_S to answer, and as
    long to be started by Ray, which takes more than FAILURES looks on a busy machine."""
    failures, starting, gone = 0, False, 0.0
    asked: tuple[float, Any] | None = None
    while not stopping.wait(home.settings.limits.ping_s):
        try:
            desk = ray.get_actor(DESK, namespace=NAMESPACE)
            asked = asked or (time.monotonic(), desk.ping.remote())
            ray.get(asked[1], timeout=home.settings.limits.hang_s)
            failures, starting, asked, gone = 0, False, None, 0.0
            keeper.look()
        except ray.exceptions.RayTaskError:
            failures, asked, gone = 0, None, 0.0  # it lives, and cannot start: what it waits for is away
        except ray.exceptions.GetTimeoutError:
            if starting and asked and time.monotonic() - asked[0] < START_S:
                continue
            starting, asked = True, None
            ray.kill(desk, no_restart=False)
        except (ValueError, ray.exceptions.RayError) as error:
            starting, asked, gone = True, None, gone or time.monotonic()
            restarts = isinstance(error, ray.exceptions.ActorUnavailableError)
            failures += not restarts
            if failures >= FAILURES or time.monotonic() - gone > START_S:
                print(f"{FAILED}the desk was gone and did not come back", flush=True)
                return EXIT_FATAL
            time.sleep(0.2)
    return 0


if __name__ == "__main__":
    sys.exit(main())

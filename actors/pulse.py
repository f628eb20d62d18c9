"""What an actor says of itself when it is pinged, and how it ends itself when its world is broken."""

import os
import resource
import sys
import traceback
from dataclasses import dataclass, field
from typing import NoReturn

import structlog

from store.machine_time import MACHINE

EXIT_FATAL = 70
"""Exit status of an actor that cannot go on: EX_SOFTWARE of sysexits. Ray brings the next incarnation."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """An actor's sign of life: who it is, since when (machine ms), how much memory, and its figures.

    `listens` has where each listener of a node is, as host:port, by the listener's name. `at_ms` is the time there, and
    `stepped_ms` by how much the clock there was set since it was read (store.machine_time).
    """

    name: str
    kind: str
    pid: int
    started_ms: int
    rss_mb: float
    incarnation: int = 0
    figures: dict[str, float] = field(default_factory=dict)
    listens: dict[str, str] = field(default_factory=dict)
    at_ms: int = field(default_factory=MACHINE.now_ms)
    stepped_ms: int = field(default_factory=MACHINE.stepped_ms)


def rss_mb() -> float:
    """Return the resident memory of this process in MiB."""
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize() / 2**20
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fatal(where: str, error: BaseException) -> NoReturn:
    """End the process at once: nothing may be answered once memory and disk may differ (DESIGN §4.4)."""
    traceback.print_exception(error, file=sys.stderr)
    print(f"fatal in {where}: {error}", file=sys.stderr, flush=True)
    if structlog.is_configured():
        structlog.get_logger().critical("fatal", where=where, pid=os.getpid(), exc_info=error)
    os._exit(EXIT_FATAL)

"""A backup as a batch task: it yields how far it is, and ends early, leaving nothing, when nobody listens any more."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue

from actors.home import Home
from cluster.backups import Taken, back_up
from domain.errors import ConflictError

SAID_S = 0.5
"""So often at most it tells how far it is."""

Step = tuple[int, int, str]
"""Done, total, what."""


def backup_steps(home: Home, place: Path, keep: int) -> Iterator[Step | list[str]]:
    """Take a backup; yield steps, at last the damaged files of the one before. Raises what `back_up` raises."""
    steps: SimpleQueue[Step] = SimpleQueue()
    stopped = threading.Event()
    said_s = 0.0

    def tick(step: str, done: int, total: int) -> None:
        nonlocal said_s
        if stopped.is_set():
            raise ConflictError("the backup was cancelled", where=str(place), mend="Nothing of it is left.")
        if time.monotonic() - said_s > SAID_S:
            said_s = time.monotonic()
            steps.put((done, total, step))

    with ThreadPoolExecutor(1) as pool:
        taking = pool.submit(
            lambda: back_up(home.data, place, tick, config=home.config, keep=keep, settings=home.settings)
        )
        try:
            yield from _while_running(taking, steps)
        finally:
            stopped.set()
        yield list(taking.result().damaged)


def _while_running(taking: "Future[Taken]", steps: "SimpleQueue[Step]") -> Iterator[Step]:
    while not taking.done():
        try:
            yield steps.get(timeout=SAID_S)
        except Empty:
            continue

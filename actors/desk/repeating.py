"""Work that the desk repeats for as long as it lives, whatever becomes of one round."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext

import structlog
from ray.exceptions import RayActorError

from actors.logs import Log
from actors.refs import UnavailableError
from actors.tasks import behind
from store.away import away

AGAIN_S, LATEST_S = 3.0, 300.0
"""A failed round is repeated this soon; each further failure doubles the pause, up to the latest."""
PASSING = (RayActorError, UnavailableError, ValueError)
"""An actor between two incarnations is no news when it happens once: the watch tells of restarts."""


async def repeat(
    name: str,
    work: Callable[[], Awaitable[None]],
    alarm: Callable[[str, str, str], None],
    *,
    every_s: float,
    first_s: float = 0.0,
    urgent: bool = False,
) -> None:
    """Do `work` after first_s and then every_s after each success, for ever.

    What it asks of batch workers goes on behind what people wait for, unless it is `urgent`. A failure never ends this:
    a damaged file would end the desk at every start. It is logged, and `alarm` is given
    (key, text, severity): the text is empty as soon as a round succeeds.
    """
    log: Log = structlog.get_logger().bind(actor="desk")
    failures, pause_s = 0, first_s
    while True:
        await asyncio.sleep(pause_s)
        try:
            with nullcontext() if urgent else behind():
                await work()
        except Exception as error:
            failures += 1
            why = away(error)
            if why:  # it passes by itself, and all is wanted at once when it is over
                pause_s = AGAIN_S
                if failures == 1:
                    log.warning("job waits", job=name, why=why)
                continue
            pause_s = min(LATEST_S, AGAIN_S * 2 ** min(failures - 1, 10))
            log.warning("job failed", job=name, failures=failures, exc_info=error)
            if failures > 1 or not isinstance(error, PASSING):
                alarm(f"job {name}", f"{name} fails, the log says more: {first_line(error)}", "error")
        else:
            failures, pause_s = 0, every_s
            alarm(f"job {name}", "", "error")


def first_line(error: BaseException) -> str:
    """Return an error's kind and the first line of what it says, for an alarm."""
    first, *_ = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {first}"[:200]

"""How a source of sheets is: when it was looked into last, and what keeps it from being looked into."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from actors.desk.core import Desk

FIRST_PAUSE_S, LONGEST_PAUSE_S = 15.0, 900.0
"""A source that fails is looked into again this soon; each further failure doubles the pause: a server that refuses a
password would lock out who tries each minute."""


class SourceError(Exception):
    """What a person must mend before a source gives anything; the text is one sentence."""


@dataclass(slots=True)
class SourceState:
    """A source by its name. `last_ms`: of the last look, business time; `error`: why it failed, "" where it did not."""

    name: str
    kind: str
    plan: str
    every_s: int
    last_ms: int = 0
    error: str = ""
    failures: int = 0
    not_before_s: float = 0.0


async def looked(
    desk: Desk,
    state: SourceState,
    look: Callable[[], Awaitable[None]],
    alarm: Callable[[str, str, str], None],
    passing: type[Exception] | tuple[type[Exception], ...] = SourceError,
) -> None:
    """Look into a source once, unless it is to rest after failures; tell how it went. Other errors pass through."""
    loop = asyncio.get_running_loop()
    if loop.time() < state.not_before_s:
        return
    try:
        await look()
    except passing as error:
        state.error = str(error)
        pause_s = max(state.every_s, min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(state.failures, 10)))
        state.failures, state.not_before_s = state.failures + 1, loop.time() + pause_s
    else:
        state.error, state.failures = "", 0
    state.last_ms = desk.now_ms()
    alarm(f"sheets from {state.name}", f"no sheets from {state.name}: {state.error}" if state.error else "", "error")

"""Open-loop loads: what came of questions that were asked at their moments, and the highest rate that is sustained."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from cluster.bench.report import percentile
from domain.errors import BrokenWorldError

SUSTAINED = 0.999
"""The share of questions that must be answered in time, without a second sending, for a rate to count as sustained."""
BACKLOG_MS = 100.0
"""What the last answers of a step may take: a growing queue would hide in a short step behind the askers' patience."""
TRIES = 3
"""A step fails when it fails so often: on a shared machine one bad moment says nothing."""
STEPS = (500, 1_000, 1_500, 2_000, 2_500, 3_000, 4_000, 5_000, 6_000, 8_000)
TURN_S = 0.001


@dataclass(slots=True)
class Outcome:
    """What came of a load. `times_ms` are those of the questions answered as wanted, from their scheduled moments.

    `lag_ms`: how late the worst question was sent; more than a few ms says that the generator, not the switchboard,
    was at its limit.
    """

    calls: int
    times_ms: list[float] = field(default_factory=list)
    late: int = 0
    lag_ms: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def in_time(self) -> int:
        """Questions answered as wanted, in time."""
        return len(self.times_ms)

    @property
    def behind_ms(self) -> float:
        """The median time of the last twentieth to be answered: it grows with the load's length under overload."""
        return median(self.times_ms[-(len(self.times_ms) // 20 or 1) :]) if self.times_ms else 0.0

    @property
    def success(self) -> float:
        """The share of the questions that were answered as wanted, in time."""
        return self.in_time / self.calls if self.calls else 0.0


Load = Callable[[float], Outcome]
"""Asks at a rate."""


async def paced(send: Callable[[int], None], calls: int, per_s: float, outcome: Outcome, began_s: float) -> None:
    """Send the questions 0, 1, … each at its moment after `began_s` (time.perf_counter), whatever the answers do."""
    sent = 0
    while sent < calls:
        elapsed = time.perf_counter() - began_s
        due = min(calls, int(elapsed * per_s) + 1)
        if sent < due:
            outcome.lag_ms = max(outcome.lag_ms, 1000 * (elapsed - sent / per_s))
        for at in range(sent, due):
            send(at)
        sent = due
        await asyncio.sleep(TURN_S)


def climb(steps: tuple[float, ...], load: Load, say: Callable[[str], None], what: str) -> tuple[float, list[float]]:
    """Return the highest rate that is sustained, and the rates tried; `what` is asked, such as "redirects".

    Raises BrokenWorldError when the first is not sustained.
    """
    highest, tried = 0.0, []
    for step in steps:
        tried.append(step)
        if not any(_sustained(load(step), step, say) for _ in range(TRIES)):
            break
        highest = step
    if not highest:
        raise BrokenWorldError(f"{steps[0]:.0f} {what} a second are not sustained: give a lower --rate")
    return highest, tried


def times(half: Outcome) -> dict[str, float]:
    """Return the figures of the answers' times. Raises ValueError where there was none."""
    return {
        "latency_ms_p50": round(percentile(half.times_ms, 50), 2),
        "latency_ms_p99": round(percentile(half.times_ms, 99), 2),
        "latency_ms_max": round(max(half.times_ms), 2),
        "generator_lag_ms_max": round(half.lag_ms, 2),
    }


def _sustained(outcome: Outcome, per_s: float, say: Callable[[str], None]) -> bool:
    said = ", ".join(f"{count} × {status}" for status, count in sorted(outcome.statuses.items()))
    say(
        f"{per_s:.0f}/s: {outcome.success:.2%} answered in time ({said}; {outcome.late} late), "
        f"the last ones after {outcome.behind_ms:.0f} ms, "
        f"the generator at most {outcome.lag_ms:.0f} ms behind"
    )
    return outcome.success >= SUSTAINED and outcome.behind_ms <= BACKLOG_MS

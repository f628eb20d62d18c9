"""The desk's part in versions that are tried: it counts both arms, and ends a trial that is worse or over."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from actors.decision_counts import DecisionCounts
from actors.desk.core import Desk
from actors.route_work import ArmsCount, ArmsOrder
from domain.policies.comparing import broken
from domain.users import DESK
from store.catalog import Catalog
from store.catalog.canary_rows import Outcome, Trial

EVERY_S = 2.0
REST = 20
"""So many times as long as a count took it rests at least: counting takes a twentieth of a core at most."""
ALARM = "canaries"
ALARM_MS = 86_400_000
"""An alarm tells for so long that one ended itself, or until the next of its policy begins."""
LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of a trial: calls set up before `until_ms`, at `at_ms`; how long that took (machine time)."""

    arms: ArmsCount
    at_ms: int
    until_ms: int
    took_s: float


class CanaryRounds:
    """Keeps what was counted of each trial for as long as a new count would cost too much.

    Invariant: what is told is a count of the books; only decisions, of which day files say each once, are added up.
    """

    def __init__(self, desk: Desk, alarm: Callable[[str, str, str], None]) -> None:
        self._desk, self._alarm = desk, alarm
        self._counted: dict[int, tuple[Counted, float]] = {}
        self._counting = asyncio.Lock()

    async def keep(self) -> None:
        """Do one round: end what is over, and what its guard finds worse."""
        trials = await self._desk.read(lambda catalog: catalog.canaries.running())
        for trial in trials:
            if trial.canary.until_ms is not None and self._desk.now_ms() >= trial.canary.until_ms:
                await self._end(trial, Outcome.OVER, "its time is over")
            elif trial.guard.asr_bp or trial.guard.margin_bp:
                found = (await self.counted(trial)).arms
                why = broken(found.current, found.tried, trial.guard)
                if why:
                    await self._end(trial, Outcome.WORSE, why)
        for number in self._counted.keys() - {trial.id for trial in trials}:
            if len(self._counted) > LOOKED_AT:
                del self._counted[number]
        await self._tell()

    async def counted(self, trial: Trial, *, fresh: bool = False) -> Counted:
        """Return what both arms came to; counted now where `fresh`, or where the last count has rested."""
        async with self._counting:
            known, again_s = self._counted.get(trial.id, (None, 0.0))
            until_ms = self._desk.now_ms() if trial.ended_ms is None else trial.ended_ms
            if known is not None and (known.until_ms == trial.ended_ms or not (fresh or time.monotonic() >= again_s)):
                return known
            decisions: DecisionCounts | None = known.arms.decisions if known is not None else None
            began = time.monotonic()
            order = ArmsOrder(trial.canary, trial.counted_ms, max(until_ms, trial.counted_ms), decisions)
            arms = await self._desk.tasks.count_arms(order)
            took_s = time.monotonic() - began
            found = Counted(arms, self._desk.now_ms(), until_ms, took_s)
            self._counted[trial.id] = found, time.monotonic() + max(EVERY_S, REST * took_s)
            return found

    async def _end(self, trial: Trial, outcome: Outcome, why: str) -> None:
        name = trial.canary.policy.name

        def order(catalog: Catalog, at_ms: int) -> None:
            if any(one.id == trial.id for one in catalog.canaries.running()):  # somebody may have been faster
                catalog.canaries.drop(name, outcome, note=why, who=DESK, at_ms=at_ms)

        await self._desk.change(order)

    async def _tell(self) -> None:
        found, _ = await self._desk.read(lambda catalog: catalog.canaries.list(limit=LOOKED_AT))
        last: dict[str, Trial] = {}
        for trial in found:
            last.setdefault(trial.canary.policy.name, trial)
        since_ms = self._desk.now_ms() - ALARM_MS
        worse = [one for one in last.values() if one.outcome is Outcome.WORSE and (one.ended_ms or 0) > since_ms]
        texts = [f"policy {named(one)} dropped itself: {one.ended_note}" for one in worse]
        self._alarm(ALARM, "; ".join(texts), "warning")


def named(trial: Trial) -> str:
    """Return the version that is tried: cheap v4."""
    return f"{trial.canary.policy.name} v{trial.canary.policy.version}"

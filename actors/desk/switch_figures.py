"""What came of each switch and what was refused, added up from counters of nodes that begin anew with their process.

Kept on disk once a minute (store.figures_file), so that neither a restart of the desk nor one of the nodes forgets when
a switch was last heard. Derived: what was missed between two writes is missing, and no money depends on it.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from typing import Any

from actors.desk.switch_hours import HOUR_MS, MINUTE_MS, SwitchHours
from actors.pulse import Pulse

SWITCH, REFUSED = "switch.", "refused."
COUNTS = ("asked", "reported", "errors", "parked")


@dataclass(slots=True)
class Kept:
    """One switch: counts ever since, when it was last heard (business ms, 0: never), and the lag of its last end."""

    asked: int = 0
    reported: int = 0
    errors: int = 0
    parked: int = 0
    last_ms: int = 0
    lag_ms: int | None = None
    lag_at_ms: int = 0


class SwitchFigures:
    """Invariant: a count of a node is added once: `_before` has what of each process was added already."""

    def __init__(self) -> None:
        self.switches: defaultdict[str, Kept] = defaultdict(Kept)
        self.refusals: Counter[str] = Counter()
        self.hours = SwitchHours()
        self._refused: deque[tuple[int, int]] = deque()
        self._before: dict[str, tuple[int, dict[str, int]]] = {}

    def take(self, pulses: Collection[Pulse], now_ms: int) -> None:
        """Take the counters as they are now."""
        grown: Counter[str] = Counter()
        for pulse in pulses:
            if pulse.kind == "node":
                self._add(pulse, grown)
                self._hear(pulse, now_ms)
        self.hours.take(grown, now_ms)
        refused = 0
        for name, count in grown.items():
            switch, _, what = name.removeprefix(SWITCH).rpartition(".")
            if name.startswith(SWITCH) and what in COUNTS:
                setattr(self.switches[switch], what, getattr(self.switches[switch], what) + count)
            elif name.startswith(REFUSED):
                self.refusals[name.removeprefix(REFUSED)] += count
                refused += count
        if refused:
            self._refused.append((now_ms, refused))
        while self._refused and self._refused[0][0] <= now_ms - HOUR_MS:
            self._refused.popleft()

    @property
    def refused_1h(self) -> int:
        """How many calls were refused in the last hour of business time."""
        return sum(count for _, count in self._refused)

    def forget_others(self, switches: Iterable[str]) -> None:
        """Keep what is known of these switches only: others were removed."""
        for name in self.switches.keys() - set(switches):
            del self.switches[name]
            self.hours.forget(name)

    def plain(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        minutes: Counter[int] = Counter()
        for at_ms, count in self._refused:
            minutes[at_ms // MINUTE_MS * MINUTE_MS] += count
        return {
            "switches": {
                name: {field.name: getattr(kept, field.name) for field in fields(kept)}
                for name, kept in self.switches.items()
            },
            "hours": self.hours.plain(),
            "refusals": dict(self.refusals),
            "refused": sorted(minutes.items()),
            "before": {name: [started_ms, counts] for name, (started_ms, counts) in self._before.items()},
        }

    def restore(self, plain: dict[str, Any]) -> None:
        """Take up what was kept. Raises KeyError, TypeError, ValueError on contents that are not ours."""
        switches = {name: Kept(**its) for name, its in plain["switches"].items()}
        before = {name: (int(started), dict(counts)) for name, (started, counts) in plain["before"].items()}
        refused = [(int(at_ms), int(count)) for at_ms, count in plain["refused"]]
        self.hours.restore(plain["hours"])
        self.switches.update(switches)
        self.refusals.update(plain["refusals"])
        self._refused.extend(refused)
        self._before.update(before)

    def _add(self, pulse: Pulse, grown: Counter[str]) -> None:
        """Add by how much the counters of one process grew since they were last looked at."""
        started_ms, was = self._before.get(pulse.name, (0, {}))
        if started_ms != pulse.started_ms:
            was = {}
        counts = {name: int(count) for name, count in pulse.figures.items() if name.startswith((SWITCH, REFUSED))}
        for name, count in counts.items():
            known = was.get(name, 0)
            grown[name] += count - known if count >= known else count
        self._before[pulse.name] = (pulse.started_ms, counts)

    def _hear(self, pulse: Pulse, now_ms: int) -> None:
        """Take when switches were last heard; a moment that is still to come is one of a clock that was set back."""
        for figure, at_ms in pulse.figures.items():
            if not figure.startswith("last."):
                continue
            switch = figure.removeprefix("last.")
            kept = self.switches[switch]
            kept.last_ms = max(kept.last_ms if kept.last_ms <= now_ms else 0, int(at_ms))
            lag_ms = pulse.figures.get(f"lag.{switch}")
            if lag_ms is not None and (at_ms >= kept.lag_at_ms or kept.lag_at_ms > now_ms):
                kept.lag_ms, kept.lag_at_ms = int(lag_ms), int(at_ms)

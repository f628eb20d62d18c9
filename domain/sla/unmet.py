"""Calls for which no vendor keeps what is promised, as a node counts them: by quarter of an hour and whose they are."""

from dataclasses import dataclass

from domain.calls import CallSetup
from domain.decisions import Decision
from domain.directory import Directory
from domain.sla.report import SLOT_MS, Unmet, Whose

MOST_KEPT = 20_000
"""Counts of one process; the oldest make room."""


@dataclass(frozen=True, slots=True)
class UnmetCount:
    """Calls of a quarter of an hour (its start, UTC ms)."""

    slot_ms: int
    whose: Whose
    counted: Unmet


class UnmetBook:
    """What one process has counted since it began. Invariant: what is told of a quarter only grows, so that who writes
    it down as it stands may miss any answer but the last."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int, Whose], tuple[int, Unmet]] = {}
        self._version = 0

    def hear(self, decision: Decision, setup: CallSetup, directory: Directory | None) -> None:
        """Count a call that no vendor keeps the promise for, once, however often its switch asks."""
        again = setup.tried or setup.asked > 1
        if decision.unmet and decision.client and decision.trunk and directory and not again:
            product = directory.trunks[decision.trunk].options.product
            whose = Whose(decision.client, product, decision.destination)
            self.count(whose, decision.at_ms, refused=decision.refusal is not None)

    def count(self, whose: Whose, at_ms: int, *, refused: bool) -> None:
        """Count a call that went all the same, or was refused."""
        key = at_ms // SLOT_MS * SLOT_MS, whose
        _, before = self._counts.pop(key, (0, Unmet()))  # the newest stand last
        if len(self._counts) >= MOST_KEPT:
            del self._counts[next(iter(self._counts))]
        self._version += 1
        self._counts[key] = self._version, before + (Unmet(0, 1) if refused else Unmet(1, 0))

    def news(self, after: int, most: int = 1_000) -> tuple[int, list[UnmetCount]]:
        """Return what changed after a version, the oldest change first, and up to which version that is."""
        found = [(at, key, its) for key, (at, its) in self._counts.items() if at > after][:most]
        return (found[-1][0] if found else after), [UnmetCount(*key, its) for _, key, its in found]

"""The desk's part in moved numbers: an alarm while a server does not answer, by what nodes count of their questions."""

import time
from collections.abc import Callable, Iterable

from actors.desk.core import Desk
from actors.pulse import Pulse
from domain.portability import PortedSource, Silent, SourceKind

EVERY_S = 5.0
LASTS_S = 60.0
"""So long after the last failures there is an alarm yet, machine time."""
PART = 100
"""One question of so many may fail: datagrams are lost."""


class PortedRounds:
    """Looks at the counts of all nodes again and again. Invariant: what failed before the first look is no news."""

    def __init__(
        self,
        desk: Desk,
        pulse: Callable[[str], Pulse | None],
        alarm: Callable[[str, str, str], None],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._desk, self._pulse, self._alarm, self._now_s = desk, pulse, alarm, now_s
        self._counted: dict[tuple[str, str], tuple[int, int]] = {}
        self._failed_s: dict[str, float] = {}
        self._raised: set[str] = set()

    async def look(self) -> None:
        """Look once."""
        world = self._desk.world
        ported = world.index.directory.ported if world is not None else ()
        servers = {source.name: source for source in ported if source.kind is SourceKind.ENUM}
        for node in self._desk.home.settings.node:
            pulse = self._pulse(node.name)
            if pulse is not None:
                self._hear(pulse, servers)
        since_s = self._now_s() - LASTS_S
        silent = {name: source for name, source in servers.items() if self._failed_s.get(name, since_s) > since_s}
        for name in self._raised - silent.keys():
            self._alarm(_key(name), "", "error")
        for name, source in silent.items():
            self._alarm(_key(name), _words(source), "error")
        self._raised = set(silent)

    def _hear(self, pulse: Pulse, names: Iterable[str]) -> None:
        """Note which servers did not answer a node since it was heard last; one that began anew counts from 0."""
        for name in names:
            asked, failed, not_asked = (
                int(pulse.figures.get(f"ported.{name}.{what}", 0)) for what in ("asked", "failed", "not-asked")
            )
            now, before = (asked + not_asked, failed + not_asked), self._counted.get((pulse.name, name))
            self._counted[pulse.name, name] = now
            if before is None:
                continue
            wanted, lost = (one - was if now[0] >= before[0] else one for one, was in zip(now, before, strict=True))
            if lost > 0 and lost * PART >= wanted:
                self._failed_s[name] = self._now_s()


def _key(name: str) -> str:
    return f"ported {name}"


def _words(source: PortedSource) -> str:
    refused = source.silent is Silent.REFUSE
    what = "calls to its numbers are refused, legs wait" if refused else "its numbers go and are charged as dialled"
    return f"source {source.name} of moved numbers: {source.server} does not answer: {what}"

"""Since when a shard could hear of all calls: a call that nobody could hear has not been silent."""

from collections.abc import Iterable
from dataclasses import dataclass, field

GAP_MS = 15_000
"""Machine time after which a node that asks nothing, or a shard that does not look, was away: they do each second."""
PATIENCE_MS = 3_600_000
"""How long a node that is away is waited for: it may never come back, and what it let through is over by then."""


@dataclass(slots=True)
class _Node:
    last_ms: int
    since_ms: int


@dataclass(slots=True)
class Hearing:
    """What of the past a shard heard, machine ms: of its own rounds, and of the nodes that ask it.

    `began_ms`: since when the shard itself could hear, whatever nodes are away.
    Invariant: moments given never go back; where a clock does, only the time since counts as heard.
    """

    began_ms: int
    _round_ms: int = 0
    _nodes: dict[str, _Node] = field(default_factory=dict)

    @classmethod
    def of(cls, nodes: Iterable[str], at_ms: int) -> "Hearing":
        """Begin at a moment, with nodes that have not asked yet."""
        return cls(at_ms, at_ms, {name: _Node(at_ms, at_ms) for name in nodes})

    def asked(self, node: str, at_ms: int) -> None:
        """Note that a node is up; one that was away, or was never heard of, can hear calls from now on."""
        known = self._nodes.get(node)
        if known is None or _away(at_ms - known.last_ms):
            self._nodes[node] = _Node(at_ms, at_ms)
        else:
            known.last_ms = at_ms

    def since_ms(self, at_ms: int) -> int:
        """Return since when all calls could be heard: now, while a node is away. To be asked each second."""
        if _away(at_ms - self._round_ms):  # the process stood still
            self.began_ms = at_ms
        self._round_ms = at_ms
        return max([self.began_ms, *(_since_ms(its, at_ms) for its in self._nodes.values())])


def _since_ms(node: _Node, at_ms: int) -> int:
    silent_ms = at_ms - node.last_ms
    return at_ms if _away(silent_ms) and silent_ms < PATIENCE_MS else node.since_ms


def _away(silent_ms: int) -> bool:
    return not 0 <= silent_ms < GAP_MS

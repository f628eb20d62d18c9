"""What a synthetic switch counted: the other side's word, to be compared with the switchboard's books."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from domain.calls import Side
from domain.ids import PartnerId


@dataclass(slots=True)
class Tally:
    """Legs of one side and partner to one destination that the switchboard has acknowledged as ended."""

    attempts: int = 0
    answered: int = 0
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Latency:
    """How long answers took, in ms of machine time, from the first sending of the question."""

    count: int
    p50_ms: float
    p99_ms: float
    max_ms: float


def latency(samples_ms: list[float]) -> Latency:
    """Return the percentiles (nearest rank) of what was measured; all zero without any."""
    ordered = sorted(samples_ms) or [0.0]
    p50, p99 = (ordered[min(len(ordered) - 1, len(ordered) * share // 100)] for share in (50, 99))
    return Latency(len(samples_ms), p50, p99, ordered[-1])


@dataclass(slots=True)
class WireFigures:
    """Counts of one way of asking. Invariant: once nothing is under way, sent = answered + lost."""

    sent: int = 0
    repeated: int = 0
    answered: int = 0
    lost: int = 0
    strange: int = 0
    samples_ms: list[float] = field(default_factory=list)

    @property
    def under_way(self) -> int:
        """Questions that are neither answered nor given up."""
        return self.sent - self.answered - self.lost


@dataclass(slots=True)
class SwitchFigures:
    """All of one switch. `refused` counts causes in the switchboard's words; `unheard` asked and got no answer.

    `legs` has a leg once its end was acknowledged; `open_calls` began and have not been reported as ended. By the
    number of the script's call: `offered` are the vendors that the switchboard named, `talked_s` is what came of it.
    """

    attempts: int = 0
    admitted: int = 0
    answered: int = 0
    unheard: int = 0
    open_calls: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    legs: defaultdict[tuple[Side, PartnerId, str], Tally] = field(default_factory=lambda: defaultdict(Tally))
    offered: dict[int, tuple[PartnerId, ...]] = field(default_factory=dict)
    talked_s: dict[int, int] = field(default_factory=dict)
    asking: WireFigures = field(default_factory=WireFigures)
    accounting: WireFigures = field(default_factory=WireFigures)

"""Answered durations as a histogram: what real cost and the margin over a whole call are computed over (DESIGN §6)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

FINE_S, COARSE_S, LONGEST_S = 3_600, 60, 14_400
"""Durations are kept by the second to an hour, by the minute to four hours, and are cut there: at most 3,781 bins."""


def bin_of(duration_ms: int) -> int:
    """Return the bin of an answered duration: whole seconds, begun ones count, as most contracts bill them."""
    seconds = -(-max(duration_ms, 0) // 1000)
    if seconds <= FINE_S:
        return seconds
    return min(-(-seconds // COARSE_S) * COARSE_S, LONGEST_S)


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Whole seconds -> answered calls. Immutable; two are the same only as objects, so that costs can be kept by it."""

    bins: Mapping[int, int]
    calls: int = field(init=False)
    seconds: int = field(init=False)

    def __post_init__(self) -> None:
        assert all(seconds >= 0 and calls > 0 for seconds, calls in self.bins.items()), "bins hold calls"
        object.__setattr__(self, "bins", MappingProxyType(dict(self.bins)))
        object.__setattr__(self, "calls", sum(self.bins.values()))
        object.__setattr__(self, "seconds", sum(seconds * calls for seconds, calls in self.bins.items()))

    @classmethod
    def of(cls, durations_s: Iterable[int]) -> "Histogram":
        """Count single durations."""
        return cls(Counter(durations_s))

    def __add__(self, other: "Histogram") -> "Histogram":
        return Histogram(Counter(self.bins) + Counter(other.bins))

    def renewed(self, current: "Histogram") -> "Histogram":
        """Return `current` if its calls differ from ours by more than one in a hundred, else this very object.

        What was computed over a histogram stays valid until it really changes.
        """
        return current if abs(current.calls - self.calls) * 100 > self.calls else self

    def __reduce__(self) -> tuple[type["Histogram"], tuple[dict[int, int]]]:
        return Histogram, (dict(self.bins),)


PRIOR = Histogram.of((7, 31, 37, 61, 90, 125, 146, 205, 318, 480))
"""Taken for a destination of which too little is known: ten deciles of conversational traffic, mean 2:30.

A fifth of the calls ends within about half a minute and the longest tenth lasts about eight minutes, so that first
intervals and 60/60 show their price: ten calls are 25.0 minutes at 1/1, 25.8 at 30/6 and 31.0 at 60/60.
"""

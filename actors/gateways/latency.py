"""How long answers took of late: a histogram of fixed buckets that costs a bisection and an addition."""

from bisect import bisect_left
from itertools import accumulate

SPAN_S = 30.0
"""A histogram tells of the last one to two of these."""

_FIRST_MS, _STEP, _BUCKETS = 0.05, 1.25, 64
_BOUNDS_MS = tuple(_FIRST_MS * _STEP**at for at in range(_BUCKETS))  # up to a minute


class Latency:
    """Answer times of the last half to whole minute, to a quarter. Times are those of one monotonic clock, seconds."""

    def __init__(self) -> None:
        self._older, self._newer = [0] * (_BUCKETS + 1), [0] * (_BUCKETS + 1)
        self._began_s = 0.0

    def add(self, took_s: float, now_s: float) -> None:
        """Count one answer."""
        if now_s - self._began_s >= SPAN_S:
            self._turn(now_s)
        self._newer[bisect_left(_BOUNDS_MS, took_s * 1000)] += 1

    def percentiles(self, now_s: float) -> tuple[float, float]:
        """Return the median and the 99th percentile in ms, each as the upper bound of its bucket; 0 without answers."""
        if now_s - self._began_s >= SPAN_S:
            self._turn(now_s)
        sums = list(accumulate(a + b for a, b in zip(self._older, self._newer, strict=True)))
        return _quantile(sums, 0.5), _quantile(sums, 0.99)

    def _turn(self, now_s: float) -> None:
        fresh = [0] * (_BUCKETS + 1)
        self._older = self._newer if now_s - self._began_s < 2 * SPAN_S else fresh[:]
        self._newer, self._began_s = fresh, now_s


def _quantile(sums: list[int], share: float) -> float:
    if not sums[-1]:
        return 0.0
    at = bisect_left(sums, sums[-1] * share)
    return round(_BOUNDS_MS[min(at, _BUCKETS - 1)], 2)

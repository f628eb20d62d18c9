"""Charges over histograms, fast enough for the first call to a code: the same sums as grants.real_cost_per_minute.

With the seconds after the first interval written as 60 minutes + rest, the minutes cost a whole number of units, so
how a call's charge is rounded depends on the rest alone: sixty groups stand for thousands of durations, exactly.
"""

from collections.abc import Set
from dataclasses import dataclass

from domain.durations import Histogram
from domain.grants import real_cost_per_minute
from domain.rates import SecondsRounding, Terms
from domain.rating import billed_seconds

_Increments = tuple[int, int, int, int, SecondsRounding]


@dataclass(frozen=True, slots=True)
class _Shape:
    """A histogram under one set of increments. `groups`: (rest, calls, sum of minutes over these calls)."""

    unbilled: int
    groups: tuple[tuple[int, int, int], ...]

    def charge(self, terms: Terms) -> int:
        """Return the sum of the charges, each rounded half away from zero to units; without a minimum charge."""
        first = 60 * (terms.attempt_fee + terms.connect_fee) + terms.first_price * terms.first_s
        total = self.unbilled * terms.attempt_fee
        for rest, calls, minutes in self.groups:
            total += calls * ((first + terms.next_price * rest + 30) // 60) + terms.next_price * minutes
        return total


class _Known:
    """What is known of one histogram: charges by terms, shapes by increments."""

    __slots__ = ("charges", "shapes")

    def __init__(self) -> None:
        self.charges: dict[tuple[Terms, SecondsRounding], int] = {}
        self.shapes: dict[_Increments, _Shape] = {}


class RealCosts:
    """Charges of terms over histograms, kept as long as a histogram stays the same object, whatever else changes.

    Invariant: at most `limit` charges are kept, and no more shapes; when full, all are forgotten.
    """

    def __init__(self, limit: int = 20_000) -> None:
        self._limit = limit
        self._known: dict[Histogram, _Known] = {}
        self._count = 0

    def over(self, histogram: Histogram, terms: Terms, seconds: SecondsRounding) -> int:
        """Return the charge in units of all the histogram's calls under these terms."""
        known = self._known.get(histogram)
        charge = known.charges.get((terms, seconds)) if known is not None else None
        return self._charge(histogram, terms, seconds) if charge is None else charge

    def forget_all_but(self, live: Set[Histogram]) -> None:
        """Forget the charges over all histograms but these."""
        for histogram in self._known.keys() - live:
            self._count -= len(self._known.pop(histogram).charges)

    def _charge(self, histogram: Histogram, terms: Terms, seconds: SecondsRounding) -> int:
        if self._count >= self._limit:
            self._known.clear()
            self._count = 0
        known = self._known.setdefault(histogram, _Known())
        charge = known.charges[terms, seconds] = _charge(known.shapes, histogram, terms, seconds)
        self._count += 1
        return charge


def _charge(shapes: dict[_Increments, _Shape], histogram: Histogram, terms: Terms, seconds: SecondsRounding) -> int:
    # a minimum charge bends the line call by call
    if terms.minimum_charge:
        return real_cost_per_minute(terms, seconds, histogram.bins)[0]
    key = (terms.first_s, terms.next_s, terms.grace_s, terms.free_s, seconds)
    shape = shapes.get(key)
    if shape is None:
        shape = shapes[key] = _shape(histogram, terms, seconds)
    return shape.charge(terms)


def _shape(histogram: Histogram, terms: Terms, seconds: SecondsRounding) -> _Shape:
    unbilled = 0
    groups: dict[int, tuple[int, int]] = {}
    for duration, calls in histogram.bins.items():
        billed = billed_seconds(1000 * duration, terms, seconds)
        if not billed:
            unbilled += calls
            continue
        minutes, rest = divmod(billed - terms.first_s, 60)
        before_calls, before_minutes = groups.get(rest, (0, 0))
        groups[rest] = (before_calls + calls, before_minutes + calls * minutes)
    return _Shape(unbilled, tuple((rest, calls, minutes) for rest, (calls, minutes) in sorted(groups.items())))

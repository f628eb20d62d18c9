"""Charges over histograms, fast enough for the first call to a code: the same sums as grants.real_cost_per_minute.

With the seconds after the first interval written as 60 minutes + rest, the minutes cost a whole number of units, so
how a call's charge is rounded depends on the rest alone: sixty groups stand for thousands of durations, exactly.
"""

from dataclasses import dataclass

from domain.durations import Histogram
from domain.grants import real_cost_per_minute
from domain.rates import SecondsRounding, Terms
from domain.rating import billed_seconds

_Increments = tuple[Histogram, int, int, int, int, SecondsRounding]


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


class RealCosts:
    """Charges of terms over histograms, kept as long as a histogram stays the same object, whatever else changes.

    Invariant: at most `limit` of each kind are kept; when full, all of that kind are forgotten.
    """

    def __init__(self, limit: int = 20_000) -> None:
        self._limit = limit
        self._charges: dict[tuple[Histogram, Terms, SecondsRounding], int] = {}
        self._shapes: dict[_Increments, _Shape] = {}

    def over(self, histogram: Histogram, terms: Terms, seconds: SecondsRounding) -> int:
        """Return the charge in units of all the histogram's calls under these terms."""
        key = (histogram, terms, seconds)
        charge = self._charges.get(key)
        if charge is None:
            if len(self._charges) >= self._limit:
                self._charges.clear()
            charge = self._charges[key] = self._charge(histogram, terms, seconds)
        return charge

    def _charge(self, histogram: Histogram, terms: Terms, seconds: SecondsRounding) -> int:
        # a minimum charge bends the line call by call
        if terms.minimum_charge:
            return real_cost_per_minute(terms, seconds, histogram.bins)[0]
        key = (histogram, terms.first_s, terms.next_s, terms.grace_s, terms.free_s, seconds)
        shape = self._shapes.get(key)
        if shape is None:
            if len(self._shapes) >= self._limit:
                self._shapes.clear()
            shape = self._shapes[key] = _shape(histogram, terms, seconds)
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

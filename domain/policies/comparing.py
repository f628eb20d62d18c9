"""Two versions of a policy on calls of the same time: what each arm came to, and whether they surely differ.

Calls are drawn to an arm by their keys alone (domain.policies.policy.Canary), so that whatever else happens happens to
both. Shares are compared by Newcombe's interval (R. G. Newcombe 1998, method 10, made of Wilson's), means by the normal
one. Sums are exact; what is told of them in bounds is not money but statistics.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.ids import PartnerId
from domain.money import UNITS_PER_ONE
from domain.wilson import Z95, share_bounds

Z_GUARD = 3.0
"""A guard looks again and again, so it must be surer than who looks once: one look in 740 would be wrong by chance."""


@dataclass(frozen=True, slots=True)
class Guard:
    """When a canary ends itself: its ASR is surely worse by more than `asr_bp` hundredths of a point, or its margin of
    a call by more than `margin_bp` hundredths of a per cent of the other's; 0: not.

    Nothing is said of a difference before both arms have `least_calls`.
    """

    asr_bp: int = 500
    margin_bp: int = 1_000
    least_calls: int = 200


@dataclass(frozen=True, slots=True)
class Spread:
    """Values added up: how many, their sum, and that of their squares."""

    count: int = 0
    total: int = 0
    squares: int = 0

    def __add__(self, other: "Spread") -> "Spread":
        return Spread(self.count + other.count, self.total + other.total, self.squares + other.squares)


NO_VALUES = Spread()


@dataclass(frozen=True, slots=True)
class Part:
    """The calls that a vendor had last."""

    calls: int = 0
    answered: int = 0
    talk_ms: int = 0

    def __add__(self, other: "Part") -> "Part":
        return Part(self.calls + other.calls, self.answered + other.answered, self.talk_ms + other.talk_ms)


@dataclass(frozen=True, slots=True)
class Decided:
    """What nodes decided: all, refused for any cause, and for want of a route."""

    decided: int = 0
    refused: int = 0
    no_route: int = 0

    def __add__(self, other: "Decided") -> "Decided":
        return Decided(self.decided + other.decided, self.refused + other.refused, self.no_route + other.no_route)


@dataclass(frozen=True, slots=True)
class Arm:
    """Ended calls that went by one version. `attempts`: legs of vendors. `user_failures`: calls that failed by the
    called user (quality: NER). `talk_ms` of answered calls, `pdd_ms` of those that rang, `margin` of each call in units
    of the base currency; `first_talk_ms`: talked with the vendor that was tried first.
    """

    calls: int = 0
    attempts: int = 0
    answered: int = 0
    user_failures: int = 0
    talk_ms: Spread = NO_VALUES
    pdd_ms: Spread = NO_VALUES
    margin: Spread = NO_VALUES
    revenue: int = 0
    cost: int = 0
    first_talk_ms: int = 0
    vendors: Mapping[PartnerId, Part] = field(default_factory=dict)

    def __add__(self, other: "Arm") -> "Arm":
        vendors = dict(self.vendors)
        for vendor, part in other.vendors.items():
            vendors[vendor] = vendors.get(vendor, Part()) + part
        return Arm(
            self.calls + other.calls,
            self.attempts + other.attempts,
            self.answered + other.answered,
            self.user_failures + other.user_failures,
            self.talk_ms + other.talk_ms,
            self.pdd_ms + other.pdd_ms,
            self.margin + other.margin,
            self.revenue + other.revenue,
            self.cost + other.cost,
            self.first_talk_ms + other.first_talk_ms,
            vendors,
        )


@dataclass(frozen=True, slots=True)
class Bounded:
    """A figure and between which bounds it lies, 95 %."""

    value: float
    low: float
    high: float


class Verdict(StrEnum):
    """What can be said of a difference. EVEN: none can be seen; FEW: an arm has too few calls."""

    BETTER = "better"
    WORSE = "worse"
    EVEN = "even"
    FEW = "few"


@dataclass(frozen=True, slots=True)
class Difference:
    """How a figure of the canary differs from that in force: canary less the other, None where one has none."""

    what: str
    difference: Bounded | None
    verdict: Verdict


def share(hits: int, tries: int) -> Bounded | None:
    """Return a share in per cent with its bounds (Wilson); None of nothing."""
    return Bounded(100 * hits / tries, *share_bounds(hits, tries)) if tries else None


def mean(values: Spread, unit: int = 1) -> Bounded | None:
    """Return the mean of values in some unit with its bounds; None of nothing.

    The bounds are those of the normal distribution, without an end where there is one value.
    """
    if not values.count:
        return None
    middle, spread = values.total / values.count, _spread(values, Z95)
    return Bounded(middle / unit, (middle - spread) / unit, (middle + spread) / unit)


def share_difference(hits: int, tries: int, other_hits: int, other_tries: int, z: float = Z95) -> Bounded:
    """Return by how many points a share lies above another one (Newcombe). 56/70 and 48/80: 20.0, 5.2 to 33.4."""
    one, other = 100 * hits / tries, 100 * other_hits / other_tries
    low, high = share_bounds(hits, tries, z)
    other_low, other_high = share_bounds(other_hits, other_tries, z)
    gap = one - other
    return Bounded(
        gap, gap - math.hypot(one - low, other_high - other), gap + math.hypot(high - one, other - other_low)
    )


def mean_difference(values: Spread, other: Spread, z: float = Z95) -> Bounded:
    """Return by how much a mean lies above another one (normal, unequal variances)."""
    gap = values.total / values.count - other.total / other.count
    spread = math.hypot(_spread(values, z), _spread(other, z))
    return Bounded(gap, gap - spread, gap + spread)


def differences(current: Arm, tried: Arm, least_calls: int) -> tuple[Difference, ...]:
    """Say of each figure whether the canary surely does better or worse (95 %): ASR and NER in points, ACD and PDD in
    seconds, the margin of a call in the base currency."""
    few = min(current.calls, tried.calls) < least_calls
    effective = (tried.answered + tried.user_failures, tried.calls, current.answered + current.user_failures)
    return (
        _of_shares("asr", (tried.answered, tried.calls, current.answered, current.calls), few),
        _of_shares("ner", (*effective, current.calls), few),
        _of_means("acd", tried.talk_ms, current.talk_ms, few, unit=1000),
        _of_means("pdd", tried.pdd_ms, current.pdd_ms, few, unit=1000, more=False),
        _of_means("margin", tried.margin, current.margin, few, unit=UNITS_PER_ONE),
    )


def broken(current: Arm, tried: Arm, guard: Guard) -> str:
    """Return by what the canary is surely worse than its guard allows, in words; "": by nothing that can be seen."""
    if min(current.calls, tried.calls) < guard.least_calls:
        return ""
    if guard.asr_bp:
        gap = share_difference(tried.answered, tried.calls, current.answered, current.calls, Z_GUARD)
        if 100 * gap.high < -guard.asr_bp:
            asr = 100 * tried.answered / tried.calls, 100 * current.answered / current.calls
            return f"ASR {asr[0]:.1f} of {tried.calls} calls, {asr[1]:.1f} of {current.calls} in force"
    if guard.margin_bp and tried.margin.count and current.margin.count:
        difference = mean_difference(tried.margin, current.margin, Z_GUARD)
        mine, other = (one.total / one.count for one in (tried.margin, current.margin))
        if 10_000 * difference.high < -guard.margin_bp * abs(other):
            per_call = f"{mine / UNITS_PER_ONE:.6f}, {other / UNITS_PER_ONE:.6f} in force"
            return f"margin of a call {per_call} (of {tried.calls} and {current.calls} calls)"
    return ""


def _spread(values: Spread, z: float) -> float:
    """Return how far a mean's bounds lie from it."""
    if values.count < 2:
        return math.inf
    total, count = values.total, values.count
    # of whole numbers, so that nothing is lost before the division
    variance = max(0.0, (values.squares * count - total * total) / (count * (count - 1)))
    return z * math.sqrt(variance / count)


def _of_shares(what: str, counts: tuple[int, int, int, int], few: bool) -> Difference:
    hits, tries, other_hits, other_tries = counts
    gap = share_difference(hits, tries, other_hits, other_tries) if tries and other_tries else None
    return Difference(what, gap, _verdict(gap, few, more=True))


def _of_means(what: str, values: Spread, other: Spread, few: bool, *, unit: int = 1, more: bool = True) -> Difference:
    if not (values.count and other.count):
        return Difference(what, None, Verdict.FEW if few else Verdict.EVEN)
    found = mean_difference(values, other)
    gap = Bounded(found.value / unit, found.low / unit, found.high / unit)
    return Difference(what, gap, _verdict(gap, few, more=more))


def _verdict(gap: Bounded | None, few: bool, *, more: bool) -> Verdict:
    if few:
        return Verdict.FEW
    if gap is None or gap.low <= 0 <= gap.high:
        return Verdict.EVEN
    return Verdict.BETTER if (gap.low > 0) is more else Verdict.WORSE

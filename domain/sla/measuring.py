"""What a client got in a bucket, and whether that is what it was promised.

A report goes by the figures as they were counted; an alarm wants to be sure: each figure has its bounds (95 %), and a
promise is surely broken where it is so at every corner of them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from domain.formulas.program import Condition
from domain.quality_calls import pdd_share
from domain.quality_periods import PeriodSums
from domain.quality_series import SHORT, TALK, Tally
from domain.sla.promise import Promise
from domain.wilson import Z95, share_bounds


class Verdict(StrEnum):
    """What became of a promise in a bucket."""

    KEPT = "kept"
    BROKEN = "not kept"
    FEW = "too few calls"
    EMPTY = "no calls"


@dataclass(frozen=True, slots=True)
class Bounds:
    """A figure as counted, and between which bounds what is behind it lies."""

    low: float
    value: float
    high: float


Got = Mapping[str, Bounds]
"""What a client got, by the names of figures; those are missing of which its calls say nothing."""


def got_of(sums: PeriodSums) -> Got:
    """Return what exact sums say, without bounds but for the ASR."""
    found = {"attempts": float(sums.attempts), "minutes": sums.talk_ms / 60_000}
    ended = sums.answered - sums.open_calls
    if sums.attempts:
        found["asr"] = 100 * sums.answered / sums.attempts
        found["ner"] = 100 * sums.effective / sums.attempts
        found["asr_low"], found["asr_high"] = sums.asr_bounds
    if ended:
        found["acd"] = sums.talk_ms / ended / 1000
        found["short_pct"] = 100 * sums.short / ended
    for name, delay in (("pdd_p50", sums.pdd_p50_ms), ("pdd_p95", sums.pdd_p95_ms)):
        if delay is not None:
            found[name] = delay / 1000
    return {name: Bounds(value, value, value) for name, value in found.items()}


def got_now(tally: Tally, open_answered: int, spread: float) -> Got:
    """Return what live counts say, with bounds. `spread`: the standard deviation of talk, in means."""
    ended, attempts = tally.answered, tally.attempts + open_answered
    answered, effective = ended + open_answered, tally.effective + open_answered
    found = {"attempts": _exactly(float(attempts)), "minutes": _exactly(tally.sums[TALK] / 60)}
    if attempts:
        low, high = share_bounds(answered, attempts)
        found["asr"] = Bounds(low, 100 * answered / attempts, high)
        found["asr_low"], found["asr_high"] = _exactly(low), _exactly(high)
        found["ner"] = _share(effective, attempts)
    if ended:
        mean = tally.sums[TALK] / ended
        around = Z95 * spread * mean / math.sqrt(ended)
        found["acd"] = Bounds(max(0.0, mean - around), mean, mean + around)
        found["short_pct"] = _share(tally.sums[SHORT], ended)
    rang = sum(tally.delays)
    for name, part in (("pdd_p50", 0.5), ("pdd_p95", 0.95)):
        if rang:
            found[name] = _delay(tally.delays, part, rang)
    return found


def verdict(promise: Promise, attempts: int, got: Got, unmet: int = 0) -> Verdict:
    """Return what became of a promise; `unmet`: calls that went although no vendor kept it, or not for that reason.

    What is said of vendors alone holds as long as there are none.
    """
    if promise.unmeasured and unmet:
        return Verdict.BROKEN
    if not attempts:
        return Verdict.EMPTY
    if attempts < promise.least_calls:
        return Verdict.FEW
    held = [condition.holds(_values(condition, got)) for condition in _told(promise, got)]
    if promise.measured and not held:
        return Verdict.FEW
    return Verdict.KEPT if all(held) else Verdict.BROKEN


def surely_broken(promise: Promise, attempts: int, got: Got) -> Condition | None:
    """Return a part of a promise that is broken whatever its figures are within their bounds; None where none is."""
    if attempts < promise.least_calls:
        return None
    return next((one for one in _told(promise, got) if not any(_at_corners(one, got))), None)


def surely_kept(promise: Promise, attempts: int, got: Got) -> bool:
    """Say whether all that is measured of a promise is kept whatever the figures are within their bounds."""
    told = _told(promise, got)
    return (
        attempts >= promise.least_calls
        and len(told) == len(promise.measured)
        and all(all(_at_corners(one, got)) for one in told)
    )


def _told(promise: Promise, got: Got) -> list[Condition]:
    """Return the parts of whose figures the calls say something."""
    return [one for one in promise.conditions if all(asked.name in got for asked in one.asked)]


def _values(condition: Condition, got: Got) -> list[float]:
    return [got[asked.name].value for asked in condition.asked]


def _at_corners(condition: Condition, got: Got) -> list[bool]:
    """Say whether a condition holds at the figures, and at every corner of their bounds."""
    bounds = [got[asked.name] for asked in condition.asked]
    corners = product(*((one.low, one.high) for one in bounds)) if len(bounds) <= 6 else ()
    return [condition.holds([one.value for one in bounds]), *(condition.holds(corner) for corner in corners)]


def _exactly(value: float) -> Bounds:
    return Bounds(value, value, value)


def _share(part: int, of_all: int) -> Bounds:
    low, high = share_bounds(part, of_all)
    return Bounds(low, 100 * part / of_all, high)


def _delay(delays: list[int], part: float, rang: int) -> Bounds:
    """Return a quantile with its bounds: those of the order statistics around it, by the normal approximation."""
    around = Z95 * math.sqrt(part * (1 - part) / rang)
    found = [pdd_share(delays, min(max(one, 0.001), 0.999)) or 0.0 for one in (part - around, part, part + around)]
    return Bounds(*found)

"""How a commitment or a swap stands: what was sent, what remains, whether the pace will do. Whole numbers only.

`amounts` are seconds or units of money, as Volume.per_one says; paces are such amounts a day of 24 hours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.money import half_away
from domain.quantities.volumes import MINUTE_S, Commitment, Swap

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
PACE_MS = 7 * DAY_MS
"""The pace is that of the calls that started in the last seven days, or since the volume began."""
MOST_BEHIND_BP = 1_000_000
"""How far behind may be told: with the last moments what would have to be sent at once is beyond all bounds."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What ended calls brought, `came` from the partner and `went` to it; `hours`: what went, by the hour (since 1970)
    in which the calls started, of the last seven days at least.
    """

    came: int = 0
    went: int = 0
    hours: Mapping[int, int] = field(default_factory=dict)


class Verdict(StrEnum):
    """What is to be said of a volume. COUNTING: its calls of before are being counted, so nothing is known yet."""

    COUNTING = "counting"
    WAITS = "not begun"
    FILLED = "filled"
    ON_COURSE = "on course"
    BEHIND = "behind"
    SHORT = "ended short"
    IN_BAND = "in the band"
    BELOW = "below the band"
    ABOVE = "above the band"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class CommitmentStanding:
    """`due`: what an even pace would have sent by now. `pace`: what is being sent a day, `needed`: what would have to
    be from now on. `behind_bp`: by how many ten-thousandths more than evenly that is, 0 where it is not more.
    `missing`: what will lack at the end if the pace stays, nothing before it begins; `at_risk`: units that will then be
    owed, None where nothing was agreed.

    Invariants: remaining = max(0, target - sent); behind_bp and missing are 0 of what is filled.
    """

    target: int
    sent: int
    remaining: int
    due: int
    pace: int
    needed: int
    behind_bp: int
    missing: int
    at_risk: int | None
    verdict: Verdict


def commitment_standing(its: Commitment, counted: Counted, now_ms: int) -> CommitmentStanding:
    """Return how a commitment stands at a moment."""
    target, sent = its.target, counted.went
    remaining = max(0, target - sent)
    span, left = its.until_ms - its.from_ms, its.until_ms - max(now_ms, its.from_ms)
    pace = _pace(its, counted, now_ms)
    if left <= 0:
        missing, due, needed, behind_bp = remaining, target, 0, 0
    else:
        begun = now_ms >= its.from_ms  # else there is no pace
        missing = max(0, remaining - half_away(pace * left, DAY_MS)) if begun else 0
        due = target * (span - left) // span
        needed = -(-remaining * DAY_MS // left)
        behind_bp = min(MOST_BEHIND_BP, max(0, 10_000 * remaining * span // (target * left) - 10_000))
    verdict = _verdict(its, now_ms, remaining, missing, behind_bp)
    risk = _owed(its, missing)
    return CommitmentStanding(target, sent, remaining, due, pace, needed, behind_bp, missing, risk, verdict)


def _pace(its: Commitment, counted: Counted, now_ms: int) -> int:
    """Return what was sent a day lately; the first hour of a commitment counts as a whole one."""
    until_ms = min(now_ms, its.until_ms)
    since_ms = max(its.from_ms, (until_ms - PACE_MS) // HOUR_MS * HOUR_MS)
    sent = sum(amount for hour, amount in counted.hours.items() if (hour + 1) * HOUR_MS > since_ms)
    return half_away(sent * DAY_MS, max(until_ms - since_ms, HOUR_MS))


def _verdict(its: Commitment, now_ms: int, remaining: int, missing: int, behind_bp: int) -> Verdict:
    if not remaining:
        return Verdict.FILLED
    if now_ms < its.from_ms:
        return Verdict.WAITS
    if now_ms >= its.until_ms:
        return Verdict.SHORT
    return Verdict.BEHIND if missing and behind_bp > 100 * its.warn_pct else Verdict.ON_COURSE


def _owed(its: Commitment, missing: int) -> int | None:
    if its.currency is not None:
        return missing
    return None if its.true_up is None else half_away(missing * its.true_up, MINUTE_S)


@dataclass(frozen=True, slots=True)
class SwapStanding:
    """`balance`: what the partner sent us less what we sent it. `room`: what we may still send until the balance is at
    the low end of the band, below zero where it is beyond. `position_bp`: where in the band it is, -10,000 at the low
    end, 10,000 at the high one.
    """

    came: int
    went: int
    balance: int
    room: int
    position_bp: int
    verdict: Verdict


def swap_standing(its: Swap, counted: Counted, now_ms: int) -> SwapStanding:
    """Return how a swap stands at a moment."""
    low, high = its.band
    balance = counted.came - counted.went
    position_bp = half_away(10_000 * (2 * balance - low - high), high - low)
    return SwapStanding(counted.came, counted.went, balance, balance - low, position_bp, _of_band(its, balance, now_ms))


def _of_band(its: Swap, balance: int, now_ms: int) -> Verdict:
    low, high = its.band
    if now_ms < its.from_ms:
        return Verdict.WAITS
    if now_ms >= its.until_ms:
        return Verdict.OVER
    return Verdict.BELOW if balance < low else Verdict.ABOVE if balance > high else Verdict.IN_BAND

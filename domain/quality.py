"""What quality hears of legs, how long a destination's calls last, and the totals of each side.

Counts and sums are kept, never ratios (facts: quality §5). A leg counts in the bucket of its setup, with all its
seconds. All of it is derived from legs and rebuilt from them; applying a leg once is the caller's part. Figures by
partner: domain.quality_counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.calls import Leg, Side
from domain.cause_classes import is_user_failure
from domain.durations import Histogram, bin_of
from domain.ids import DestinationId, LegId, PartnerId, TrunkId
from domain.money import Currency, half_away
from domain.quick import quick
from domain.travel import travels

BUCKET_MS = 300_000
DAY_MS = 86_400_000
FINE_BUCKETS = DAY_MS // BUCKET_MS
"""Buckets of five minutes are kept for 24 hours."""
KEPT_DAYS = 31
NO_LEG = LegId(b"")
NO_TRUNK = TrunkId("")
SHORT_MS = 6_000
"""Answered calls of up to six seconds are short calls (facts: quality §2, SDC)."""


@travels
@quick
@dataclass(frozen=True, slots=True)
class LegSeen:
    """A closed leg as quality sees it. `pdd_ms`: ringing minus setup, None if it never rang; cause is Q.850.

    `end_ms`: when it was over, 0 where that is not known. For volumes (domain.quantities): the number `b` that was
    called, when it began (its connect, else its setup), and what was billed: seconds, units of a currency.
    """

    destination: DestinationId
    side: Side
    partner: PartnerId
    setup_ms: int
    answered: bool
    duration_ms: int
    pdd_ms: int | None
    cause: int
    alerted: bool
    base_charge: int = 0
    end_ms: int = 0
    leg_id: LegId = NO_LEG
    trunk: TrunkId = NO_TRUNK
    b: str = ""
    began_ms: int = 0
    billed_s: int = 0
    charge: int = 0
    currency: Currency | None = None


@travels
@quick
@dataclass(frozen=True, slots=True)
class LegBegun:
    """A leg that is open. `answered`: it was connected, at `connect_ms` where that is known, else 0."""

    leg_id: LegId
    destination: DestinationId
    side: Side
    partner: PartnerId
    setup_ms: int
    answered: bool
    connect_ms: int = 0
    trunk: TrunkId = NO_TRUNK


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts and sums over some legs, and the ratios made from them: None where there is nothing to divide by.

    `base_charge` is what the legs cost or brought in, base units (10^-8).
    `user_failures` are the unanswered legs in the numerator of NER; ratios are in basis points, half away from zero.
    """

    attempts: int = 0
    answered: int = 0
    user_failures: int = 0
    talk_ms: int = 0
    pdd_ms: int = 0
    pdd_legs: int = 0
    short: int = 0
    base_charge: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.attempts + other.attempts,
            self.answered + other.answered,
            self.user_failures + other.user_failures,
            self.talk_ms + other.talk_ms,
            self.pdd_ms + other.pdd_ms,
            self.pdd_legs + other.pdd_legs,
            self.short + other.short,
            self.base_charge + other.base_charge,
        )

    @property
    def asr_bp(self) -> int | None:
        """Answered per attempt (ITU-T E.425 §1.3)."""
        return _ratio(10_000 * self.answered, self.attempts)

    @property
    def ner_bp(self) -> int | None:
        """Answered and user-caused failures per attempt (ITU-T E.425 §1.5)."""
        return _ratio(10_000 * (self.answered + self.user_failures), self.attempts)

    @property
    def acd_ms(self) -> int | None:
        """Mean length of answered calls in ms (ITU-T E.437, ALOC)."""
        return _ratio(self.talk_ms, self.answered)

    @property
    def mean_pdd_ms(self) -> int | None:
        """Mean post-dial delay in ms of the legs that rang (ITU-T E.721)."""
        return _ratio(self.pdd_ms, self.pdd_legs)

    @property
    def short_bp(self) -> int | None:
        """Short calls per answered call."""
        return _ratio(10_000 * self.short, self.answered)


NOTHING = Counts()


class SideTotals:
    """The counts of all legs of each side by five minutes, for 24 hours.

    Invariant: no bucket is older than 24 hours at the last `apply`, or more than a day ahead.
    """

    def __init__(self) -> None:
        self._fine: dict[tuple[Side, int], Counts] = {}
        self._pruned = -1

    def apply(self, event: LegSeen, now_ms: int) -> None:
        """Count a closed leg. Legs set up outside the window are passed over."""
        self.fill(event.side, event.setup_ms // BUCKET_MS, counts_of(event), now_ms)

    def fill(self, side: Side, bucket: int, counts: Counts, now_ms: int) -> None:
        """Add the counts of many legs of five minutes at once, under the same window as `apply`."""
        this = now_ms // BUCKET_MS
        if this > self._pruned:
            self._pruned = this
            self._fine = {key: kept for key, kept in self._fine.items() if key[1] > this - FINE_BUCKETS}
        if this - FINE_BUCKETS < bucket <= this + FINE_BUCKETS:
            self._fine[side, bucket] = self._fine.get((side, bucket), NOTHING) + counts

    def total(self, side: Side, window_ms: int, now_ms: int) -> Counts:
        """Return the counts of a side since now - window, by whole buckets; 24 hours at most."""
        first = (now_ms - window_ms) // BUCKET_MS + 1
        found = (counts for (its, bucket), counts in self._fine.items() if its is side and bucket >= first)
        return sum(found, NOTHING)


class DestinationQuality:
    """How long a destination's answered calls last, over 31 days. Changed by `apply` and `fill` only.

    Invariant: no day is older than the window at the last change, and none lies more than a day ahead.
    """

    def __init__(self, destination: DestinationId) -> None:
        self.destination = destination
        self._durations: dict[int, dict[int, int]] = {}

    def apply(self, event: LegSeen, now_ms: int) -> None:
        """Count a closed leg: of answered ones the client's only, one for each call, however many vendors were tried.

        Legs set up outside the window are passed over.
        """
        assert event.destination == self.destination, "a leg counts at its own destination"
        if event.answered and event.side is Side.CLIENT:
            self.fill(event.setup_ms // DAY_MS, ((bin_of(event.duration_ms), 1),), now_ms)

    def fill(self, day: int, durations: Iterable[tuple[int, int]], now_ms: int) -> None:
        """Add durations of a UTC day: bins of whole seconds (durations.bin_of), and how many calls are in each."""
        today = now_ms // DAY_MS
        self._durations = {its: bins for its, bins in self._durations.items() if its > today - KEPT_DAYS}
        if today - KEPT_DAYS < day <= today + 1:
            bins = self._durations.setdefault(day, {})
            for length, calls in durations:
                bins[length] = bins.get(length, 0) + calls

    def histogram(self, now_ms: int) -> Histogram:
        """Return the answered durations of the last 31 days."""
        oldest = now_ms // DAY_MS - KEPT_DAYS + 1
        total: dict[int, int] = {}
        for day, bins in self._durations.items():
            if day >= oldest:
                for length, calls in bins.items():
                    total[length] = total.get(length, 0) + calls
        return Histogram(total)


def leg_seen(leg: Leg) -> LegSeen:
    """Return what a leg says about quality."""
    return LegSeen(
        destination=leg.destination,
        side=leg.side,
        partner=leg.partner,
        setup_ms=leg.setup_ms,
        answered=leg.answered,
        duration_ms=leg.duration_ms,
        pdd_ms=None if leg.alert_ms is None else max(leg.alert_ms - leg.setup_ms, 0),
        cause=leg.cause,
        alerted=leg.alert_ms is not None,
        base_charge=leg.base_charge,
        end_ms=leg.disconnect_ms or 0,
        leg_id=leg.leg_id,
        trunk=leg.trunk,
        b=leg.b,
        began_ms=leg.day_ms,
        billed_s=leg.billed_s,
        charge=leg.charge,
        currency=leg.currency,
    )


def leg_begun(leg: Leg) -> LegBegun:
    """Return what an open leg says about quality."""
    connect_ms = leg.connect_ms
    its = leg.leg_id, leg.destination, leg.side, leg.partner, leg.setup_ms
    return LegBegun(*its, connect_ms is not None, connect_ms or 0, leg.trunk)


def counts_of(event: LegSeen) -> Counts:
    """Return the counts of one leg."""
    return Counts(
        attempts=1,
        answered=int(event.answered),
        user_failures=int(not event.answered and is_user_failure(event.cause, event.alerted)),
        talk_ms=event.duration_ms if event.answered else 0,
        pdd_ms=event.pdd_ms or 0,
        pdd_legs=int(event.pdd_ms is not None),
        short=int(event.answered and event.duration_ms <= SHORT_MS),
        base_charge=event.base_charge,
    )


def _ratio(numerator: int, denominator: int) -> int | None:
    return half_away(numerator, denominator) if denominator else None

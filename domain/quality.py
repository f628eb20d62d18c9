"""The destination entity: what its calls were like, by partner and over time.

Counts and sums are kept, never ratios (facts: quality §5). A leg counts in the bucket of its setup, with all its
seconds. All of it is derived from legs and rebuilt from them; applying a leg once is the caller's part.
"""

from dataclasses import dataclass, field

from domain.calls import Leg, Side
from domain.cause_classes import is_user_failure
from domain.durations import Histogram, bin_of
from domain.ids import DestinationId, LegId, PartnerId
from domain.money import half_away
from domain.quick import quick
from domain.travel import travels

BUCKET_MS = 300_000
DAY_MS = 86_400_000
FINE_BUCKETS = DAY_MS // BUCKET_MS
"""Buckets of five minutes are kept for 24 hours, then only days."""
KEPT_DAYS = 31
NO_LEG = LegId(b"")
SHORT_MS = 6_000
"""Answered calls of up to six seconds are short calls (facts: quality §2, SDC)."""


@travels
@quick
@dataclass(frozen=True, slots=True)
class LegSeen:
    """A closed leg as quality sees it. `pdd_ms`: ringing minus setup, None if it never rang; cause is Q.850.

    `end_ms`: when it was over, 0 where that is not known.
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


@travels
@quick
@dataclass(frozen=True, slots=True)
class LegBegun:
    """A leg that is open. `answered`: it was connected."""

    leg_id: LegId
    destination: DestinationId
    side: Side
    partner: PartnerId
    setup_ms: int
    answered: bool


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


@dataclass(frozen=True, slots=True)
class Sample:
    """Counts of many legs of one day (and five minutes, or None), made by a task from the books.

    `durations` are bins of answered whole seconds (durations.bin_of) of client legs, else empty.
    """

    destination: DestinationId
    side: Side
    partner: PartnerId
    day: int
    bucket: int | None
    counts: Counts
    durations: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class _Series:
    """Counts of one partner by five minutes and by day (bucket number since 1970 -> counts)."""

    fine: dict[int, Counts] = field(default_factory=dict)
    days: dict[int, Counts] = field(default_factory=dict)


class DestinationQuality:
    """What is known of one destination. Changed by `apply` only.

    Invariant: no bucket is older than its window at the last `apply`, and none lies in the future, so the size is
    bounded by the windows and the number of partners.
    """

    def __init__(self, destination: DestinationId) -> None:
        self.destination = destination
        self._series: dict[tuple[Side, PartnerId], _Series] = {}
        self._durations: dict[int, dict[int, int]] = {}
        self._pruned = -1

    def apply(self, event: LegSeen, now_ms: int) -> None:
        """Count a closed leg. Legs set up outside the windows are passed over."""
        assert event.destination == self.destination, "a leg counts at its own destination"
        self._drop_old(now_ms)
        today, this = now_ms // DAY_MS, now_ms // BUCKET_MS
        day, bucket = event.setup_ms // DAY_MS, event.setup_ms // BUCKET_MS
        if not today - KEPT_DAYS < day <= today + 1:
            return
        one = counts_of(event)
        series = self._series.setdefault((event.side, event.partner), _Series())
        series.days[day] = series.days.get(day, NOTHING) + one
        if this - FINE_BUCKETS < bucket <= this + FINE_BUCKETS:
            series.fine[bucket] = series.fine.get(bucket, NOTHING) + one
        # the client's legs only: one per call, however many vendors were tried
        if event.answered and event.side is Side.CLIENT:
            bins = self._durations.setdefault(day, {})
            length = bin_of(event.duration_ms)
            bins[length] = bins.get(length, 0) + 1

    def fill(self, sample: Sample, now_ms: int) -> None:
        """Add the counts of many legs at once, under the same windows as `apply`."""
        self._drop_old(now_ms)
        today, this = now_ms // DAY_MS, now_ms // BUCKET_MS
        if not today - KEPT_DAYS < sample.day <= today + 1:
            return
        series = self._series.setdefault((sample.side, sample.partner), _Series())
        if sample.bucket is None:
            series.days[sample.day] = series.days.get(sample.day, NOTHING) + sample.counts
        elif this - FINE_BUCKETS < sample.bucket <= this + FINE_BUCKETS:
            series.fine[sample.bucket] = series.fine.get(sample.bucket, NOTHING) + sample.counts
        bins = self._durations.setdefault(sample.day, {}) if sample.durations else {}
        for length, calls in sample.durations:
            bins[length] = bins.get(length, 0) + calls

    def partners(self, side: Side) -> tuple[PartnerId, ...]:
        """Return the partners of a side that have any counts."""
        return tuple(sorted(partner for its, partner in self._series if its is side))

    def figures(self, side: Side, partner: PartnerId, window_ms: int, now_ms: int) -> Counts:
        """Return the counts since now - window: by whole buckets up to 24 hours, by whole UTC days beyond."""
        series = self._series.get((side, partner), _Series())
        fine = window_ms <= DAY_MS
        buckets, width = (series.fine, BUCKET_MS) if fine else (series.days, DAY_MS)
        first = (now_ms - window_ms) // width + 1
        return sum((counts for number, counts in buckets.items() if number >= first), NOTHING)

    def total(self, side: Side, window_ms: int, now_ms: int) -> Counts:
        """Return the counts of all partners of a side since now - window, as `figures` does."""
        return sum((self.figures(side, partner, window_ms, now_ms) for partner in self.partners(side)), NOTHING)

    def histogram(self, now_ms: int) -> Histogram:
        """Return the answered durations of the last 31 days."""
        oldest = now_ms // DAY_MS - KEPT_DAYS + 1
        total: dict[int, int] = {}
        for day, bins in self._durations.items():
            if day >= oldest:
                for length, calls in bins.items():
                    total[length] = total.get(length, 0) + calls
        return Histogram(total)

    def _drop_old(self, now_ms: int) -> None:
        this = now_ms // BUCKET_MS
        if this <= self._pruned:
            return
        self._pruned = this
        oldest_day, oldest = now_ms // DAY_MS - KEPT_DAYS + 1, this - FINE_BUCKETS + 1
        for series in self._series.values():
            series.fine = {number: counts for number, counts in series.fine.items() if number >= oldest}
            series.days = {number: counts for number, counts in series.days.items() if number >= oldest_day}
        self._series = {key: series for key, series in self._series.items() if series.days or series.fine}
        self._durations = {day: bins for day, bins in self._durations.items() if day >= oldest_day}


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
    )


def leg_begun(leg: Leg) -> LegBegun:
    """Return what an open leg says about quality."""
    return LegBegun(leg.leg_id, leg.destination, leg.side, leg.partner, leg.setup_ms, leg.connect_ms is not None)


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

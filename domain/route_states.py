"""A route's state: when it goes out, how it is tried, when it is back. One object for a vendor and a destination.

The raw ratio never decides: a healthy route of 38 % stands below 35 % in a third of its windows of 50 calls. It goes
out when even the upper bound of what the calls say lies beyond the limit, and comes back by a batch of tries within it.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from domain.route_watch import Action, Bound, Measure, Watch
from domain.wilson import mean_bounds, share_bounds


class Standing(StrEnum):
    """How a route stands. LOCKED_OUT and LOCKED_IN are by hand."""

    ACTIVE = "active"
    WARNED = "warned"
    OUT = "out"
    PROBING = "probing"
    TRIAL = "trial"
    LOCKED_OUT = "locked-out"
    LOCKED_IN = "locked-in"


IN = (Standing.ACTIVE, Standing.WARNED, Standing.LOCKED_IN)
LOCKED = (Standing.LOCKED_OUT, Standing.LOCKED_IN)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A call that was tried and is over. `effective`: in the numerator of NER; `units`: what it cost, base currency."""

    setup_ms: int
    answered: bool
    effective: bool
    talk_ms: int = 0
    pdd_ms: int | None = None
    short: bool = False
    units: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure over some calls: its value with its bounds. Shares in per cent, times in seconds."""

    measure: Measure
    value: float
    low: float
    high: float
    calls: int

    def __str__(self) -> str:
        return f"{self.measure} {self.value:.1f} ({self.low:.1f}–{self.high:.1f}, {self.calls} calls)"


@dataclass(frozen=True, slots=True)
class RouteEvent:
    """A change of a route's state, with what it was decided by; `why` is a sentence's part for people."""

    at_ms: int
    before: Standing
    after: Standing
    why: str
    measured: tuple[Measured, ...] = ()
    until_ms: int | None = None


class RouteState:
    """The state of one route. Time comes as an argument; the same outcomes in the same order give the same events.

    Invariants: only calls set up since the state began count for it, but those of a trial go on counting when the route
    is active again; `tried` are at most `watch.window_calls`, while a batch or trial runs as many as that needs.
    """

    __slots__ = ("_tried", "batch", "paused_until_ms", "since_ms", "spent_units", "standing", "until_ms")

    def __init__(self, since_ms: int = 0) -> None:
        self.standing = Standing.ACTIVE
        self.since_ms = since_ms
        self.until_ms: int | None = None
        self.batch = 0
        self.spent_units = 0
        self.paused_until_ms = 0
        self._tried: deque[Outcome] = deque()

    def hear(self, outcome: Outcome, watch: Watch, now_ms: int) -> list[RouteEvent]:
        """Count a call that is over; return what that changes."""
        events = self.tick(watch, now_ms)
        if outcome.setup_ms < self.since_ms or self.standing in (Standing.OUT, *LOCKED):
            return events
        self._tried.append(outcome)
        if self.standing is Standing.PROBING:
            return events + self._probed(outcome, watch, now_ms)
        most = max(watch.window_calls, watch.trial_calls) if self.standing is Standing.TRIAL else watch.window_calls
        while len(self._tried) > most:
            self._tried.popleft()
        return events + self._judged(watch, now_ms)

    def refill(self, outcomes: Iterable[Outcome], watch: Watch) -> None:
        """Count the last calls anew, the oldest first; what they say is judged with the next one that is heard."""
        if self.standing in (Standing.OUT, *LOCKED):
            return
        counted = [one for one in outcomes if one.setup_ms >= self.since_ms]
        if self.standing is Standing.PROBING:
            self.spent_units = sum(one.units for one in counted)
            most = watch.probe_calls
        else:
            most = max(watch.window_calls, watch.trial_calls if self.standing is Standing.TRIAL else 0)
        self._tried = deque(counted[-most:])

    def tick(self, watch: Watch, now_ms: int) -> list[RouteEvent]:
        """Return what time alone changes: rests that are over, batches that nobody fills, orders by hand that end."""
        if self.until_ms is not None and now_ms >= self.until_ms:
            after = Standing.TRIAL if self.standing is Standing.LOCKED_OUT else Standing.ACTIVE
            return [self._become(after, now_ms, "the order by hand is over")]
        if self.standing is Standing.OUT and now_ms >= self.since_ms + 1000 * watch.rest_s:
            return [self._probe(watch, now_ms)]
        if self.standing is Standing.PROBING and now_ms >= self.since_ms + 1000 * watch.batch_s:
            if len(self._tried) >= watch.least_calls:
                return [self._batch_over(watch, now_ms)]
            return [self._become(Standing.OUT, now_ms, f"{len(self._tried)} calls only came to try it")]
        return []

    def order(self, standing: Standing, now_ms: int, why: str, until_ms: int | None = None) -> RouteEvent:
        """Put it in a state by hand; `until_ms`: then the order is over (None: never)."""
        event = self._become(standing, now_ms, why)
        if standing in LOCKED:
            self.until_ms = until_ms
        if standing is Standing.PROBING:
            self.batch += 1
        return RouteEvent(event.at_ms, event.before, event.after, event.why, until_ms=self.until_ms)

    def share_bp(self, watch: Watch, now_ms: int) -> int:
        """Return which part of the calls it may get before others, basis points."""
        if watch.action is Action.TELL and self.standing not in LOCKED:
            return 10_000
        match self.standing:
            case Standing.OUT | Standing.LOCKED_OUT:
                return 0
            case Standing.PROBING:
                return watch.probe_share_bp if now_ms >= self.paused_until_ms else 0
            case Standing.TRIAL:
                return watch.trial_share_bp
            case _:
                return 10_000

    def measured(self, watch: Watch) -> tuple[Measured, ...]:
        """Return what is watched, over the calls that count."""
        return tuple(measured(bound.measure, self._tried, bound) for bound in watch.bounds())

    @property
    def calls(self) -> int:
        """How many calls count."""
        return len(self._tried)

    def _probed(self, outcome: Outcome, watch: Watch, now_ms: int) -> list[RouteEvent]:
        self.spent_units += outcome.units
        if len(self._tried) >= watch.probe_calls:
            return [self._batch_over(watch, now_ms)]
        if watch.probe_units is not None and self.spent_units >= watch.probe_units:
            self.spent_units, self.paused_until_ms = 0, now_ms + 1000 * watch.rest_s
        return []

    def _batch_over(self, watch: Watch, now_ms: int) -> RouteEvent:
        found = self.measured(watch)
        bad = [
            one
            for bound, one in zip(watch.bounds(), found, strict=True)
            if _beyond(bound.measure, one.value, bound.act)
        ]
        if bad:
            return self._become(Standing.OUT, now_ms, f"batch {self.batch} failed: {bad[0]}", found)
        return self._become(Standing.TRIAL, now_ms, f"batch {self.batch} passed", found)

    def _judged(self, watch: Watch, now_ms: int) -> list[RouteEvent]:
        if len(self._tried) < watch.least_calls:
            return []
        found = list(zip(watch.bounds(), self.measured(watch), strict=True))
        for bound, one in found:
            if _surely(bound.measure, one, bound.act):
                whys = f"{one} is beyond {bound.act:g}"
                return [self._become(Standing.OUT, now_ms, whys, tuple(its for _, its in found))]
        if self.standing is Standing.TRIAL:
            if len(self._tried) < watch.trial_calls:
                return []
            return [
                self._become(Standing.ACTIVE, now_ms, "the trial is over", tuple(its for _, its in found), keep=True)
            ]
        return list(self._warned(found, now_ms))

    def _warned(self, found: list[tuple[Bound, Measured]], now_ms: int) -> Iterator[RouteEvent]:
        """Warn where the limit to warn at is surely passed; be active again where no value lies beyond its own."""
        limits = [(bound.measure, one, bound.warn) for bound, one in found if bound.warn is not None]
        every = tuple(one for _, one in found)
        if self.standing is Standing.ACTIVE:
            bad = next((one for measure, one, warn in limits if _surely(measure, one, warn)), None)
            if bad is not None:
                yield self._become(Standing.WARNED, now_ms, f"{bad} nears its limit", every, keep=True)
        elif self.standing is Standing.WARNED and not any(_beyond(m, one.value, warn) for m, one, warn in limits):
            yield self._become(Standing.ACTIVE, now_ms, "well again", every, keep=True)

    def _probe(self, watch: Watch, now_ms: int) -> RouteEvent:
        self.batch += 1
        return self._become(Standing.PROBING, now_ms, f"batch {self.batch} of {watch.probe_calls} tries")

    def _become(
        self, standing: Standing, now_ms: int, why: str, found: tuple[Measured, ...] = (), *, keep: bool = False
    ) -> RouteEvent:
        event = RouteEvent(now_ms, self.standing, standing, why, found)
        if not keep:
            self._tried.clear()
            self.since_ms = now_ms
        self.standing, self.until_ms = standing, None
        self.spent_units = self.paused_until_ms = 0
        return event


def measured(measure: Measure, calls: "deque[Outcome]", bound: Bound) -> Measured:
    """Return a measure over some calls; where none says anything about it, its limit, between the widest bounds.

    pdd is the median of the calls that rang: few that ring for a minute are not to hide that all others are quick.
    """
    match measure:
        case Measure.ACD:
            talks = [one.talk_ms / 1000 for one in calls if one.answered]
            low, high = mean_bounds(sum(talks), sum(talk * talk for talk in talks), len(talks))
            return Measured(measure, sum(talks) / len(talks) if talks else bound.act, low, high, len(talks))
        case Measure.PDD:
            delays = sorted(one.pdd_ms / 1000 for one in calls if one.pdd_ms is not None)
            return _median(measure, delays, bound.act)
        case Measure.SHORT:
            hits, tries = sum(one.short for one in calls), sum(one.answered for one in calls)
        case Measure.NER:
            hits, tries = sum(one.effective for one in calls), len(calls)
        case Measure.ASR:
            hits, tries = sum(one.answered for one in calls), len(calls)
    low, high = share_bounds(hits, tries)
    return Measured(measure, 100 * hits / tries if tries else bound.act, low, high, tries)


def _median(measure: Measure, values: list[float], nothing: float) -> Measured:
    """Return the median with the bounds of its order statistics: those of the share one half."""
    if not values:
        return Measured(measure, nothing, 0.0, float("inf"), 0)
    count = len(values)
    low, high = share_bounds(count // 2, count)
    first, last = int(low * count / 100), min(count - 1, int(high * count / 100))
    return Measured(measure, values[count // 2], values[first], values[last], count)


def _beyond(measure: Measure, value: float, limit: float) -> bool:
    return value < limit if measure.least else value > limit


def _surely(measure: Measure, one: Measured, limit: float) -> bool:
    return one.high < limit if measure.least else one.low > limit

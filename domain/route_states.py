"""A route's state: when it goes out, how it is tried, when it is back. One object for a vendor and a destination.

The raw ratio never decides: a healthy route of 38 % stands below 35 % in a third of its windows of 50 calls. It goes
out when even the upper bound of what the calls say lies beyond the limit, and comes back by a batch of tries within it.

Shares of answers are over the calls of which it is known whether they were answered, lengths and delays over those that
are over. Answered calls are over minutes after those that fail: counted by their ends, the first calls of the morning,
of a batch or of a trial would all have failed.
"""

from array import array
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
ORDER_OVER = "the order by hand is over"
BY_ANSWER = (Measure.ASR, Measure.NER)
"""What is known of a call as soon as it is answered or has failed."""
NOT_REACHED, REACHED, ANSWERED = 0, 2, 3
"""What is kept of a call that was tried: it failed, by the called user (in the numerator of NER), or was answered."""
_SHORT, _PDD_SHIFT, _TALK_SHIFT = 2, 2, 16
_LONGEST_PDD, _LONGEST_TALK = (1 << 14) - 1, (1 << 16) - 1
"""Of a call that is over: whether it was answered, whether it was short, the delay in whole 10 ms from 1 on (0: it
never rang), seconds of talk: 32 bits, for there may be a million watched routes."""


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
    is active again; `tried` (known whether answered) and `over` are at most `watch.window_calls` each, while a batch or
    trial runs as many as that needs. `over` is kept only where lengths or delays are watched. `paused_until_ms`: so
    long nobody tries it, since the money for it is spent; 0: it is tried.
    """

    __slots__ = ("_over", "_tried", "batch", "paused_until_ms", "since_ms", "spent_units", "standing", "until_ms")

    def __init__(self, since_ms: int = 0) -> None:
        self.standing = Standing.ACTIVE
        self.since_ms = since_ms
        self.until_ms: int | None = None
        self.batch = 0
        self.spent_units = 0
        self.paused_until_ms = 0
        self._tried = bytearray()
        self._over: array[int] | None = None

    def answered(self, setup_ms: int, watch: Watch, now_ms: int) -> list[RouteEvent]:
        """Count a call that was answered and goes on; return what that changes."""
        events = self.tick(watch, now_ms)
        if self._counts(setup_ms):
            self._tried.append(ANSWERED)
            events += self._decided(watch, now_ms)
        return events

    def hear(self, outcome: Outcome, watch: Watch, now_ms: int, *, counted: bool = False) -> list[RouteEvent]:
        """Count a call that is over; return what that changes. `counted`: as answered, while it was open."""
        events = self.tick(watch, now_ms)
        if not self._counts(outcome.setup_ms):
            return events
        self._ended([outcome], watch)
        if not counted:
            self._tried.append(_tried(outcome))
        self.spent_units += outcome.units if self.standing is Standing.PROBING else 0
        return events + self._decided(watch, now_ms)

    def refill(self, outcomes: Iterable[Outcome], watch: Watch, open_ms: Iterable[int] = ()) -> None:
        """Count the last calls anew, the oldest first; what they say is judged with the next one that is heard.

        `open_ms`: when those were set up that were answered and go on.
        """
        if self.standing in (Standing.OUT, *LOCKED):
            return
        over = [one for one in outcomes if one.setup_ms >= self.since_ms]
        on = [(at_ms, ANSWERED) for at_ms in open_ms if at_ms >= self.since_ms]
        tried = [(one.setup_ms, _tried(one)) for one in over]
        tried = sorted(tried + on, key=lambda one: one[0]) if on else tried
        if self.standing is Standing.PROBING:
            self.spent_units = sum(one.units for one in over)
        most = watch.probe_calls if self.standing is Standing.PROBING else self._most(watch)
        self._tried, self._over = bytearray(its for _, its in tried[-most:]), None
        self._ended(over[-most:], watch)

    def judge(self, watch: Watch, now_ms: int) -> list[RouteEvent]:
        """Return what the calls change that count already."""
        return self._decided(watch, now_ms)

    def tick(self, watch: Watch, now_ms: int) -> list[RouteEvent]:
        """Return what time alone changes: rests that are over, batches that nobody fills, orders by hand that end."""
        if self.paused_until_ms <= now_ms:
            self.paused_until_ms = 0
        if self.until_ms is not None and now_ms >= self.until_ms:
            after = Standing.TRIAL if self.standing is Standing.LOCKED_OUT else Standing.ACTIVE
            return [self._become(after, now_ms, ORDER_OVER)]
        if self.standing is Standing.OUT and now_ms >= self.since_ms + 1000 * watch.rest_s:
            return [self._probe(watch, now_ms)]
        if self.standing is Standing.PROBING and self.batch and now_ms >= self.since_ms + 1000 * watch.batch_s:
            if self._heard_of(watch) >= watch.least_calls:
                return [self._batch_over(watch, now_ms)]
            return [self._become(Standing.OUT, now_ms, f"{len(self._tried)} calls only came to try it")]
        return []

    def begin_new(self, watch: Watch, now_ms: int) -> RouteEvent:
        """Begin with a batch, the one of number 0: it keeps nobody out, and waits for its calls however long."""
        return self._become(Standing.PROBING, now_ms, f"new: fewer than {watch.new} calls are known")

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
        return tuple(
            _of_tried(bound, self._tried) if bound.measure in BY_ANSWER else _of_over(bound, self._over or _NOTHING)
            for bound in watch.bounds()
        )

    @property
    def calls(self) -> int:
        """How many calls count."""
        return len(self._tried)

    def _counts(self, setup_ms: int) -> bool:
        return setup_ms >= self.since_ms and self.standing not in (Standing.OUT, *LOCKED)

    def _ended(self, outcomes: Iterable[Outcome], watch: Watch) -> None:
        if any(bound.measure not in BY_ANSWER for bound in watch.bounds()):
            if self._over is None:
                self._over = array("I")
            self._over.extend(_packed(one) for one in outcomes)

    def _calls_for(self, bound: Bound) -> int:
        return len(self._tried if bound.measure in BY_ANSWER else self._over or _NOTHING)

    def _heard_of(self, watch: Watch) -> int:
        """Return how many calls count for every measure."""
        return min((self._calls_for(bound) for bound in watch.bounds()), default=0)

    def _most(self, watch: Watch) -> int:
        return max(watch.window_calls, watch.trial_calls) if self.standing is Standing.TRIAL else watch.window_calls

    def _decided(self, watch: Watch, now_ms: int) -> list[RouteEvent]:
        if self.standing is Standing.PROBING:
            return self._probed(watch, now_ms)
        most = self._most(watch)
        del self._tried[: max(0, len(self._tried) - most)]
        if self._over is not None:
            del self._over[: max(0, len(self._over) - most)]
        return self._judged(watch, now_ms)

    def _probed(self, watch: Watch, now_ms: int) -> list[RouteEvent]:
        if self._heard_of(watch) >= watch.probe_calls:
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
            return self._become(Standing.OUT, now_ms, f"{self._the_batch} failed: {bad[0]}", found)
        return self._become(Standing.TRIAL, now_ms, f"{self._the_batch} passed", found)

    @property
    def _the_batch(self) -> str:
        return f"batch {self.batch}" if self.batch else "its first batch"

    def _judged(self, watch: Watch, now_ms: int) -> list[RouteEvent]:
        enough = [self._calls_for(bound) >= watch.least_calls for bound in watch.bounds()]
        if not any(enough):
            return []
        every = zip(watch.bounds(), self.measured(watch), enough, strict=True)
        found = [(bound, one) for bound, one, is_enough in every if is_enough]
        for bound, one in found:
            if _surely(bound.measure, one, bound.act):
                whys = f"{one} is beyond {bound.act:g}"
                return [self._become(Standing.OUT, now_ms, whys, tuple(its for _, its in found))]
        if self.standing is Standing.TRIAL:
            if self._heard_of(watch) < watch.trial_calls:
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
            self._tried, self._over = bytearray(), None
            self.since_ms = now_ms
        self.standing, self.until_ms = standing, None
        self.spent_units = self.paused_until_ms = 0
        return event


_NOTHING = array("I")


def _tried(outcome: Outcome) -> int:
    return ANSWERED if outcome.answered else REACHED if outcome.effective else NOT_REACHED


def _packed(outcome: Outcome) -> int:
    delay = 0 if outcome.pdd_ms is None else 1 + min(outcome.pdd_ms // 10, _LONGEST_PDD - 1)
    talk_s = min((outcome.talk_ms + 500) // 1000, _LONGEST_TALK) if outcome.answered else 0
    return talk_s << _TALK_SHIFT | delay << _PDD_SHIFT | (outcome.short and _SHORT) | outcome.answered


def _of_tried(bound: Bound, calls: bytearray) -> Measured:
    """Return a share of answers over some calls; of none its limit, between the widest bounds."""
    hits = calls.count(ANSWERED) if bound.measure is Measure.ASR else len(calls) - calls.count(NOT_REACHED)
    return _share(bound, hits, len(calls))


def _of_over(bound: Bound, calls: "array[int]") -> Measured:
    """Return a length or a delay over some calls; where none says anything about it, its limit, as widely.

    pdd is the median of the calls that rang: few that ring for a minute are not to hide that all others are quick.
    """
    answered = [call for call in calls if call & 1]
    match bound.measure:
        case Measure.PDD:
            rang = sorted(call >> _PDD_SHIFT & _LONGEST_PDD for call in calls)
            return _median(bound.measure, [(delay - 1) / 100 for delay in rang if delay], bound.act)
        case Measure.ACD:
            talks = [call >> _TALK_SHIFT for call in answered]
            low, high = mean_bounds(sum(talks), sum(talk * talk for talk in talks), len(talks))
            return Measured(bound.measure, sum(talks) / len(talks) if talks else bound.act, low, high, len(talks))
        case _:
            return _share(bound, sum(call & _SHORT != 0 for call in answered), len(answered))


def _share(bound: Bound, hits: int, tries: int) -> Measured:
    low, high = share_bounds(hits, tries)
    return Measured(bound.measure, 100 * hits / tries if tries else bound.act, low, high, tries)


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

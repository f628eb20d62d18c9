"""What one client has used of its limits, and what may go on top: the hard ones, kept together with its holds.

What open calls count is derived from the holds and comes back to zero with them. What ended calls used is durable in
the client's book, in the transaction of the balance.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from domain.causes import Cause
from domain.commands import PlaceHold, Posting
from domain.end_users import NO_USERS, UserLimits
from domain.grants import cost_of, grant_seconds
from domain.holds import Hold, HoldMode
from domain.ids import EndUserId
from domain.limits import Limit, LimitId, LimitUse, Used, Uses
from domain.money import decimal_text
from domain.rate_bucket import ONE_CALL, RateBucket
from domain.rates import SecondsRounding, Terms, Unit
from domain.rating import billed_seconds

BOUNDLESS = 2**62


@dataclass(frozen=True, slots=True)
class Over:
    """A limit that a call would pass, and how that is told."""

    limit: LimitId
    cause: Cause
    text: str


@dataclass(frozen=True, slots=True)
class Room:
    """What a call may take: seconds as billed, units; and the limit that leaves no more money than that."""

    seconds: int = BOUNDLESS
    units: int = BOUNDLESS
    money: Over | None = None

    def within(self, command: PlaceHold) -> PlaceHold:
        """Return the question as one that asks for no more seconds than that."""
        return command if command.max_s <= self.seconds else replace(command, max_s=self.seconds)


@dataclass(frozen=True, slots=True)
class LimitTaken:
    """A call was counted against the calls per second of a limit. Buckets are not durable: a restart fills them."""

    limit: LimitId
    bucket: RateBucket


@dataclass(frozen=True, slots=True)
class LimitHit:
    """A limit kept a call out."""

    limit: LimitId


@dataclass(frozen=True, slots=True)
class LimitUsed:
    """An ended call used so much of a limit (by its use_id) in the period that begins at `period_ms`; earlier than
    `before_ms` nothing need be known any more.
    """

    limit: LimitId
    period_ms: int
    before_ms: int
    seconds: int
    units: int


LimitEvent = LimitTaken | LimitHit | LimitUsed


@dataclass(slots=True)
class LimitBook:
    """The live state of one client's limits; `used` is shared by all entities of a book.

    `limits` count calls whoever's they are, `users` those of one end user each.
    A limit of a part of the week refuses calls in that part alone; it counts all that are open, whenever they began,
    and the minutes and money of those that began within it.

    Invariants: `calls`, `seconds` and `units` are the sums over the open holds that a limit counts; as long as limits
    are not tightened, used in a period + set aside for open holds <= the limit, whatever period the calls begin in.
    """

    used: Uses = field(default_factory=dict)
    limits: tuple[Limit, ...] = ()
    users: UserLimits = NO_USERS
    calls: Counter[LimitId] = field(default_factory=Counter)
    seconds: Counter[LimitId] = field(default_factory=Counter)
    units: Counter[LimitId] = field(default_factory=Counter)
    buckets: dict[LimitId, RateBucket] = field(default_factory=dict)
    refused: Counter[LimitId] = field(default_factory=Counter)

    def enter(self, limits: tuple[Limit, ...], holds: Iterable[Hold], users: UserLimits = NO_USERS) -> None:
        """Keep other limits from now on: what counts against them is made anew from the holds."""
        same = (limits is self.limits or limits == self.limits) and users.counts_as(self.users)
        self.limits, self.users = limits, users
        if same:
            return
        for sums in (self.calls, self.seconds, self.units):
            sums.clear()
        for hold in holds:
            self.keep(hold)

    def keep(self, hold: Hold) -> None:
        """Count a hold that is there now."""
        self._add(hold, 1)

    def drop(self, hold: Hold) -> None:
        """Count a hold no more."""
        self._add(hold, -1)

    def _on(self, user: EndUserId) -> tuple[Limit, ...]:
        """Return the limits that may count a call, by whose it is."""
        return (*self.limits, *self.users.of(user)) if user else self.limits

    def _add(self, hold: Hold, sign: int) -> None:
        for limit in self._on(hold.end_user):
            if _counts(limit, hold):
                _plus(self.calls, limit.id, sign)
                if limit.metered:
                    _plus(self.seconds, limit.id, sign * _aside_s(limit, hold))
                    _plus(self.units, limit.id, sign * _money(limit, hold))

    def refusal(self, command: PlaceHold, earlier: Sequence[Hold]) -> Over | None:
        """Return the first limit that a call would pass; the holds of `earlier` are about to be released."""
        for limit in self._on(command.end_user):
            if not (_counts(limit, command) and limit.holds(command.at_ms)):
                continue
            if limit.max_cps is not None and self._tokens(limit, command.at_ms) < ONE_CALL:
                return Over(limit.id, Cause.OVER_CPS, f"limit {limit.id}: {limit.max_cps} calls a second")
            freed = _freed(limit, earlier)
            if limit.max_calls is not None and self.calls[limit.id] - len(freed) >= limit.max_calls:
                used = f"{self.calls[limit.id] - len(freed)} of {limit.max_calls} calls"
                return Over(limit.id, Cause.OVER_CALLS, f"limit {limit.id}: {used}")
            if not limit.metered:
                continue
            used_up = self._used_up(limit, command, freed)
            if used_up is not None:
                return used_up
        return None

    def _used_up(self, limit: Limit, command: PlaceHold, freed: Sequence[Hold]) -> Over | None:
        seconds, units = self._left(limit, command.at_ms)
        seconds += sum(_aside_s(limit, hold) for hold in freed)
        units += sum(_money(limit, hold) for hold in freed)
        if command.unit is Unit.SECOND and within(command.terms, seconds) <= 0:
            return Over(limit.id, Cause.OVER_MINUTES, _text(limit, f"{limit.max_minutes} minutes"))
        if units <= 0 and limit.currency == command.currency:
            return Over(limit.id, Cause.OVER_MONEY, _money_text(limit))
        return None

    def room(self, command: PlaceHold, earlier: Sequence[Hold]) -> Room:
        """Return what is left for a call that no limit refuses: what is promised to it is no more than that."""
        room = Room()
        for limit in self._on(command.end_user):
            if not (limit.metered and _counts(limit, command) and limit.holds(command.at_ms)):
                continue
            freed = _freed(limit, earlier)
            seconds, units = self._left(limit, command.at_ms)
            seconds += sum(_aside_s(limit, hold) for hold in freed)
            units += sum(_money(limit, hold) for hold in freed)
            tighter = limit.currency == command.currency and units < room.units
            room = Room(
                min(room.seconds, within(command.terms, seconds)) if command.unit is Unit.SECOND else room.seconds,
                units if tighter else room.units,
                Over(limit.id, Cause.OVER_MONEY, _money_text(limit)) if tighter else room.money,
            )
        return room

    def growth(self, hold: Hold) -> int:
        """Return how many units an open hold may grow."""
        room = BOUNDLESS
        for limit in self._on(hold.end_user):
            if limit.metered and _counts(limit, hold) and limit.holds(hold.placed_ms):
                seconds, units = self._left(limit, hold.placed_ms)
                if limit.max_minutes is not None:
                    reach_s = within(hold.terms, set_aside_s(hold) + seconds)
                    room = min(room, cost_of(hold.terms, reach_s) - hold.amount if reach_s > 0 else 0)
                if limit.currency == hold.currency:
                    room = min(room, units)
        return max(0, room)

    def _left(self, limit: Limit, at_ms: int) -> tuple[int, int]:
        """Return seconds and units of the moment's period that are neither used nor set aside."""
        used = self.used.get((limit.use_id, limit.period_ms(at_ms)), Used())
        minutes, money = limit.max_minutes, limit.max_units
        seconds = BOUNDLESS if minutes is None else 60 * minutes - used.seconds - self.seconds[limit.id]
        return seconds, BOUNDLESS if money is None else money - used.units - self.units[limit.id]

    def taken(self, command: PlaceHold) -> list[LimitEvent]:
        """Return what a call that goes takes of calls per second."""
        return [
            LimitTaken(limit.id, self._bucket(limit).taken(limit.max_cps, command.at_ms, _full(limit)))
            for limit in self._on(command.end_user)
            if limit.max_cps is not None and _counts(limit, command)
        ]

    def ended(self, posting: Posting) -> list[LimitEvent]:
        """Return what an ended leg used. It counts by the call's start; too old a one counts nowhere any more."""
        events: list[LimitEvent] = []
        for limit in self._on(posting.end_user):
            if not (limit.metered and posting.began_ms and limit.holds(posting.began_ms)):
                continue
            if limit.trunk not in (None, posting.trunk) or not _covers(limit, posting):
                continue
            period_ms, before_ms = limit.period_ms(posting.began_ms), limit.before_ms(posting.at_ms)
            units = posting.amount if limit.currency == posting.currency else 0
            if period_ms >= before_ms and (posting.seconds or units):
                events.append(LimitUsed(limit.use_id, period_ms, before_ms, posting.seconds, units))
        return events

    def apply(self, event: LimitEvent) -> None:
        """Change the state."""
        match event:
            case LimitTaken(limit, bucket):
                self.buckets[limit] = bucket
            case LimitHit(limit):
                self.refused[limit] += 1
            case LimitUsed(limit, period_ms, _, seconds, units):
                self.used[limit, period_ms] = self.used.get((limit, period_ms), Used()).plus(seconds, units)

    def forget(self, name: LimitId, limit: Limit | None, at_ms: int) -> None:
        """Forget what says nothing any more: a bucket that is full is as a new one; `limit` None: it is gone."""
        if limit is None or self._tokens(limit, at_ms) >= _full(limit):
            self.buckets.pop(name, None)
        if limit is None:
            self.refused.pop(name, None)

    def uses(self, at_ms: int) -> list[LimitUse]:
        """Return what is used of each limit of the catalog at a moment, with what is set aside for open calls."""
        return self._uses((*self.limits, *self.users.named), at_ms)

    def user_uses(self, user: EndUserId, at_ms: int) -> list[LimitUse]:
        """Return what is used of an end user's limits."""
        return self._uses(self.users.of(user), at_ms)

    def _uses(self, limits: Iterable[Limit], at_ms: int) -> list[LimitUse]:
        uses = []
        for limit in limits:
            used = self.used.get((limit.use_id, limit.period_ms(at_ms)), Used())
            cps = (_full(limit) - self._tokens(limit, at_ms)) / ONE_CALL if limit.max_cps is not None else 0.0
            uses.append(
                LimitUse(
                    limit=limit.id,
                    calls=self.calls[limit.id],
                    cps=max(0.0, cps),
                    seconds=used.seconds + self.seconds[limit.id],
                    units=used.units + self.units[limit.id],
                    period_ms=limit.period_ms(at_ms),
                    refused=self.refused[limit.id],
                )
            )
        return uses

    def _bucket(self, limit: Limit) -> RateBucket:
        return self.buckets.get(limit.id, RateBucket())

    def _tokens(self, limit: Limit, at_ms: int) -> int:
        return self._bucket(limit).after(limit.max_cps or 0, at_ms, _full(limit))


def set_aside_s(hold: Hold) -> int:
    """Return the billed seconds that a hold is good for: what is granted where that is held whole, else its piece."""
    if hold.granted_kb or hold.mode is HoldMode.EVENT:
        return 0
    if hold.mode is HoldMode.WHOLE:
        return billed_seconds(1000 * hold.granted_s, hold.terms, SecondsRounding.CEIL)
    covered_s = grant_seconds(hold.terms, hold.amount, hold.granted_s)
    return billed_seconds(1000 * covered_s, hold.terms, SecondsRounding.CEIL)


def within(terms: Terms, seconds: int) -> int:
    """Return the longest call, in whole increments, of which no more seconds are billed; 0: not even the first."""
    if seconds < terms.first_s or seconds <= 0:
        return 0
    return terms.first_s + (seconds - terms.first_s) // terms.next_s * terms.next_s


def _plus(sums: Counter[LimitId], limit: LimitId, count: int) -> None:
    """Add to a sum; one that is back at nothing takes no room: there may be very many end users."""
    sums[limit] += count
    if not sums[limit]:
        del sums[limit]


def _freed(limit: Limit, earlier: Iterable[Hold]) -> list[Hold]:
    return [hold for hold in earlier if _counts(limit, hold) and limit.end_user in ("", hold.end_user)]


def _counts(limit: Limit, call: Hold | PlaceHold) -> bool:
    return limit.trunk in (None, call.trunk) and limit.counts(call.b, call.destination)


def _covers(limit: Limit, posting: Posting) -> bool:
    if limit.destination is not None and posting.destination != limit.destination:
        return False
    return posting.b.startswith(limit.code)


def _aside_s(limit: Limit, hold: Hold) -> int:
    """Return the billed seconds that a hold sets aside of a limit: those of a call that began while it held."""
    return set_aside_s(hold) if limit.holds(hold.placed_ms) else 0


def _money(limit: Limit, hold: Hold) -> int:
    return hold.amount if limit.currency == hold.currency and limit.holds(hold.placed_ms) else 0


def _full(limit: Limit) -> int:
    return limit.most_at_once * ONE_CALL


def _text(limit: Limit, what: str) -> str:
    return f"limit {limit.id}: {what}{limit.period.words} are used or set aside for open calls"


def _money_text(limit: Limit) -> str:
    return _text(limit, f"{decimal_text(limit.max_units or 0)} {limit.currency}")

"""The partner entity: balance, holds and limits of one company. decide() is pure, apply() is the only change."""

from dataclasses import dataclass, field, replace

from domain.calls import Side
from domain.causes import Cause
from domain.commands import Granted, PlaceHold, Posting, Refused
from domain.directory import Partner as PartnerTerms
from domain.directory import PartnerStatus
from domain.grants import cost_of, grant_seconds
from domain.holds import Hold, HoldMode, HoldTimes
from domain.ids import CallKey, HoldId, PartnerId
from domain.money import Currency

ONE_CALL = 1000
"""Tokens that one call takes: cps tokens flow in each millisecond."""


@dataclass(frozen=True, slots=True)
class HoldPut:
    """A hold was placed or changed; `hold` is how it is now."""

    hold: Hold


@dataclass(frozen=True, slots=True)
class HoldReleased:
    """A hold is gone and its own amount is free again."""

    hold: Hold


@dataclass(frozen=True, slots=True)
class Posted:
    """`amount` units were added to what a side of the partner has posted."""

    side: Side
    currency: Currency
    amount: int


@dataclass(frozen=True, slots=True)
class TokenTaken:
    """A call was counted against the calls per second. The bucket is not durable: a restart fills it."""

    bucket: "RateBucket"


Event = HoldPut | HoldReleased | Posted | TokenTaken


@dataclass(frozen=True, slots=True)
class RateBucket:
    """A token bucket in thousandths of a call: `cps` calls a second on the average, a second's worth at once."""

    tokens: int = 0
    filled_ms: int = -1

    def after(self, cps: int, at_ms: int) -> int:
        """Return the tokens there would be at a moment; time that goes back adds none."""
        if self.filled_ms < 0:
            return cps * ONE_CALL
        return min(cps * ONE_CALL, self.tokens + cps * max(0, at_ms - self.filled_ms))

    def taken(self, cps: int, at_ms: int) -> "RateBucket":
        """Return the bucket after one call was let through."""
        return RateBucket(self.after(cps, at_ms) - ONE_CALL, max(at_ms, self.filled_ms))


@dataclass(slots=True)
class Partner:
    """The live state of one partner.

    Invariants: held = sum of the holds' amounts, and nothing else changes it; open calls = number of holds;
    posted[(side, currency)] = transfers of that side + charges of its legs not sealed yet.
    """

    id: PartnerId
    posted: dict[tuple[Side, Currency], int] = field(default_factory=dict)
    holds: dict[HoldId, Hold] = field(default_factory=dict)
    by_call: dict[CallKey, HoldId] = field(default_factory=dict)
    held: int = 0
    bucket: RateBucket = field(default_factory=RateBucket)

    def owed(self, currency: Currency) -> int:
        """Return what the partner owes us as a client, units; negative: prepaid funds."""
        return self.posted.get((Side.CLIENT, currency), 0)

    def available(self, terms: PartnerTerms) -> int:
        """Return what new calls may still cost, units of the contract's currency."""
        return terms.credit_limit - self.owed(terms.currency) - self.held

    def place_hold(
        self, command: PlaceHold, terms: PartnerTerms | None, times: HoldTimes
    ) -> tuple[list[Event], Granted | Refused]:
        """Decide whether a call may go and for how long. The same hold id answers as the first time."""
        known = self.holds.get(command.hold_id)
        if known is not None:
            return [], Granted(known.granted_s, known.amount)
        cause = self._refusal(command, terms)
        if cause is not None or terms is None:
            return [], Refused(cause or Cause.UNKNOWN_TRUNK)
        available = self.available(terms)
        least = grant_seconds(command.terms, available, command.max_s)
        if least <= 0:
            return [], Refused(Cause.NO_CREDIT)
        held_s = least if command.mode is HoldMode.WHOLE else min(least, times.piece_s)
        hold = Hold(
            hold_id=command.hold_id,
            call_key=command.call_key,
            partner=self.id,
            trunk=command.trunk,
            currency=command.currency,
            amount=cost_of(command.terms, held_s),
            granted_s=least,
            mode=command.mode,
            placed_ms=command.at_ms,
            expires_ms=command.at_ms + times.asked_ms,
            started=False,
            a=command.a,
            b=command.b,
            destination=command.destination,
            terms=command.terms,
        )
        events: list[Event] = [HoldPut(hold)]
        if terms.max_cps is not None:
            events.append(TokenTaken(self.bucket.taken(terms.max_cps, command.at_ms)))
        return events, Granted(least, hold.amount)

    def _refusal(self, command: PlaceHold, terms: PartnerTerms | None) -> Cause | None:
        if terms is None:
            return Cause.UNKNOWN_TRUNK
        if terms.status is PartnerStatus.SUSPENDED:
            return Cause.SUSPENDED
        if terms.max_cps is not None and self.bucket.after(terms.max_cps, command.at_ms) < ONE_CALL:
            return Cause.OVER_CPS
        if terms.max_calls is not None and len(self.holds) >= terms.max_calls:
            return Cause.OVER_CALLS
        if command.trunk_max_calls is not None:
            on_trunk = sum(hold.trunk == command.trunk for hold in self.holds.values())
            if on_trunk >= command.trunk_max_calls:
                return Cause.OVER_CALLS
        return None

    def post(self, posting: Posting, times: HoldTimes) -> list[Event]:
        """Decide what a leg's posting changes: the balance, and the hold of its call where it is the client's."""
        events: list[Event] = []
        if posting.amount:
            events.append(Posted(posting.side, posting.currency, posting.amount))
        hold = self.hold_of(posting.call_key) if posting.phase else None
        if hold is None:
            return events
        if posting.phase == "end":
            events.append(HoldReleased(hold))
        elif posting.phase == "start" or hold.started:
            events.append(HoldPut(self._alive(hold, posting, times)))
        return events

    def _alive(self, hold: Hold, posting: Posting, times: HoldTimes) -> Hold:
        expires_ms = times.expiry_when_started(hold, posting.at_ms)
        if hold.started and hold.mode is HoldMode.PIECES:
            ran_s = max(0, posting.at_ms - hold.placed_ms) // 1000
            amount = max(hold.amount, cost_of(hold.terms, min(hold.granted_s, ran_s + times.piece_s)))
            return replace(hold, amount=amount, expires_ms=expires_ms)
        return hold if hold.started else hold.started_at(expires_ms)

    def hold_of(self, call_key: CallKey) -> Hold | None:
        """Return the hold of a call, if it has one."""
        hold_id = self.by_call.get(call_key)
        return self.holds.get(hold_id) if hold_id is not None else None

    def lapsed(self, at_ms: int) -> list[Event]:
        """Return the releases of holds that lapsed before the moment."""
        return [HoldReleased(hold) for hold in self.holds.values() if hold.expires_ms <= at_ms]

    def apply(self, event: Event) -> None:
        """Change the state: the only place where it changes."""
        match event:
            case HoldPut(hold):
                before = self.holds.get(hold.hold_id)
                self.held += hold.amount - (before.amount if before else 0)
                self.holds[hold.hold_id] = hold
                self.by_call[hold.call_key] = hold.hold_id
            case HoldReleased(hold):
                gone = self.holds.pop(hold.hold_id, None)
                if gone is not None:
                    self.held -= gone.amount
                    if self.by_call.get(gone.call_key) == gone.hold_id:
                        del self.by_call[gone.call_key]
            case Posted(side, currency, amount):
                self.posted[side, currency] = self.posted.get((side, currency), 0) + amount
            case TokenTaken(bucket):
                self.bucket = bucket
        assert self.held >= 0, "what is held is a sum of holds, none of them negative"

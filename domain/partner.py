"""The partner entity: balance, holds and limits of one company. decide() is pure, apply() is the only change."""

from collections import Counter
from dataclasses import dataclass, field, replace

from domain.agenda import Agenda
from domain.calls import Side
from domain.causes import Cause
from domain.commands import Expire, Granted, PlaceHold, Posting, Refused
from domain.credit import USUAL, Standing, watch
from domain.cuts import Cut, CutReason
from domain.directory import Partner as PartnerTerms
from domain.directory import PartnerStatus
from domain.growth import Growth, grow, grow_anew, grow_when_due, moved_cut
from domain.holds import Hold, HoldTimes
from domain.ids import CallKey, EndUserId, HoldId, PartnerId, SwitchId, TrunkId
from domain.lapsed import Lapsed, could_be_heard, may_come_back
from domain.limit_book import LimitBook, LimitHit, LimitTaken, LimitUsed
from domain.money import Currency
from domain.partner_events import (
    CutDropped,
    CutWanted,
    Event,
    HoldLapsed,
    HoldPut,
    HoldReleased,
    LapseOver,
    Posted,
    Stood,
    TokenTaken,
)
from domain.promises import Promise, lacking, mode_of, promise
from domain.rate_bucket import ONE_CALL, RateBucket


@dataclass(slots=True)
class Partner:
    """The live state of one partner.

    Invariants: held[currency] = sum of the amounts of the holds in it, and nothing else changes it; open calls =
    number of holds, `of_user` those of each end user; posted[(side, currency)] = transfers of that side + charges of
    its legs not sealed yet. Holds are placed and grow within what is available; a charge is not asked. `cuts` are those
    of holds that are open. `standing` is what the last change of what is posted, or of the terms, made of it.
    """

    id: PartnerId
    posted: dict[tuple[Side, Currency], int] = field(default_factory=dict)
    holds: dict[HoldId, Hold] = field(default_factory=dict)
    held: Counter[Currency] = field(default_factory=Counter)
    calls_in: Counter[Currency] = field(default_factory=Counter)
    on_trunk: Counter[TrunkId] = field(default_factory=Counter)
    of_user: Counter[EndUserId] = field(default_factory=Counter)
    by_call: dict[CallKey, tuple[HoldId, ...]] = field(default_factory=dict)
    buckets: dict[TrunkId | None, RateBucket] = field(default_factory=dict)
    cuts: dict[HoldId, Cut] = field(default_factory=dict)
    lapses: Agenda[HoldId] = field(default_factory=Agenda)
    lapsed: Lapsed = field(default_factory=Lapsed)
    limits: LimitBook = field(default_factory=LimitBook)
    standing: Standing = USUAL

    def owed(self, currency: Currency) -> int:
        """Return what the partner owes us as a client, units; negative: prepaid funds."""
        return self.posted.get((Side.CLIENT, currency), 0)

    def available(self, terms: PartnerTerms) -> int:
        """Return what new calls may still cost, units of the contract's currency."""
        limit = 0 if terms.prepaid else terms.credit_limit
        return limit - self.owed(terms.currency) - self.held[terms.currency]

    def place_hold(
        self, command: PlaceHold, terms: PartnerTerms | None, times: HoldTimes
    ) -> tuple[list[Event], Granted | Refused]:
        """Decide whether a call may go and for how long. The same question answers as the first time.

        A call that its switch asks about anew has given up its earlier attempts, whose holds are released if they have
        not begun: they count neither against limits nor against the money, even where the new attempt is refused. So
        has one whose hold id comes again with another question, such as a call forwarded to another number: it is
        decided, counted and held anew. But a call that has begun becomes no other call: that is refused.
        """
        known = self.holds.get(command.hold_id)
        if known is not None and known.started and not _asks_again(known, command):
            return [], Refused(Cause.DIFFERS)
        if known is not None and _asks_again(known, command):
            left = (self.available(terms) if terms else 0) + known.amount
            return [], Granted(known.granted_s, known.amount, known.granted_kb, left, known.trunk_out)
        earlier = self._given_up(command)
        events: list[Event] = [HoldReleased(hold) for hold in earlier]
        cause = self._refusal(command, terms, earlier)
        if cause is not None or terms is None:
            return events, Refused(cause or Cause.UNKNOWN_TRUNK)
        over = self.limits.refusal(command, earlier)
        if over is not None:
            return [*events, LimitHit(over.limit)], Refused(over.cause, over.text)
        available = self.available(terms) + sum(hold.amount for hold in earlier if hold.currency == terms.currency)
        room = self.limits.room(command, earlier)
        promised = promise(room.within(command), min(available, room.units), times)
        if promised is None:
            if room.money is None or promise(command, available, times) is None:
                return events, Refused(Cause.NO_CREDIT, lacking(command, terms, self.owed(terms.currency), available))
            return [*events, LimitHit(room.money.limit)], Refused(room.money.cause, room.money.text)
        hold = _asked(command, promised, times)
        events += [*self._over(command.call_key), HoldPut(hold)]
        for trunk, cps in _limits(command, terms):
            events.append(TokenTaken(trunk, self._bucket(trunk).taken(cps, command.at_ms)))
        events += self.limits.taken(command)
        return events, Granted(promised.seconds, promised.amount, promised.kilobytes, available)

    def _given_up(self, command: PlaceHold) -> list[Hold]:
        """Return the holds of earlier attempts of a call, not begun, of the switch that asks about it anew."""
        holds = self.holds_of(command.call_key)
        return [hold for hold in holds if not hold.started and hold.switch == command.switch]

    def _refusal(self, command: PlaceHold, terms: PartnerTerms | None, earlier: list[Hold]) -> Cause | None:
        if terms is None:
            return Cause.UNKNOWN_TRUNK
        if terms.status is PartnerStatus.SUSPENDED or self.standing.suspended:
            return Cause.SUSPENDED
        if command.end_user and self.limits.users.suspends(command.end_user):
            return Cause.USER_SUSPENDED
        if terms.currency != command.currency:
            return Cause.NO_RATE  # a plan in another currency than the contract's cannot be promised
        if any(self._bucket(trunk).after(cps, command.at_ms) < ONE_CALL for trunk, cps in _limits(command, terms)):
            return Cause.OVER_CPS
        if terms.max_calls is not None and len(self.holds) - len(earlier) >= terms.max_calls:
            return Cause.OVER_CALLS
        on_trunk = self.on_trunk[command.trunk] - sum(hold.trunk == command.trunk for hold in earlier)
        if command.trunk_max_calls is not None and on_trunk >= command.trunk_max_calls:
            return Cause.OVER_CALLS
        return None

    def _bucket(self, trunk: TrunkId | None) -> RateBucket:
        return self.buckets.get(trunk, RateBucket())

    def post(self, posting: Posting, terms: PartnerTerms | None, times: HoldTimes) -> list[Event]:
        """Decide what a leg's posting changes: the balance, and the hold of its call where it is the client's."""
        events: list[Event] = []
        if posting.amount:
            events.append(Posted(posting.side, posting.currency, posting.amount))
        if posting.side is Side.CLIENT:
            events += self.limits.ended(posting)
            if terms is not None and posting.currency == terms.currency and not posting.more:
                events += self._stood(self.owed(terms.currency) + posting.amount, terms, posting.at_ms)
        holds = self.holds_of(posting.call_key) if posting.phase else []
        if posting.phase == "end":
            events += [*self._over(posting.call_key), *map(HoldReleased, holds)]
        elif posting.phase == "lost":
            events += [_gone(hold, posting.at_ms) for hold in holds]
        elif holds:
            # an earlier attempt of the same call did not go through; its hold lapses, or goes with the call's end
            latest = max(holds, key=lambda hold: (hold.placed_ms, hold.hold_id))
            events += self._alive(latest, posting, terms, times)
        elif posting.phase and posting.call_key in self.lapsed.by_call:
            events += self._back(self.lapsed.by_call[posting.call_key], posting, terms, times)
        return events

    def judge(self, terms: PartnerTerms | None, at_ms: int) -> list[Event]:
        """Decide anew how the partner stands, by terms that may have changed; of one that never owed or paid anything
        nothing is told."""
        if terms is None or (Side.CLIENT, terms.currency) not in self.posted:
            return []
        return self._stood(self.owed(terms.currency), terms, at_ms)

    def _stood(self, owed: int, terms: PartnerTerms, at_ms: int) -> list[Event]:
        standing, notices = watch(self.standing, owed, terms, at_ms)
        return [] if standing is self.standing else [Stood(standing, notices)]

    def _alive(self, hold: Hold, posting: Posting, terms: PartnerTerms | None, times: HoldTimes) -> list[Event]:
        """Decide about the hold of a call that has begun or goes on; a cut is wanted once, or when it moves."""
        return self._grown(hold, grow(hold, posting, *self._room(hold, terms), times))

    def _back(self, hold: Hold, posting: Posting, terms: PartnerTerms | None, times: HoldTimes) -> list[Event]:
        growth = grow_anew(hold, posting, *self._room(hold, terms), times)
        cut: list[Event] = [] if growth.cut is None else [CutWanted(growth.cut)]
        return [LapseOver(hold.call_key), HoldPut(growth.hold), *cut]

    def _over(self, call_key: CallKey) -> list[Event]:
        return [LapseOver(call_key)] if call_key in self.lapsed.by_call else []

    def cut_due(self, cut: Cut, at_ms: int, terms: PartnerTerms | None, times: HoldTimes) -> list[Event]:
        """Decide about a cut that is due: money may have come since growth was refused, and then the call goes on."""
        if cut.reason is CutReason.TIME_UP:
            return []  # money is not what it lacks
        hold = self.holds[cut.hold_id]
        return self._grown(hold, grow_when_due(hold, cut, at_ms, *self._room(hold, terms), times))

    def _grown(self, hold: Hold, growth: Growth) -> list[Event]:
        known = self.cuts.get(hold.hold_id)
        events: list[Event] = [HoldPut(growth.hold)] if growth.hold != hold else []
        if known is None:
            return events if growth.cut is None else [*events, CutWanted(growth.cut)]
        moved = moved_cut(known, growth)
        if moved is None:
            events.append(CutDropped(hold.hold_id))
        elif moved != known:
            events.append(CutWanted(moved))
        return events

    def _room(self, hold: Hold, terms: PartnerTerms | None) -> tuple[int, CutReason]:
        """Return how many units a hold may grow, and what is in the way of more."""
        if terms is None or terms.status is PartnerStatus.SUSPENDED or self.standing.suspended:
            return 0, CutReason.SUSPENDED
        if hold.end_user and self.limits.users.suspends(hold.end_user):
            return 0, CutReason.SUSPENDED
        # what another currency than the contract's is worth cannot be promised
        available = self.available(terms) if terms.currency == hold.currency else 0
        return min(available, self.limits.growth(hold)), CutReason.NO_CREDIT

    def holds_of(self, call_key: CallKey) -> list[Hold]:
        """Return the holds of a call: mostly one; more where it was asked about anew by another switch or late."""
        return [self.holds[hold_id] for hold_id in self.by_call.get(call_key, ())]

    def release_hold(self, hold_id: HoldId) -> list[Event]:
        """Return the release of a hold whose call has not begun: one that runs goes on, though who asked about it
        again took that question back."""
        hold = self.holds.get(hold_id)
        return [HoldReleased(hold)] if hold is not None and not hold.started else []

    def release_switch(self, switch: SwitchId, at_ms: int) -> list[Event]:
        """Return the releases of the holds that a switch was given up to the moment; a call that goes on all the same,
        such as one that a restarted proxy knows still, will show itself."""
        holds = [hold for hold in self.holds.values() if hold.switch == switch and hold.placed_ms <= at_ms]
        return [_gone(hold, at_ms) if hold.started else HoldReleased(hold) for hold in holds]

    def expire(self, now: Expire, times: HoldTimes) -> list[Event]:
        """Return the releases of holds that have lapsed by now, and what is kept aside no longer."""
        due = [self.holds[hold_id] for hold_id in self.lapses.due(now.at_ms)]
        return [
            *(_gone(hold, now.at_ms) for hold in due if could_be_heard(hold, now, times)),
            *map(LapseOver, self.lapsed.due(now.at_ms)),
        ]

    def apply(self, event: Event) -> None:
        """Change the state: the only place where it changes."""
        match event:
            case HoldPut(hold):
                self._drop(hold.hold_id)
                self._keep(hold)
            case HoldReleased(hold):
                self._drop(hold.hold_id)
                self.cuts.pop(hold.hold_id, None)
            case HoldLapsed(hold):
                self._drop(hold.hold_id)
                self.cuts.pop(hold.hold_id, None)
                self.lapsed.keep(hold)
            case LapseOver(call_key):
                self.lapsed.drop(call_key)
            case CutWanted(cut):
                self.cuts[cut.hold_id] = cut
            case CutDropped(hold_id):
                self.cuts.pop(hold_id, None)
            case Posted(side, currency, amount):
                self.posted[side, currency] = self.posted.get((side, currency), 0) + amount
            case Stood(standing, _):
                self.standing = standing
            case TokenTaken(trunk, bucket):
                self.buckets[trunk] = bucket
            case LimitTaken() | LimitHit() | LimitUsed():
                self.limits.apply(event)

    def _keep(self, hold: Hold) -> None:
        self.holds[hold.hold_id] = hold
        self.by_call[hold.call_key] = (*self.by_call.get(hold.call_key, ()), hold.hold_id)
        self.held[hold.currency] += hold.amount
        self.calls_in[hold.currency] += 1
        self.on_trunk[hold.trunk] += 1
        if hold.end_user:
            self.of_user[hold.end_user] += 1
        self.lapses.add(hold.hold_id, hold.expires_ms)
        self.limits.keep(hold)

    def _drop(self, hold_id: HoldId) -> None:
        hold = self.holds.pop(hold_id, None)
        if hold is None:
            return
        self.lapses.remove(hold_id, hold.expires_ms)
        self.limits.drop(hold)
        others = tuple(other for other in self.by_call[hold.call_key] if other != hold_id)
        if others:
            self.by_call[hold.call_key] = others
        else:
            del self.by_call[hold.call_key]
        self.held[hold.currency] -= hold.amount
        self.calls_in[hold.currency] -= 1
        self.on_trunk[hold.trunk] -= 1
        if hold.end_user:
            self.of_user[hold.end_user] -= 1
            if not self.of_user[hold.end_user]:
                del self.of_user[hold.end_user]  # there may be very many
        assert self.held[hold.currency] >= 0, "what is held is a sum of holds, none of them negative"


def _asked(command: PlaceHold, promised: Promise, times: HoldTimes) -> Hold:
    """Return the hold of a call that is asked about and has not begun."""
    return Hold(
        hold_id=command.hold_id,
        call_key=command.call_key,
        partner=command.partner,
        trunk=command.trunk,
        switch=command.switch,
        currency=command.currency,
        amount=promised.amount,
        granted_s=promised.seconds,
        mode=mode_of(command),
        placed_ms=command.at_ms,
        expires_ms=command.at_ms + (1000 * command.asked_s or times.asked_ms),
        started=False,
        a=command.a,
        b=command.b,
        destination=command.destination,
        terms=command.terms,
        call_id=command.call_id,
        interim_s=command.interim_s,
        granted_kb=promised.kilobytes,
        trunk_out=command.trunk_out,
        end_user=command.end_user,
    )


def _gone(hold: Hold, at_ms: int) -> HoldLapsed | HoldReleased:
    return HoldLapsed(replace(hold, expires_ms=at_ms)) if may_come_back(hold) else HoldReleased(hold)


def _asks_again(hold: Hold, command: PlaceHold) -> bool:
    """Whether a question is the one that a hold answered: who calls whom, over what, in which money.

    Its moment and its rate are no part of that: a retransmission may come by another node, and after a rate changed.
    """
    first = (hold.switch, hold.trunk, hold.currency, hold.a, hold.b)
    same = first == (command.switch, command.trunk, command.currency, command.a, command.b)
    return same and (hold.started or hold.end_user == command.end_user)  # a key may change hands while a call runs


def _limits(command: PlaceHold, terms: PartnerTerms) -> list[tuple[TrunkId | None, int]]:
    """Return the limits on calls per second that a call counts against."""
    limits: list[tuple[TrunkId | None, int | None]] = [(None, terms.max_cps), (command.trunk, command.trunk_max_cps)]
    return [(trunk, cps) for trunk, cps in limits if cps is not None]

"""What open calls and attempts of one book count against the soft limits, and what those that ended used of them.

A call is counted by its client's hold: against limits of all clients together, and, until its switch reports the
vendors' legs, against those of the vendor that it is tried by first. From then on each open vendor's leg counts,
until its end; and where that is lost, until its client's leg ends, its switch begins anew, or nothing is heard of the
call for so long that its end is taken to be lost (domain.lost_ends). It is not closed by that: a sign of life counts
it again. Nothing of the counts is durable: they are made anew from the holds and the open legs.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from domain.calls import Leg, LegState, Side
from domain.commands import Posting
from domain.directory import Directory
from domain.holds import Hold, HoldTimes
from domain.ids import CallKey, HoldId, LegId, PartnerId, SwitchId, TrunkId
from domain.limit_index import Attempt, LimitIndex
from domain.limits import Changed, Limit, LimitId, LimitUse, Used, Uses
from domain.lost_ends import lost_after_s
from domain.money import Currency
from domain.policies.policy import Policies

Client = tuple[PartnerId, TrunkId]
NOBODY = LimitIndex(Directory(0, Currency("USD"), {}, {}, {}, Policies()))
MOST_WAITING = 10_000
"""Calls whose vendor's leg came before the client's, and are remembered until that comes."""
LOOK_MS = 60_000
"""How often it is looked for silent legs."""


@dataclass(slots=True)
class _Going:
    """A vendor's leg that is open, which limits it counts against, and when its call was last heard of."""

    call_key: CallKey
    switch: SwitchId
    limits: tuple[LimitId, ...]
    alive_ms: int


class Attempts:
    """The soft limits of one book. Invariants: `calls` are the sums of what `_by_hold` and `_by_leg` list; `_of_call`
    are the legs of `_by_leg` by their calls.

    `client_of` looks up a call's client among the legs that the book has.
    """

    def __init__(self, used: Uses, client_of: Callable[[CallKey], Client | None]) -> None:
        self.calls = Counter[LimitId]()
        self._used, self._client_of = used, client_of
        self._index = NOBODY
        self._by_hold: dict[HoldId, tuple[LimitId, ...]] = {}
        self._by_leg: dict[LegId, _Going] = {}
        self._of_call: dict[CallKey, tuple[LegId, ...]] = {}
        self._since_ms = self._looked_ms = 0
        self._clients: dict[CallKey, Client] = {}
        self._ended: OrderedDict[CallKey, Client] = OrderedDict()
        self._lacking: OrderedDict[CallKey, list[tuple[Leg, Posting | None]]] = OrderedDict()

    @property
    def counting(self) -> bool:
        """Say whether there is any soft limit: without one nothing is counted."""
        return bool(self._index.soft)

    def enter(self, index: LimitIndex, holds: Iterable[Hold], legs: Callable[[], Sequence[tuple[Leg, int]]]) -> None:
        """Count by the limits of another directory, anew from the holds and the open legs with their last signs of
        life."""
        self._index = index
        of_legs = (self._by_leg, self._of_call, self._clients, self._ended, self._lacking)
        for kept in (self.calls, self._by_hold, *of_legs):
            kept.clear()
        if not self.counting:
            return
        for hold in holds:
            self.keep(hold)
        open_legs = sorted(legs(), key=lambda its: its[0].side is Side.VENDOR)  # whose a call is, is known first
        for leg, alive_ms in open_legs:
            self.heard(leg, (), alive_ms)

    def keep(self, hold: Hold) -> None:
        """Count a hold as it is now."""
        self.drop(hold.hold_id)
        if not self.counting:
            return
        limits = self._index.on_call(hold.b, hold.destination)
        trunk = self._index.directory.trunks.get(hold.trunk_out) if hold.trunk_out else None
        if trunk is not None and not (hold.started and self._reports_vendors(hold)):
            attempt = Attempt(trunk.partner, trunk.id, hold.destination, hold.b, hold.partner, hold.trunk)
            limits += self._index.on(attempt)
        if limits:
            self._by_hold[hold.hold_id] = self._counted(limits)

    def drop(self, hold_id: HoldId) -> None:
        """Count a hold no more."""
        for limit in self._by_hold.pop(hold_id, ()):
            self.calls[limit] -= 1

    def heard(self, leg: Leg, postings: Sequence[Posting | None], at_ms: int) -> list[Changed]:
        """Count a leg as a report that came at a moment has made it, and what it posted; return which uses in which
        periods have changed."""
        if not self.counting:
            return []
        if leg.side is Side.CLIENT:
            return self._heard_client(leg)
        self._forget(leg.leg_id)
        client = self._client(leg) if self._index.needs_client else None
        limits = self._index.on(_attempt(leg, client))
        if leg.state is LegState.OPEN:
            self._by_leg[leg.leg_id] = _Going(leg.call_key, leg.switch, self._counted(limits), at_ms)
            self._of_call[leg.call_key] = (*self._of_call.get(leg.call_key, ()), leg.leg_id)
        posted = [posting for posting in postings if posting is not None]
        if self._index.needs_client and client is None:
            self._wait(leg, posted)
        return [key for posting in posted for key in self._use(self._on(posting, client), posting)]

    def _on(self, posting: Posting, client: Client | None) -> list[Limit]:
        """Return the limits that what a vendor's leg posted counts against: what is taken back may be another's."""
        assert posting.trunk is not None and posting.destination is not None, "what a leg posts says for what"
        attempt = Attempt(posting.partner, posting.trunk, posting.destination, posting.b)
        return self._index.on(attempt if client is None else replace(attempt, client=client[0], trunk_in=client[1]))

    def alive(self, leg: Leg, at_ms: int) -> None:
        """Note that an open leg, and thereby its call, was heard of at a moment."""
        if not self.counting:
            return
        for leg_id in self._of_call.get(leg.call_key, ()):
            its = self._by_leg[leg_id]
            its.alive_ms = max(its.alive_ms, at_ms)
        if leg.side is Side.VENDOR and leg.leg_id not in self._by_leg:
            self.heard(leg, (), at_ms)  # it was thought to be over

    def released(self, switch: SwitchId, at_ms: int) -> None:
        """Count no more what a switch had open when it began anew, at a moment."""
        self._lose([one for one, its in self._by_leg.items() if its.switch == switch and its.alive_ms <= at_ms])

    def expire(self, at_ms: int, times: HoldTimes) -> None:
        """Count no more what has been silent for so long that its end is taken to be lost; looked for once a minute.

        Silence before the first look says nothing: we may have been down.
        """
        self._since_ms = self._since_ms or at_ms
        if at_ms < self._looked_ms + LOOK_MS:
            return
        self._looked_ms = at_ms
        switches = self._index.directory.switches
        bound_ms = {
            name: 1000 * lost_after_s(switch.recipe, times.lost_end_s, times.longest_s)
            for name, switch in switches.items()
        }
        longest_ms = 1000 * max(times.lost_end_s, times.longest_s)
        self._lose(
            [
                leg_id
                for leg_id, its in self._by_leg.items()
                if max(its.alive_ms, self._since_ms) + bound_ms.get(its.switch, longest_ms) <= at_ms
            ]
        )

    def _lose(self, legs: Sequence[LegId]) -> None:
        """Count legs no more whose end is not known, and whose client may still come to be known."""
        for leg_id in legs:
            waiting = self._lacking.get(self._by_leg[leg_id].call_key)
            if waiting is not None:
                waiting[:] = [one for one in waiting if one[0].leg_id != leg_id or one[1]]
            self._forget(leg_id)

    def _forget(self, leg_id: LegId) -> None:
        its = self._by_leg.pop(leg_id, None)
        if its is None:
            return
        for limit in its.limits:
            self.calls[limit] -= 1
        others = tuple(other for other in self._of_call.pop(its.call_key) if other != leg_id)
        if others:
            self._of_call[its.call_key] = others

    def _heard_client(self, leg: Leg) -> list[Changed]:
        changed = self._told_client(leg) if self._index.needs_client else []
        if leg.state is not LegState.OPEN:
            self._lose(self._of_call.get(leg.call_key, ()))
        return changed

    def _told_client(self, leg: Leg) -> list[Changed]:
        """Count what waited for it to be known whose call it is."""
        client = self._clients[leg.call_key] = (leg.partner, leg.trunk)
        changed: list[Changed] = []
        for other, posting in self._lacking.pop(leg.call_key, ()):
            if posting is not None:
                known = {limit.id for limit in self._on(posting, None)}
                now = [limit for limit in self._on(posting, client) if limit.id not in known]
                changed += self._use(now, posting)
            else:
                known = {limit.id for limit in self._index.on(_attempt(other, None))}
                limits = [limit for limit in self._index.on(_attempt(other, client)) if limit.id not in known]
                its = self._by_leg[other.leg_id]
                its.limits = (*its.limits, *self._counted(limits))
        if leg.state is not LegState.OPEN:
            self._ended[leg.call_key] = self._clients.pop(leg.call_key)
            while len(self._ended) > MOST_WAITING:  # by now their rows can be asked for
                self._ended.popitem(last=False)
        return changed

    def _wait(self, leg: Leg, posted: Sequence[Posting]) -> None:
        waiting = [one for one in self._lacking.pop(leg.call_key, ()) if one[0].leg_id != leg.leg_id or one[1]]
        waiting += [(leg, posting) for posting in posted]
        if leg.state is LegState.OPEN:
            waiting.append((leg, None))
        if waiting:
            self._lacking[leg.call_key] = waiting
        while len(self._lacking) > MOST_WAITING:
            self._lacking.popitem(last=False)

    def _client(self, leg: Leg) -> Client | None:
        known = self._clients.get(leg.call_key) or self._ended.get(leg.call_key)
        return known or self._client_of(leg.call_key)

    def used(self, posting: Posting) -> list[Changed]:
        """Count what a client's leg used of the limits of all clients; return which uses have changed."""
        if not self._index.of_calls or posting.destination is None:
            return []
        return self._use(self._index.on_call(posting.b, posting.destination), posting)

    def imported(self, posting: Posting, client: Client | None) -> list[Changed]:
        """Count what vendors' legs of a file used, summed up; return which uses have changed."""
        if not self.counting or posting.trunk is None or posting.destination is None:
            return []
        return self._use(self._on(posting, client), posting)

    def _use(self, limits: Sequence[Limit], posting: Posting) -> list[Changed]:
        changed: list[Changed] = []
        for limit in limits:
            if limit.metered and posting.began_ms and limit.holds(posting.began_ms):
                period_ms, before_ms = limit.period_ms(posting.began_ms), limit.before_ms(posting.at_ms)
                units = posting.amount if limit.currency == posting.currency else 0
                if period_ms >= before_ms and (posting.seconds or units):
                    key = limit.use_id, period_ms
                    self._used[key] = self._used.get(key, Used()).plus(posting.seconds, units)
                    changed.append((*key, before_ms))
        return changed

    def uses(self, at_ms: int) -> list[LimitUse]:
        """Return what this book counts of each soft limit at a moment."""
        uses = []
        for limit in self._index.soft:
            period_ms = limit.period_ms(at_ms)
            used = self._used.get((limit.use_id, period_ms), Used())
            calls = self.calls[limit.id]
            uses.append(LimitUse(limit.id, calls, seconds=used.seconds, units=used.units, period_ms=period_ms))
        return uses

    def _counted(self, limits: Iterable[Limit]) -> tuple[LimitId, ...]:
        named = tuple(limit.id for limit in limits)
        self.calls.update(named)
        return named

    def _reports_vendors(self, hold: Hold) -> bool:
        switch = self._index.directory.switches.get(hold.switch)
        return switch is not None and switch.recipe.reports_vendor_legs


def _attempt(leg: Leg, client: Client | None) -> Attempt:
    attempt = Attempt(leg.partner, leg.trunk, leg.destination, leg.b)
    return attempt if client is None else replace(attempt, client=client[0], trunk_in=client[1])

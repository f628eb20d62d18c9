"""A node's view of the soft limits: what all books count, and what it has sent by itself since.

Routes whose vendor has reached a limit are left out of the list, behind the rankings that are kept. Calls per second
are shared out among the nodes; of the routes of one answer the first counts.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from domain.attempts import NOBODY
from domain.causes import Cause
from domain.decisions import LeftOut
from domain.directory import Directory
from domain.ids import DestinationId, PartnerId, TrunkId
from domain.limit_index import Attempt, LimitIndex
from domain.limit_room import NO_LIMIT, Room
from domain.limits import Limit, LimitId, LimitUse
from domain.money import decimal_text
from domain.quick import quick
from domain.ranking import Ranked
from domain.rate_bucket import ONE_CALL, RateBucket


@quick
@dataclass(frozen=True, slots=True)
class Asked:
    """A call that is being decided: who asks, by which trunk, for which number."""

    client: PartnerId
    trunk: TrunkId
    b: str
    destination: DestinationId
    at_ms: int


@dataclass(slots=True)
class Counting:
    """A call on its way to its hold; `granted`: it has one."""

    granted: bool = False


class LimitGate:
    """The soft limits as one of `nodes` nodes keeps them.

    Invariants: what is sent is counted here until a board that was asked for after its hold was placed has come; a
    call that was refused, or given back, before that counts no more.
    """

    def __init__(self, nodes: int = 1) -> None:
        self.refused = Counter[LimitId]()
        self._index = NOBODY
        self._call = ONE_CALL * max(1, nodes)
        self._boards: dict[int, Mapping[LimitId, LimitUse]] = {}
        self._buckets: dict[LimitId, RateBucket] = {}
        self._asking, self._fresh, self._older = Counter[LimitId](), Counter[LimitId](), Counter[LimitId]()

    @property
    def needed(self) -> bool:
        """Say whether there is any soft limit."""
        return bool(self._index.soft)

    def enter(self, directory: Directory) -> None:
        """Keep the limits of a directory."""
        if directory is not self._index.directory:
            self._index = LimitIndex(directory)
            known = self._index.scopes.keys() | {limit.id for limit in directory.limits}
            for gone in self.refused.keys() - known:
                del self.refused[gone]  # one that is added again under its name has kept nobody out

    def asks(self) -> None:
        """Note that all books are asked for their boards: those will hold what was granted until now."""
        self._older.update(self._fresh)
        self._fresh.clear()

    def learn(self, boards: Mapping[int, Iterable[LimitUse]]) -> None:
        """Take the boards of all books, by their numbers."""
        self._boards = {book: {use.limit: use for use in uses} for book, uses in boards.items()}
        self._older.clear()

    # ---- by each call

    def over_call(self, asked: Asked) -> tuple[Cause, str] | None:
        """Return why no client may make the call now, None where it may go."""
        for limit in self._index.of_calls:
            if limit.counts(asked.b, asked.destination):
                over = self._over(limit, asked.at_ms)
                if over is not None:
                    self.refused[limit.id] += 1
                    return over
        return None

    def full(self, bids: Iterable[Ranked], asked: Asked) -> tuple[LeftOut, ...]:
        """Return the bids that have reached a limit, with the limit in words."""
        named, of_vendor = [], self._index.of_vendor
        for ranked in bids:
            reason = self._reason(ranked, asked) if ranked.vendor.id in of_vendor else ""
            if reason:
                named.append(LeftOut(ranked.vendor.id, ranked.trunk.id, reason))
        return tuple(named)

    def room(self, asked: Asked) -> Callable[[PartnerId, TrunkId], Room]:
        """Return what tells how many calls limits leave on a route for a call."""

        def of(vendor: PartnerId, trunk: TrunkId) -> Room:
            room = NO_LIMIT
            for limit in self._index.on(_attempt(vendor, trunk, asked)):
                if limit.max_calls is not None and limit.holds(asked.at_ms):
                    room = room.beside(limit.max_calls, self._calls(limit.id))
            return room

        return of

    def _reason(self, ranked: Ranked, asked: Asked) -> str:
        for limit in self._index.on(_attempt(ranked.vendor.id, ranked.trunk.id, asked)):
            over = self._over(limit, asked.at_ms)
            if over is not None:
                self.refused[limit.id] += 1
                return over[1]
        return ""

    def sent(self, asked: Asked, vendor: PartnerId | None, trunk: TrunkId | None) -> tuple[Limit, ...]:
        """Count a call that goes, by its first route; return the limits that it counts against."""
        if not self.needed:
            return ()
        limits = self._index.on_call(asked.b, asked.destination)
        if vendor is not None and trunk is not None:
            limits += self._index.on(_attempt(vendor, trunk, asked))
        for limit in limits:
            if limit.max_cps is not None:
                bucket = self._bucket(limit).taken(limit.max_cps, asked.at_ms, self._full(limit), self._call)
                self._buckets[limit.id] = bucket
        return tuple(limits)

    @contextmanager
    def counting(self, limits: tuple[Limit, ...]) -> Iterator[Counting]:
        """Count a call that was sent while its hold is being placed; and then, where it is granted, until a board holds
        it. One that is refused gives back what it took of calls per second: it does not reach its vendor."""
        counting = Counting()
        named = [limit.id for limit in limits]
        self._asking.update(named)
        try:
            yield counting
        finally:
            self._asking.subtract(named)
            if counting.granted:
                self._fresh.update(named)
            else:
                for limit in limits:
                    if limit.max_cps is not None:
                        self._buckets[limit.id] = self._bucket(limit).given_back(self._call)

    def cps(self, at_ms: int) -> dict[LimitId, float]:
        """Return the calls that this node let through in the last second or so, of each limit on them."""
        limits = [limit for limit in self._index.soft if limit.max_cps is not None]
        return {limit.id: (self._full(limit) - self._tokens(limit, at_ms)) / self._call for limit in limits}

    # ---- what is used

    def _over(self, limit: Limit, at_ms: int) -> tuple[Cause, str] | None:
        if not limit.holds(at_ms):
            return None
        if limit.max_cps is not None and self._tokens(limit, at_ms) < self._call:
            return Cause.OVER_CPS, f"limit {limit.id}: {limit.max_cps} calls a second"
        if limit.max_calls is not None:
            calls = self._calls(limit.id)
            if calls >= limit.max_calls:
                return Cause.OVER_CALLS, f"limit {limit.id}: {calls} of {limit.max_calls} calls"
        if not limit.metered:
            return None
        uses = [board[limit.id] for board in self._boards.values() if limit.id in board]
        period_ms = limit.period_ms(at_ms)
        seconds = sum(use.seconds for use in uses if use.period_ms == period_ms)
        units = sum(use.units for use in uses if use.period_ms == period_ms)
        if limit.max_minutes is not None and seconds >= 60 * limit.max_minutes:
            used = f"{seconds // 60} of {limit.max_minutes} minutes{limit.period.words}"
            return Cause.OVER_MINUTES, f"limit {limit.id}: {used}"
        if limit.max_units is not None and units >= limit.max_units:
            used = f"{decimal_text(units)} of {decimal_text(limit.max_units)} {limit.currency}{limit.period.words}"
            return Cause.OVER_MONEY, f"limit {limit.id}: {used}"
        return None

    def _calls(self, limit: LimitId) -> int:
        known = sum(board[limit].calls for board in self._boards.values() if limit in board)
        return known + self._asking[limit] + self._fresh[limit] + self._older[limit]

    def _full(self, limit: Limit) -> int:
        """Return the tokens of a full bucket: this node's share, but one call at least where any may go."""
        return max(limit.most_at_once * ONE_CALL, self._call if limit.max_cps and limit.most_at_once else 0)

    def _bucket(self, limit: Limit) -> RateBucket:
        return self._buckets.get(limit.id, RateBucket())

    def _tokens(self, limit: Limit, at_ms: int) -> int:
        return self._bucket(limit).after(limit.max_cps or 0, at_ms, self._full(limit))


def _attempt(vendor: PartnerId, trunk: TrunkId, asked: Asked) -> Attempt:
    return Attempt(vendor, trunk, asked.destination, asked.b, asked.client, asked.trunk)

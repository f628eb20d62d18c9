"""Which calls try a route that is out or on trial: drawn by counters, so that its part is exact, never by chance.

A node's own; that a batch is not overspent by several nodes is what the tries of a turn are for (RouteStanding.most).
"""

from collections import OrderedDict
from collections.abc import Sequence

from domain.ids import DestinationId, PartnerId
from domain.ranking import Part, Ranking
from domain.route_standing import WHOLE_BP
from domain.route_watch import Watch

_Whose = tuple[DestinationId, PartnerId, Watch | None]


class _Counter:
    """Calls of one part: `credit` grows by its share with each call and falls by a whole one with each try."""

    __slots__ = ("credit", "since", "tried")

    def __init__(self) -> None:
        self.credit, self.tried = 0, 0
        self.since = (0, 0, 0)


class ProbeDraw:
    """The counters of one node. Invariants: of n calls a part that competes with no other gets n x share, rounded down,
    as long as its turn has tries left; never more than `most` in a turn; at most `limit` counters are kept."""

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._counters: OrderedDict[_Whose, _Counter] = OrderedDict()

    def drawn(self, parts: Sequence[Part], destination: DestinationId) -> Part | None:
        """Return the part that the next call to a destination is for; None: it is for none of them."""
        due: tuple[int, Part, _Counter] | None = None
        for part in parts:
            counter = self._counter((destination, part.vendor, part.watch), part)
            standing = part.standing
            if standing.most and counter.tried >= standing.most:
                continue  # what it missed is not made up for in its next turn
            counter.credit += standing.share_bp
            if counter.credit >= WHOLE_BP and (due is None or counter.credit > due[0]):
                due = counter.credit, part, counter
        if due is None:
            return None
        _, part, counter = due
        counter.credit -= WHOLE_BP
        counter.tried += 1
        return part

    def ranking(self, ranking: Ranking, destination: DestinationId) -> Ranking:
        """Return the routes of the next call."""
        part = self.drawn(ranking.parts, destination) if ranking.parts else None
        return ranking if part is None else part.ranking

    def _counter(self, whose: _Whose, part: Part) -> _Counter:
        counter = self._counters.get(whose)
        if counter is None:
            if len(self._counters) >= self._limit:
                self._counters.popitem(last=False)
            counter = self._counters[whose] = _Counter()
        standing = part.standing
        since = standing.since_ms, standing.batch, standing.turn
        if counter.since != since:
            counter.since, counter.tried = since, 0
        return counter

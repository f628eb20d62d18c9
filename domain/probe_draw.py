"""Which calls try a route that is out or on trial: drawn by counters, so that its part is exact, never by chance.

A node's own; that a batch is not overspent by several nodes is what the tries of a turn are for (RouteStanding.most).
"""

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial

from domain.ids import DestinationId, PartnerId
from domain.ranking import Part
from domain.route_standing import WHOLE_BP
from domain.route_watch import Watch
from domain.taken import Taken

_Whose = tuple[DestinationId, PartnerId, Watch | None]
MOST_CREDIT = 2 * WHOLE_BP
"""What a part may have to its credit: where several together want more calls than there are, the others' grows."""


class _Counter:
    """Calls of one part: `credit` grows by its share with each call and falls by a whole one with each try."""

    __slots__ = ("credit", "since", "tried")

    def __init__(self) -> None:
        self.credit, self.tried = 0, 0
        self.since = (0, 0, 0)

    def give_back(self, share_bp: int, *, tried_since: tuple[int, int, int] | None) -> None:
        """Count a call no more; `tried_since`: the turn in which it was a try."""
        self.credit -= share_bp
        if tried_since is not None:
            self.credit += WHOLE_BP
            self.tried -= tried_since == self.since


class ProbeDraw:
    """The counters of one node. Invariants: of n calls a part that competes with no other gets n x share, rounded down,
    as long as its turn has tries left; never more than `most` in a turn; who stood back for others has at most two
    calls in a row to make up for it; at most `limit` counters are kept."""

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._counters: OrderedDict[_Whose, _Counter] = OrderedDict()

    def drawn(self, parts: Sequence[Part], destination: DestinationId, taken: Taken) -> Part | None:
        """Return the part that the next call to a destination is for; None: it is for none of them."""
        due: tuple[int, Part, _Counter] | None = None
        asked: list[tuple[_Counter, int]] = []
        for part in parts:
            counter = self._counter((destination, part.vendor, part.watch), part)
            standing = part.standing
            if standing.most and counter.tried >= standing.most:
                continue  # what it missed is not made up for in its next turn
            before = counter.credit
            counter.credit = min(before + standing.share_bp, MOST_CREDIT)
            asked.append((counter, counter.credit - before))
            if counter.credit >= WHOLE_BP and (due is None or counter.credit > due[0]):
                due = counter.credit, part, counter
        chosen = due[2] if due is not None else None
        if chosen is not None:
            chosen.credit -= WHOLE_BP
            chosen.tried += 1
        for counter, grown in asked:
            taken.add(partial(counter.give_back, grown, tried_since=chosen.since if counter is chosen else None))
        return due[1] if due is not None else None

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

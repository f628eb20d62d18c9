"""What calls took of splits, shares and tries, by their questions: the same question again takes no second turn.

A switch asks again what was not answered in time, by another transaction (a RADIUS client that tries once more, an
INVITE by another branch): facts: radius, sip302. The hold is the same then (domain.partner), and so is the turn. Where
the question came to another node before, the hold tells whom it was sent to first.
"""

from collections import OrderedDict
from dataclasses import replace

from domain.asking_again import first_alone
from domain.calls import CallSetup
from domain.decisions import Decision
from domain.ids import SwitchId, TrunkId
from domain.taken import Taken
from domain.targets import Target, mark_of, mark_told

LIVES_MS = 180_000
"""For so long a question may come again: as long as its hold waits."""

_Question = tuple[SwitchId, bytes, str, str, int]


class Repeats:
    """The last questions of one node whose calls took anything. Invariant: at most `limit` are kept, the oldest is
    forgotten first. Questions without a call id are never the same."""

    def __init__(self, limit: int = 20_000) -> None:
        self._limit = limit
        self._taken: OrderedDict[_Question, tuple[int, Taken]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._taken)

    def before(self, setup: CallSetup) -> Taken | None:
        """Return what the same question took; None where it is new, or took nothing."""
        if not (self._taken and setup.call_id):
            return None
        known = self._taken.get(_question(setup))
        return known[1] if known is not None and setup.at_ms - known[0] <= LIVES_MS else None

    def answered(self, setup: CallSetup, decision: Decision) -> None:
        """Remember what a question took."""
        if not (decision.taken and setup.call_id):
            return
        if len(self._taken) >= self._limit:
            self._taken.popitem(last=False)
        question = _question(setup)
        self._taken[question] = setup.at_ms, decision.taken
        self._taken.move_to_end(question)


def as_answered(decision: Decision, first: TrunkId | None) -> Decision:
    """Return a decision as its question was answered before, maybe by another node: `first` was tried first, and is
    again as long as it is listed at all. What this node counted for the call is given back. None: it was not answered.
    """
    routes, behind = (*decision.routes, *decision.behind), len(decision.behind)
    if first is None or not routes or routes[0].trunk == first or all(route.trunk != first for route in routes):
        return decision
    decision.give_back()
    moved = sorted(routes, key=lambda route: route.trunk != first)
    again = tuple(replace(one, target=_marked(one.target, place)) for place, one in enumerate(moved, 1))
    words = f"{again[0].vendor} first, as the same question was answered before"
    found = replace(decision, routes=again, behind=(), left_out=decision.left_out[behind:], drawn=words)
    return first_alone(found) if behind else found


def _marked(target: Target, place: int) -> Target:
    return replace(target, mark=mark_of(target.trunk, place, mark_told(target.mark)))


def _question(setup: CallSetup) -> _Question:
    return setup.switch, setup.call_id, setup.source, setup.called, setup.attempt

"""Calls whose switch asks again after each attempt: who was tried is left out, and the rules say whether to go on.

A list of Contacts, NAPTRs or RADIUS routes is worked off by the switch itself, by its own rules; only where it asks for
each attempt do we decide what follows from a vendor's failure.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace

from domain.attribution import DirectoryIndex
from domain.calls import CallSetup
from domain.causes import Cause
from domain.decisions import Decision, LeftOut
from domain.directory import Partner
from domain.failover import NO_RULES, Failure, course_after, failover_of
from domain.ids import SwitchId, TrunkId
from domain.policies.choosing import tried_bids
from domain.policies.rules import Rules
from domain.ranking import Ranking, cut_off

TRIED = "tried already in this call"
ONE_AT_A_TIME = "the switch asks again before it is tried"
LIVES_MS = 600_000
"""For so long a call is remembered after its last question: longer than any attempt rings."""


@dataclass(frozen=True, slots=True)
class Over:
    """Why a call does not go: its cause, in words, and the SIP status and Q.850 cause that say so (None: as usual)."""

    cause: Cause
    words: str
    answer: tuple[int, int] | None = None


def after_failure(setup: CallSetup, rules: Rules, index: DirectoryIndex) -> Over | str:
    """Return why no further vendor is tried; where the call goes on, in words after what."""
    made = max(setup.asked - 1, len(setup.tried))
    failure, words = Failure(setup.last_cause, setup.last_status), ""
    if made and failure.q850:
        vendor = _vendor_of(setup.tried[-1], index) if setup.tried else None
        own = failover_of(vendor.options.failover) if vendor is not None and vendor.options.failover else NO_RULES
        course = course_after(failure, own, rules.failover, vendor.id if vendor is not None else "")
        if not course.goes_on:
            return Over(Cause.STOPPED, course.words, (course.status, course.q850))
        words = f", {course.words}"
    most = min(rules.max_attempts, rules.max_routes)
    if made >= most:
        return Over(Cause.OVER_ATTEMPTS, f"{made} attempts were made, {most} at most are", last_failure(setup))
    return f"attempt {made + 1}{words}"


def last_failure(setup: CallSetup) -> tuple[int, int] | None:
    """Return the SIP status and Q.850 cause of the attempt before, as the client is told where no other follows."""
    failure = Failure(setup.last_cause, setup.last_status)
    return (failure.sip, failure.q850) if failure.q850 and (setup.asked > 1 or setup.tried) else None


def not_again(ranking: Ranking, tried: tuple[TrunkId, ...], index: DirectoryIndex) -> tuple[LeftOut, ...]:
    """Return the bids that are not for a call again: of vendors that were tried, whatever trunk, and those from the
    first one on that is too dear behind the one that was tried first, or the first of the order."""
    vendors = {vendor.id for vendor in (_vendor_of(trunk, index) for trunk in tried) if vendor is not None}
    every = (*ranking.bids, *tried_bids(ranking))
    gone = [LeftOut(bid.vendor.id, bid.trunk.id, TRIED) for bid in every if bid.vendor.id in vendors]
    if ranking.stop_bp is not None and ranking.bids:
        leader = ranking.bids[0]
        first = next((bid for bid in ranking.bids if bid.trunk.id == tried[0]), leader)
        left = [bid for bid in ranking.bids if bid.vendor.id not in vendors]
        gone += cut_off(first, left, ranking.stop_bp, leader)
    return tuple(gone)


def first_alone(decision: Decision) -> Decision:
    """Return the decision with its first route only, for a switch that asks again before each attempt."""
    if len(decision.routes) < 2:
        return decision
    later = tuple(LeftOut(route.vendor, route.trunk, ONE_AT_A_TIME) for route in decision.routes[1:])
    first, behind = decision.routes[:1], decision.routes[1:]
    return replace(decision, routes=first, behind=behind, left_out=(*later, *decision.left_out))


def _vendor_of(trunk: TrunkId, index: DirectoryIndex) -> Partner | None:
    known = index.directory.trunks.get(trunk)
    return index.partner_of(known) if known is not None else None


_Whose = tuple[SwitchId, bytes, str]


class _Known:
    """The questions about one call: by the number of the attempt the trunk that was answered first, "" of a refusal."""

    __slots__ = ("asked", "at_ms")

    def __init__(self) -> None:
        self.asked: dict[int, TrunkId] = {}
        self.at_ms = 0


class CallMemory:
    """What a node remembers of calls whose switch asks for each attempt.

    Invariants: at most `limit` calls are remembered, the longest silent one is forgotten first; the same attempt asked
    about again is told the same of those before it. Another number under the same call id is another call.
    """

    def __init__(self, limit: int = 20_000) -> None:
        self._limit = limit
        self._calls: OrderedDict[_Whose, _Known] = OrderedDict()

    def __len__(self) -> int:
        return len(self._calls)

    def recalled(self, setup: CallSetup) -> CallSetup:
        """Return the question with what is known of the attempts before it; what its switch says of them goes first."""
        known = self._calls.get((setup.switch, setup.call_id, setup.called)) if setup.call_id else None
        if known is None or setup.at_ms - known.at_ms > LIVES_MS:
            return setup
        before = [trunk for attempt, trunk in sorted(known.asked.items()) if attempt < setup.attempt]
        went = [trunk for trunk in before if trunk]
        return replace(setup, tried=setup.tried or tuple(dict.fromkeys(went)), asked=max(setup.asked, len(went) + 1))

    def attempts_before(self, setup: CallSetup) -> list[int]:
        """Return the numbers of the attempts before a question: what is held for them is held for nothing, where the
        call goes no further. Without memory it is the one before."""
        known = self._calls.get((setup.switch, setup.call_id, setup.called))
        return [one for one in known.asked if one < setup.attempt] if known is not None else [setup.attempt - 1]

    def answered(self, setup: CallSetup, decision: Decision) -> None:
        """Remember what a question was answered with."""
        if not setup.call_id:
            return
        whose = (setup.switch, setup.call_id, setup.called)
        known = self._calls.get(whose)
        if known is None or setup.at_ms - known.at_ms > LIVES_MS:
            if len(self._calls) >= self._limit:
                self._calls.popitem(last=False)
            known = self._calls[whose] = _Known()
        known.at_ms = setup.at_ms
        known.asked[setup.attempt] = decision.routes[0].trunk if decision.routes else TrunkId("")
        self._calls.move_to_end(whose)

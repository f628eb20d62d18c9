"""What a sign of life does to a call's hold: it is started, its piece grows within the money, or the call must end."""

from dataclasses import dataclass, replace

from domain.commands import Posting
from domain.cuts import Cut, CutReason
from domain.grants import cost_of, grant_seconds
from domain.holds import Hold, HoldMode, HoldTimes

TIME_UP_MS = 3_000
"""How long after its grant's end a call is cut: a switch that keeps to its time has ended it itself by then."""


NEARER_MS = 2_000
"""A cut moves nearer by no less: reports tell whole seconds, and come a little later or sooner."""


@dataclass(frozen=True, slots=True)
class Growth:
    """A hold after a sign of life, and the cut of its call where it is not covered as far ahead as a piece reaches.

    `covered_s`: how long a call the hold is enough for; None for holds that do not grow.
    """

    hold: Hold
    covered_s: int | None = None
    cut: Cut | None = None


def grow(hold: Hold, posting: Posting, room: int, refusal: CutReason, times: HoldTimes) -> Growth:
    """Return the hold of a call that has begun or goes on; `room` units may be held on top, else `refusal` says why.

    Expiry never nears. Holds of other modes are only started.
    """
    known = hold if hold.session_id or not posting.session_id else replace(hold, session_id=posting.session_id)
    expires_ms = times.expiry_when_started(hold, posting.at_ms)
    if hold.mode is not HoldMode.PIECES:
        return Growth(known if hold.started else replace(known, started=True, expires_ms=expires_ms))
    alive = replace(known, started=True, expires_ms=max(hold.expires_ms, expires_ms) if hold.started else expires_ms)
    return _ahead(alive, posting.ran_s, posting.at_ms, room, refusal, times)


def grow_when_due(hold: Hold, cut: Cut, at_ms: int, room: int, refusal: CutReason, times: HoldTimes) -> Growth:
    """Return the hold of a call whose cut is due, as if it had shown itself now; but expiry stays: it has not."""
    return _ahead(hold, cut.covered_s + max(0, at_ms - cut.due_ms) // 1000, at_ms, room, refusal, times)


def grow_anew(hold: Hold, posting: Posting, available: int, refusal: CutReason, times: HoldTimes) -> Growth:
    """Return the hold of a call that goes on after its hold lapsed.

    What was promised to it is held again, and what it has run up by now, whether there is room for that or not: it will
    be charged. More only where `available` units are left beyond that.
    """
    expires_ms = times.expiry_when_back(hold, posting.ran_s, posting.at_ms)
    back = replace(hold, started=True, expires_ms=expires_ms, session_id=hold.session_id or posting.session_id)
    if hold.mode is not HoldMode.PIECES:
        return Growth(back)
    run_up = cost_of(hold.terms, min(posting.ran_s, hold.granted_s))
    back = replace(back, amount=max(hold.amount, run_up))
    return _ahead(back, posting.ran_s, posting.at_ms, available - back.amount, refusal, times)


def _ahead(hold: Hold, ran_s: int, at_ms: int, room: int, refusal: CutReason, times: HoldTimes) -> Growth:
    """Return a hold that is to cover what its call has run and a piece on top, within the grant.

    Where the money ends before that, it grows as far as the money goes, in whole increments, and the call is to end
    when that is used up.
    """
    ahead_s = ran_s + times.piece_of(hold.interim_s)
    grown = replace(hold, amount=_amount(hold, min(hold.granted_s, ahead_s), max(0, room)))
    covered_s = grant_seconds(grown.terms, grown.amount, grown.granted_s)
    if covered_s >= ahead_s:
        return Growth(grown, covered_s)
    ends_ms = at_ms + 1000 * max(0, covered_s - ran_s)
    if covered_s >= grown.granted_s:
        refusal, ends_ms = CutReason.TIME_UP, ends_ms + TIME_UP_MS
    return Growth(grown, covered_s, Cut(grown.hold_id, refusal, ends_ms, covered_s, ahead_s))


def moved_cut(known: Cut, growth: Growth) -> Cut | None:
    """Return the cut of a call that was to be cut before, None where it is off: enough is covered now.

    It moves away with what is covered, and nearer where the call shows that it has run for longer than was thought;
    reports that are late or come again move nothing.
    """
    assert growth.covered_s is not None, "what grows is covered so far"
    now = growth.cut
    if now is None and growth.covered_s >= known.wanted_s:
        return None
    if growth.covered_s != known.covered_s:
        due_ms = known.due_ms + 1000 * (growth.covered_s - known.covered_s)
        if now is not None and CutReason.TIME_UP is now.reason is not known.reason:
            due_ms += TIME_UP_MS
        known = replace(now or known, due_ms=due_ms, covered_s=growth.covered_s)
    nearer = now is not None and now.due_ms + NEARER_MS <= known.due_ms
    return replace(known, due_ms=now.due_ms) if now is not None and nearer else known


def _amount(hold: Hold, seconds: int, room: int) -> int:
    """Return what is held for so many seconds, at most `room` more than now, and never less than now."""
    wanted = cost_of(hold.terms, seconds)
    if wanted > hold.amount + room:
        wanted = cost_of(hold.terms, grant_seconds(hold.terms, hold.amount + room, seconds))
    return max(hold.amount, wanted)

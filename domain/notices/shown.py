"""Notices and forms in words, the same in commands and in the console."""

from collections.abc import Iterable, Mapping

from domain.notices.states import ContactState, NoticeState

USUAL = "usual"
"""What the form without a name is called."""
ALL, CHANGED = "all", "changed"
"""Instead of a kind: of every kind, and of every kind but what stays as it is."""
KINDS = ("new", "increase", "decrease", "closed", "blocked", "unchanged")
"""Of changes, in the order in which they are shown."""
INCREASE, RAISING = "increase", "raising"
"""Beside the kinds in counts: how many of the increases are new or closed codes by which numbers become dearer."""
_WORST_FIRST = (
    ContactState.BOUNCED,
    ContactState.FAILED,
    ContactState.REFUSED,
    ContactState.ANSWERED,
    ContactState.ACCEPTED,
    ContactState.DELIVERED,
    ContactState.SENT,
    ContactState.WAITING,
)
_NEVER_SENT = (NoticeState.SUPERSEDED, NoticeState.CANCELLED, NoticeState.TOLD)
NOT_SENT = "not sent"
"""Instead of waiting, of a contact of a notice that is not sent any more."""
_HOUR_MS, _DAY_MS = 3_600_000, 86_400_000


def contact_state(notice: str, contact: str) -> str:
    """Write the state of a contact of a notice in a state: nobody waits for what is not sent any more."""
    return NOT_SENT if contact == ContactState.WAITING and notice in _NEVER_SENT else contact


def states_text(states: Iterable[str]) -> str:
    """Write how many contacts are in each state, what somebody must look at first: "1 bounced 2 delivered"."""
    counts: dict[str, int] = {}
    for state in states:
        counts[state] = counts.get(state, 0) + 1
    known = [state.value for state in _WORST_FIRST if state in counts]
    return " ".join(f"{counts[state]} {state}" for state in [*known, *sorted(counts.keys() - set(known))])


def changes_of(kinds: Mapping[str, int]) -> int:
    """Return how many changes there are, without what stays as it is."""
    return sum(count for kind, count in kinds.items() if kind not in ("unchanged", RAISING))


def kinds_words(kinds: Mapping[str, int]) -> list[str]:
    """Write how many changes there are of each kind: "3 new", "5 increase (2 by new or closed codes)"."""
    raising = f" ({kinds[RAISING]:,} by new or closed codes)" if kinds.get(RAISING) else ""
    shown = [kind for kind in KINDS if kinds.get(kind)]
    return [f"{kinds[kind]:,} {kind}" + raising * (kind == INCREASE) for kind in shown]


def time_left(tell_by_ms: int | None, now_ms: int, late: int, counted_ms: int) -> str:
    """Write how long there is to tell in time: "3 d", "5 h", "40 min"; "late" when a change is or that moment is over
    since `late` was counted, "now" when there is no time and none is late; nothing where nothing need be told.

    Moments are UTC ms.
    """
    if late or (tell_by_ms is not None and counted_ms < tell_by_ms < now_ms):
        return "late"
    if tell_by_ms is None:
        return ""
    left_ms = tell_by_ms - now_ms
    if left_ms < 60_000:
        return "now"
    if left_ms >= 2 * _DAY_MS:
        return f"{left_ms // _DAY_MS} d"
    return f"{left_ms // _HOUR_MS} h" if left_ms >= 2 * _HOUR_MS else f"{left_ms // 60_000} min"

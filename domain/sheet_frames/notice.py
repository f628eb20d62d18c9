"""From when a change may begin: the days of notice of its class, counted from the receipt of its sheet."""

from datetime import timedelta

from domain.days import local_day, midnight_ms
from domain.sheets.terms import Notice, NoticeDays, RateTerms

NEW, INCREASE, DECREASE, UNCHANGED, CLOSED, BLOCKED = "new", "increase", "decrease", "unchanged", "closed", "blocked"
"""What a line is, beside what the plan knows."""
CALLERS = "callers"
"""No line: callers whom a list of the sheet moves from one origin group to another."""
_DAY_MS = 86_400_000


def days_of(kind: str, notice: Notice, terms: RateTerms) -> int:
    """Return the days of notice that a kind of change must keep: the plan's own, else the contract's."""
    own, of_contract = {
        NEW: (terms.new_days, notice.new),
        INCREASE: (terms.increase_days, notice.increase),
        DECREASE: (terms.decrease_days, notice.decrease),
        CLOSED: (terms.closing_days, notice.closing),
        BLOCKED: (terms.blocking_days, notice.blocking),
        UNCHANGED: (0, 0),
    }[kind]
    return of_contract if own is None else own


def earliest_ms(received_ms: int, days: int, counted: NoticeDays, zone: str) -> int:
    """Return from when (UTC ms) a change may begin that must be told so many days before.

    CALENDAR: the midnight in the zone that begins the day so many days after the one of receipt; with none the day of
    receipt itself, which has begun already. HOURS: so many times 24 hours after the moment of receipt.
    """
    if counted is NoticeDays.HOURS:
        return received_ms + days * _DAY_MS
    return midnight_ms(local_day(received_ms, zone) + timedelta(days=days), zone)


def earliest_by_kind(received_ms: int, notice: Notice, terms: RateTerms, zone: str) -> dict[str, int]:
    """Return from when each kind of change may begin, UTC ms."""
    kinds = (NEW, INCREASE, DECREASE, UNCHANGED, CLOSED, BLOCKED)
    return {kind: earliest_ms(received_ms, days_of(kind, notice, terms), terms.counted, zone) for kind in kinds}

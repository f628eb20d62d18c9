"""Which plan a sheet that comes by itself is for, by what the terms of plans say of who sends and of subjects."""

import re
from collections.abc import Iterable, Mapping

from domain.ids import PlanId
from domain.sheets.terms import RateTerms

SHOWN = 5


def expecting(terms: Mapping[PlanId, RateTerms], sender: str, subject: str) -> tuple[PlanId, ...]:
    """Return the plans that expect sheets from a sender under a subject, by their terms.

    A plan whose terms name neither senders nor a subject expects none: it would take everybody's.
    """
    return tuple(plan for plan, its in terms.items() if _expects(its, sender, subject))


def why_no_plan(plans: Iterable[PlanId], sender: str, subject: str, what: str = "mail") -> str:
    """Say why it is not known which plan a sheet is for, and how to mend it; `plans`: those that expect it."""
    found = list(plans)
    whom = sender or "a sender that it does not name"
    if not found:
        mend = f"`switchboard plans terms PLAN senders={sender or 'ADDRESS'}`"
        return f'no plan expects {what} from {whom} with the subject "{subject}"; mend: {mend}'
    named = ", ".join(found[:SHOWN]) + (f" and {len(found) - SHOWN} more" if len(found) > SHOWN else "")
    return f"{named} all expect {what} from {whom}; mend: `switchboard plans terms PLAN subject=PATTERN` for each"


def _expects(terms: RateTerms, sender: str, subject: str) -> bool:
    if not terms.senders and not terms.subject:
        return False
    return (not terms.senders or _is_one_of(sender, terms.senders)) and _fits(subject, terms.subject)


def _is_one_of(sender: str, senders: Iterable[str]) -> bool:
    address = sender.strip().casefold()
    _, at, domain = address.rpartition("@")
    known = {one.strip().casefold() for one in senders}
    return bool(at) and bool({address, f"@{domain}"} & known)


def _fits(subject: str, pattern: str) -> bool:
    """Tell whether a subject is as a pattern says, in which * stands for anything; spaces and case do not matter."""
    parts = [re.escape(" ".join(part.split())) for part in pattern.casefold().split("*")]
    return not pattern.strip() or re.fullmatch(".*".join(parts), " ".join(subject.casefold().split())) is not None

"""Which plan a sheet that comes by itself is for, by what the terms of plans say of who sends and of subjects."""

import re
from collections.abc import Iterable, Mapping, Sequence

from domain.ids import PlanId
from domain.sheets.terms import RateTerms

SHOWN = 5


def expecting(terms: Mapping[PlanId, RateTerms], sender: str, subject: str) -> tuple[PlanId, ...]:
    """Return the plans that expect sheets from a sender under a subject, by their terms.

    A plan whose terms name neither senders nor a subject expects none: it would take everybody's.
    """
    return tuple(plan for plan, its in terms.items() if _expects(its, sender, subject))


def why_no_plan(terms: Mapping[PlanId, RateTerms], sender: str, subject: str, what: str = "mail") -> str:
    """Say why not exactly one plan expects a sheet, and how to mend it."""
    found = expecting(terms, sender, subject)
    whom = sender or "a sender that it does not name"
    if found:
        mend = "`switchboard plans terms PLAN subject=PATTERN` for each"
        return f"{_listed(found)} all expect {what} from {whom}; mend: {mend}"
    why = f'no plan expects {what} from {whom} with the subject "{subject}"'
    near = [plan for plan, its in terms.items() if its.senders and _is_one_of(sender, its.senders)]
    if near:
        wanted = f'{near[0]} wants "{terms[near[0]].subject}"' if len(near) == 1 else f"{_listed(near)} want others"
        plan = near[0] if len(near) == 1 else "PLAN"
        return f"{why}: {wanted}; mend: `switchboard plans terms {plan} subject=PATTERN`"
    if not sender:
        return f"{why}; mend: `switchboard sheets take`, or name plan or sender of the folder in switchboard.toml"
    return f"{why}; mend: `switchboard plans terms PLAN senders={sender}`"


def _listed(plans: Sequence[PlanId]) -> str:
    more = f" and {len(plans) - SHOWN} more" if len(plans) > SHOWN else ""
    return ", ".join(plans[:SHOWN]) + more


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

"""The life of a sheet: which step follows which, and what may be done where."""

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """What is done with a sheet, in this order; all but the last three are one piece of work."""

    RECEIVE = "receive"
    DETECT = "detect"
    MAP = "map"
    PARSE = "parse"
    NORMALISE = "normalise"
    COMPARE = "compare"
    CHECK = "check"
    IMPACT = "impact"
    APPROVE = "approve"
    APPLY = "apply"
    NOTIFY = "notify"


class SheetState(StrEnum):
    """WORKING until it is CHECKED, ASKING (its columns must be named first) or REFUSED; a checked one is APPROVED and
    APPLIED, or CANCELLED; an applied one may be UNDONE. Nothing of a sheet is live unless it is APPLIED."""

    WORKING = "working"
    ASKING = "asking"
    CHECKED = "checked"
    APPROVED = "approved"
    APPLIED = "applied"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    UNDONE = "undone"


NEXT = {
    SheetState.WORKING: {SheetState.ASKING, SheetState.CHECKED, SheetState.REFUSED, SheetState.CANCELLED},
    SheetState.ASKING: {SheetState.WORKING, SheetState.CANCELLED},
    SheetState.CHECKED: {SheetState.WORKING, SheetState.APPROVED, SheetState.CANCELLED},
    SheetState.APPROVED: {SheetState.WORKING, SheetState.APPLIED, SheetState.CANCELLED},
    SheetState.APPLIED: {SheetState.UNDONE},
    SheetState.REFUSED: {SheetState.WORKING, SheetState.CANCELLED},
    SheetState.CANCELLED: set[SheetState](),
    SheetState.UNDONE: set[SheetState](),
}


@dataclass(frozen=True, slots=True)
class StepDone:
    """One step of a sheet: when it began and ended (UTC ms of machine time), how many it dealt with, in words."""

    step: Step
    began_ms: int
    ended_ms: int
    count: int
    words: str

"""What an analyst decided about a sheet: kept beside it, and applied again whenever it is read anew."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Correction(StrEnum):
    """MEND gives a cell another text; DROP leaves a row out; DATE lets rows begin at another moment; ACCEPT lets a
    finding stand."""

    MEND = "mend"
    DROP = "drop"
    DATE = "date"
    ACCEPT = "accept"


@dataclass(frozen=True, slots=True)
class Stated:
    """A finding as it was when it was decided about: its `key`, what it said beside its place, and its money."""

    key: str
    said: str = ""
    money: int | None = None


@dataclass(frozen=True, slots=True)
class Corrected:
    """One decision. It is for the cell or row named, or (ACCEPT, DATE, DROP) for a finding's `key`, or all findings of
    a `check`; `these`: those findings that are meant, as they were then, and no others. `value`: the new text, or the
    moment as UTC ms ("": the earliest that the notice allows)."""

    kind: Correction
    tab: str = ""
    row: int = 0
    column: int = -1
    check: str = ""
    key: str = ""
    value: str = ""
    comment: str = ""
    who: str = ""
    at_ms: int = 0
    these: tuple[Stated, ...] = ()


def one_by_one(decided: Iterable[Corrected]) -> tuple[Corrected, ...]:
    """Return decisions, with one for each finding besides where the rows of some are left out together."""
    every: list[Corrected] = []
    for one in decided:
        if one.kind is Correction.DROP:
            every += [replace(one, check="", key=stated.key, these=()) for stated in one.these]
        every.append(replace(one, these=()) if one.kind is Correction.DROP else one)
    return tuple(every)

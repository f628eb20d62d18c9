"""What an analyst decided about a sheet: kept beside it, and applied again whenever it is read anew."""

from dataclasses import dataclass
from enum import StrEnum


class Correction(StrEnum):
    """MEND gives a cell another text; DROP leaves a row out; DATE lets rows begin at another moment; ACCEPT lets a
    finding stand."""

    MEND = "mend"
    DROP = "drop"
    DATE = "date"
    ACCEPT = "accept"


@dataclass(frozen=True, slots=True)
class Corrected:
    """One decision. It is for the cell or row named, or (ACCEPT, DATE, DROP) for a finding's `key`, or all findings of
    a `check`. `value`: the new text, or the moment as UTC ms ("": the earliest that the notice allows)."""

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

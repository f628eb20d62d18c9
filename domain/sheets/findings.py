"""What the checks of a rate sheet say: 36 of them, each with its severity and the rule in a sentence."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """BLOCK keeps a sheet from approval until it is mended or overruled; WARN must be acknowledged; NOTE is read."""

    BLOCK = "B"
    WARN = "W"
    NOTE = "I"


class Check(StrEnum):
    """A check; its value is what a sheet is told it by."""

    UNREADABLE = "R01"
    REPEATED = "R02"
    NOT_THIS_CONTRACT = "R03"
    COLUMN_MISSING = "R04"
    UNIT_CHANGED = "R05"
    TEMPLATE_DRIFT = "R06"
    ROW_COUNT = "R07"
    MANY_REJECTS = "R08"
    BAD_CODE = "R09"
    BAD_RANGE = "R10"
    COUNTRY_CODE = "R11"
    UNKNOWN_CODE = "R12"
    OTHER_DESTINATION = "R13"
    TWO_PRICES = "R14"
    INVENTED_CODE = "R15"
    CODES_LACKING = "R16"
    BAD_PRICE = "R17"
    ZERO_OR_BLOCKED = "R18"
    OUTSIDE_BOUNDS = "R19"
    PRICE_JUMP = "R20"
    MARK_CONTRADICTS = "R21"
    BAD_INCREMENTS = "R22"
    WORSE_TERMS = "R23"
    UNKNOWN_RATE_TYPE = "R24"
    PROFILE_GAPS = "R25"
    BAD_DATE = "R26"
    OTHER_ZONE = "R27"
    SHORT_INCREASE = "R28"
    SHORT_NEW = "R29"
    SHORT_CLOSING = "R30"
    IMPLICIT_BY_NEW = "R31"
    IMPLICIT_BY_CLOSING = "R32"
    IMPLICIT_BY_CHANGE = "R33"
    IN_THE_PAST = "R34"
    GAP_OR_OVERLAP = "R35"
    MARGIN_AT_RISK = "R36"


B, W, I = Severity.BLOCK, Severity.WARN, Severity.NOTE  # noqa: E741 - the letters by which analysts know them
SEVERITY = {
    Check.UNREADABLE: B, Check.REPEATED: W, Check.NOT_THIS_CONTRACT: B, Check.COLUMN_MISSING: B, Check.UNIT_CHANGED: B,
    Check.TEMPLATE_DRIFT: W, Check.ROW_COUNT: W, Check.MANY_REJECTS: B, Check.BAD_CODE: B, Check.BAD_RANGE: B,
    Check.COUNTRY_CODE: W, Check.UNKNOWN_CODE: I, Check.OTHER_DESTINATION: W, Check.TWO_PRICES: B,
    Check.INVENTED_CODE: W, Check.CODES_LACKING: B, Check.BAD_PRICE: B, Check.ZERO_OR_BLOCKED: W,
    Check.OUTSIDE_BOUNDS: W, Check.PRICE_JUMP: W, Check.MARK_CONTRADICTS: W, Check.BAD_INCREMENTS: B,
    Check.WORSE_TERMS: B, Check.UNKNOWN_RATE_TYPE: B, Check.PROFILE_GAPS: B, Check.BAD_DATE: B, Check.OTHER_ZONE: W,
    Check.SHORT_INCREASE: B, Check.SHORT_NEW: B, Check.SHORT_CLOSING: B, Check.IMPLICIT_BY_NEW: B,
    Check.IMPLICIT_BY_CLOSING: B, Check.IMPLICIT_BY_CHANGE: B, Check.IN_THE_PAST: B, Check.GAP_OR_OVERLAP: B,
    Check.MARGIN_AT_RISK: B,
}  # fmt: skip
"""Some have a second one: R12 warns of a new code that captures traffic; R13 and R14 are notes of a network for another
of its kind and of the same price twice; R33 notes what costs us less by a list of callers;
R34 warns of what begins in the past and changes nothing, or is in a first sheet and no call was billed since."""
RULES = {
    Check.UNREADABLE: "the file cannot be read",
    Check.REPEATED: "the same file or the same content came before",
    Check.NOT_THIS_CONTRACT: "sender, plan or currency is not this contract's",
    Check.COLUMN_MISSING: "a column is missing, or two could be the same one",
    Check.UNIT_CHANGED: "prices are for another unit than before",
    Check.TEMPLATE_DRIFT: "the sheet is laid out otherwise than its template",
    Check.ROW_COUNT: "many more or fewer rows than the last full sheet",
    Check.MANY_REJECTS: "too many rows are rejected",
    Check.BAD_CODE: "this is no code",
    Check.BAD_RANGE: "this is no range of codes",
    Check.COUNTRY_CODE: "the country code is unassigned or not the named country's",
    Check.UNKNOWN_CODE: "the reference book does not have the code",
    Check.OTHER_DESTINATION: "the name is that of another destination of ours",
    Check.TWO_PRICES: "two prices for one code and date",
    Check.INVENTED_CODE: "a new code far dearer than its parent, never called before",
    Check.CODES_LACKING: "a full sheet lacks codes",
    Check.BAD_PRICE: "this is no price",
    Check.ZERO_OR_BLOCKED: "a price of zero, or a blocked code with a price",
    Check.OUTSIDE_BOUNDS: "the price is outside what the contract expects",
    Check.PRICE_JUMP: "the price jumps",
    Check.MARK_CONTRADICTS: "the sheet's own mark contradicts the comparison, which counts",
    Check.BAD_INCREMENTS: "the increments are unreadable or not allowed",
    Check.WORSE_TERMS: "dearer by its increments or fees at the same price",
    Check.UNKNOWN_RATE_TYPE: "the rate type has no time profile",
    Check.PROFILE_GAPS: "the time profiles do not cover the week exactly once",
    Check.BAD_DATE: "this is no date, or one that cannot be meant",
    Check.OTHER_ZONE: "the sheet's zone is not the contract's",
    Check.SHORT_INCREASE: "an increase inside its notice",
    Check.SHORT_NEW: "a new code or a decrease inside its notice",
    Check.SHORT_CLOSING: "a closing or blocking inside its notice",
    Check.IMPLICIT_BY_NEW: "implicit increase: a new longer code dearer than its parent",
    Check.IMPLICIT_BY_CLOSING: "implicit increase: numbers of a code that ends fall to a dearer parent",
    Check.IMPLICIT_BY_CHANGE: "implicit increase: a code was moved or split, or an origin group was added",
    Check.IN_THE_PAST: "it begins in the past",
    Check.GAP_OR_OVERLAP: "the plan would have a gap, an overlap or two rates",
    Check.MARGIN_AT_RISK: "sold below what it would cost",
}


class Standing(StrEnum):
    """What became of a finding."""

    OPEN = "open"
    ACCEPTED = "accepted"
    MENDED = "mended"
    DROPPED = "dropped"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check says of one place. `row` counts from 1 as spreadsheets do; 0: of the whole sheet.

    `money`: what it means for us, units a week in the plan's currency (negative: it costs us), None where that is not
    known. `key` (key_of) is the same each time that the sheet is read: by it a finding is accepted,
    as long as it is about what was `said`: the same value, prices and moment.
    """

    check: Check
    severity: Severity
    words: str
    tab: str = ""
    row: int = 0
    column: str = ""
    code: str = ""
    value: str = ""
    money: int | None = None
    key: str = ""
    standing: Standing = Standing.OPEN
    said: str = ""


_KEY = re.compile(r"(R\d\d):(.*):(\d+):(\d*):([^:]*):([^:]*)(?::([^:]*)(?::\d+)?)?", re.DOTALL)


class Place(NamedTuple):
    """What the key of a finding names."""

    check: str
    tab: str
    row: int
    code: str = ""
    rate_type: str = ""
    origin: str = ""
    column: str = ""


def key_of(place: Place) -> str:
    """Return the key of the finding there: check:tab:row:code:rate type:origin, and :column where it is of one."""
    *names, column = (part.replace(":", ";") for part in (place.rate_type, place.origin, place.column))
    parts = [place.check, place.tab, str(place.row), place.code, *names]
    return ":".join([*parts, column] if column else parts)


def place_of(key: str) -> Place | None:
    """Return what a key names; None for what is no key."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    check, tab, row, *rest = found.groups(default="")
    return Place(check, tab, int(row), *rest)

"""What a contract says of the rate sheets of one plan: notice, increments, bounds, what is done with what is short."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Semantics(StrEnum):
    """What a code means that a sheet does not name: it ends (FULL), it stays (CHANGES), it ends where the sheet names
    its country (FULL_BY_COUNTRY)."""

    FULL = "full"
    CHANGES = "changes"
    FULL_BY_COUNTRY = "full-by-country"


class WhenShort(StrEnum):
    """What becomes of a rate inside its notice: it is to be moved to the earliest day, or to be left out (either way it
    blocks until somebody does it), or it may stand with a warning."""

    MOVE = "move"
    REJECT = "reject"
    ACCEPT = "accept"


class NoticeDays(StrEnum):
    """How days of notice are counted: whole days from the day of receipt to the day that it begins, in the contract's
    zone, or times 24 hours from the moment of receipt."""

    CALENDAR = "calendar"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class RateTerms:
    """The terms of one plan's sheets; all have the defaults of the trade. Prices are units (10^-8) a minute.

    `notice` None: the partner's contract says it. `allowed_increments` empty: all. `floors` and `ceilings` are by
    country (ISO 3166 alpha-2), before `floor` and `ceiling`. Percentages are whole. `zone` "": the plan's.
    `senders`: addresses or @domains that may send, empty: all; `subject`: a pattern with * that names this plan.
    """

    semantics: Semantics = Semantics.CHANGES
    zone: str = ""
    increments: tuple[int, int] = (1, 1)
    allowed_increments: tuple[tuple[int, int], ...] = ()
    new_days: int | None = None
    increase_days: int | None = None
    decrease_days: int | None = None
    closing_days: int | None = None
    blocking_days: int | None = None
    counted: NoticeDays = NoticeDays.CALENDAR
    when_short: WhenShort = WhenShort.MOVE
    floor: int = 10_000
    ceiling: int = 1_000_000_000
    floors: Mapping[str, int] = field(default_factory=dict)
    ceilings: Mapping[str, int] = field(default_factory=dict)
    jump_up_percent: int = 50
    leap_percent: int = 200
    jump_down_percent: int = 50
    rows_percent: int = 20
    rejects_percent: int = 1
    rejects_most: int = 1_000
    lacking_percent: int = 5
    lacking_minutes: int = 0
    invented_times: int = 5
    similarity_percent: int = 60
    range_codes: int = 10_000
    past_days: int = 60
    ahead_days: int = 400
    repeated_days: int = 90
    implicit_percent: int = 0
    traffic_days: int = 7
    least_margin_percent: int = 0
    senders: tuple[str, ...] = ()
    subject: str = ""
    second_person: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Days of notice that each class of change must keep: those of the plan's terms, else of the partner's contract."""

    new: int = 1
    increase: int = 7
    decrease: int = 0
    closing: int = 7
    blocking: int = 7

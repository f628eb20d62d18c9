"""Rates and plans as values. How a call is rated is in domain.rating; how a plan is looked up in domain.intervals."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from domain.extent import Extent
from domain.ids import PlanId
from domain.money import Currency
from domain.origins import CallerGroups
from domain.quick import quick
from domain.travel import travels

ANY_TIME = "any"
"""The rate type of a plan without time profiles."""


class Service(StrEnum):
    """What is sold: calls, data and wifi sessions, messages. Only calls count in ASR, ACD and the like."""

    VOICE = "voice"
    DATA = "data"
    MESSAGE = "message"


class Unit(StrEnum):
    """What a plan's prices are for: a minute, a megabyte (1,048,576 octets), one event.

    Increments are seconds, kilobytes (1,024 octets), events.
    """

    SECOND = "second"
    MEGABYTE = "megabyte"
    EVENT = "event"


class SecondsRounding(StrEnum):
    """How raw milliseconds become whole seconds before increments (rating facts §1)."""

    CEIL = "ceil"
    HALF_UP = "half_up"
    FLOOR = "floor"


class Crossing(StrEnum):
    """What a call does that crosses a time-profile boundary: the start's rate for all of it, or a split there."""

    BY_START = "start"
    SPLIT = "split"


@travels
@dataclass(frozen=True, slots=True)
class Terms:
    """What a rate charges. Prices are units (10^-8) per minute, fees units per call, intervals whole seconds.

    In a plan sold by another unit prices are per megabyte or event, and everything in `_s` is kilobytes or events.
    Invariant: first_s > 0 and next_s > 0; nothing is negative.
    """

    first_price: int
    next_price: int
    first_s: int = 1
    next_s: int = 1
    connect_fee: int = 0
    attempt_fee: int = 0
    minimum_charge: int = 0
    grace_s: int = 0
    free_s: int = 0

    def __post_init__(self) -> None:
        assert self.first_s > 0 and self.next_s > 0, "an interval is at least one second"
        assert min(self.first_price, self.next_price, self.connect_fee, self.attempt_fee) >= 0, "no negative price"
        assert min(self.minimum_charge, self.grace_s, self.free_s) >= 0, "no negative allowance"


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the week in the plan's zone: minutes [from_min, to_min) of the weekdays (Monday 0), or of holidays."""

    rate_type: str
    weekdays: frozenset[int]
    from_min: int = 0
    to_min: int = 1440
    on_holidays: bool = False


@dataclass(frozen=True, slots=True)
class PlanRules:
    """What holds for a whole plan: money, zone, profiles, rounding. `windows` empty: every rate type is ANY_TIME.

    A moment's rate type is that of the first matching window (on a holiday: the first with on_holidays), else
    ANY_TIME. `decimals` < 8 rounds each charge to that many decimals by `rounding` (a method of money.ROUNDINGS).
    """

    plan: PlanId
    currency: Currency
    zone: str = "UTC"
    crossing: Crossing = Crossing.BY_START
    seconds: SecondsRounding = SecondsRounding.CEIL
    decimals: int = 8
    rounding: str = "half_up"
    windows: tuple[Window, ...] = ()
    holidays: frozenset[date] = frozenset()
    unit: Unit = Unit.SECOND


@quick
@dataclass(frozen=True, slots=True)
class RateRow:
    """One rate of a plan. Valid and known intervals are half-open [from, until) in UTC ms; until None: open.

    `origin` is the origin group of callers (domain.origins) that it is for; "" is for any caller.
    """

    code: str
    terms: Terms
    valid_from_ms: int
    valid_until_ms: int | None = None
    rate_type: str = ANY_TIME
    blocked: bool = False
    known_from_ms: int = 0
    known_until_ms: int | None = None
    origin: str = ""

    def valid_at(self, at_ms: int) -> bool:
        """Return whether the row is in force at the moment."""
        return self.valid_from_ms <= at_ms and (self.valid_until_ms is None or at_ms < self.valid_until_ms)


@dataclass(frozen=True, slots=True)
class CodeRates:
    """The rates of the longest code that matches a number at a moment, one row per rate type.

    Where the plan tells callers apart: those that count for one origin group.
    """

    code: str
    rows: tuple[RateRow, ...]

    @property
    def blocked(self) -> bool:
        """A code with any blocked row is not offered."""
        return any(row.blocked for row in self.rows)


class PlanTable(Protocol):
    """One immutable version of a plan. Twins: intervals.PlanIntervals (memory), store.snapshots (memory-mapped)."""

    @property
    def version(self) -> int:
        """The version of the plan that this table holds."""
        ...

    @property
    def rules(self) -> PlanRules:
        """What holds for the whole plan."""
        ...

    @property
    def whole_from_ms(self) -> int:
        """From when on it has all rates of the plan: of those that had ended by then it may have none."""
        ...

    @property
    def callers(self) -> CallerGroups | None:
        """By which callers are told apart; None: no rate of the plan depends on who calls."""
        ...

    def rates_at(self, number: str, at_ms: int, within: Extent | None = None, origin: str = "") -> CodeRates | None:
        """Return the rates of the longest code that begins `number` and has a row in force at the moment.

        `within` is narrowed to numbers and moments, this one's among them, that get the same answer.
        `origin`: the caller's group, as `callers` tells it; no row but those that count for it is looked at
        (origins.chain_of). A code without a row falls back to the next shorter one. None: no code matches.
        Of several rows of one rate type in force, the one with the latest valid_from wins, then the last known.
        """
        ...


@quick
@dataclass(frozen=True, slots=True)
class Part:
    """One line of a charge's breakdown: `seconds` at `price` per minute from `from_s` of the call, or a fee.

    In a plan sold by another unit: kilobytes at a price per megabyte, or events at one per event.
    """

    what: str
    from_s: int
    seconds: int
    price: int
    rate_type: str = ANY_TIME


@quick
@dataclass(frozen=True, slots=True)
class Charge:
    """The charge of one leg: `units` of `currency`, from exact parts rounded once. `code` is "" for unanswered.

    Shapes: billed_s are seconds after grace, free seconds and increments; parts add up to the charge exactly,
    but for the minimum charge and the rounding, which have parts of their own. Where the `unit` is not SECOND billed_s
    is 0, `billed_volume` kilobytes or events are billed, and `volume` is what was measured, octets or events.
    `origin`: the group of callers that the rate is for.
    """

    units: int
    currency: Currency
    billed_s: int
    code: str
    rate_type: str
    plan: PlanId
    plan_version: int
    terms: Terms | None
    parts: tuple[Part, ...]
    unit: Unit = Unit.SECOND
    billed_volume: int = 0
    volume: int = 0
    origin: str = ""

    @property
    def billed(self) -> int:
        """Return the increments that are billed: seconds, kilobytes or events."""
        return self.billed_s if self.unit is Unit.SECOND else self.billed_volume

"""Limits on traffic: what each counts, over which period, and how much is left of it.

A limit counts the calls to which all that it names applies: a client or one of its end users, a trunk, a vendor, a
destination or code. The tightest of those that apply to a call wins. What names a client or its trunk is kept by the
client's entity together with the holds, hard; what names a vendor alone is seen where attempts are reported, and kept
by the nodes, softly.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import NewType
from zoneinfo import ZoneInfo

from domain.ids import NO_USER, DestinationId, EndUserId, PartnerId, TrunkId
from domain.money import Currency
from domain.policies.policy import TimeProfile
from domain.profiles import rate_type_at
from domain.rates import ANY_TIME

LimitId = NewType("LimitId", str)
OUTSIDE = "not "
"""Before the name of a profile: all the time that is no part of it."""
OF_USER = "user "
"""How the ids of end users' own limits begin."""
SLOT_MS = 900_000
"""A quarter of an hour: zones differ by whole ones, so no period of today begins within one."""

ALL_TIMES_MS = 1
"""When the one period of EVER begins; 0 is a moment that is not known."""


class Period(StrEnum):
    """After which use of minutes and money begins at zero again, in the limit's zone. A week begins on Monday; after
    EVER it never does."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    EVER = "ever"

    @property
    def words(self) -> str:
        """Say in which period something was used, after what was: " in the day"; nothing for EVER."""
        return "" if self is Period.EVER else f" in the {self}"

    def begins_ms(self, at_ms: int, zone: str) -> int:
        """Return the first moment (UTC ms) of the period that a moment (UTC ms) is in."""
        if self is Period.EVER:
            return ALL_TIMES_MS
        local = datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone)).replace(microsecond=0)
        if self is Period.HOUR:
            # counted back from the moment itself: in the hour that a clock shows twice, each of them is one
            into = timedelta(minutes=local.minute, seconds=local.second)
            return at_ms - at_ms % 1000 - int(into.total_seconds()) * 1000
        day = local.replace(hour=0, minute=0, second=0, fold=0)
        back = {Period.DAY: 0, Period.WEEK: day.weekday(), Period.MONTH: day.day - 1}[self]
        return int((day - timedelta(days=back)).timestamp()) * 1000


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit. None or "" in what it names: any; None in how much: no limit of that kind.

    `max_calls` open at once; `max_cps` a second on the average and `burst` at once (None: a second's worth);
    `max_minutes` and `max_units` (10^-8 of `currency`) in each `period`, by the calls' start. `code`: digits that the
    number begins with, where no whole destination is meant. `end_user`: of the client. `profile`: the name of the part
    of the week in which it holds, "" always, "not NAME" outside of it; `part`: what that is, as the catalog has it.

    Calls that are open count whenever they began: those of one part of the week are there in the next one, too. Minutes
    and money are those of calls that began within the part.
    """

    id: LimitId
    client: PartnerId | None = None
    end_user: EndUserId = NO_USER
    trunk: TrunkId | None = None
    vendor: PartnerId | None = None
    destination: DestinationId | None = None
    code: str = ""
    max_calls: int | None = None
    max_cps: int | None = None
    burst: int | None = None
    max_minutes: int | None = None
    max_units: int | None = None
    currency: Currency | None = None
    period: Period = Period.MONTH
    zone: str = "UTC"
    enabled: bool = True
    profile: str = ""
    part: TimeProfile | None = None

    @property
    def use_id(self) -> LimitId:
        """Return the name under which its use is kept: another one as soon as it counts other calls, or otherwise; an
        end user's own limit counts his calls always."""
        return self.id if self.id.startswith(OF_USER) else _use_id(self)

    def counts(self, b: str, destination: DestinationId) -> bool:
        """Return whether a call to a number (E.164 digits) is of the destination or code that the limit names."""
        if self.destination is not None and self.destination != destination:
            return False
        return b.startswith(self.code)

    def holds(self, at_ms: int) -> bool:
        """Say whether it is to be kept at a moment; a part that is not known says nothing against it."""
        if self.part is None:
            return True
        return (rate_type_at(self.part, at_ms) != ANY_TIME) is not self.profile.startswith(OUTSIDE)

    @property
    def metered(self) -> bool:
        """Say whether minutes or money are limited."""
        return self.max_minutes is not None or self.max_units is not None

    @property
    def most_at_once(self) -> int:
        """Return how many calls may come in one moment, where calls per second are limited."""
        return (self.max_cps or 0) if self.burst is None else self.burst

    def period_ms(self, at_ms: int) -> int:
        """Return when the period began that a moment is in."""
        return period_begins(self.period, self.zone, at_ms)

    def before_ms(self, at_ms: int) -> int:
        """Return when the period before that of a moment began."""
        return self.period_ms(self.period_ms(at_ms) - 1)


@lru_cache(maxsize=16_384)
def _use_id(limit: Limit) -> LimitId:
    who = (limit.client, limit.end_user, limit.trunk, limit.vendor, limit.destination, limit.code)
    what = (limit.currency, limit.period.value, limit.zone, *_when(limit))
    return LimitId(f"{limit.id}#{blake2b(repr((*who, *what)).encode(), digest_size=6).hexdigest()}")


def _when(limit: Limit) -> tuple[object, ...]:
    """Return in which part of the week a limit counts minutes and money, the same in every process."""
    part = limit.part
    if part is None:
        return ()
    windows = tuple((sorted(one.weekdays), one.from_min, one.to_min, one.on_holidays) for one in part.windows)
    return limit.profile.startswith(OUTSIDE), part.zone, windows, sorted(map(str, part.holidays))


def period_begins(period: Period, zone: str, at_ms: int) -> int:
    """Return when the period began that a moment (UTC ms) is in; cheap, since a quarter of an hour is like itself."""
    return _period_begins(period, zone, at_ms // SLOT_MS)


@lru_cache(maxsize=4096)
def _period_begins(period: Period, zone: str, slot: int) -> int:
    return period.begins_ms(slot * SLOT_MS, zone)


@dataclass(frozen=True, slots=True)
class Used:
    """What calls that have ended used of a limit in one period: billed seconds, and units of its currency."""

    seconds: int = 0
    units: int = 0

    def plus(self, seconds: int, units: int) -> "Used":
        """Return the sum."""
        return Used(self.seconds + seconds, self.units + units)


Uses = dict[tuple[LimitId, int], Used]
"""What is used, by limit (Limit.use_id) and the beginning of its period (UTC ms)."""
Changed = tuple[LimitId, int, int]
"""(limit by its use_id, beginning of the period whose use has changed, moment before which none need be known)"""


@dataclass(frozen=True, slots=True)
class LimitUse:
    """What is used of a limit now. `seconds` and `units` are of the period that begins at `period_ms`, and with them
    what is set aside for calls that are open. `refused`: calls that it kept out since whoever counts them began.
    """

    limit: LimitId
    calls: int = 0
    cps: float = 0.0
    seconds: int = 0
    units: int = 0
    period_ms: int = 0
    refused: int = 0

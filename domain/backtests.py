"""Calls of the past under another policy or other rates: what becomes of each, and what all of them come to.

A call is what it was: who asked for it, whether it was answered and how long it was talked. A vendor that failed it
then would fail it again, and one that was not tried is taken to carry it as the one did that had it. How many it
would have answered is told beside, by its own ASR. Money is summed in units of the base currency, exactly.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple

from domain.backtest_rates import TrialPlan, TrialRates
from domain.backtest_room import HourKey, Use, added
from domain.causes import Cause
from domain.ids import DestinationId, PartnerId, PlanId, TrunkId
from domain.policies.policy import Policy
from domain.quick import quick

NOBODY = PartnerId("")
"""Who carries a call that no vendor has."""
FOLDER = "backtests"
"""Of the data folder: what parts leave for others, by the place of their order."""
TICKETS = 10_000
"""A split is drawn by a part of the call's key, so that a call has the same vendor in any part of a back-test."""


class Knowing(StrEnum):
    """Which quality formulas are given: what was known THEN, at the quarter of an hour in which a call came, or what is
    known NOW of the whole period."""

    THEN = "then"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class BacktestOrder:
    """Calls of [from_ms, until_ms), by the moment that dates the client's leg, under `policy`, laid over all others
    (None: under those that hold), with other `rates` and other `plans` of partners than they have.

    Without `against` and with a policy they are compared with what happened. Else only calls move for which the two
    decide otherwise, `against` (None: the policies that hold) by the rates and plans as they are; what went another way
    than that had reasons that neither tells. `client`: of this one only ("": of all); `sample_bp`: of 10,000 calls,
    chosen by their keys. `place`: the name of a folder for what parts leave for others.
    """

    policy: Policy | None
    from_ms: int
    until_ms: int
    now_ms: int
    against: Policy | None = None
    client: str = ""
    sample_bp: int = 10_000
    rates: tuple[TrialRates, ...] = ()
    plans: tuple[TrialPlan, ...] = ()
    knowing: Knowing = Knowing.THEN
    place: str = "backtest"

    @property
    def compares(self) -> bool:
        """Say whether two ways to decide are compared, not one with what happened."""
        return self.against is not None or self.policy is None

    @property
    def reprices(self) -> bool:
        """Say whether calls may cost or earn something else though they go as they went."""
        return bool(self.rates or self.plans)

    @property
    def whole(self) -> bool:
        """Say whether it is of all calls, so that it is known how many there were at once."""
        return not self.client and self.sample_bp == TICKETS


@dataclass(frozen=True, slots=True)
class Was:
    """How a call went: `carrier` had it last, `failed` were tried and did not answer; NOBODY: no vendor is known."""

    carrier: PartnerId
    failed: frozenset[PartnerId]
    answered: bool


class Way(NamedTuple):
    """A vendor that a call may go by, the plan that it is paid by, and the trunk."""

    vendor: PartnerId
    plan: PlanId
    trunk: TrunkId = TrunkId("")


@dataclass(frozen=True, slots=True)
class Choice:
    """Where a policy has calls go, first to last; `refusal` where it has none.

    `drawn`: where calls are split, the ways of each part with its weight; a call has one of them, by its ticket.
    """

    ways: tuple[Way, ...] = ()
    refusal: Cause | None = None
    drawn: tuple[tuple[int, tuple[Way, ...]], ...] = ()

    @property
    def tickets(self) -> tuple[int, ...]:
        """Return how many tickets the parts have, each with all before it; none where calls are not split."""
        total = sum(weight for weight, _ in self.drawn)
        return tuple(-(-end * TICKETS // total) for end in accumulate(weight for weight, _ in self.drawn))

    def part(self, place: int) -> "Choice":
        """Return what is chosen for the calls of a part, where calls are split."""
        return Choice(self.drawn[place][1]) if self.drawn else self

    def of(self, ticket: int) -> "Choice":
        """Return what is chosen for a call with a ticket, one of TICKETS."""
        return self.part(bisect_right(self.tickets, ticket))

    def head(self, failed: int) -> "Choice":
        """Return all that matters to a call that so many vendors failed: the ways of as many vendors and one more."""
        vendors: set[PartnerId] = set()
        for place, way in enumerate(self.ways):
            vendors.add(way.vendor)
            if len(vendors) > failed + 1:
                return Choice(self.ways[:place])
        return self


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a call: it stays as it was, is refused, or goes by `way`; `ahead` failed it before."""

    way: Way | None = None
    ahead: tuple[PartnerId, ...] = ()
    refusal: Cause | None = None


STAYS = Fate()


def fate(was: Was, now: Choice, then: Choice | None = None) -> Fate:
    """Return what becomes of a call where `now` decides about it; `then`: what decided before (None: not known).

    A call that was not answered is as it was where the first choice had it, since it might be nobody's fault.
    """
    if was.carrier == NOBODY:
        return STAYS
    found = _fate(was, now)
    if then is not None and found == _fate(was, then):
        return STAYS
    return found


def _fate(was: Was, choice: Choice) -> Fate:
    if not choice.ways:
        return Fate(refusal=choice.refusal or Cause.NO_ROUTE)
    if not was.answered:
        first = choice.ways[0]
        return STAYS if first.vendor == was.carrier or first.vendor in was.failed else Fate(first)
    ahead: list[PartnerId] = []
    for way in choice.ways:
        if way.vendor == was.carrier:
            return STAYS
        if way.vendor not in was.failed:
            return Fate(way, tuple(ahead))
        ahead.append(way.vendor)
    return Fate(None, tuple(ahead), Cause.NO_ROUTE)  # all that are left failed it


class Group(NamedTuple):
    """Calls that are added up together: `now` NOBODY and `refused` said: they do not go."""

    client: PartnerId
    destination: DestinationId
    then: PartnerId
    now: PartnerId
    refused: str = ""


class Spill(NamedTuple):
    """Calls that find `first` full, whose they would be, and go on to `now`: NOBODY, where none has room."""

    first: PartnerId
    now: PartnerId


@quick
@dataclass(frozen=True, slots=True)
class Sums:
    """Calls added up, as they were and (`…_now`) as they would be; money in units of the base currency."""

    calls: int = 0
    answered: int = 0
    talk_ms: int = 0
    revenue: int = 0
    revenue_now: int = 0
    cost: int = 0
    cost_now: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.calls + other.calls,
            self.answered + other.answered,
            self.talk_ms + other.talk_ms,
            self.revenue + other.revenue,
            self.revenue_now + other.revenue_now,
            self.cost + other.cost,
            self.cost_now + other.cost_now,
        )

    def __neg__(self) -> "Sums":
        return Sums(*(-getattr(self, name) for name in self.__slots__))

    @property
    def margin(self) -> int:
        """What was earned."""
        return self.revenue - self.cost

    @property
    def margin_now(self) -> int:
        """What would be earned."""
        return self.revenue_now - self.cost_now


NOTHING = Sums()
Tried = Mapping[tuple[PartnerId, DestinationId], tuple[int, int]]
"""Attempts of a vendor to a destination, and how many were answered."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """What calls come to: all of a period, or those of a part of it; parts add up to the whole.

    `unknown`: calls of which no vendor is known, or that a new plan cannot rate: they are as they were. `decided`:
    groups of calls that each were decided once. `uses`: calls at once and a second, by whom they go and by the hour;
    empty unless the order is of all calls. `overflow`: calls that find no room, as they would be with it, and (`…_now`)
    as they are; they are among `groups` as they are. `cpu_s`: processor time of all parts.
    """

    groups: Mapping[Group, Sums] = field(default_factory=dict)
    tried: Tried = field(default_factory=dict)
    unknown: int = 0
    decided: int = 0
    parts: int = 0
    cpu_s: float = 0.0
    uses: Mapping[HourKey, Use] = field(default_factory=dict)
    overflow: Mapping[Spill, Sums] = field(default_factory=dict)

    def __add__(self, other: "Backtest") -> "Backtest":
        groups, overflow = dict(self.groups), dict(self.overflow)
        for group, sums in other.groups.items():
            groups[group] = groups.get(group, NOTHING) + sums
            if groups[group] == NOTHING:
                del groups[group]  # all of its calls went elsewhere
        for spill, sums in other.overflow.items():
            overflow[spill] = overflow.get(spill, NOTHING) + sums
        tried = dict(self.tried)
        for pair, (attempts, answered) in other.tried.items():
            before = tried.get(pair, (0, 0))
            tried[pair] = before[0] + attempts, before[1] + answered
        return Backtest(
            groups,
            tried,
            self.unknown + other.unknown,
            self.decided + other.decided,
            self.parts + other.parts,
            self.cpu_s + other.cpu_s,
            added(self.uses, other.uses),
            overflow,
        )

    @property
    def total(self) -> Sums:
        """All calls."""
        return sum(self.groups.values(), Sums())

    def expected(self, group: Group) -> float:
        """Return how many calls of a group the vendor would have answered that has them now, by its own ASR.

        As many as were where it had them then, or was never tried to the destination.
        """
        sums = self.groups[group]
        attempts, answered = self.tried.get((group.now, group.destination), (0, 0))
        if group.now == group.then or not attempts:
            return float(sums.answered) if not group.refused else 0.0
        return sums.calls * answered / attempts

    def expected_of(self, groups: Iterable[Group]) -> float:
        """Return the same of several groups."""
        return sum(self.expected(group) for group in groups)

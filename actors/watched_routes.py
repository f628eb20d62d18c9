"""quality-0's part that watches routes: it hears the calls that are over, and keeps who is out, tried and back.

The desk tells it the policies and what the catalog kept, takes the news, and passes on what operators order.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from actors.home import Home, machine_ms
from domain.calls import Side
from domain.cause_classes import is_user_failure
from domain.directory import Directory
from domain.ids import DestinationId, PartnerId
from domain.policies.policy import Policies
from domain.policies.watching import WatchesAt
from domain.quality import SHORT_MS, LegBegun, LegSeen
from domain.quality_calls import outcome_of as packed_outcome
from domain.quality_counts import QualityCounts, route_key
from domain.route_book import KeptState, News, Route, RouteBook
from domain.route_states import Measured, Outcome, Standing

MOST_TOLD = 1_000
"""Changes that are told in one answer: the desk writes them in one transaction."""
MOST_STATES = 20_000
"""Active routes that are told of at once."""
Owners = frozenset[tuple[str, PartnerId]]
"""Clients, each with the policy that its contract names."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What is heard of a leg: at `at_ms` it was answered, or was over; `counted`: it was known as answered before."""

    at_ms: int
    leg: LegBegun | LegSeen
    counted: bool = False


class RouteWatching(ABC):
    """The methods of quality-0 about routes. Until its states are restored it gives no board: nodes would send calls to
    who was out."""

    def __init__(self, home: Home) -> None:
        self.routes = RouteBook(len(home.settings.node), last=self)
        self.routes_restored = self._refilled = False
        self._process = uuid4().hex[:12]
        self._watched: tuple[Policies, Owners] | None = None
        self._own_home = home

    def follow_routes(self, directory: Directory) -> None:
        """Watch as the policies of a directory say."""
        policies, owners = directory.policies, owners_of(directory)
        if self._watched != (policies, owners):
            self.routes.watch(WatchesAt(policies, owners), self._business_ms())
            self._watched = policies, owners

    def hear_routes(self, heard: Iterable[Heard], now_ms: int) -> None:
        """Count the calls of vendors that were answered or are over, in that order, however they were told.

        Those heard before the states were restored count with the refill: what they did to states of nobody's knowing
        would be written over what was kept.
        """
        if not self.routes_restored:
            return
        for one in sorted((one for one in heard if one.leg.side is Side.VENDOR), key=lambda one: one.at_ms):
            leg = one.leg
            if isinstance(leg, LegBegun):
                self.routes.answered(leg.partner, leg.destination, leg.setup_ms, now_ms)
            else:
                self.routes.hear(leg.partner, leg.destination, outcome_of(leg), now_ms, counted=one.counted)

    def moved_routes(self, now_ms: int) -> set[DestinationId]:
        """Let time pass; return the destinations whose standings changed since this was asked last."""
        self.routes.tick(now_ms)
        return self.routes.changed()

    @abstractmethod
    def _counts(self) -> QualityCounts: ...

    def how_many(self, route: Route) -> int:
        """Return how many calls of a route are kept."""
        key, counts = route_key(*route), self._counts()
        return len(counts.series(key) or ()) + counts.open_calls(key)

    def last_calls(self, route: Route) -> tuple[Sequence[Outcome], Sequence[int]]:
        """Return the last calls of a route, and when those were set up that were answered and go on."""
        key, counts = route_key(*route), self._counts()
        series = counts.series(key)
        over = [packed_outcome(bits, units) for bits, units in series.calls()] if series is not None else []
        return over, [1000 * setup_s for setup_s in counts.open_setups(key)]

    def refill_routes(self) -> None:
        """Count the last calls of routes anew that have a state, once this process has its states, its policies and its
        counts: other processes heard them."""
        if self.routes_restored and self._watched is not None and not self._refilled:
            self._refilled = True
            self.routes.refill_all()

    async def restore_routes(self, kept: Sequence[KeptState]) -> None:
        """Take the states of the catalog, once in the life of the process."""
        if not self.routes_restored:
            self.routes.restore(kept, self._business_ms())
            self.routes_restored = True

    async def route_news(self, process: str, after: int) -> tuple[str, bool, list[News]]:
        """Return this process's name, whether it has its states, and its changes after one; those up to it are
        forgotten. `process`: whose count `after` is; another one's acknowledges nothing here."""
        self.routes.tick(self._business_ms())
        return (
            self._process,
            self.routes_restored,
            self.routes.news(after if process == self._process else 0)[:MOST_TOLD],
        )

    async def order_route(self, route: Route, standing: Standing, why: str, until_ms: int | None, who: str) -> bool:
        """Put a route in a state by hand; return whether anything changed."""
        return self.routes.order(route, standing, self._business_ms(), why, until_ms=until_ms, who=who)

    async def route_states(self, every: bool = False) -> list[tuple[KeptState, tuple[Measured, ...], int]]:
        """Return states with their figures and how many calls count for them; `every`: of active routes too."""
        if not every:
            return list(self.routes.states())
        counts = self._counts()
        watched = [where for where in counts.destinations() if self.routes.is_watched(where)]
        among = [(vendor, where) for where in watched for vendor in counts.partners(Side.VENDOR, where)]
        return list(self.routes.states(among[:MOST_STATES]))

    def _business_ms(self) -> int:
        return self._own_home.clock().business_ms(machine_ms())


def owners_of(directory: Directory) -> Owners:
    """Return the clients, each with the policy of its contract."""
    return frozenset((partner.policy, partner.id) for partner in directory.partners.values())


def outcome_of(leg: LegSeen) -> Outcome:
    """Return what a closed leg says of its route."""
    return Outcome(
        setup_ms=leg.setup_ms,
        answered=leg.answered,
        effective=leg.answered or is_user_failure(leg.cause, leg.alerted),
        talk_ms=leg.duration_ms if leg.answered else 0,
        pdd_ms=leg.pdd_ms,
        short=leg.answered and leg.duration_ms <= SHORT_MS,
        units=leg.base_charge,
    )

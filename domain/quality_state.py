"""All that quality-0 holds: series, durations, totals; and how it is filled anew while calls go on."""

from collections.abc import Callable, Iterable

from domain.ids import DestinationId, LegId, TrunkId
from domain.quality import DestinationQuality, LegBegun, LegSeen, SideTotals
from domain.quality_counts import QualityCounts
from domain.quality_refill import Refill
from domain.quantities.counting import VolumeCounts
from domain.quantities.volumes import Volume

MOST_HEARD = 500_000
"""Legs that are kept while it is filled; those beyond are missing until it is filled again."""


class QualityState:
    """What is counted now. Invariant: each leg counts once, whether it was heard, filled in, or both."""

    def __init__(
        self,
        country_of: Callable[[DestinationId], str],
        volumes: Iterable[Volume] = (),
        product_of: Callable[[TrunkId], str | None] = lambda _: None,
    ) -> None:
        self._country_of = country_of
        self.counts = QualityCounts(country_of, product_of)
        self.volumes = VolumeCounts(country_of, volumes)
        self.durations: dict[DestinationId, DestinationQuality] = {}
        self.totals = SideTotals()
        self._ended: frozenset[LegId] = frozenset()

    def begin(self, leg: LegBegun) -> bool:
        """Count an open leg; say whether it is new that it was answered."""
        if leg.leg_id in self._ended:
            return False
        new = leg.answered and not self.counts.goes_on(leg.leg_id)
        self.counts.begin(leg)
        return new

    def end(self, leg: LegSeen, now_ms: int) -> bool:
        """Count a leg that is over; say whether it was new."""
        if leg.leg_id and leg.leg_id in self._ended:
            self.counts.forget(leg.leg_id)
            return False
        self.counts.end(leg, now_ms)
        self.volumes.end(leg)
        self.totals.apply(leg, now_ms)
        self._entity(leg.destination).apply(leg, now_ms)
        return True

    def fill(self, piece: Refill, now_ms: int) -> None:
        """Take a piece of what a task made of the books."""
        for destination, day, bins in piece.durations:
            self._entity(destination).fill(day, bins, now_ms)
        for side, bucket, counts in piece.totals:
            self.totals.fill(side, bucket, counts, now_ms)
        for vendor, day, talk_s in piece.talk:
            self.counts.fill_talk(vendor, day, talk_s)
        self.counts.fill(piece.series)
        self.volumes.fill(piece.volumes)
        self._ended |= piece.ended
        for leg in piece.begun:
            self.begin(leg)

    def _entity(self, destination: DestinationId) -> DestinationQuality:
        found = self.durations.get(destination)
        if found is None:
            found = self.durations[destination] = DestinationQuality(destination)
        return found


class Filling:
    """A state in the making: what is heard meanwhile is counted in the old one, and in the new one when it is made."""

    def __init__(
        self,
        country_of: Callable[[DestinationId], str],
        volumes: Iterable[Volume] = (),
        product_of: Callable[[TrunkId], str | None] = lambda _: None,
    ) -> None:
        self.state = QualityState(country_of, volumes, product_of)
        self._heard: list[LegBegun | LegSeen] = []

    def hear(self, legs: Iterable[LegBegun | LegSeen]) -> None:
        """Keep what shards told since the filling began."""
        self._heard += legs
        del self._heard[MOST_HEARD:]

    def done(self, now_ms: int) -> QualityState:
        """Return the state with what was heard; legs that the books had as well count once."""
        for leg in self._heard:
            if isinstance(leg, LegBegun):
                self.state.begin(leg)
            else:
                self.state.end(leg, now_ms)
        return self.state

"""Counting calls for volumes: filled with what the books have of them once, then by each call that ends."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from domain.calls import Side
from domain.ids import DestinationId, PartnerId
from domain.quality import LegSeen
from domain.quantities.standing import HOUR_MS, PACE_MS, Counted
from domain.quantities.volumes import Commitment, Volume, VolumeKey

KEPT_HOURS = PACE_MS // HOUR_MS + 25
"""Hours of which it is known what went: those of the pace, and a day for calls that end late."""


@dataclass(frozen=True, slots=True)
class VolumeFilled:
    """What a task counted of a volume, by its key; hours as in Counted."""

    key: VolumeKey
    came: int
    went: int
    hours: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class _Sums:
    came: int = 0
    went: int = 0
    hours: dict[int, int] | None = None
    filled: bool = False

    def add(self, leg_side: Side, amount: int, hour: int) -> None:
        if leg_side is Side.CLIENT:
            self.came += amount
            return
        self.went += amount
        hours = self.hours = self.hours if self.hours is not None else {}
        hours[hour] = hours.get(hour, 0) + amount
        if len(hours) > 2 * KEPT_HOURS:
            newest = max(hours)
            self.hours = {its: sum_ for its, sum_ in hours.items() if its > newest - KEPT_HOURS}


class VolumeCounts:
    """Invariants: a call counts once for each volume that covers it; what was not filled yet is not told, however much
    of it was heard.
    """

    def __init__(self, country_of: Callable[[DestinationId], str], volumes: Iterable[Volume] = ()) -> None:
        self._country_of = country_of
        self._sums: dict[VolumeKey, _Sums] = {}
        self._of: dict[PartnerId, tuple[Volume, ...]] = {}
        self.keep(volumes)

    def keep(self, volumes: Iterable[Volume]) -> bool:
        """Count for just these from now on; say whether some of them have yet to be filled."""
        by_partner: dict[PartnerId, list[Volume]] = {}
        for one in volumes:
            by_partner.setdefault(one.partner, []).append(one)
        self._of = {partner: tuple(its) for partner, its in by_partner.items()}
        keys = [one.key for its in self._of.values() for one in its]
        self._sums = {key: self._sums.get(key) or _Sums() for key in keys}
        return not all(sums.filled for sums in self._sums.values())

    def end(self, leg: LegSeen) -> None:
        """Count a call that is over."""
        covering = self._of.get(leg.partner)
        if not covering or not leg.began_ms:
            return
        country = self._country_of(leg.destination)
        for one in covering:
            amount = counted_of(one, leg)
            if amount and one.covers(leg.b, leg.destination, country):
                self._sums[one.key].add(leg.side, amount, leg.began_ms // HOUR_MS)

    def fill(self, filled: Iterable[VolumeFilled]) -> None:
        """Take what a task counted; nothing of it was heard before, or will be. Of other volumes it is passed over."""
        for one in filled:
            sums = self._sums.get(one.key)
            if sums is not None:
                sums.came += one.came
                sums.went += one.went
                hours = sums.hours = sums.hours if sums.hours is not None else {}
                for hour, amount in one.hours:
                    hours[hour] = hours.get(hour, 0) + amount
                sums.filled = True

    def counted(self, volume: Volume) -> Counted | None:
        """Return what is counted of a volume, None where that is not known yet."""
        sums = self._sums.get(volume.key)
        if sums is None or not sums.filled:
            return None
        return Counted(sums.came, sums.went, dict(sums.hours or {}))


def counted_of(volume: Volume, leg: LegSeen) -> int:
    """Return how much of a leg counts by its side, start and unit, whatever it calls; 0: nothing."""
    if not volume.runs(leg.began_ms) or (leg.side is Side.CLIENT and isinstance(volume, Commitment)):
        return 0
    if volume.currency is None:
        return leg.billed_s
    return leg.charge if leg.currency == volume.currency else 0

"""Making the board: which destinations have new durations or figures, and what changed since a node's version."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime

from domain.calls import Side
from domain.durations import Histogram
from domain.ids import DestinationId, PartnerId
from domain.policies.asking import QualityAsked
from domain.quality import DAY_MS, DestinationQuality
from domain.quality_board import BoardChange
from domain.quality_counts import Key, QualityCounts, route_key
from domain.quality_figures import NO_FIGURES, ByWindow, DestinationFigures
from domain.quantities.figures import VolumeFigures
from domain.route_standing import Standings

MOST_AT_ONCE = 25
"""Destinations whose figures are made in one turn, the longest waiting first; the others wait for the next."""
StandingsOf = Callable[[DestinationId], Standings]


class BoardMaker:
    """The board in the making. `now_ms` is business time, a version a number that only grows.

    Invariants: an object in `known` or `histograms` is replaced only where its contents differ; what changed after a
    version is named in each change since it.
    """

    def __init__(self, counts: QualityCounts, min_calls: int, version: int) -> None:
        self._counts, self._min_calls = counts, min_calls
        self._first = self.version = version
        self._histograms: dict[DestinationId, Histogram] = {}
        self._known: dict[DestinationId, DestinationFigures] = {}
        self._durations_at: dict[DestinationId, int] = {}
        self._figures_at: dict[DestinationId, int] = {}
        """The version in which each destination's last came."""
        self._due: dict[DestinationId, None] = {}
        self._asked = QualityAsked()
        self._volumes: VolumeFigures | None = None
        self._volumes_at = version

    def ask(self, asked: QualityAsked) -> None:
        """Make what policies ask for from now on."""
        if asked != self._asked:
            self._asked = asked
            self.look_again()

    def tell_volumes(self, figures: VolumeFigures) -> None:
        """Give nodes these figures of commitments and swaps; until the first ones they go by those that they have."""
        if figures != self._volumes:
            self._volumes, self._volumes_at = figures, self.version + 1

    def count_by(self, counts: QualityCounts) -> None:
        """Go by other counts from now on: all was counted anew."""
        self._counts = counts
        self._due |= dict.fromkeys((*self._known, *self._histograms))
        self.look_again()

    def look_again(self) -> None:
        """Make all figures anew: as time goes by calls leave the windows, and what is leaned on changes."""
        self._due |= dict.fromkeys(self._counts.destinations())

    def renew(
        self, durations: dict[DestinationId, DestinationQuality], now_ms: int, standings: StandingsOf | None = None
    ) -> int:
        """Make what changed since the last time; return how many destinations still wait.

        `standings`: of watched routes to a destination; who changes one names the destination in `counts.changed`.
        """
        self._counts.begin_turn()
        changed, self._counts.changed = self._counts.changed, set()
        self._due |= dict.fromkeys(sorted(changed))
        turn = list(self._due)[:MOST_AT_ONCE]
        version, names = self.version + 1, self._asked.quantities
        quantities = {vendor: self._quantities(vendor, now_ms) for vendor in self._vendors()} if names else {}
        for destination in turn:
            del self._due[destination]
            if self._histogram(durations.get(destination), destination, now_ms):
                self._durations_at[destination] = version
            made = self._made(destination, now_ms)
            if standings is not None:
                made = replace(made, standings=standings(destination))
            self._enter(destination, made, version)
        for destination in self._counts.destinations() if names else ():
            self._enter(destination, self._with_quantities(destination, quantities, now_ms, set(turn)), version)
        if version in (self._volumes_at, *self._durations_at.values(), *self._figures_at.values()):
            self.version = version
        return len(self._due)

    def change(self, since: int) -> BoardChange | None:
        """Return what a node that has a version is to learn, None where it knows all; another maker's version: all."""
        if since == self.version:
            return None
        whole = not self._first <= since < self.version
        after = 0 if whole else since
        histograms = {where: self._histograms.get(where) for where, at in self._durations_at.items() if at > after}
        known = {where: self._known.get(where) for where, at in self._figures_at.items() if at > after}
        volumes = self._volumes if self._volumes_at > after else None
        return BoardChange(after, self.version, self._min_calls, histograms, known, volumes)

    def _histogram(self, its: DestinationQuality | None, destination: DestinationId, now_ms: int) -> bool:
        """Make the durations; say whether they are others now."""
        if its is None:
            return self._histograms.pop(destination, None) is not None
        current, before = its.histogram(now_ms), self._histograms.get(destination)
        new = before.renewed(current) if before is not None else current
        self._histograms[destination] = new
        return new is not before

    def _enter(self, destination: DestinationId, made: DestinationFigures, version: int) -> None:
        before = self._known.get(destination, NO_FIGURES)
        if _same(before, made):
            return
        self._figures_at[destination] = version
        if _same(made, NO_FIGURES):
            del self._known[destination]
        else:
            self._known[destination] = made

    def _made(self, destination: DestinationId, now_ms: int) -> DestinationFigures:
        """Return the figures of a destination; its quantities stay, and are looked at by themselves."""
        asked, counts = self._asked, self._counts
        known = self._known.get(destination, NO_FIGURES)
        if not asked.windows:
            return DestinationFigures(quantities=known.quantities if asked.quantities else {})
        vendors, levels = counts.partners(Side.VENDOR, destination), asked.levels
        country = counts.country_of(destination)
        return DestinationFigures(
            vendors={v: self._over(route_key(v, destination), now_ms) for v in vendors} if "" in levels else {},
            vendors_everywhere={v: self._over((Side.VENDOR, v, ""), now_ms) for v in vendors}
            if "vendor_" in levels
            else {},
            vendors_country={v: self._over((Side.VENDOR, v, country), now_ms) for v in vendors}
            if "country_" in levels and country
            else {},
            clients={
                client: self._over((Side.CLIENT, client, destination), now_ms)
                for client in counts.partners(Side.CLIENT, destination)
            }
            if "client_" in levels
            else {},
            all=self._over((Side.VENDOR, "", destination), now_ms) if "destination_" in levels else {},
            quantities=known.quantities if asked.quantities else {},
        )

    def _over(self, key: Key, now_ms: int) -> ByWindow:
        return {window: self._counts.figures(key, window, now_ms) for window in sorted(self._asked.windows)}

    def _vendors(self) -> set[PartnerId]:
        return {vendor for where in self._counts.destinations() for vendor in self._counts.partners(Side.VENDOR, where)}

    def _quantities(self, vendor: PartnerId, now_ms: int) -> dict[str, float]:
        """Return what is asked for of a vendor wherever its calls go; days and months are those of UTC."""
        counts, today, names = self._counts, now_ms // DAY_MS, self._asked.quantities
        found: dict[str, float] = {}
        if "concurrent" in names:
            found["concurrent"] = float(counts.open_calls((Side.VENDOR, vendor, "")))
        if "minutes_today" in names:
            found["minutes_today"] = counts.minutes(vendor, today)
        if "minutes_month" in names:
            found["minutes_month"] = counts.minutes(vendor, first_day_of_month(today))
        return found

    def _with_quantities(
        self,
        destination: DestinationId,
        of_vendors: dict[PartnerId, dict[str, float]],
        now_ms: int,
        turn: set[DestinationId],
    ) -> DestinationFigures:
        known = self._known.get(destination, NO_FIGURES)
        made: dict[PartnerId, dict[str, float]] = {}
        for vendor in self._counts.partners(Side.VENDOR, destination):
            made[vendor] = dict(of_vendors.get(vendor, {}))
            if "share" in self._asked.quantities:
                before = known.quantities.get(vendor, {}).get("share")
                if before is None or destination in turn:
                    before = self._counts.share(vendor, destination, now_ms)
                made[vendor]["share"] = before
        return known if made == known.quantities else replace(known, quantities=made)


def first_day_of_month(day: int) -> int:
    """Return the day, since 1970, on which the month of a day begins."""
    date = datetime.fromtimestamp(day * 86_400, UTC).date()
    return day - date.day + 1


def _same(one: DestinationFigures, other: DestinationFigures) -> bool:
    """Say whether two say the same; they compare as objects themselves."""
    return one is other or all(getattr(one, name) == getattr(other, name) for name in _NAMES)


_NAMES = tuple(field.name for field in fields(DestinationFigures))

"""The board: what nodes know of quality, one immutable value; and what of it changed since a version of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.durations import PRIOR, Histogram
from domain.ids import DestinationId
from domain.quality_figures import NO_FIGURES, DestinationFigures
from domain.quantities.figures import VolumeFigures


@dataclass(frozen=True, slots=True)
class BoardChange:
    """What differs between a board of version `since` and that of `version`; since 0: all there is.

    None: it has no durations, or figures, any more. `volumes` (domain.quantities): all of them, None where they are as
    they were, or nothing is known of them yet.
    """

    since: int
    version: int
    min_calls: int
    histograms: Mapping[DestinationId, Histogram | None]
    known: Mapping[DestinationId, DestinationFigures | None]
    volumes: VolumeFigures | None = None


@dataclass(frozen=True, slots=True)
class QualityBoard:
    """Answered durations and figures of quality by destination.

    A destination with fewer than `min_calls` answered calls goes by PRIOR.
    """

    version: int = 0
    histograms: Mapping[DestinationId, Histogram] = field(default_factory=dict)
    min_calls: int = 50
    known: Mapping[DestinationId, DestinationFigures] = field(default_factory=dict)
    volumes: VolumeFigures = field(default_factory=dict)

    def figures(self, destination: DestinationId) -> DestinationFigures:
        """Return what is known of a destination's quality: the same object as long as nothing of it changes."""
        return self.known.get(destination, NO_FIGURES)

    def durations(self, destination: DestinationId) -> Histogram:
        """Return the durations to reckon the destination's calls with."""
        known = self.histograms.get(destination)
        return known if known is not None and known.calls >= self.min_calls and known.seconds else PRIOR

    def changed(self, change: BoardChange) -> "QualityBoard":
        """Return the board that a change makes of this one; what it does not name stays the same objects.

        A change since 0 replaces all; of what is equal in both the object at hand stays then, too.
        """
        assert change.since in (0, self.version), "a change is of the board that it is applied to"
        if change.since:
            histograms, known = {**self.histograms, **change.histograms}, {**self.known, **change.known}
        else:
            histograms = {where: self._kept(where, new) for where, new in change.histograms.items()}
            known = dict(change.known)
        return QualityBoard(
            change.version,
            {where: its for where, its in histograms.items() if its is not None},
            change.min_calls,
            {where: its for where, its in known.items() if its is not None},
            self.volumes if change.volumes is None else change.volumes,
        )

    def _kept(self, destination: DestinationId, new: Histogram | None) -> Histogram | None:
        before = self.histograms.get(destination)
        return before if before is not None and new is not None and before.bins == new.bins else new

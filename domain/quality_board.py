"""The board: what nodes know of quality, one immutable value that a shard makes and pushes to them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from domain.calls import Side
from domain.durations import PRIOR, Histogram
from domain.ids import DestinationId, PartnerId
from domain.quality import Counts, DestinationQuality
from domain.quality_figures import NO_FIGURES, DestinationFigures

PlainBoard = tuple[
    int,
    int,
    tuple[tuple[int, tuple[tuple[int, int], ...]], ...],
    tuple[tuple[str, int, tuple[int, ...]], ...],
]


@dataclass(frozen=True, slots=True)
class QualityBoard:
    """Durations per destination and counts per vendor and destination over one window.

    A destination with fewer than `min_calls` answered calls goes by PRIOR.
    """

    version: int = 0
    histograms: Mapping[DestinationId, Histogram] = field(default_factory=dict)
    counts: Mapping[tuple[PartnerId, DestinationId], Counts] = field(default_factory=dict)
    min_calls: int = 50
    known: Mapping[DestinationId, DestinationFigures] = field(default_factory=dict)

    def figures(self, destination: DestinationId) -> DestinationFigures:
        """Return what is known of a destination's quality: the same object as long as nothing of it changes."""
        return self.known.get(destination, NO_FIGURES)

    def durations(self, destination: DestinationId) -> Histogram:
        """Return the durations to reckon the destination's calls with."""
        known = self.histograms.get(destination)
        return known if known is not None and known.calls >= self.min_calls and known.seconds else PRIOR

    def vendor(self, vendor: PartnerId, destination: DestinationId) -> Counts:
        """Return the vendor's counts on the destination."""
        return self.counts.get((vendor, destination), Counts())

    def renewed(self, entities: Iterable[DestinationQuality], window_ms: int, now_ms: int) -> "QualityBoard":
        """Return the next version from the entities; histograms that hardly changed stay the same objects."""
        histograms: dict[DestinationId, Histogram] = {}
        counts: dict[tuple[PartnerId, DestinationId], Counts] = {}
        for entity in entities:
            current = entity.histogram(now_ms)
            before = self.histograms.get(entity.destination)
            histograms[entity.destination] = before.renewed(current) if before else current
            for vendor in entity.partners(Side.VENDOR):
                figures = entity.figures(Side.VENDOR, vendor, window_ms, now_ms)
                if figures.attempts:
                    counts[vendor, entity.destination] = figures
        return QualityBoard(self.version + 1, histograms, counts, self.min_calls)

    def to_plain(self) -> PlainBoard:
        """Return the board as nested tuples of ints and strings, in a fixed order."""
        histograms = ((key, tuple(sorted(value.bins.items()))) for key, value in sorted(self.histograms.items()))
        counts = ((vendor, where, _plain(value)) for (vendor, where), value in sorted(self.counts.items()))
        return self.version, self.min_calls, tuple(histograms), tuple(counts)

    @classmethod
    def from_plain(cls, plain: PlainBoard, before: "QualityBoard | None" = None) -> "QualityBoard":
        """Read `to_plain` back; a histogram equal to the one in `before` stays that object."""
        version, min_calls, histograms, counts = plain
        kept = before.histograms if before else {}
        return cls(
            version,
            {DestinationId(key): _kept(kept.get(DestinationId(key)), dict(bins)) for key, bins in histograms},
            {(PartnerId(vendor), DestinationId(where)): Counts(*value) for vendor, where, value in counts},
            min_calls,
        )


def _plain(counts: Counts) -> tuple[int, ...]:
    return (
        counts.attempts,
        counts.answered,
        counts.user_failures,
        counts.talk_ms,
        counts.pdd_ms,
        counts.pdd_legs,
        counts.short,
        counts.base_charge,
    )


def _kept(before: Histogram | None, bins: dict[int, int]) -> Histogram:
    return before if before is not None and before.bins == bins else Histogram(bins)

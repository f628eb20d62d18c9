"""What a task makes of all legs, to fill quality with: after a start, an import, or the loss of its process."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.calls import Side
from domain.ids import DestinationId, LegId, PartnerId
from domain.quality import Counts, LegBegun
from domain.quality_counts import SeriesFilled
from domain.quantities.counting import VolumeFilled

PIECE = 2_000
"""Series in one message."""


@dataclass(frozen=True, slots=True)
class Refill:
    """`durations`: answered calls by destination, UTC day and bin; `totals`: by side and five minutes; `talk`: seconds
    by vendor and UTC day; `begun`: open legs; `ended`: legs that ended lately, which shards may yet tell of too;
    `volumes`: what calls brought commitments and swaps.
    """

    durations: tuple[tuple[DestinationId, int, tuple[tuple[int, int], ...]], ...] = ()
    totals: tuple[tuple[Side, int, Counts], ...] = ()
    talk: tuple[tuple[PartnerId, int, int], ...] = ()
    series: tuple[SeriesFilled, ...] = ()
    begun: tuple[LegBegun, ...] = ()
    ended: frozenset[LegId] = frozenset()
    volumes: tuple[VolumeFilled, ...] = ()

    def pieces(self) -> Iterator["Refill"]:
        """Yield it in messages of a bearable size, all that is not series in the first."""
        yield Refill(self.durations, self.totals, self.talk, self.series[:PIECE], self.begun, self.ended, self.volumes)
        for at in range(PIECE, len(self.series), PIECE):
            yield Refill(series=self.series[at : at + PIECE])

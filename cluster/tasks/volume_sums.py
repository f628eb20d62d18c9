"""What all legs brought commitments and swaps: what domain.quantities.counting would count of them one by one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import polars as pl

from cluster.tasks.leg_frames import AT, AT_SQL, within
from cluster.tasks.segments import ended_legs
from domain.calls import Side
from domain.quantities.counting import VolumeFilled
from domain.quantities.standing import DAY_MS, HOUR_MS, PACE_MS
from domain.quantities.volumes import Commitment, Volume
from domain.rates import Service
from store.book_reader import SegmentRow, Snapshot

SUMMED = {
    "partner": pl.String,
    "side": pl.String,
    "destination": pl.Int64,
    "b": pl.String,
    "setup_ms": pl.Int64,
    "connect_ms": pl.Int64,
    "billed_s": pl.Int64,
    "charge": pl.Int64,
    "currency": pl.String,
}
"""The columns that volumes need of a leg."""
_SHOWN_MS = PACE_MS + DAY_MS
"""Hours before this are not told singly."""


def held_for(book: Snapshot, volumes: Sequence[Volume]) -> pl.DataFrame:
    """Return the ended calls of a book that some volume may count."""
    if not volumes:
        return pl.DataFrame(schema=SUMMED)
    partners = sorted({one.partner for one in volumes})
    marks = ", ".join("?" * len(partners))
    where = f"service = ? AND partner IN ({marks}) AND {AT_SQL} >= ? AND {AT_SQL} < ?"
    period = min(one.from_ms for one in volumes), max(one.until_ms for one in volumes)
    return ended_legs(book, SUMMED, where, (Service.VOICE.value, *partners, *period))


def segments_for(segments: Sequence[SegmentRow], volumes: Sequence[Volume]) -> list[SegmentRow]:
    """Return the segments in which calls may lie that some volume counts."""
    return [each for each in segments if any(_touches(each.day, one) for one in volumes)]


def _touches(day: int, volume: Volume) -> bool:
    return day * DAY_MS < volume.until_ms and volume.from_ms < (day + 1) * DAY_MS


def volume_sums(
    volumes: Sequence[Volume], held: pl.DataFrame, sealed: pl.LazyFrame, countries: Mapping[int, str], now_ms: int
) -> tuple[VolumeFilled, ...]:
    """Add up what counts for each; `sealed`: legs of segments, calls only."""
    legs = pl.concat([held.lazy(), sealed.select(SUMMED.keys())])
    found = pl.collect_all([_by_hour(legs, one, countries) for one in volumes])
    return tuple(_filled(one, sums, now_ms) for one, sums in zip(volumes, found, strict=True))


def _by_hour(legs: pl.LazyFrame, volume: Volume, countries: Mapping[int, str]) -> pl.LazyFrame:
    chosen = [pl.col("partner") == volume.partner, within(volume.from_ms, volume.until_ms)]
    if isinstance(volume, Commitment):
        chosen.append(pl.col("side") == Side.VENDOR.value)
    if volume.destination is not None:
        chosen.append(pl.col("destination") == volume.destination)
    if volume.country:
        chosen.append(pl.col("destination").is_in([its for its, named in countries.items() if named == volume.country]))
    if volume.code:
        chosen.append(pl.col("b").str.starts_with(volume.code))
    if volume.currency is not None:
        chosen.append(pl.col("currency") == volume.currency)
    amount = pl.col("billed_s" if volume.currency is None else "charge").cast(pl.Int128).sum().alias("amount")
    return legs.filter(chosen).group_by("side", (AT // HOUR_MS).alias("hour")).agg(amount)


def _filled(volume: Volume, sums: pl.DataFrame, now_ms: int) -> VolumeFilled:
    came, hours = 0, defaultdict[int, int](int)
    for side, hour, amount in sums.iter_rows():
        if side == Side.CLIENT.value:
            came += int(amount)
        else:
            hours[hour] += int(amount)
    lately = sorted((hour, amount) for hour, amount in hours.items() if hour * HOUR_MS > now_ms - _SHOWN_MS and amount)
    return VolumeFilled(volume.key, came, sum(hours.values()), tuple(lately))

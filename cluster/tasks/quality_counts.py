"""Quality counts of many legs at once: what DestinationQuality.apply would count of them one by one."""

import polars as pl

from actors.home import Home
from cluster.tasks.segments import book_reader, ended_legs, scan
from domain.calls import Side
from domain.cause_classes import is_user_failure
from domain.durations import COARSE_S, FINE_S, LONGEST_S
from domain.ids import DestinationId, PartnerId
from domain.quality import BUCKET_MS, DAY_MS, FINE_BUCKETS, KEPT_DAYS, SHORT_MS, Counts, Sample
from domain.rates import Service
from store.book_reader import SegmentRow

_SAID = {
    "destination": pl.Int64,
    "side": pl.String,
    "partner": pl.String,
    "setup_ms": pl.Int64,
    "alert_ms": pl.Int64,
    "connect_ms": pl.Int64,
    "duration_ms": pl.Int64,
    "cause": pl.Int64,
    "base_charge": pl.Int64,
}
_KEYS = ("destination", "side", "partner", "day")
_COUNTS = "attempts answered user_failures talk_ms pdd_ms pdd_legs short base_charge".split()


def quality_samples(home: Home, now_ms: int) -> list[Sample]:
    """Count the ended legs of the last 31 days by day, and of the last 24 hours by five minutes too; calls only.

    A sample of a day has the durations of its answered client legs; legs count where their setup lies.
    """
    today = now_ms // DAY_MS
    first, last = today - KEPT_DAYS + 1, today + 1
    frames: list[pl.DataFrame] = []
    segments: list[SegmentRow] = []
    for _, book in book_reader(home).every():
        window = (Service.VOICE.value, first * DAY_MS, (last + 1) * DAY_MS)
        frames.append(ended_legs(book, _SAID, "service = ? AND setup_ms >= ? AND setup_ms < ?", window))
        # a leg is sealed under the day of its connect, which is that of its setup or a later one
        segments += [segment for segment in book.segments() if segment.day >= first]
    calls = scan(home, segments).filter(pl.col("service") == Service.VOICE.value)
    frames.append(calls.select(_SAID.keys()).collect())
    return samples_of(pl.concat(frames), now_ms)


def samples_of(legs: pl.DataFrame, now_ms: int) -> list[Sample]:
    """Count ended legs; those set up outside the windows of domain.quality are passed over."""
    today, this = now_ms // DAY_MS, now_ms // BUCKET_MS
    counted = _counted(legs).filter(pl.col("day").is_between(today - KEPT_DAYS + 1, today + 1))
    fine = counted.filter(pl.col("bucket").is_between(this - FINE_BUCKETS + 1, this + FINE_BUCKETS))
    answered_calls = counted.filter((pl.col("side") == Side.CLIENT.value) & (pl.col("answered") == 1))
    bins = answered_calls.group_by(*_KEYS, _bin().alias("bin")).agg(pl.len().alias("calls"))
    durations: dict[tuple[object, ...], list[tuple[int, int]]] = {}
    for *key, length, calls in bins.sort("bin").iter_rows():
        durations.setdefault(tuple(key), []).append((length, calls))
    days = [_sample(row, None, tuple(durations.get(row[:4], ()))) for row in _sums(counted, *_KEYS)]
    return days + [_sample((*row[:4], *row[5:]), row[4], ()) for row in _sums(fine, *_KEYS, "bucket")]


def _counted(legs: pl.DataFrame) -> pl.DataFrame:
    """Give each leg its counts, as quality.counts_of(leg_seen(leg))."""
    answered, alerted = pl.col("connect_ms").is_not_null(), pl.col("alert_ms").is_not_null()
    ends = legs.select("cause", alerted.alias("alerted")).unique()
    failures = pl.Series([is_user_failure(*end) for end in ends.iter_rows()], dtype=pl.Boolean)
    legs = legs.with_columns(alerted.alias("alerted")).join(
        ends.with_columns(failures.alias("user")), on=["cause", "alerted"], how="left"
    )
    rang_after = pl.max_horizontal(pl.col("alert_ms") - pl.col("setup_ms"), 0)
    return legs.select(
        "destination",
        "side",
        "partner",
        (pl.col("setup_ms") // DAY_MS).alias("day"),
        (pl.col("setup_ms") // BUCKET_MS).alias("bucket"),
        "duration_ms",
        pl.lit(1).alias("attempts"),
        answered.cast(pl.Int64).alias("answered"),
        (~answered & pl.col("user")).cast(pl.Int64).alias("user_failures"),
        pl.when(answered).then("duration_ms").otherwise(0).alias("talk_ms"),
        pl.when(alerted).then(rang_after).otherwise(0).alias("pdd_ms"),
        alerted.cast(pl.Int64).alias("pdd_legs"),
        (answered & (pl.col("duration_ms") <= SHORT_MS)).cast(pl.Int64).alias("short"),
        "base_charge",
    )


def _bin() -> pl.Expr:
    """As durations.bin_of."""
    seconds = (pl.max_horizontal("duration_ms", 0) + 999) // 1000
    coarse = (seconds + COARSE_S - 1) // COARSE_S * COARSE_S
    return pl.when(seconds <= FINE_S).then(seconds).otherwise(pl.min_horizontal(coarse, LONGEST_S))


def _sums(legs: pl.DataFrame, *keys: str) -> list[tuple[int, ...]]:
    return legs.group_by(keys).agg(pl.col(_COUNTS).cast(pl.Int128).sum()).sort(keys).rows()


def _sample(row: tuple[object, ...], bucket: int | None, durations: tuple[tuple[int, int], ...]) -> Sample:
    destination, side, partner, day, *counts = row
    return Sample(
        destination=DestinationId(int(str(destination))),
        side=Side(str(side)),
        partner=PartnerId(str(partner)),
        day=int(str(day)),
        bucket=bucket,
        counts=Counts(*(int(str(count)) for count in counts)),
        durations=durations,
    )

"""Quality of a period counted from all its legs, sealed or not: what domain.quality_periods describes."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from actors.home import Home
from cluster.tasks.leg_frames import ENDED_SCHEMA, frame_of
from cluster.tasks.segments import book_reader, ended_legs, of_period, scan
from domain.calls import Side
from domain.cause_classes import CauseClass, class_of
from domain.ids import DestinationId, PartnerId
from domain.quality import SHORT_MS
from domain.quality_periods import DAY_MS, CauseSeen, PeriodAsked, PeriodMargin, PeriodSums
from domain.rates import Service
from store.book_reader import SegmentRow, Snapshot

SAID = {
    name: ENDED_SCHEMA[name]
    for name in (
        "side partner trunk destination setup_ms alert_ms connect_ms duration_ms cause base_charge call_key"
    ).split()
}
"""The columns that are counted."""
APART_MS = 3_600_000
"""The legs of a call are set up so far apart at most."""
_SETUP_IN = "service = ? AND setup_ms >= ? AND setup_ms < ?"


def period_buckets(home: Home, asked: PeriodAsked) -> tuple[dict[int, PeriodSums], PeriodSums]:
    """Return what was counted in each bucket that has legs, by its start, and of all of them together."""
    legs = _chosen(period_legs(home, asked.from_ms, asked.until_ms, _narrowed(asked)), asked)
    width = asked.bucket_ms
    by_start = summed(legs.with_columns((pl.col("setup_ms") // width * width).alias("start")), ["start"])
    whole = summed(legs.with_columns(pl.lit(0).alias("all")), ["all"])
    return {int(key[0]): sums for key, sums in by_start.items()}, whole.get((0,), PeriodSums())


def period_margins(home: Home, asked: PeriodAsked) -> list[PeriodMargin]:
    """Return what ended legs earned by partner and destination, the largest revenue first; the other side of a call is
    searched for APART_MS beyond the period."""
    legs = period_legs(home, asked.from_ms - APART_MS, asked.until_ms + APART_MS).filter(~pl.col("open"))
    within = _chosen(legs, asked).filter(pl.col("setup_ms").is_between(asked.from_ms, asked.until_ms, "left"))
    client, answered = asked.side is Side.CLIENT, pl.col("connect_ms").is_not_null()
    others = legs.filter(pl.col("side") != asked.side.value)
    theirs = others.group_by("call_key").agg(_units().alias("theirs"))
    ours = within.group_by("partner", "destination", "call_key").agg(
        pl.len().alias("legs"),
        answered.sum().alias("answered"),
        pl.col("duration_ms").filter(answered).sum().alias("talk_ms"),
        _units().alias("own"),
    )
    paired = ours.join(theirs, on="call_key", how="left")
    other = pl.col("theirs") if client else pl.when(pl.col("answered") > 0).then("theirs")
    sums = paired.group_by("partner", "destination").agg(
        pl.col("legs", "answered", "talk_ms", "own").sum(),
        other.fill_null(0).sum().alias("other"),
        ((pl.col("answered") > 0) & pl.col("theirs").is_null()).sum().alias("unpaired"),
    )
    revenue, cost = ("own", "other") if client else ("other", "own")
    found = [
        PeriodMargin(
            partner=PartnerId(row["partner"]),
            destination=DestinationId(row["destination"]),
            legs=row["legs"],
            answered=row["answered"],
            talk_ms=row["talk_ms"],
            revenue=int(row[revenue]),
            cost=int(row[cost]),
            unpaired=row["unpaired"],
        )
        for row in sums.iter_rows(named=True)
    ]
    return sorted(found, key=lambda one: (-one.revenue, one.partner, one.destination))


def _units() -> pl.Expr:
    return pl.col("base_charge").cast(pl.Int128).sum()


def period_legs(home: Home, from_ms: int, until_ms: int, narrowed: pl.Expr | None = None) -> pl.DataFrame:
    """Return the voice legs that were set up in [from, until): those that have ended, and with `open` set those that
    are open and answered; `narrowed`: which of the sealed ones are read at all."""
    frames: list[pl.DataFrame] = []
    segments: list[SegmentRow] = []
    args = (Service.VOICE.value, from_ms, until_ms)
    for _, book in book_reader(home).every():
        frames.append(ended_legs(book, SAID, _SETUP_IN, args).with_columns(pl.lit(False).alias("open")))
        frames.append(_open(book, args))
        segments += of_period(book.segments(), from_ms, until_ms + DAY_MS)  # sealed under the day of the connect
    chosen = [pl.col("service") == Service.VOICE.value, pl.col("setup_ms").is_between(from_ms, until_ms, "left")]
    if narrowed is not None:
        chosen.append(narrowed)
    frames.append(scan(home, segments).filter(*chosen).select(*SAID, pl.lit(False).alias("open")).collect())
    return pl.concat(frames)


def summed(legs: pl.DataFrame, keys: Sequence[str]) -> dict[tuple[Any, ...], PeriodSums]:
    """Add legs up by some columns."""
    answered, ended = pl.col("connect_ms").is_not_null(), ~pl.col("open")
    rang = pl.when(pl.col("alert_ms").is_not_null()).then(pl.max_horizontal(pl.col("alert_ms") - pl.col("setup_ms"), 0))
    delays = rang.filter(ended).drop_nulls().sort()
    sums = legs.group_by(keys).agg(
        pl.len().alias("attempts"),
        answered.sum().alias("answered"),
        pl.col("open").sum().alias("open_calls"),
        (ended & answered & (pl.col("duration_ms") <= SHORT_MS)).sum().alias("short"),
        pl.col("duration_ms").filter(ended & answered).sum().alias("talk_ms"),
        pl.col("base_charge").filter(ended).cast(pl.Int128).sum().alias("units"),
        _nearest(delays, 50).alias("pdd_p50_ms"),
        _nearest(delays, 95).alias("pdd_p95_ms"),
    )
    causes = _causes(legs.filter(ended), keys)
    found: dict[tuple[Any, ...], PeriodSums] = {}
    for row in sums.iter_rows(named=True):
        key = tuple(row.pop(name) for name in keys)
        row["units"] = int(row["units"])
        found[key] = PeriodSums(**row, causes=tuple(causes.get(key, ())))
    return found


def _open(book: Snapshot, args: Sequence[Any]) -> pl.DataFrame:
    where = f"WHERE seq IS NULL AND state = 'open' AND connect_ms IS NOT NULL AND {_SETUP_IN} ORDER BY leg_id"
    return frame_of(book.leg_rows(SAID, where, args), SAID).with_columns(pl.lit(True).alias("open"))


def _narrowed(asked: PeriodAsked) -> pl.Expr:
    wanted = {
        "side": asked.side.value,
        "partner": asked.partner,
        "trunk": asked.trunk,
        "destination": asked.destination,
    }
    return pl.all_horizontal([pl.col(name) == value for name, value in wanted.items() if value is not None])


def _chosen(legs: pl.DataFrame, asked: PeriodAsked) -> pl.DataFrame:
    return legs.filter(_narrowed(asked))


def _nearest(values: pl.Expr, percent: int) -> pl.Expr:
    """Return the least of sorted values that so many per cent of them do not pass."""
    return values.get((values.len() * percent + 99) // 100 - 1, null_on_oob=True)


def _causes(legs: pl.DataFrame, keys: Sequence[str]) -> Mapping[tuple[Any, ...], list[CauseSeen]]:
    how = pl.col("connect_ms").is_not_null().alias("answered"), pl.col("alert_ms").is_not_null().alias("alerted")
    counted = legs.group_by(*keys, "cause", *how).agg(pl.len().alias("calls"))
    found: dict[tuple[Any, ...], dict[tuple[int, CauseClass], int]] = {}
    for row in counted.iter_rows(named=True):
        named = row["cause"], class_of(row["cause"], answered=row["answered"], alerted=row["alerted"])
        its = found.setdefault(tuple(row[name] for name in keys), {})
        its[named] = its.get(named, 0) + row["calls"]
    return {
        key: [CauseSeen(*named, calls) for named, calls in sorted(its.items(), key=lambda one: (-one[1], one[0]))]
        for key, its in found.items()
    }

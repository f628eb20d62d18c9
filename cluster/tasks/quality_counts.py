"""Quality counted from all legs at once: what domain.quality_state would count of them one by one."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import polars as pl

from actors.home import Home
from cluster.tasks.quality_bits import HEARD, bits_of, rows_of
from cluster.tasks.segments import book_reader, ended_legs, scan
from cluster.tasks.volume_sums import SUMMED, held_for, segments_for, volume_sums
from domain.calls import Side
from domain.directory import Directory
from domain.durations import COARSE_S, FINE_S, LONGEST_S
from domain.ids import DestinationId, LegId, PartnerId, TrunkId
from domain.quality import BUCKET_MS, DAY_MS, FINE_BUCKETS, KEPT_DAYS, Counts, LegBegun
from domain.quality_counts import PRODUCT, TRUNK, SeriesFilled
from domain.quality_refill import Refill
from domain.quality_series import horizon_s
from domain.quality_windows import MOST_CALLS
from domain.rates import Service
from domain.sla.products import products_of
from store.book_reader import SegmentRow, Snapshot
from store.directory_file import read_directory
from store.snapshots import MappedCodes

_COUNTS = "attempts answered user_failures talk_ms pdd_ms pdd_legs short base_charge".split()
LATELY = 20_000
"""So many legs that ended last, of each book and of all: shards may tell of them yet."""
_OPEN = ("leg_id", "destination", "side", "partner", "setup_ms", "connect_ms", "trunk")


def quality_refill(home: Home, now_ms: int) -> Refill:
    """Count the ended legs of the last 31 days, calls only, and find those that are open."""
    today = now_ms // DAY_MS
    first, last = today - KEPT_DAYS + 1, today + 1
    frames: list[pl.DataFrame] = []
    segments: list[SegmentRow] = []
    begun: list[LegBegun] = []
    ended: set[LegId] = set()
    directory, held = _directory(home), [pl.DataFrame(schema=SUMMED)]
    volumes = directory.volumes if directory is not None else ()
    for_volumes: list[SegmentRow] = []
    for _, book in book_reader(home).every():
        window = (Service.VOICE.value, first * DAY_MS, (last + 1) * DAY_MS)
        frames.append(ended_legs(book, HEARD, "service = ? AND setup_ms >= ? AND setup_ms < ?", window))
        begun += _open_legs(book)
        ended |= _ended_lately(book)
        held.append(held_for(book, volumes))
        for_volumes += segments_for(book.segments(), volumes)
        # a leg is sealed under the day of its connect, which is that of its setup or a later one
        segments += [segment for segment in book.segments() if segment.day >= first]
    calls = scan(home, segments).filter(pl.col("service") == Service.VOICE.value)
    frames.append(calls.select(HEARD.keys()).collect())
    latest = calls.select("leg_id", "disconnect_ms").top_k(LATELY, by="disconnect_ms").collect()
    ended |= {LegId(leg_id) for leg_id in latest["leg_id"]}
    countries = _countries(home)
    sealed = scan(home, for_volumes).filter(pl.col("service") == Service.VOICE.value)
    sums = volume_sums(volumes, pl.concat(held), sealed, countries, now_ms)
    products = products_of(directory) if directory is not None else {}
    return replace(refill_of(pl.concat(frames), countries, now_ms, begun, ended, products), volumes=sums)


def refill_of(
    legs: pl.DataFrame,
    countries: dict[int, str],
    now_ms: int,
    begun: Sequence[LegBegun] = (),
    ended: Sequence[LegId] | set[LegId] = (),
    products: Mapping[TrunkId, str] | None = None,
) -> Refill:
    """Count ended legs; those set up outside the windows of domain.quality are passed over.

    `products`: of trunks, as domain.sla.products tells them.
    """
    today = now_ms // DAY_MS
    within = legs.filter((pl.col("setup_ms") // DAY_MS).is_between(today - KEPT_DAYS + 1, today + 1))
    heard = bits_of(within)
    return Refill(
        durations=tuple(_durations(heard)),
        totals=tuple(_totals(heard, now_ms)),
        talk=tuple(_talk(heard)),
        series=tuple(_series(heard, countries, products or {}, now_ms)),
        begun=tuple(begun),
        ended=frozenset(ended),
    )


def _directory(home: Home) -> Directory | None:
    """Return the directory that is published."""
    manifest = home.manifest()
    return read_directory(home.snapshots / manifest.directory.name) if manifest is not None else None


def _open_legs(book: Snapshot) -> Iterator[LegBegun]:
    where = "WHERE seq IS NULL AND state = 'open' AND service = ? ORDER BY leg_id"
    for row in book.leg_rows(dict.fromkeys(_OPEN), where, (Service.VOICE.value,)):
        leg_id, destination, side, partner, setup_ms, connect_ms, trunk = row
        its = LegId(bytes(leg_id)), DestinationId(destination), Side(side), PartnerId(partner)
        yield LegBegun(*its, setup_ms, connect_ms is not None, connect_ms or 0, TrunkId(trunk))


def _ended_lately(book: Snapshot) -> set[LegId]:
    closed = book.leg_rows(["leg_id"], "WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT ?", (LATELY,))
    waiting = book.leg_rows(["leg_id"], "WHERE seq IS NULL AND state = 'partial' ORDER BY leg_id LIMIT ?", (LATELY,))
    return {LegId(bytes(row[0])) for row in (*closed, *waiting)}


def _countries(home: Home) -> dict[int, str]:
    """Return the country of each destination of the published reference book."""
    manifest = home.manifest()
    if manifest is None or manifest.codes is None:
        return {}
    codes = MappedCodes.open(home.snapshots / manifest.codes.name)
    found = {codes.destination_of(code) for code in codes.all_codes()}
    return {where: codes.country_of(where) for where in found if where is not None}


def _durations(legs: pl.DataFrame) -> Iterator[tuple[DestinationId, int, tuple[tuple[int, int], ...]]]:
    calls = legs.filter((pl.col("side") == Side.CLIENT.value) & (pl.col("answered") == 1))
    bins = calls.group_by("destination", "day", _bin().alias("bin")).agg(pl.len().alias("calls"))
    rows = bins.sort("destination", "day", "bin").iter_rows()
    for (destination, day), group in groupby(rows, key=lambda row: row[:2]):
        yield DestinationId(destination), day, tuple(row[2:] for row in group)


def _totals(legs: pl.DataFrame, now_ms: int) -> Iterator[tuple[Side, int, Counts]]:
    this = now_ms // BUCKET_MS
    fine = legs.with_columns((pl.col("setup_ms") // BUCKET_MS).alias("bucket"))
    fine = fine.filter(pl.col("bucket").is_between(this - FINE_BUCKETS + 1, this + FINE_BUCKETS))
    sums = fine.group_by("side", "bucket").agg(pl.col(_COUNTS).cast(pl.Int128).sum()).sort("side", "bucket")
    for side, bucket, *counts in sums.iter_rows():
        yield Side(side), bucket, Counts(*(int(count) for count in counts))


def _talk(legs: pl.DataFrame) -> Iterator[tuple[PartnerId, int, int]]:
    answered = legs.filter((pl.col("side") == Side.VENDOR.value) & (pl.col("answered") == 1))
    seconds = ((pl.col("duration_ms") + 500) // 1000).sum()
    for vendor, day, talk_s in answered.group_by("partner", "day").agg(seconds).sort("partner", "day").iter_rows():
        yield PartnerId(vendor), day, talk_s


def _series(
    legs: pl.DataFrame, countries: dict[int, str], products: Mapping[TrunkId, str], now_ms: int
) -> Iterator[SeriesFilled]:
    """Yield the series of domain.quality_counts.keys_of."""
    now_s = now_ms // 1000
    packed = legs.filter(
        pl.col("can_be_packed") & (pl.col("setup_ms") <= now_ms + DAY_MS) & (pl.col("end_s") >= horizon_s(now_s))
    )
    place = pl.col("destination").replace_strict(countries, default="", return_dtype=pl.String)
    packed = packed.with_columns(place.alias("country"))
    vendors = packed.filter(pl.col("side") == Side.VENDOR.value)
    yield from _grouped(packed, ["side", "partner", "destination"], now_s)
    yield from _grouped(packed, ["side", "partner"], now_s)
    yield from _grouped(vendors.filter(pl.col("country") != ""), ["side", "partner", "country"], now_s)
    yield from _grouped(vendors, ["side", "destination"], now_s)
    by_trunk = packed.filter(pl.col("trunk") != "").with_columns((TRUNK + pl.col("trunk")).alias("group"))
    yield from _grouped(by_trunk, ["side", "partner", "group"], now_s)
    if not products:
        return
    product = pl.col("trunk").replace_strict(dict(products), default=None, return_dtype=pl.String)
    where = pl.format(f"{PRODUCT}{{}}/{{}}", product, "destination").alias("group")
    sold = packed.filter(pl.col("side") == Side.CLIENT.value).with_columns(where).drop_nulls("group")
    yield from _grouped(sold, ["side", "partner", "group"], now_s)


def _grouped(legs: pl.DataFrame, keys: list[str], now_s: int) -> Iterator[SeriesFilled]:
    ordered = legs.sort(*keys, "bits", "base_charge")
    left = pl.len().over(keys) - pl.int_range(pl.len()).over(keys)
    ordered = ordered.with_columns((left <= MOST_CALLS).alias("kept"))
    charges = pl.col("base_charge").filter(pl.col("base_charge") != 0)
    last = ordered.filter("kept").group_by(keys, maintain_order=True).agg("bits", charges)
    older = rows_of(ordered.filter(~pl.col("kept")), keys, now_s)
    for *key, bits, units in last.iter_rows():
        known = dict(zip(keys, key, strict=True))
        whose = Side(known["side"]), known.get("partner", ""), _where(known)
        yield SeriesFilled(whose, array("Q", bits), array("q", units), tuple(older.get(tuple(key), ())))


def _where(known: Mapping[str, Any]) -> int | str:
    return next((known[name] for name in ("destination", "country", "group") if name in known), "")


def _bin() -> pl.Expr:
    """As durations.bin_of."""
    seconds = (pl.max_horizontal("duration_ms", 0) + 999) // 1000
    coarse = (seconds + COARSE_S - 1) // COARSE_S * COARSE_S
    return pl.when(seconds <= FINE_S).then(seconds).otherwise(pl.min_horizontal(coarse, LONGEST_S))

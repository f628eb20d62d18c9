"""Sealed calls for `bench backtest`: a catalog, and segments made by the column; all of it follows from a seed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from actors.home import Home
from cluster.bench.decks import COUNTRIES, VALID_FROM_MS, deck, pool
from cluster.tasks.backtest_charging import charged
from cluster.tasks.batch_world import world_of
from cluster.tasks.leg_frames import ENDED_SCHEMA, to_segment
from cluster.tasks.segments import SEGMENT_LEGS
from domain.directory import Direction, Partner, Switch, Trunk
from domain.ids import PartnerId, PlanId, SwitchId, TrunkId
from domain.money import Currency
from domain.rates import PlanRules
from domain.recipes import recipe_named
from domain.settings import Settings
from store.book import Book
from store.book_schema import SEGMENT_COLUMNS, insert
from store.catalog import Catalog
from store.catalog.codes import CodeSeed

USD = Currency("USD")
DAY_MS = 86_400_000
BUSY_MS = DAY_MS - 60_000
"""No call is answered on another day than it began on."""
BEGIN_MS = VALID_FROM_MS - VALID_FROM_MS % DAY_MS + DAY_MS
CLIENTS, VENDORS = 4, 8
ANSWERED, TRIED_TWICE = 450, 100
"""Of a thousand calls: answered, and failed by one vendor before another has them."""
MEAN_TALK_MS = 150_000
_BY: dict[str, Any] = {"who": "bench", "at_ms": BEGIN_MS}
_DONE = "done"
REGIONS = ("GB", "FR", "DE", "KE", "IN", "US", "BR", "EG", "CN", "TR")


@dataclass(frozen=True, slots=True)
class Calls:
    """How many calls over how many days, and codes of each plan."""

    calls: int = 10_000_000
    days: int = 8
    codes: int = 2_000

    @property
    def until_ms(self) -> int:
        """Return the end of the last day."""
        return BEGIN_MS + self.days * DAY_MS


def made(folder: Path, size: Calls, say: Callable[[str], None]) -> Home:
    """Return a data folder with the calls; one that is there already is taken as it is."""
    home = Home(folder, Settings())
    if (folder / _DONE).exists():
        say(f"{size.calls:,} calls as they were made before, in {folder}")
        Catalog.open(home.catalog_url()).close()  # which brings that of an older version up to date
        return home
    for path in (home.books, home.segments):
        path.mkdir(parents=True, exist_ok=True)
    say(f"making {size.calls:,} sealed calls in {folder}")
    _furnish(home, size)
    book = Book.open("", home.books, 0)
    try:
        for day in range(size.days):
            _write_day(home, book, size, day)
    finally:
        book.close()
    (folder / _DONE).touch()
    return home


def _furnish(home: Home, size: Calls) -> None:
    codes = pool(size.codes * 5 // 4)
    catalog = Catalog.open(home.catalog_url())
    try:
        named = [CodeSeed(code, f"Country {code}", REGIONS[int(code) % len(REGIONS)]) for code in COUNTRIES]
        catalog.codes.enter(named, "bench", **_BY)
        catalog.switches.add(Switch(SwitchId("bench"), "127.0.46.1", recipe_named("plain")), **_BY)
        for number in range(CLIENTS + VENDORS):
            sells = number < CLIENTS
            name = f"client{number}" if sells else f"vendor{number - CLIENTS}"
            plan, side = PlanId(name), "sell" if sells else "buy"
            catalog.plans.add(PlanRules(plan, USD), side, **_BY)
            rows = list(deck(codes, size.codes, number, markup_bp=3_000 if sells else 0))
            catalog.plans.add_rates(plan, rows, **_BY)
            catalog.partners.add(Partner(PartnerId(name), name, USD), **_BY)
            catalog.plans.assign(plan, PartnerId(name), **_BY)
            trunk = Trunk(TrunkId(f"{name}-t"), PartnerId(name), Direction.IN, switch=SwitchId("bench"), name=name)
            if not sells:
                trunk = replace(trunk, direction=Direction.OUT, switch=None, host=f"127.0.46.{number}", max_calls=2_000)
            catalog.trunks.add(trunk, **_BY)
    finally:
        catalog.close()


def _write_day(home: Home, book: Book, size: Calls, day: int) -> None:
    first, count = size.calls * day // size.days, size.calls * (day + 1) // size.days - size.calls * day // size.days
    chunk = max(1, SEGMENT_LEGS * 10 // 21)
    for number, at in enumerate(range(0, count, chunk)):
        some = min(chunk, count - at)
        stretch = at * BUSY_MS // count, (at + some) * BUSY_MS // count
        legs = _legs(home, first + at, some, day, stretch)
        name = f"{day}-{number}"
        date = f"day={BEGIN_MS // DAY_MS + day}"
        path = home.segments / date / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        to_segment(legs).write_parquet(path, compression="zstd")
        span = BEGIN_MS // DAY_MS + day, 3 * (first + at), 3 * (first + at) + legs.height
        row = (name, f"{date}/{path.name}", *span, legs.height, "", BEGIN_MS, "[]")
        assert len(row) == len(SEGMENT_COLUMNS)
        book.driver.run(insert("segment", SEGMENT_COLUMNS), row)


def _legs(home: Home, first: int, count: int, day: int, stretch: tuple[int, int]) -> pl.DataFrame:
    """Return the legs of some calls of a stretch of a day, in order of time."""
    index = pl.int_range(first, first + count, eager=True)
    codes = pl.Series([f"{code}" for code in COUNTRIES])
    world = world_of(home, BEGIN_MS)
    destinations = world.codes.destinations_of(codes.str.pad_end(5, "0"))
    # the square of an even draw falls on the first codes most
    place = (_draw(index, 1, 1 << 20).cast(pl.Float64) / (1 << 20)) ** 3 * len(codes)
    place = place.cast(pl.Int64).clip(0, len(codes) - 1)
    lasted, answered = stretch[1] - stretch[0], _draw(index, 3, 1_000) < ANSWERED
    setup = BEGIN_MS + day * DAY_MS + stretch[0] + (index - first) * lasted // count
    rang = setup + 2_000 + _draw(index, 4, 12_000)
    talk = (-((_draw(index, 5, 1 << 20).cast(pl.Float64) + 1) / (1 << 20)).log() * MEAN_TALK_MS).cast(pl.Int64)
    talk = talk.zip_with(answered, pl.Series([0]).new_from_index(0, count)).clip(0, 7_200_000)
    vendor = _draw(index, 6, VENDORS)
    calls = pl.DataFrame(
        {
            "call_key": _draw(index, 7, 1 << 62).cast(pl.String).str.zfill(20).str.slice(4).cast(pl.Binary),
            "client": _draw(index, 8, CLIENTS),
            "vendor": vendor,
            "before": (vendor + 1 + _draw(index, 9, VENDORS - 1)) % VENDORS,
            "twice": _draw(index, 10, 1_000) < TRIED_TWICE,
            "a": "4420" + _draw(index, 11, 10**8).cast(pl.String).str.zfill(8),
            "b": codes.gather(place) + _draw(index, 2, 10**9).cast(pl.String).str.zfill(9),
            "destination": destinations.gather(place).cast(pl.Int64),
            "setup_ms": setup,
            "connect_ms": rang.zip_with(answered, pl.Series([None], dtype=pl.Int64).new_from_index(0, count)),
            "duration_ms": talk,
            "disconnect_ms": rang + talk,
            "cause": pl.Series([16]).new_from_index(0, count).zip_with(answered, 17 + _draw(index, 12, 2)),
        }
    )
    sides = [_side(calls, "client", pl.lit("client") + pl.col("client").cast(pl.String), 0)]
    failed = calls.filter("twice").with_columns(
        pl.lit(None, pl.Int64).alias("connect_ms"), pl.lit(0, pl.Int64).alias("duration_ms"),
        (pl.col("setup_ms") + 1_000).alias("disconnect_ms"), pl.lit(34, pl.Int64).alias("cause"),
    )  # fmt: skip
    sides.append(_side(failed, "vendor", pl.lit("vendor") + pl.col("before").cast(pl.String), 1))
    sides.append(_side(calls, "vendor", pl.lit("vendor") + pl.col("vendor").cast(pl.String), 2))
    legs = _charged(pl.concat(sides), home).with_columns(pl.lit(BEGIN_MS // DAY_MS + day, pl.Int64).alias("day"))
    return legs.select(pl.col(name).cast(kind) for name, kind in ENDED_SCHEMA.items())


def _side(calls: pl.DataFrame, side: str, partner: pl.Expr, attempt: int) -> pl.DataFrame:
    texts = {"state": "ended", "switch": "bench", "release_side": "", "code": "", "rate_type": "any", "currency": "USD",
             "service": "voice", "unit": "second", "routing_number": "", "end_user": ""}  # fmt: skip
    numbers = {"revision": 0, "billed_s": 0, "plan_version": 1, "price": 0, "fx": 100_000_000, "volume": 0,
               "billed_volume": 0, "fingerprint": 0, "seq": 0, "attempt": attempt}  # fmt: skip
    named = calls.select(
        pl.exclude("client", "vendor", "before", "twice"), partner.alias("partner"), pl.lit(side).alias("side")
    )
    return named.with_columns(
        pl.col("call_key").alias("leg_id"),
        (pl.col("partner") + "-t").alias("trunk"),
        pl.col("partner").alias("plan"),
        (pl.col("setup_ms") + 1_500).alias("alert_ms"),
        pl.lit(None, pl.Int64).alias("alive_ms"),
        *(pl.lit(value).alias(name) for name, value in texts.items()),
        *(pl.lit(value, pl.Int64).alias(name) for name, value in numbers.items()),
    )


def _charged(legs: pl.DataFrame, home: Home) -> pl.DataFrame:
    """Add what legs cost by their plans."""
    batch = world_of(home, BEGIN_MS)
    found = []
    for (plan,), some in legs.with_columns(pl.col("b").alias("number")).group_by("plan", maintain_order=True):
        cost = charged(some, batch.plans[PlanId(str(plan))], batch.world.index.fx).cast(pl.Int64)
        found.append(some.with_columns(cost.alias("charge"), cost.alias("base_charge")))
    return pl.concat(found).sort("setup_ms", "call_key", "attempt")


def _draw(index: pl.Series, what: int, below: int) -> pl.Series:
    """Return a number from 0 to below `below` for each call; another `what` is another draw."""
    return (index.hash(seed=what) % below).cast(pl.Int64)

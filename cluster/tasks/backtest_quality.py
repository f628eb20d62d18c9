"""What was known of calls of a period: durations by destination, and the quality of vendors and clients.

A policy that asks for quality is given that of the whole period over whichever window it names: what a vendor really
was, where the nodes knew a part of it.
"""

from collections.abc import Mapping
from time import process_time
from typing import Any

import polars as pl

from actors.home import Home
from cluster.tasks.backtest_calls import voice_legs
from cluster.tasks.batch_world import world_of
from cluster.tasks.leg_frames import ENDED_SCHEMA
from domain.backtest_quality import PeriodQuality, Steady
from domain.backtests import BacktestOrder
from domain.calls import Side
from domain.cause_classes import is_user_failure
from domain.durations import COARSE_S, FINE_S, LONGEST_S, Histogram
from domain.ids import DestinationId, PartnerId
from domain.quality import SHORT_MS
from domain.quality_board import QualityBoard
from domain.quality_figures import UNKNOWN, DestinationFigures, Figures
from domain.wilson import share_bounds

ENOUGH = 50
"""Attempts from which on figures are those counted; of fewer nothing is said, and they are as unknown ones."""
_SAID = {
    name: ENDED_SCHEMA[name]
    for name in "side partner destination setup_ms alert_ms connect_ms duration_ms cause".split()
}


def period_quality(home: Home, order: BacktestOrder) -> PeriodQuality:
    """Count the calls of an order's period, of all clients."""
    began = process_time()
    book = world_of(home, order.now_ms).world.codes
    legs = _counted(voice_legs(home, _SAID, order.from_ms, order.until_ms))
    countries = {place: book.country_of(DestinationId(place)) for place in legs["destination"].unique()}
    country = pl.col("destination").replace_strict(countries, default="", return_dtype=pl.String)
    known = _known(legs.with_columns(country.alias("country")), countries)
    return PeriodQuality(QualityBoard(1, _histograms(legs), known=known), process_time() - began)


def _counted(legs: pl.DataFrame) -> pl.DataFrame:
    answered, alerted = pl.col("connect_ms").is_not_null(), pl.col("alert_ms").is_not_null()
    legs = legs.with_columns(answered.alias("answered"), alerted.alias("alerted"))
    ends = legs.select("cause", "alerted").unique()
    users = pl.Series("user", [is_user_failure(*end) for end in ends.iter_rows()], dtype=pl.Boolean)
    return legs.join(ends.with_columns(users), on=["cause", "alerted"], how="left")


def _histograms(legs: pl.DataFrame) -> dict[DestinationId, Histogram]:
    """Return the answered durations of the clients' legs, in bins as durations.bin_of has them."""
    seconds = (pl.max_horizontal("duration_ms", 0) + 999) // 1000
    coarse = (seconds + COARSE_S - 1) // COARSE_S * COARSE_S
    length = pl.when(seconds <= FINE_S).then(seconds).otherwise(pl.min_horizontal(coarse, LONGEST_S))
    talked = legs.filter((pl.col("side") == Side.CLIENT.value) & pl.col("answered"))
    bins: dict[DestinationId, dict[int, int]] = {}
    for place, bin_s, calls in talked.group_by("destination", length.alias("bin")).agg(pl.len()).iter_rows():
        bins.setdefault(DestinationId(place), {})[bin_s] = calls
    return {place: Histogram(found) for place, found in bins.items()}


def _known(legs: pl.DataFrame, countries: Mapping[int, str]) -> dict[DestinationId, DestinationFigures]:
    of_vendors = legs.filter(pl.col("side") == Side.VENDOR.value)
    here = _by(of_vendors, "destination", "partner")
    in_country = _by(of_vendors, "country", "partner")
    everywhere = _by(of_vendors, "partner")
    clients = _by(legs.filter(pl.col("side") == Side.CLIENT.value), "destination", "partner")
    every = _by(of_vendors, "destination")
    overall = {PartnerId(partner): figures for (partner,), figures in everywhere.items()}
    return {
        DestinationId(place): DestinationFigures(
            vendors=_of(here, place),
            vendors_everywhere=overall,
            vendors_country=_of(in_country, country),
            clients=_of(clients, place),
            all=every.get((place,), {}),
        )
        for place, country in countries.items()
    }


def _of(found: Mapping[tuple[Any, ...], Steady], first: object) -> dict[PartnerId, Steady]:
    return {PartnerId(key[1]): figures for key, figures in found.items() if key[0] == first}


def _by(legs: pl.DataFrame, *keys: str) -> dict[tuple[Any, ...], Steady]:
    """Return the figures of legs by keys, of ENOUGH legs at least."""
    answered = pl.col("answered")
    pdd = pl.when("alerted").then(pl.max_horizontal(pl.col("alert_ms") - pl.col("setup_ms"), 0))
    talk_ms = pl.col("duration_ms").filter(answered).sum()
    summed = legs.group_by(keys).agg(
        pl.len().alias("attempts"),
        answered.sum().alias("answers"),
        (answered | pl.col("user")).sum().alias("effective"),
        talk_ms.alias("talk_ms"),
        (answered & (pl.col("duration_ms") <= SHORT_MS)).sum().alias("short"),
        pdd.quantile(0.5, "higher").alias("p50"),
        pdd.quantile(0.95, "higher").alias("p95"),
    )
    found: dict[tuple[Any, ...], Steady] = {}
    for row in summed.filter(pl.col("attempts") >= ENOUGH).iter_rows(named=True):
        attempts, answers = row["attempts"], row["answers"]
        low, high = share_bounds(answers, attempts)
        found[tuple(row[key] for key in keys)] = Steady(
            Figures(
                asr=100 * answers / attempts,
                ner=100 * row["effective"] / attempts,
                acd=row["talk_ms"] / answers / 1000 if answers else UNKNOWN.acd,
                pdd_p50=UNKNOWN.pdd_p50 if row["p50"] is None else row["p50"] / 1000,
                pdd_p95=UNKNOWN.pdd_p95 if row["p95"] is None else row["p95"] / 1000,
                short_pct=100 * row["short"] / answers if answers else UNKNOWN.short_pct,
                attempts=attempts,
                minutes=row["talk_ms"] / 60_000,
                asr_low=low,
                asr_high=high,
            )
        )
    return found

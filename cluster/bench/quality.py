"""`bench quality`: what the figures of a million pairs of partner and destination weigh, and what they cost to keep."""

import os
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from actors.pulse import rss_mb
from cluster.bench.report import Floor, Report, Value
from domain.calls import Side
from domain.ids import DestinationId, PartnerId
from domain.quality import LegSeen
from domain.quality_calls import outcome_of, packed
from domain.quality_counts import Key, QualityCounts, SeriesFilled, route_key
from domain.quality_windows import MOST_CALLS, SPANS, Window
from domain.route_book import Route, RouteBook
from domain.route_states import Outcome
from domain.route_watch import Watch

FLOORS = (Floor("memory_mb", at_most=1_000), Floor("count_us", at_most=500), Floor("figures_us", at_most=2_000))
WATCH = Watch(asr=20.0, ner=50.0)
"""Floors that hardly any route is below: most routes are well."""
NOW_MS = 1_780_000_000_000
WEEK_MS = 7 * 86_400_000
MEDIAN_CALLS, SPREAD = 10, 1.5
"""Calls of a pair in a week: log-normal, so that the mean is 31 and one pair of sixty has more than MOST_CALLS."""
MOST_OF_A_PAIR = 20_000


@dataclass(frozen=True, slots=True)
class Size:
    """How much: pairs, over how many destinations they lie, legs that are heard, figures that are made."""

    pairs: int = 1_000_000
    destinations: int = 1_000
    heard: int = 20_000
    figures: int = 2_000


def run(say: Callable[[str], None], size: Size | None = None) -> Report:
    """Fill a week of calls as quality-0 holds them, watch all routes, then count and ask as it does meanwhile."""
    size, load, dice = size or Size(), os.getloadavg()[0], Random(6)
    pool = _pool(dice)
    counts, before_mb, began = QualityCounts(lambda _: "KE"), rss_mb(), time.perf_counter()
    say(f"a week of calls of {size.pairs:,} pairs over {size.destinations:,} destinations")
    calls = _fill(counts, pool, size, dice)
    filled_s, series_mb = time.perf_counter() - began, rss_mb() - before_mb
    say("watching all of them")
    watched = _watched(counts, size)
    memory_mb = rss_mb() - before_mb
    say("counting")
    legs = [_leg(dice, size, NOW_MS - dice.randrange(600_000)) for _ in range(size.heard)]
    began = time.perf_counter()
    for leg in legs:
        counts.end(leg, NOW_MS)
    count_us = (time.perf_counter() - began) / max(1, len(legs)) * 1e6
    say("making figures")
    began = time.perf_counter()
    for leg in legs[: size.figures]:
        for window in (SPANS["1h"], Window(calls=100)):
            counts.figures(route_key(leg.partner, leg.destination), window, NOW_MS)
    figures_us = (time.perf_counter() - began) / max(1, min(size.figures, len(legs))) / 2 * 1e6
    figures: dict[str, Value] = {
        "pairs": len(counts),
        "calls": calls,
        "memory_mb": round(memory_mb),
        "bytes_per_pair": round(series_mb * 2**20 / size.pairs),
        "routes_out": sum(1 for _ in watched.states()),
        "bytes_per_watch": round((memory_mb - series_mb) * 2**20 / size.pairs),
        "fill_s": round(filled_s, 1),
        "count_us": round(count_us, 1),
        "figures_us": round(figures_us, 1),
    }
    workload: dict[str, Value] = {
        "pairs": size.pairs,
        "destinations": size.destinations,
        "median_calls": MEDIAN_CALLS,
        "spread": SPREAD,
    }
    return Report("quality", workload, figures, FLOORS, load)


class _Last:
    """The last calls of routes, as quality-0 gives them to their states."""

    def __init__(self, counts: QualityCounts) -> None:
        self._counts = counts

    def how_many(self, route: Route) -> int:
        return len(self._counts.series(route_key(*route)) or ())

    def last_calls(self, route: Route) -> tuple[list[Outcome], list[int]]:
        series = self._counts.series(route_key(*route))
        assert series is not None, "it was filled"
        return [outcome_of(bits, units) for bits, units in series.calls()], []


def _watched(counts: QualityCounts, size: Size) -> RouteBook:
    """Return the states of all routes, each of which heard one more call."""
    book, good = RouteBook(1, lambda _: frozenset({WATCH}), _Last(counts)), Outcome(NOW_MS, True, True)
    for at in range(size.pairs):
        _, partner, where = _key(size, at)
        book.hear(PartnerId(partner), DestinationId(int(where)), good, NOW_MS)
    return book


def _leg(dice: Random, size: Size, setup_ms: int) -> LegSeen:
    answered = dice.random() < 0.45
    talk_ms = round(dice.expovariate(1 / 150_000)) if answered else 0
    partner = PartnerId(f"vendor{dice.randrange(max(1, size.pairs // size.destinations))}")
    return LegSeen(
        DestinationId(1 + dice.randrange(size.destinations)), Side.VENDOR, partner, setup_ms, answered, talk_ms,
        dice.randrange(500, 9_000), dice.choice((16, 17, 19, 34, 41)), True, 3 * talk_ms, setup_ms + 5_000 + talk_ms,
    )  # fmt: skip


def _pool(dice: Random) -> "array[int]":
    """Return outcomes of a week in their order; pairs take theirs from it."""
    legs = (_leg(dice, Size(), NOW_MS - dice.randrange(WEEK_MS)) for _ in range(MOST_OF_A_PAIR * 2))
    return array("Q", sorted(packed(leg) for leg in legs))


def _key(size: Size, at: int) -> Key:
    return route_key(PartnerId(f"vendor{at // size.destinations}"), DestinationId(1 + at % size.destinations))


def _fill(counts: QualityCounts, pool: "array[int]", size: Size, dice: Random) -> int:
    """Fill all pairs; return how many calls that are. What is older than the last calls of a pair is counted by one."""
    total = 0
    for at in range(size.pairs):
        key = _key(size, at)
        number = min(max(1, round(dice.lognormvariate(0, SPREAD) * MEDIAN_CALLS)), MOST_OF_A_PAIR)
        total += number
        step = len(pool) // number
        chosen = pool[dice.randrange(step) :: step][:number]
        calls, charges = array("Q"), array("q")
        for bits in chosen[:MOST_CALLS]:  # one by one, as they come: arrays have some room beyond what is in them
            calls.append(bits)
            if bits & 1:
                charges.append(450_000)
        counts.fill([SeriesFilled(key, calls, charges)])
        series = counts.series(key)
        assert series is not None, "it was filled"
        for bits in chosen[MOST_CALLS:]:
            series.add(bits, 450_000 if bits & 1 else 0, NOW_MS // 1000)
    return total

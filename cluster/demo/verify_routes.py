"""The figures of routing: as they were shown, and from the books and the catalog on disk."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from actors.home import Home
from cluster.demo.kenya import FAILING, TRIES, KenyaFacts, story_second
from cluster.demo.uk import UkFacts
from cluster.demo.vendors import FIRST_SICK
from cluster.demo.verify import Check, legs_between
from cluster.demo.world import BLUEWIRE, KENYA, KENYA_NAME, KESTREL, NORDLINK, ORBITA, ORIGIN_MS, at
from cluster.tasks.batch_world import open_catalog
from domain.money import decimal_text, units_of
from domain.route_states import Outcome, RouteEvent, RouteState, Standing
from domain.route_watch import Measure, Watch
from store.settings_file import load_settings

REAL_COSTS = (units_of("0.0246"), units_of("0.024768"))
FIRST_UP_TO = units_of("0.02476799")
"""The last price of eight decimals at which Kestrel's minute costs less than Bluewire's."""
SAVED, MOVED = units_of("18.90"), 90_000
"""What October would have cost less by real cost, and Bluewire's calls that would have gone to Kestrel: all that it
carried, but the 10,000 that it failed before Kestrel had them."""
OUT_AT = range(87, 101)
"""The sick attempts at which the upper bound of the last 100 calls may pass below 35 %."""
FLOOR, FLOOR_FROM_S, FLOOR_UNTIL_S, SLICE_S = 35, 30, 130, 10
BACK_S = 130
_LIVE_MS = (ORIGIN_MS, at("2026-11-03"))


def uk_checks(told: UkFacts | None, scale: int) -> list[Check]:
    """Check the explained call and the back-test."""
    told = told or UkFacts()
    saved = "nothing" if told.saved is None else decimal_text(told.saved)
    up_to = "any price" if told.wins_up_to is None else decimal_text(told.wins_up_to)
    return [
        Check("UK call: vendors by real cost", f"{KESTREL}, {BLUEWIRE}", ", ".join(told.vendors)),
        Check("UK call: a minute really costs", _prices(REAL_COSTS), _prices(told.real_costs)),
        Check("UK call: Kestrel is first up to", decimal_text(FIRST_UP_TO), up_to),
        Check("back-test: October would have cost less", decimal_text(SAVED * scale), saved),
        Check("back-test: calls from Bluewire to Kestrel", f"{MOVED * scale:,}", f"{told.moved:,}"),
    ]


def nordlinks_checks(told: KenyaFacts | None) -> list[Check]:
    """Check what Orbita's switch saw of Nordlink's Kenya."""
    told = told or KenyaFacts(0, 0, 0, 0, 0, 0)
    tries = (FAILING + 1) * TRIES
    alone = told.without > 0 and not told.others
    return [
        Check("Kenya: Nordlink's attempts while it was out, but tries", "0", f"{told.tries - tries}"),
        Check("Kenya: the other calls by Savanna alone", "True", str(alone)),
    ]


def kenya_checks(folder: Path) -> list[Check]:
    """Count the scene of Nordlink's Kenya again from the data folder; the switchboard need not run."""
    home = Home(folder.absolute(), load_settings(folder))
    catalog = open_catalog(home)
    try:
        newest_first, _ = catalog.route_states.events(vendor=NORDLINK, destination=KENYA_NAME, limit=200)
    finally:
        catalog.close()
    legs = legs_between(home, *_LIVE_MS).filter(pl.col("b").str.starts_with(KENYA))
    written = newest_first[::-1]
    by_hand = Check("Kenya: changes by hand", "0", str(sum(bool(one.who) for one in written)))
    return [*_of_events([one.event for one in written]), by_hand, _out_at(legs), _floor(legs)]


def _of_events(events: list[RouteEvent]) -> Iterator[Check]:
    """Check the way of the route by the events that were written."""
    way = ["out", *["probing", "out"] * FAILING, "probing", "trial", "active"]
    yield Check("Kenya: Nordlink is", ", ".join(way), ", ".join(one.after.value for one in events))
    out = next((one for one in events if one.after is Standing.OUT), None)
    yield Check("Kenya: out by answers, calls", "25.0 %, 100", _measured(out))
    batches = [one for one in events if one.before is Standing.PROBING]
    counts = [(round(one.measured[0].value * one.measured[0].calls / 100), one.measured[0].calls) for one in batches]
    failed, good = counts[:FAILING], counts[FAILING:]
    answers = sum(hits for hits, _ in failed)
    found = f"{len(failed)}, {sum(calls for _, calls in failed)} tries, {answers} answers"
    yield Check(
        "Kenya: batches that failed", f"{FAILING}, {FAILING * TRIES} tries, {FAILING * TRIES // 4} answers", found
    )
    each = "12 or 13" if all(hits in (12, 13) for hits, _ in failed) else ", ".join(str(hits) for hits, _ in failed)
    yield Check("Kenya: answers of each", "12 or 13", each)
    yield Check("Kenya: the batch that passed", "19 of 50", ", ".join(f"{hits} of {calls}" for hits, calls in good))
    back = next((story_second(one.at_ms) for one in events if one.after is Standing.ACTIVE), None)
    in_time = back is not None and back <= BACK_S
    yield Check("Kenya: Nordlink is back", "by 2:10", "by 2:10" if in_time else _moment(back))


def _out_at(legs: pl.DataFrame) -> Check:
    """Judge Nordlink's calls anew in the order in which they became known, and find the sick one that took it out."""
    watch, state = Watch(asr=float(FLOOR), least_calls=100), RouteState()
    its = legs.filter(pl.col("side") == "vendor", pl.col("partner") == NORDLINK)
    known = pl.coalesce("connect_ms", "disconnect_ms")
    rows = its.select("setup_ms", pl.col("connect_ms").is_not_null(), known.alias("known")).sort("known").iter_rows()
    for number, (setup_ms, answered, known_ms) in enumerate(rows, 1):
        if state.hear(Outcome(setup_ms, answered, answered), watch, known_ms):
            sick = number - FIRST_SICK + 1
            break
    else:
        sick = 0
    words = f"{OUT_AT.start} to {OUT_AT.stop - 1}"
    return Check("Kenya: Nordlink is out at sick attempt", words, words if sick in OUT_AT else str(sick))


def _floor(legs: pl.DataFrame) -> Check:
    """Count Orbita's answers of each ten seconds while its vendor was ill."""
    its = legs.filter(pl.col("side") == "client", pl.col("partner") == ORBITA)
    second = (pl.col("setup_ms") - ORIGIN_MS) // 20_000
    sliced = its.filter(second.is_between(FLOOR_FROM_S, FLOOR_UNTIL_S - 1)).group_by(second // SLICE_S)
    shares = sliced.agg(pl.len().alias("calls"), pl.col("connect_ms").is_not_null().sum().alias("answered"))
    worst = min((100 * answered / calls for _, calls, answered in shares.iter_rows()), default=0.0)
    words = f"at least {FLOOR} %"
    return Check("Kenya: Orbita's ASR of each 10 s", words, words if worst >= FLOOR else f"{worst:.1f} %")


def _measured(event: RouteEvent | None) -> str:
    one = next((one for one in event.measured if one.measure is Measure.ASR), None) if event else None
    return "nothing" if one is None else f"{one.value:.1f} %, {one.calls}"


def _moment(second: float | None) -> str:
    return "never" if second is None else f"{int(second) // 60}:{int(second) % 60:02d}"


def _prices(units: tuple[int, ...]) -> str:
    return ", ".join(decimal_text(one) for one in units)

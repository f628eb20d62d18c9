"""`bench radius`: accounting Stops until their legs are durable and charged, and the books counted afterwards.

An acknowledged Stop that is not in the books, is there twice, or has another charge than the rates say makes the
whole measurement invalid: it ends with an error, without figures.
"""

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from cluster.bench.radius_load import RadiusLoad, RadiusOutcome, generate, talk_s
from cluster.bench.report import Floor, Report, Value, percentile
from cluster.bench.stand import (
    AT_MS,
    BUY_PRICE,
    RADIUS_SWITCH,
    SELL_PRICE,
    VENDOR_PORT,
    Stand,
    numbers,
    stand,
    vendor_host,
)
from domain.calls import Side
from domain.errors import BrokenWorldError
from domain.money import units_of
from store.book_reader import BookReader

FLOORS = (Floor("stops_per_s", at_least=1_500),)
WARM_UP_STOPS = 400


@dataclass(frozen=True, slots=True)
class InBooks:
    """What the books say of one side: ended legs and the sum of their charges, and what the balances say is posted."""

    legs: int
    charges: int
    posted: int


def run(say: Callable[[str], None], seconds: float = 5.0) -> Report:
    """Measure for `seconds`. Raises BrokenWorldError when the switchboard does not come up or the books differ."""
    load_before = os.getloadavg()[0]
    with stand(say) as its, ProcessPoolExecutor(1, get_context("spawn")) as process:
        load = _load(its, seconds)
        warm = process.submit(generate, replace(load, run="A", stops=WARM_UP_STOPS)).result()
        say(f"Stops for {seconds:.0f} s")
        outcome = process.submit(generate, replace(load, run="B")).result()
        node_s, shard_s = outcome.cpu_s
        say(f"{outcome.acknowledged} of {outcome.sent} acknowledged; counting the books")
        verify(read_books(its.folder), warm, outcome)
        node, shard = its.memory()
    if not outcome.acknowledged:
        raise BrokenWorldError("no Stop was acknowledged")
    figures = {
        "stops_per_s": round(outcome.acknowledged / outcome.seconds),
        "stops": outcome.sent,
        "stops_lost": outcome.sent - outcome.acknowledged,
        "latency_ms_p50": round(percentile(outcome.times_ms, 50), 2),
        "latency_ms_p99": round(percentile(outcome.times_ms, 99), 2),
        "cpu_us_per_stop": round(1e6 * node_s / outcome.acknowledged),
        "cpu_us_per_stop_shard": round(1e6 * shard_s / outcome.acknowledged),
        "rss_mb": node.rss_mb,
        "rss_mb_shard": shard.rss_mb,
    }
    workload: dict[str, Value] = {
        "door": "RADIUS accounting over UDP, Stops of client and vendor legs in turn",
        "window": load.window,
        "seconds": seconds,
        "checked": "legs, charges and balances in the books equal the acknowledged Stops",
    }
    return Report("radius", workload, figures, FLOORS, load_before)


def read_books(folder: Path) -> dict[Side, InBooks]:
    """Count the ended legs of a data folder's only book and add up their charges; sealed ones are not expected."""
    found: dict[Side, InBooks] = {}
    for _, book in BookReader("", folder / "books", 1).every():
        assert not book.segments(), "nothing is sealed while a benchmark runs"
        for side in Side:
            [(legs, charged)] = book.rows(
                "SELECT count(*), coalesce(sum(charge), 0) FROM leg WHERE state = 'closed' AND side = ?", (side.value,)
            )
            posted = sum(balance.posted for balance in book.balances() if balance.side is side)
            found[side] = InBooks(legs, charged, posted)
    return found


def verify(books: dict[Side, InBooks], *outcomes: RadiusOutcome) -> None:
    """Compare the books with what was acknowledged. Raises BrokenWorldError.

    Stops without an answer may have been recorded or not: with some of them only a leg too few, or one too many,
    is an error, and charges are compared with the balances alone.
    """
    sent, acknowledged = sum(o.sent for o in outcomes), sum(o.acknowledged for o in outcomes)
    legs = sum(side.legs for side in books.values())
    if not acknowledged <= legs <= sent:
        raise BrokenWorldError(f"{acknowledged} of {sent} Stops were acknowledged, the books have {legs} legs")
    for side, said in books.items():
        expected = sum(charges(side, outcome.sent) for outcome in outcomes)
        if said.posted != said.charges or (sent == acknowledged and said.charges != expected):
            raise BrokenWorldError(
                f"{side} legs should cost {expected}, the legs say {said.charges}, the balance {said.posted}"
            )


def charges(side: Side, sent: int) -> int:
    """Return the units that the side's legs of the first `sent` Stops cost: seconds at a price per minute, exactly."""
    price = units_of(SELL_PRICE if side is Side.CLIENT else BUY_PRICE)
    calls = (sent + 1) // 2 if side is Side.CLIENT else sent // 2
    return sum(price * talk_s(call) // 60 for call in range(calls))


def _load(its: Stand, seconds: float) -> RadiusLoad:
    return RadiusLoad(
        server=its.radius_acct,
        source=RADIUS_SWITCH.address,
        secret=RADIUS_SWITCH.secret,
        recipe=RADIUS_SWITCH.recipe,
        vendor=(vendor_host(0), VENDOR_PORT),
        numbers=numbers(20_000),
        at_ms=AT_MS,
        seconds=seconds,
        run="",
        watched=(its.node_pid, its.shard_pid),
    )

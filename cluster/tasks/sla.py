"""The report of promises from all clients' legs, sealed or not: what domain.sla.report describes."""

from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from actors.home import Home
from cluster.tasks.batch_world import open_catalog
from cluster.tasks.quality_periods import period_legs, summed
from domain.calls import Side
from domain.errors import InputError
from domain.ids import DestinationId, PartnerId, TrunkId
from domain.quality_periods import PeriodSums
from domain.sla.history import PolicyState, Span, promised
from domain.sla.products import products_of
from domain.sla.report import (
    MOST_ROWS,
    NOTHING,
    SLOT_MS,
    SlaOrder,
    SlaReport,
    SlaRow,
    Unmet,
    Whose,
    cuts_of,
    summary_of,
)
from domain.sla.unmet import UnmetCount

_KEYS = ("partner", "product", "destination")
Slots = list[tuple[int, Unmet]]
Cuts = list[tuple[int, int, Span]]


def sla_report(home: Home, order: SlaOrder) -> SlaReport:
    """Measure what clients got against what they were promised. Raises InputError where that has too many rows."""
    catalog = open_catalog(home)
    try:
        directory = catalog.directory()
        states = catalog.promises.states(order.from_ms, order.until_ms)
        unmet = catalog.promises.unmet(order.from_ms - SLOT_MS + 1, order.until_ms)
    finally:
        catalog.close()
    narrowed = pl.col("side") == Side.CLIENT.value
    if order.client:
        narrowed &= pl.col("partner") == order.client
    if order.destination:
        narrowed &= pl.col("destination") == order.destination
    legs = period_legs(home, order.from_ms, order.until_ms, narrowed).filter(narrowed)
    return report_of(legs, products_of(directory), states, unmet, order)


def report_of(
    legs: pl.DataFrame,
    products: Mapping[TrunkId, str],
    states: list[PolicyState],
    unmet: Iterable[UnmetCount],
    order: SlaOrder,
) -> SlaReport:
    """Return the report of clients' legs."""
    sold = (
        pl.col("trunk").replace_strict(dict(products), default="", return_dtype=pl.String) if products else pl.lit("")
    )
    legs = legs.with_columns(sold.alias("product"))
    slots = _slots(unmet, order)
    if order.product is not None:
        legs = legs.filter(pl.col("product") == order.product)
    keys = [Whose(PartnerId(one), product, DestinationId(where)) for one, product, where in _distinct(legs)]
    cuts = _all_cuts(sorted({*keys, *slots}), states, order)
    counted = _counted(legs, cuts)
    rows = [row for whose, its in cuts.items() for row in _rows(whose, its, counted, slots.get(whose, []))]
    by_whose: dict[Whose, list[SlaRow]] = {}
    for row in rows:
        by_whose.setdefault(row.whose, []).append(row)
    return SlaReport(tuple(rows), tuple(summary_of(whose, its) for whose, its in by_whose.items()))


def _distinct(legs: pl.DataFrame) -> list[tuple[str, str, int]]:
    return legs.select(_KEYS).unique().rows()


def _slots(unmet: Iterable[UnmetCount], order: SlaOrder) -> dict[Whose, Slots]:
    found: dict[Whose, Slots] = {}
    for one in unmet:
        its = one.whose
        if (
            order.client in ("", its.client)
            and order.product in (None, its.product)
            and order.destination in (0, its.destination)
        ):
            found.setdefault(its, []).append((one.slot_ms, one.counted))
    return found


def _all_cuts(keys: Iterable[Whose], states: list[PolicyState], order: SlaOrder) -> dict[Whose, Cuts]:
    found: dict[Whose, Cuts] = {}
    rows = 0
    for whose in keys:
        spans = promised(states, whose.client, whose.product, whose.destination, order.from_ms, order.until_ms)
        its = list(cuts_of(spans, order.bucket_s))
        if its:
            found[whose] = its
        rows += len(its)
        if rows > MOST_ROWS:
            mend = "Ask for one client or destination, longer buckets or less time."
            raise InputError(f"the report has more than {MOST_ROWS:,} buckets", mend=mend)
    return found


def _counted(legs: pl.DataFrame, cuts: dict[Whose, Cuts]) -> dict[tuple[str, str, int, int], PeriodSums]:
    """Add up the legs of each cut, by whose they are and the moment when it begins."""
    if not cuts or legs.is_empty():
        return {}
    lines = [
        (whose.client, whose.product, whose.destination, start, end)
        for whose, its in cuts.items()
        for start, end, _ in its
    ]
    kinds = {"partner": pl.String, "product": pl.String, "destination": pl.Int64, "start": pl.Int64, "end": pl.Int64}
    known = pl.DataFrame(lines, schema=kinds, orient="row").sort("start")
    dated = legs.sort("setup_ms").join_asof(
        known, left_on="setup_ms", right_on="start", by=list(_KEYS), check_sortedness=False
    )
    within = dated.filter(pl.col("start").is_not_null() & (pl.col("setup_ms") < pl.col("end")))
    return summed(within, [*_KEYS, "start"])


def _rows(
    whose: Whose, cuts: Cuts, counted: dict[tuple[str, str, int, int], PeriodSums], slots: Slots
) -> Iterator[SlaRow]:
    unmet: dict[int, Unmet] = {}
    for at_ms, one in slots:
        touched = [start for start, end, _ in cuts if start < at_ms + SLOT_MS and end > at_ms]
        if touched:  # where the promise changes meanwhile, it is the newer one that nobody kept
            unmet[touched[-1]] = unmet.get(touched[-1], Unmet()) + one
    for start, end, span in cuts:
        sums = counted.get((whose.client, whose.product, int(whose.destination), start), NOTHING)
        yield SlaRow(whose, start, end, span.promise, span.policy, sums, unmet.get(start, Unmet()))

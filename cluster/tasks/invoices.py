"""What an invoice is of, counted once: its lines, the short calls and the list of its calls are of one moment.

A call whose end comes later is in none of them. Books may be read at moments of their own: each leg is in one book.
"""

from collections.abc import Iterable, Iterator

import polars as pl

from actors.home import Home
from actors.tasks import InvoiceQuery, InvoiceUsage
from cluster.tasks.batch_world import open_catalog
from cluster.tasks.leg_frames import AT, LEG_SCHEMA, within
from cluster.tasks.leg_sums import all_traffic, held_traffic
from cluster.tasks.segments import book_reader, ended_legs, of_period, scan
from cluster.tasks.short_calls import all_counts, held_counts
from domain.calls import Side
from domain.codes import Destination
from domain.ids import DestinationId
from domain.invoicing import CallRow
from domain.rates import Service, Unit
from store.book_reader import SegmentRow, Snapshot
from store.book_rows import Row
from store.files import write_atomically
from store.invoice_pdf import calls_csv

_LISTED = {
    name: LEG_SCHEMA[name]
    for name in (
        "connect_ms setup_ms a b destination duration_ms billed_s price charge service unit volume billed_volume leg_id"
    ).split()
}


def invoice_usage(home: Home, query: InvoiceQuery) -> InvoiceUsage:
    """Add up a client's ended legs of a period, and list those that were answered or cost something in a file."""
    sums: list[Row] = []
    counts: list[Row] = []
    frames: list[pl.DataFrame] = []
    segments: list[SegmentRow] = []
    for _, book in book_reader(home).every():
        sums += held_traffic(book, query.from_ms, query.to_ms, query.partner)
        counts += held_counts(book, query.short) if query.short else []
        frames.append(_held_calls(book, query) if query.csv else pl.DataFrame(schema=_LISTED))
        segments += of_period(book.segments(), query.from_ms, query.to_ms)
    if query.csv:
        sealed = scan(home, segments).filter(pl.col("partner") == query.partner, pl.col("side") == Side.CLIENT.value)
        listed = sealed.filter(*_billed(query)).select(*_LISTED).collect()
        query.csv.parent.mkdir(parents=True, exist_ok=True)
        rows = _call_rows(pl.concat([*frames, listed]), _destinations(home))
        write_atomically(query.csv, [calls_csv(rows, query.zone)])
    return InvoiceUsage(
        all_traffic(home, sums, segments, query.from_ms, query.to_ms, query.partner),
        all_counts(home, counts, segments, query.short) if query.short else [],
    )


def _held_calls(book: Snapshot, query: InvoiceQuery) -> pl.DataFrame:
    held = ended_legs(book, _LISTED, "partner = ? AND side = ?", (query.partner, Side.CLIENT.value))
    return held.filter(*_billed(query))


def _billed(query: InvoiceQuery) -> Iterable[pl.Expr]:
    return within(query.from_ms, query.to_ms), pl.col("connect_ms").is_not_null() | (pl.col("charge") != 0)


def _destinations(home: Home) -> dict[DestinationId, Destination]:
    catalog = open_catalog(home)
    try:
        return catalog.codes.destinations()
    finally:
        catalog.close()


def _call_rows(calls: pl.DataFrame, names: dict[DestinationId, Destination]) -> Iterator[CallRow]:
    """Yield calls in order of time."""
    for row in calls.sort(AT, "leg_id").iter_rows():
        connect_ms, setup_ms, a, b, destination, duration_ms, billed_s, price, charge, *more, _ = row
        known, (service, unit, volume, billed_volume) = names.get(destination), more
        yield CallRow(
            connect_ms=setup_ms if connect_ms is None else connect_ms,
            a=a,
            b=b,
            destination=known.name if known else "unknown" if service == Service.VOICE else str(service).capitalize(),
            duration_ms=duration_ms,
            billed_s=billed_s,
            price=price,
            charge=charge,
            service=Service(service),
            unit=Unit(unit),
            volume=volume,
            billed_volume=billed_volume,
        )

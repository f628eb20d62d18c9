"""What an invoice is of, counted once: its lines, the short calls and the list of its calls are of one moment.

A call whose end comes later is in none of them. Books may be read at moments of their own: each leg is in one book.
"""

import polars as pl

from actors.home import Home
from actors.tasks import InvoiceQuery, InvoiceUsage
from cluster.tasks.call_rows import LISTED, billed, call_rows, destination_names
from cluster.tasks.leg_sums import all_traffic, held_traffic
from cluster.tasks.segments import book_reader, ended_legs, of_period, scan
from cluster.tasks.short_calls import all_counts, held_counts
from domain.calls import Side
from store.book_reader import SegmentRow, Snapshot
from store.book_rows import Row
from store.files import write_atomically
from store.invoice_pdf import calls_csv


def invoice_usage(home: Home, query: InvoiceQuery) -> InvoiceUsage:
    """Add up a client's ended legs of a period, and list those that were answered or cost something in a file."""
    sums: list[Row] = []
    counts: list[Row] = []
    frames: list[pl.DataFrame] = []
    segments: list[SegmentRow] = []
    for _, book in book_reader(home).every():
        sums += held_traffic(book, query.from_ms, query.to_ms, query.partner)
        counts += held_counts(book, query.short) if query.short else []
        frames.append(_held_calls(book, query) if query.csv else pl.DataFrame(schema=LISTED))
        segments += of_period(book.segments(), query.from_ms, query.to_ms)
    if query.csv:
        sealed = scan(home, segments).filter(pl.col("partner") == query.partner, pl.col("side") == Side.CLIENT.value)
        listed = sealed.filter(*billed(query.from_ms, query.to_ms)).select(*LISTED).collect()
        query.csv.parent.mkdir(parents=True, exist_ok=True)
        rows = call_rows(pl.concat([*frames, listed]), destination_names(home))
        write_atomically(query.csv, [calls_csv(rows, query.zone)])
    return InvoiceUsage(
        all_traffic(home, sums, segments, query.from_ms, query.to_ms, query.partner),
        all_counts(home, counts, segments, query.short) if query.short else [],
    )


def _held_calls(book: Snapshot, query: InvoiceQuery) -> pl.DataFrame:
    held = ended_legs(book, LISTED, "partner = ? AND side = ?", (query.partner, Side.CLIENT.value))
    return held.filter(*billed(query.from_ms, query.to_ms))

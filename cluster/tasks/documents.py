"""Files that people gave or get: rate sheets read, the reference book seeded, invoices written."""

from collections.abc import Iterator
from queue import SimpleQueue
from threading import Thread

import polars as pl

from actors.home import Home
from actors.tasks import InvoiceJob
from cluster.tasks.batch_world import open_catalog
from cluster.tasks.leg_frames import AT, LEG_SCHEMA, within
from cluster.tasks.segments import book_reader, ended_legs, of_period, scan
from domain import sheets
from domain.calls import Side
from domain.codes import Destination
from domain.ids import DestinationId
from domain.invoicing import CallRow
from domain.rates import Service, Unit
from domain.sheets import ParsedSheet, SheetOptions
from store import seeding
from store.book_reader import SegmentRow
from store.catalog.codes import CodeSeed
from store.files import write_atomically
from store.invoice_pdf import calls_csv, render_invoice
from store.sheet_files import read_cells

Step = tuple[int, int, str]
"""Progress: done, total, what."""

_LISTED = {
    name: LEG_SCHEMA[name]
    for name in (
        "connect_ms setup_ms a b destination duration_ms billed_s price charge service unit volume billed_volume leg_id"
    ).split()
}


def parse_sheet(home: Home, name: str, data: bytes, options: SheetOptions) -> ParsedSheet:
    """Read a rate sheet. Raises InputError when no row of it can be read."""
    return sheets.parse_sheet(read_cells(name, data, home.settings.limits.sheet_mb), options)


def seed_codes() -> Iterator[Step | list[CodeSeed]]:
    """Make the reference book; yields its progress, and at last all codes."""
    steps: SimpleQueue[Step | list[CodeSeed] | BaseException] = SimpleQueue()

    def work() -> None:
        try:
            steps.put(seeding.seed_codes(lambda done, total, what: steps.put((done, total, what))))
        except BaseException as error:  # it belongs to who waits for the codes
            steps.put(error)

    Thread(target=work, daemon=True).start()
    while True:
        step = steps.get()
        if isinstance(step, BaseException):
            raise step
        yield step
        if isinstance(step, list):
            return


def make_invoice(home: Home, job: InvoiceJob) -> None:
    """Write an invoice's PDF and the CSV of its calls, each whole or not at all."""
    catalog = open_catalog(home)
    try:
        names = catalog.codes.destinations()
    finally:
        catalog.close()
    for path, content in (
        (job.pdf, render_invoice(job.invoice)),
        (job.csv, calls_csv(_calls(home, job, names), job.invoice.period.zone)),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, [content])


def _calls(home: Home, job: InvoiceJob, names: dict[DestinationId, Destination]) -> Iterator[CallRow]:
    """Yield the client's legs of the period that were answered or cost something, in order of time."""
    period = job.invoice.period
    billed = [within(period.from_ms, period.to_ms), pl.col("connect_ms").is_not_null() | (pl.col("charge") != 0)]
    frames: list[pl.DataFrame] = []
    segments: list[SegmentRow] = []
    client = Side.CLIENT.value
    for _, book in book_reader(home).every():
        held = ended_legs(book, _LISTED, "partner = ? AND side = ?", (job.partner, client))
        frames.append(held.filter(*billed))
        segments += of_period(book.segments(), period.from_ms, period.to_ms)
    sealed = scan(home, segments).filter(pl.col("partner") == job.partner, pl.col("side") == client, *billed)
    calls = pl.concat([*frames, sealed.select(*_LISTED).collect()]).sort(AT, "leg_id")
    for connect_ms, setup_ms, a, b, destination, duration_ms, billed_s, price, charge, *more, _ in calls.iter_rows():
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

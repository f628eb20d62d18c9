"""Files that people get: the reference book seeded, invoices written."""

from collections.abc import Iterator
from queue import SimpleQueue
from threading import Thread

from actors.home import Home
from actors.tasks import InvoiceJob
from store import seeding
from store.catalog.codes import CodeSeed
from store.files import write_atomically
from store.invoice_pdf import render_invoice

Step = tuple[int, int, str]
"""Progress: done, total, what."""


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
    """Write an invoice's PDF, whole or not at all."""
    job.pdf.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(job.pdf, [render_invoice(job.invoice)])

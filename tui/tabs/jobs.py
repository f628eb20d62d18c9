"""Jobs: what runs, how far it is, and how it ended."""

from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Cell, Column, Row, number, word

_BAR = 12


class JobsTab(Tab):
    """One row per job, newest first as the source gives them."""

    name = "Jobs"
    columns = (
        Column("id", 5, right=True),
        Column("kind", 10),
        Column("what", 16, flex=1),
        Column("state", 9),
        Column("", _BAR),
        Column("done", 7, right=True),
        Column("started", 14, above=84),
        Column("took", 8, right=True),
    )
    empty = "no jobs: imports, sealing and invoices show here while they run"
    every_s = 1.0
    filter_hint = "part of a kind or of what it does"
    has_cancel = True

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for one page of jobs."""
        page = operators_pb2.PageRequest(filter=ask.filter, limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.jobs.List, page)
        return Listed([_row(job, ask.now_ms) for job in reply.jobs], len(reply.jobs))

    async def cancel(self, link: Link, row: Row) -> str:
        """Cancel the job."""
        reply = await link.ask(lambda services: services.jobs.Cancel, operators_pb2.Named(name=row.key))
        return reply.what


def _row(job: operators_pb2.Job, now_ms: int) -> Row:
    thousandths = int(job.progress * 1000)
    took_ms = (job.ended_ms or now_ms) - job.started_ms
    return Row(
        str(job.id),
        (
            number(str(job.id), job.id),
            word(job.kind, "hue"),
            word(job.error or job.what, "bad" if job.error else "strong"),
            word(job.state, "bad" if job.error else "plain"),
            Cell(formats.bar(thousandths, 1000, _BAR, "·"), "hue", thousandths),
            number(formats.ratio(thousandths, 1000), thousandths),
            number(formats.stamp(job.started_ms), job.started_ms, "dim"),
            number(formats.span(took_ms) if job.started_ms else formats.NOTHING, took_ms),
        ),
        job,
    )

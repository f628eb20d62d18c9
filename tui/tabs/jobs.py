"""Jobs: what runs, how far it is, and how it ended."""

from textual.content import Content

from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.tabs.rerating import Proposed, RerateCallsTab, RerateSumsTab
from tui.tabs.tab import Ask, Drill, Listed, Tab, fields
from tui.widgets.cells import Cell, Column, Row, number, word

_BAR = 12


class JobsTab(Tab):
    """One row per job, newest first as the source gives them."""

    name = "Jobs"
    columns = (
        Column("id", 5, right=True),
        Column("kind", 10),
        Column("what", 16, flex=1),
        Column("state", 10),
        Column("", _BAR),
        Column("done", 7, right=True),
        Column("started", 14, above=84),
        Column("took", 8, right=True),
    )
    empty = "no jobs: imports, sealing and invoices show here while they run"
    every_s = 1.0
    filter_hint = "part of a kind or of what it does"
    has_cancel = True
    has_drill = True
    detail_below = True

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for one page of jobs."""
        page = operators_pb2.PageRequest(filter=ask.filter, limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.jobs.List, page)
        return Listed([_row(job, ask.now_ms) for job in reply.jobs], len(reply.jobs))

    def detail(self, row: Row) -> Content | None:
        """Show a proposal to charge calls anew with its sum, and what can be done with it."""
        if not _is_proposal(row):
            return None
        job = _job_of(row)
        about = fields([("rerating", row.key), ("comes to", job.what), ("state", job.state)])
        return Content.assemble(about, ("Enter shows its calls; x dismisses it", "$dim"))

    def enter(self, row: Row) -> Drill | None:
        """Open the calls of a proposal to charge them anew."""
        if not _is_proposal(row):
            return None
        proposed = Proposed(int(row.key))
        return Drill(f"Rerating {row.key}", (RerateCallsTab(proposed), RerateSumsTab(proposed)))

    async def cancel(self, link: Link, row: Row) -> str:
        """Cancel the job; a proposal is dismissed."""
        if _is_proposal(row):
            return await Proposed(int(row.key)).dismiss(link)
        reply = await link.ask(lambda services: services.jobs.Cancel, operators_pb2.Named(name=row.key))
        return reply.what


def _job_of(row: Row) -> operators_pb2.Job:
    assert isinstance(row.item, operators_pb2.Job)
    return row.item


def _is_proposal(row: Row) -> bool:
    return _job_of(row).kind == "rerating"


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

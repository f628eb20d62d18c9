"""Where CDRs come from, and how each source does."""

from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Cell, Column, Row, number, word


class SourcesTab(Tab):
    """One row per switch or folder of files."""

    name = "Sources"
    columns = (
        Column("source", 12, flex=1),
        Column("files", 6, right=True),
        Column("accepted", 10, right=True),
        Column("rejected", 8, right=True),
        Column("duplicate", 9, right=True),
        Column("parked", 7, right=True),
        Column("last record", 14, above=92),
        Column("lag", 7, right=True),
        Column("last file", 24, flex=2, above=140),
    )
    empty = "no source has delivered yet: import a file with `switchboard cdrs import`, or connect a switch"
    every_s = 5.0

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for all sources."""
        reply = await link.ask(lambda services: services.cdrs.Sources, operators_pb2.Empty())
        return Listed([_row(source, ask.now_ms) for source in reply.sources], len(reply.sources))


def _row(source: operators_pb2.SourceState, now_ms: int) -> Row:
    lag_s = max(0, now_ms - source.last_ms) / 1000
    return Row(
        source.source,
        (
            word(f"{source.source} ({source.equipment})" if source.equipment else source.source, "strong"),
            number(formats.count(source.files), source.files),
            number(formats.count(source.accepted), source.accepted, "good"),
            _fault(source.rejected, "bad"),
            number(formats.count(source.duplicate), source.duplicate, "dim"),
            _fault(source.parked, "warn"),
            number(formats.stamp(source.last_ms), source.last_ms, "dim"),
            number(formats.age(lag_s) if source.last_ms else formats.NOTHING, int(lag_s)),
            word("; ".join(source.notes)),
        ),
        source,
    )


def _fault(count: int, tone: str) -> Cell:
    return Cell(formats.count(count), "dim" if not count else "bad" if tone == "bad" else "warn", count)

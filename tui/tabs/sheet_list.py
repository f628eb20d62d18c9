"""Rate sheets, received and sent, with how far each is."""

from textual.content import Content

from domain.sheets.steps import SheetState, Step
from protos import sheets_pb2 as pb
from tui import formats
from tui.link import Link
from tui.tabs.sheet_words import (
    KINDS,
    RESTING_S,
    SEVERITIES,
    WORKING_S,
    open_of,
    running,
    standing,
    steps_done,
    tone,
    week,
)
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Cell, Column, Row, Tone, number, word

_BAR = len(Step)
_STATES = tuple(state.value for state in SheetState)


class SheetsTab(Tab):
    """One row per sheet, the newest first; B, W and I are findings that are open. What there is no room for stands
    below."""

    name = "Sheets"
    columns = (
        Column("no", 4, right=True),
        Column("received", 11, drop=4),
        Column("partner", 8, flex=1, drop=5),
        Column("plan", 9, flex=1, drop=2),
        Column("file", 9, flex=2),
        Column("rows", 7, right=True, drop=3),
        Column("New", 5, right=True),
        Column("Up", 5, right=True),
        Column("Down", 5, right=True),
        Column("Closed", 6, right=True, drop=6),
        Column("Same", 7, right=True, drop=7),
        Column("B", 3, right=True),
        Column("W", 3, right=True),
        Column("I", 3, right=True),
        Column("state", 11, whole=True),
        Column("", _BAR, drop=9),
        Column("a week", 21, right=True, drop=8),
    )
    empty = "no sheets yet: send one with +"
    every_s = RESTING_S
    filter_hint = "a plan, or a state: working asking checked approved applied refused cancelled undone"
    has_drill = True
    detail_share = (5, 2)
    detail_below = True

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for one page of sheets; again soon while one is being read."""
        words = ask.filter.split()
        states = [one for one in words if one.lower() in _STATES]
        plans = [one for one in words if one.lower() not in _STATES]
        query = pb.SheetQuery(
            plan=plans[0] if plans else "",
            state=states[0].lower() if states else "",
            limit=ask.limit,
            offset=ask.offset,
        )
        reply = await link.ask(lambda services: services.sheets.List, query)
        at_work = any(sheet.state == SheetState.WORKING for sheet in reply.sheets)
        self.every_s = WORKING_S if at_work else RESTING_S
        return Listed([_row(sheet) for sheet in reply.sheets], reply.total)

    def detail(self, row: Row) -> Content | None:
        """Show the sheet under the cursor in a few lines."""
        return standing(sheet_of(row))


def sheet_of(row: Row) -> pb.Sheet:
    """Return the sheet of a row of this list."""
    assert isinstance(row.item, pb.Sheet)
    return row.item


def _row(sheet: pb.Sheet) -> Row:
    done = steps_done(sheet)
    return Row(
        str(sheet.id),
        (
            number(str(sheet.id), sheet.id, "dim"),
            number(formats.stamp(sheet.received_ms)[:11], sheet.received_ms, "dim"),
            word(sheet.partner),
            word(sheet.plan),
            word(sheet.file_name, "strong"),
            _count(sheet.rows),
            *(_count(sheet.kinds.get(kind, 0)) for kind in KINDS if kind in ("new", "increase", "decrease", "closed")),
            _count(sheet.kinds.get("unchanged", 0)),
            *(_open(sheet, severity) for severity in SEVERITIES),
            word(running(sheet), tone(sheet.state)),
            Cell(formats.bar(done, len(Step), _BAR, "·") if sheet.state == SheetState.WORKING else "", "hue", done),
            number(week(sheet) or formats.NOTHING, sheet.week_after.units - sheet.week_before.units),
        ),
        sheet,
    )


def _count(count: int) -> Cell:
    return number(formats.count(count) if count else formats.NOTHING, count, "plain" if count else "dim")


def _open(sheet: pb.Sheet, severity: str) -> Cell:
    count = open_of(sheet.checks, severity)
    found: Tone = SEVERITIES[severity][1]
    return number(formats.count(count) if count else formats.NOTHING, count, found if count else "dim")

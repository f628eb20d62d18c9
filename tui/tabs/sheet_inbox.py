"""Sheets that come by themselves: where from, when it was looked there, what came and what waits."""

from collections.abc import Callable

from textual.content import Content
from textual.screen import Screen

from protos import operators_pb2 as op
from protos import sheets_pb2 as pb
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Drill, Listed, Tab, fields
from tui.widgets.cells import Cell, Column, Row, Tone, number, word

_STATES = ("waiting", "taken", "refused", "dismissed")
_TONES: dict[str, Tone] = {"waiting": "warn", "taken": "good", "refused": "bad", "dismissed": "dim"}
WAITING = "waiting"


class InboxTab(Tab):
    """One row per file that came by itself, the newest first: which sheet it is, or why it is none yet."""

    name = "Inbox"
    columns = (
        Column("item", 4, right=True),
        Column("received", 11),
        Column("from", 12, flex=2),
        Column("file", 14, flex=2),
        Column("size", 9, right=True, above=112),
        Column("state", 9),
        Column("plan", 9, flex=1),
        Column("sheet", 5, right=True),
        Column("what", 20, flex=3, above=100),
    )
    empty = "nothing came: folders and a mailbox are named in [sheets] of switchboard.toml"
    every_s = 5.0
    filter_hint = " ".join(_STATES)
    has_drill = True
    detail_share = (5, 2)
    detail_below = True

    def __init__(self, opens: Callable[[int], Screen[None]]) -> None:
        self._opens = opens

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of what came."""
        state = ask.filter.strip().lower()
        query = pb.SheetItemQuery(state=state if state in _STATES else "", limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.sheet_sources.Inbox, query)
        return Listed([_item(one) for one in reply.items], reply.total)

    def detail(self, row: Row) -> Content | None:
        """Show where the file came from, and why it waits or was refused."""
        one = item_of(row)
        came = f"{formats.exact_time(one.came_ms)[:19]} from {one.source}"
        return fields([
            ("file", f"{one.file_name}, {formats.count(one.size)} bytes" if one.file_name else ""),
            ("from", one.sender), ("subject", one.subject), ("came", came), (one.state, one.words),
        ])  # fmt: skip

    def enter(self, row: Row) -> Drill | None:
        """Open the sheet that was made of it."""
        one = item_of(row)
        return Drill(f"Sheet {one.sheet}", screen=lambda: self._opens(one.sheet)) if one.sheet else None


class SheetSourcesTab(Tab):
    """One row per watched folder or mailbox."""

    name = "Sources"
    columns = (
        Column("source", 20, flex=2),
        Column("plan", 9, flex=1),
        Column("looked", 7, right=True),
        Column("every", 6, right=True, above=96),
        Column("sheets", 6, right=True),
        Column("waiting", 7, right=True),
        Column("refused", 7, right=True),
        Column("last file", 11, above=88),
        Column("state", 12, flex=2),
    )
    empty = "no sources: name folders or a mailbox in [sheets] of switchboard.toml"
    every_s = 5.0
    detail_share = (5, 2)
    detail_below = True

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for all sources."""
        reply = await link.ask(lambda services: services.sheet_sources.List, op.PageRequest())
        return Listed([_source(one, ask.now_ms) for one in reply.sources], len(reply.sources))

    def detail(self, row: Row) -> Content | None:
        """Show the source in full, and why the last look failed."""
        one = row.item
        assert isinstance(one, pb.SheetSource)
        plan = one.plan or "by what contracts, senders and subjects say"
        return fields([("source", one.name), ("plan", plan), ("failed", one.error)])


def item_of(row: Row) -> pb.SheetItem:
    """Return what came by a row."""
    assert isinstance(row.item, pb.SheetItem)
    return row.item


def _item(one: pb.SheetItem) -> Row:
    return Row(
        str(one.id),
        (
            number(str(one.id), one.id, "dim"),
            number(formats.stamp(one.received_ms)[:11], one.received_ms, "dim"),
            word(one.sender or one.source),
            word(one.file_name or f'"{one.subject}"', "strong"),
            number(formats.count(one.size) if one.size else formats.NOTHING, one.size, "dim"),
            word(one.state, _TONES.get(one.state, "plain")),
            word(one.plan),
            number(str(one.sheet) if one.sheet else formats.NOTHING, one.sheet, "dim"),
            word(one.words),
        ),
        one,
    )


def _source(one: pb.SheetSource, now_ms: int) -> Row:
    age = formats.age(max(0, now_ms - one.last_look_ms) / 1000) if one.last_look_ms else formats.NOTHING
    return Row(
        one.name,
        (
            word(one.name, "strong"),
            word(one.plan or "by contract", "plain" if one.plan else "dim"),
            number(age, -one.last_look_ms),
            number(f"{one.every_s} s" if one.every_s else formats.NOTHING, one.every_s, "dim"),
            number(formats.count(one.taken), one.taken),
            _fault(one.waiting, "warn"),
            _fault(one.refused, "bad"),
            number(formats.stamp(one.last_file_ms)[:11], one.last_file_ms, "dim"),
            _state(one),
        ),
        one,
    )


def _state(one: pb.SheetSource) -> Cell:
    if one.error:
        return Cell(f"✕ {one.error}", "bad")
    if one.last_look_ms:
        return Cell("✓ looked into", "good")
    return Cell("○ not yet" if one.every_s else "○ no more", "dim")


def _fault(count: int, tone: Tone) -> Cell:
    return Cell(formats.count(count) if count else formats.NOTHING, tone if count else "dim", count)

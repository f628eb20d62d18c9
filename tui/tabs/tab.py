"""What a list is to the screen that shows it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from textual.content import Content
from textual.screen import Screen

from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.screens.form import FormScreen
from tui.widgets.cells import Column, Row
from tui.windows import Window

PAGE = 100
"""Rows of one page; the source allows 200."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is wanted of the source: part of a list, filtered, within a window; and the business time now."""

    filter: str = ""
    from_ms: int = 0
    to_ms: int = 0
    limit: int = PAGE
    offset: int = 0
    now_ms: int = 0
    window: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """The answer: rows, how many there are in all, and a few lines that sum them up."""

    rows: list[Row]
    total: int
    summary: Content | None = None


@dataclass(slots=True)
class Place:
    """Where the reader is in one list."""

    filter: str = ""
    window: int = 0
    sort: int = 0
    offset: int = 0
    listed: Listed | None = None
    asked_s: float = 0.0
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Drill:
    """Where Enter or `w` leads: a title and the lists of the screen to open, or a screen of another kind."""

    title: str
    tabs: "tuple[Tab, ...]" = field(default=())
    screen: Callable[[], Screen[None]] | None = None


class Tab:
    """One kind of list. Subclasses say what to ask, how a row is written and where Enter leads."""

    name: str = ""
    brief: str = ""
    """Its name on a narrow screen while another list is in sight."""
    columns: tuple[Column, ...] = ()
    empty: str = "nothing here"
    every_s: float = 0.0
    """Asked again so often while in sight; 0: only when something changes."""
    windows: tuple[Window, ...] = ()
    sorts: tuple[str, ...] = ()
    """Orders of the source, which sorts all pages by them; empty: `s` sorts the page by its columns."""
    filter_hint: str = ""
    """What `/` understands; empty: there is no filter."""
    has_why: bool = False
    has_cancel: bool = False
    has_drill: bool = False
    has_retry: bool = False
    has_fields: bool = False
    """`=` shows fields that can be set."""
    adds: tuple[str, ...] = ()
    """What `+` adds; of several it is asked which, by their first letters."""
    deeds: tuple[str, ...] = ()
    """What keys do to a row after a question: end, unban, shut."""
    noted: tuple[str, ...] = ()
    """Those of them whose reason is kept: it is asked for once the question is answered."""
    detail_share: tuple[int, int] = (3, 2)
    """How listing and detail share the room."""
    detail_below: bool = False
    """The detail stands below the list on a wide screen too."""
    follows: bool = False
    """New rows come above: the cursor on the first row stays there, and does not go down with its own."""
    detail_rows: int = 0
    """The detail below has so many lines, whatever the room."""

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask the switchboard. Raises LinkError."""
        raise NotImplementedError

    def live(self, status: operators_pb2.Status) -> Listed | None:
        """Return the list where the watched status holds it already; such a tab is never asked for."""
        return None

    def detail(self, row: Row) -> Content | None:
        """Return what stands beside the list for the row under the cursor."""
        return None

    def enter(self, row: Row) -> Drill | None:
        """Return where Enter leads."""
        return None

    def why(self, row: Row) -> Drill | None:
        """Return where `w` leads."""
        return None

    def hindrance(self, deed: str, row: Row) -> str:
        """Return why a deed cannot be done to the row, "" where it can."""
        return ""

    def question(self, deed: str, row: Row) -> str:
        """Return what is asked before a deed is done: what will happen to what."""
        raise NotImplementedError

    async def do(self, deed: str, link: Link, row: Row) -> str:
        """Do a deed to the row and say what changed. Raises LinkError."""
        raise NotImplementedError

    async def do_noted(self, deed: str, link: Link, row: Row, note: str) -> str:
        """Do a deed whose reason is kept, and say what changed. Raises LinkError."""
        raise NotImplementedError

    def form(self, kind: str, link: Link, now_ms: int, row: Row | None) -> FormScreen:
        """Return the form of what `+` adds; `now_ms`: business time, UTC ms, `row`: under the cursor."""
        raise NotImplementedError

    async def fields(self, link: Link, row: Row | None) -> tuple[str, dict[str, str]]:
        """Return whose fields may be set, in words, and what they are now. Raises LinkError."""
        raise NotImplementedError

    async def set_fields(self, link: Link, row: Row | None, values: dict[str, str]) -> str:
        """Give fields new values and say what changed. Raises LinkError."""
        raise NotImplementedError

    async def cancel(self, link: Link, row: Row) -> str:
        """End what the row stands for and say what changed. Raises LinkError."""
        raise NotImplementedError

    async def retry(self, link: Link, row: Row | None) -> str:
        """Try again what the row stands for, or all, and say what came of it. Raises LinkError."""
        raise NotImplementedError


def fields(pairs: list[tuple[str, str]], width: int = 12) -> Content:
    """Write names and values in two columns, one pair a line; pairs without a value are left out."""
    parts: list[tuple[str, str]] = []
    for name, value in pairs:
        if value:
            parts += [(f"{name:<{width}} ", "$dim"), (formats.plain(value) + "\n", "$foreground")]
    return Content.assemble(*parts)

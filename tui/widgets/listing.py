"""A list with a cursor: draws only the rows in sight, keeps its place by row key when new figures come."""

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui import formats
from tui.widgets.cells import Cell, Column, Row, fitted, headed, laid_out

MARGIN = 2
"""Cells left of the first column: the cursor's sign stands there, so that it does not depend on colour."""


class Listing(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows of text in columns. Invariant: the cursor is on a row while there are rows, and stays on its key."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "listing--plain", "listing--dim", "listing--strong", "listing--good", "listing--warn", "listing--bad",
        "listing--hue", "listing--head", "listing--cursor", "listing--sign",
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "edge(-1)", "First row", show=False),
        Binding("end", "edge(1)", "Last row", show=False),
        Binding("enter", "choose", "open"),
    ]
    cursor: reactive[int] = reactive(0)

    class Chosen(Message):
        """Enter was pressed on a row."""

        def __init__(self, listing: "Listing", row: Row) -> None:
            self.listing, self.row = listing, row
            super().__init__()

    class Moved(Message):
        """The cursor is on another row, or the row has new contents."""

        def __init__(self, listing: "Listing", row: Row | None) -> None:
            self.listing, self.row = listing, row
            super().__init__()

    class Past(Message):
        """The cursor was moved past the end: the next (1) or the previous (-1) page is wanted."""

        def __init__(self, direction: int) -> None:
            self.direction = direction
            super().__init__()

    def __init__(self, columns: tuple[Column, ...], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.columns = columns
        self.rows: list[Row] = []
        self.note = ""
        self.opens = True
        self.sort: tuple[int, bool] | None = None
        self._answered: list[Row] = []
        self._stays: tuple[str, int] | None = None
        self._decimals: dict[int, int] = {}
        self._longest: list[int] = []
        self._same: set[int] = set()
        self._fits: tuple[int, list[tuple[int, int]]] = (0, [])

    def show(
        self, rows: list[Row], *, columns: tuple[Column, ...] | None = None, note: str = "", follows: bool = False
    ) -> None:
        """Show other rows in the order given (or the order chosen by sorting); `note` stands where there are none.

        The cursor goes with its row; with `follows` it stays on the first one.
        """
        if columns is not None and columns != self.columns:
            self.columns, self.sort, self.rows = columns, None, []
        key = self.row.key if self.row and not (follows and self.cursor == 0) else ""
        self._answered, self.note = rows, note
        self._arrange(key)

    def stay(self) -> None:
        """Let the cursor stay where it is once its row goes elsewhere: who decides about one row after the other goes
        on with what stands there then."""
        self._stays = (self.row.key, self.cursor) if self.row else None

    def sort_next(self) -> str:
        """Sort by the next column, first rising, then falling; return words that say which, empty for none."""
        index, falling = self.sort if self.sort else (-1, True)
        if index >= 0 and not falling:
            self.sort = (index, True)
        else:
            self.sort = (index + 1, False) if index + 1 < len(self.columns) else None
        self._arrange(self.row.key if self.row else "")
        return self.sorted_by

    @property
    def sorted_by(self) -> str:
        """Words for the chosen order; empty for the order given."""
        if self.sort is None:
            return ""
        return f"{self.columns[self.sort[0]].title.strip()} {'↓' if self.sort[1] else '↑'}"

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def _arrange(self, key: str) -> None:
        rows = list(self._answered)
        if self.sort is not None:
            index, falling = self.sort
            rows.sort(key=lambda row: (isinstance(row.cells[index].order, str), row.cells[index].order))
            if falling:
                rows.reverse()
        self.rows = rows
        self._decimals = {
            index: max((formats.decimals_of(row.cells[index].text) for row in rows), default=0)
            for index, column in enumerate(self.columns)
            if column.point
        }
        self._measure()
        place = self._placed(key)
        self.virtual_size = Size(self.size.width, len(rows) + 1)
        self.set_reactive(Listing.cursor, place)
        self._follow()
        self.refresh()
        self.post_message(self.Moved(self, self.row))

    def _placed(self, key: str) -> int:
        """Return where the cursor goes: to the row with a key, where none was left on purpose."""
        last = max(0, len(self.rows) - 1)
        at = next((at for at, row in enumerate(self.rows) if row.key == key), None)
        if self._stays and self.rows:
            left, stayed = self._stays
            there = self.rows[min(stayed, last)].key == left
            self._stays = self._stays if there and key in (left, "") else None
            if key in (left, ""):
                return min(stayed, last)
        return min(self.cursor, last) if at is None else at

    def _measure(self) -> None:
        """Take down how long the texts of each column are, and where all rows say the same."""
        self._fits, self._longest, self._same = (0, []), [], set()
        for index, column in enumerate(self.columns):
            texts = {self._pointed(index, row.cells[index].text) for row in self.rows if index < len(row.cells)}
            self._longest.append(max(map(cell_len, (column.title, *texts))))
            if len(texts) == 1 and len(self.rows) > 1:
                self._same.add(index)

    def fits(self) -> list[tuple[int, int]]:
        """Return (index, width) of the columns in sight."""
        width = self._room
        if self._fits[0] != width:
            self._fits = (width, fitted(self.columns, width - MARGIN, self._longest, self._same))
        return self._fits[1]

    @property
    def _room(self) -> int:
        """How many cells a line has: those beside the scrollbar."""
        return self.scrollable_content_region.width

    def watch_cursor(self) -> None:
        """Keep the cursor in sight and tell of it."""
        self._follow()
        self.refresh()
        self.post_message(self.Moved(self, self.row))

    def _follow(self) -> None:
        """Scroll so far that the cursor is in sight below the head."""
        room, first = max(1, self.size.height - 1), self.scroll_offset.y
        if self.cursor < first:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= first + room:
            self.scroll_to(y=self.cursor - room + 1, animate=False, force=True)

    def on_resize(self, event: events.Resize) -> None:
        """Take the new room."""
        self.virtual_size = Size(event.size.width, len(self.rows) + 1)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line in sight: the head stays, the rows scroll under it."""
        width = self._room
        if y == 0:
            return self._head(width)
        index = y - 1 + self.scroll_offset.y
        if not self.rows:
            text = self.note if y == 1 else ""
            return self._strip([Segment("  " + text, self._style("dim"))], width, self._style("plain"))
        if index >= len(self.rows):
            return Strip.blank(width, self._style("plain"))
        return self._line(self.rows[index], width, at_cursor=index == self.cursor)

    def _head(self, width: int) -> Strip:
        style = self._style("head")
        parts = [Segment(" " * MARGIN, style)]
        for index, room in self.fits():
            column = self.columns[index]
            parts.append(Segment(laid_out(headed(column.title, room), room, column.right) + " ", style))
        return self._strip(parts, width, style)

    def _line(self, row: Row, width: int, *, at_cursor: bool) -> Strip:
        back = Style(bgcolor=self._style("cursor").bgcolor) if at_cursor and self.has_focus else Style()
        plain = self._style("plain") + back
        sign = ("▸ " if self.has_focus else "▹ ") if at_cursor else "  "
        parts = [Segment(sign, self._style("sign" if self.has_focus else "dim") + back)]
        for index, room in self.fits():
            cell = row.cells[index] if index < len(row.cells) else Cell("")
            text = laid_out(self._pointed(index, cell.text), room, self.columns[index].right) + " "
            parts.append(Segment(text, self._style(cell.tone) + back))
        return self._strip(parts, width, plain)

    def _pointed(self, index: int, text: str) -> str:
        """Fill a number up behind its decimals, so that the points of its column stand below each other."""
        longest = self._decimals.get(index, 0) if any(map(str.isdigit, text)) else 0
        return text + " " * (longest - formats.decimals_of(text))

    def _strip(self, parts: list[Segment], width: int, style: Style) -> Strip:
        return Strip(parts).adjust_cell_length(width, style)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"listing--{name}")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter is a key only where it leads somewhere."""
        return self.opens if action == "choose" else True

    def action_move(self, step: int) -> None:
        """Move the cursor; past the ends another page is asked for."""
        if not 0 <= self.cursor + step < len(self.rows):
            self.post_message(self.Past(step))
            return
        self.cursor += step

    def action_page(self, direction: int) -> None:
        """Move by a screenful; at an end, ask for the next page."""
        last = max(0, len(self.rows) - 1)
        if self.cursor == (last if direction > 0 else 0):
            self.post_message(self.Past(direction))
            return
        self.cursor = max(0, min(last, self.cursor + direction * max(1, self.size.height - 2)))

    def action_edge(self, direction: int) -> None:
        """Move to the first or the last row."""
        self.cursor = max(0, len(self.rows) - 1) if direction > 0 else 0

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        if self.row is not None:
            self.post_message(self.Chosen(self, self.row))

    def on_click(self, event: events.Click) -> None:
        """Go to a row; a click on the row under the cursor opens it."""
        index = event.y - 1 + self.scroll_offset.y
        if event.y > 0 and 0 <= index < len(self.rows):
            again, self.cursor = index == self.cursor, index
            if again:
                self.action_choose()

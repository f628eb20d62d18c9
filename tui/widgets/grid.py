"""A sheet as a grid: its first rows, what each column is taken for above them, and a cursor on a cell."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from domain.sheets.headings import Meaning
from domain.sheets.pointing import column_at
from domain.sheets.shown import letter
from domain.sheets.template import TabLayout
from tui.widgets.cells import laid_out

_ROW, _LEAST, _MOST = 6, 9, 22
"""Cells for the number of a row, and for a column at least and at most."""
_HEAD = 2


class Grid(Widget, can_focus=True, inherit_bindings=False):
    """Shows one tab. The header's row has a sign, as has the column of the cursor: neither depends on colour."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "grid--plain", "grid--dim", "grid--head", "grid--meaning", "grid--header", "grid--cursor",
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1, 0)", "Column before", show=False),
        Binding("right", "step(1, 0)", "Next column", show=False),
        Binding("up", "step(0, -1)", "Row above", show=False),
        Binding("down", "step(0, 1)", "Row below", show=False),
        Binding("pageup", "step(0, -10)", "Rows above", show=False),
        Binding("pagedown", "step(0, 10)", "Rows below", show=False),
        Binding("home", "step(-99, 0)", "First column", show=False),
        Binding("end", "step(99, 0)", "Last column", show=False),
    ]

    class Moved(Message):
        """The cursor is on another cell."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows: list[Sequence[str]] = []
        self.layout_now = TabLayout()
        self.place = self.row = 0
        self._widths: list[int] = []
        self._first_place = self._first_row = 0

    def show(self, rows: list[Sequence[str]], layout: TabLayout) -> None:
        """Show rows and how they are read; the cursor stays where it may."""
        if rows is not self.rows:
            self.rows = rows
            count = max((len(row) for row in rows), default=0)
            self._widths = [max((len(row[at]) for row in rows if at < len(row)), default=0) for at in range(count)]
            self.row, self.place = max(0, min(layout.header, len(rows) - 1)), 0
        self.layout_now = layout
        self.action_step(0, 0)

    def action_step(self, columns: int, rows: int) -> None:
        """Move the cursor, and keep it in sight."""
        self.place = max(0, min(len(self._widths) - 1, self.place + columns))
        self.row = max(0, min(len(self.rows) - 1, self.row + rows))
        room = max(1, self.size.height - _HEAD)
        self._first_row = min(self.row, max(self._first_row, self.row - room + 1))
        self._first_place = min(self._first_place, self.place)
        while self._first_place < self.place and self.place not in [at for at, _ in self._shown()]:
            self._first_place += 1
        self.refresh()
        self.post_message(self.Moved())

    def _shown(self) -> list[tuple[int, int]]:
        """Return (place, width) of the columns in sight, all of them whole."""
        room, shown = self.size.width - _ROW, list[tuple[int, int]]()
        for place in range(self._first_place, len(self._widths)):
            meaning = column_at(self.layout_now, place, self.rows).meaning
            wanted = max(self._widths[place], 0 if meaning is Meaning.UNUSED else len(meaning) + 1)
            width = min(_MOST, max(_LEAST, wanted))
            if room < width + 1:
                break
            shown.append((place, width))
            room -= width + 1
        return shown

    def render_line(self, y: int) -> Strip:
        """Draw the letters of the columns, what they mean, or a row."""
        if y == 0:
            cells = [
                (letter(place) if place != self.place else f"▾{letter(place)}", place) for place, _ in self._shown()
            ]
            return self._line("", cells, "head")
        if y == 1:
            cells = [(self._meaning(place), place) for place, _ in self._shown()]
            return self._line("", cells, "meaning")
        at = y - _HEAD + self._first_row
        if at >= len(self.rows):
            return Strip.blank(self.size.width, self._style("plain"))
        row, is_header = self.rows[at], at == self.layout_now.header
        cells = [(row[place] if place < len(row) else "", place) for place, _ in self._shown()]
        sign = "▸" if at == self.row else " "
        name = "header" if is_header else "dim" if at < self.layout_now.header else "plain"
        return self._line(f"{sign}{'H' if is_header else ' '}{at + 1:>3}", cells, name, at_cursor=at == self.row)

    def _meaning(self, place: int) -> str:
        column = column_at(self.layout_now, place, self.rows)
        of = " ".join(filter(None, (column.rate_type, column.origin)))
        if column.meaning is Meaning.UNUSED:
            return "·"
        return f"{column.meaning.value} ({of})" if of else column.meaning.value

    def _line(self, start: str, cells: list[tuple[str, int]], name: str, *, at_cursor: bool = False) -> Strip:
        style, widths = self._style(name), dict(self._shown())
        parts = [Segment(laid_out(start, _ROW - 1, right=False) + " ", self._style("dim"))]
        for text, place in cells:
            here = place == self.place
            back = Style(bgcolor=self._style("cursor").bgcolor) if here and (at_cursor or name != "plain") else Style()
            parts.append(Segment(laid_out(text, widths[place], right=False) + " ", style + back))
        return Strip(parts).adjust_cell_length(self.size.width, self._style("plain"))

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"grid--{name}")

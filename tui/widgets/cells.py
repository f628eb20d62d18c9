"""The parts of a listing: columns that know their room, and rows that are text with a tone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, set_cell_size

from tui import formats

Tone = Literal["plain", "dim", "strong", "good", "warn", "bad", "hue"]
Sortable = int | str
_LEAST = 6
"""A text is shortened to so many cells at least, as long as another can be shortened."""
_SHORT = {"destination": "dest.", "previous": "prev."}
"""How a heading is written where its column has too little room for it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of `width` cells. `flex` shares what is left; `above`: shown from that width of the listing on.

    `point`: numbers of different precision stand with their decimal points below each other. `whole`: it has the room
    that its longest text takes, as every column of figures (`right`) has. Where there is too little room for all, the
    column with the highest `drop` goes first, 0 never; names are shortened before and after.
    """

    title: str
    width: int
    right: bool = False
    flex: int = 0
    above: int = 0
    point: bool = False
    whole: bool = False
    drop: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One text; `order` is what sorting compares (numbers before texts of other columns never meet)."""

    text: str
    tone: Tone = "plain"
    order: Sortable = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row; `key` finds it again after the next answer, `item` is the message it was made of."""

    key: str
    cells: tuple[Cell, ...]
    item: object = None


def number(text: str, order: int, tone: Tone = "plain") -> Cell:
    """Return a cell that sorts by a number."""
    return Cell(text, tone, order)


def word(text: str, tone: Tone = "plain") -> Cell:
    """Return a cell that sorts by its own text; nothing shows as a dash."""
    return Cell(text or formats.NOTHING, tone if text else "dim", text)


def fitted(
    columns: tuple[Column, ...], width: int, longest: Sequence[int] = (), same: Collection[int] = ()
) -> list[tuple[int, int]]:
    """Return (index, width) of the columns that are shown on a listing so wide, the spare room shared by flex.

    `longest`: cells of the longest text of each column, its title among them; `same`: columns that say one thing in
    all rows, which go before others of those that may go.
    """
    longest = longest or [column.width for column in columns]
    rooms = {index: _least(column, longest[index]) for index, column in enumerate(columns) if width >= column.above}
    if _over(rooms, width):
        rooms = {index: min(room, longest[index]) for index, room in rooms.items()}
    gone = dict[int, int]()
    while _over(rooms, width) and (may := [index for index in rooms if columns[index].drop]):
        out = max(may, key=lambda index: (index in same, columns[index].drop))
        gone[out] = rooms.pop(out)
    for index, room in reversed(gone.items()):
        if not _over(rooms | {index: room}, width):
            rooms[index] = room
    _shorten(columns, rooms, width)
    _share(columns, rooms, width, longest)
    return sorted(rooms.items())


def _least(column: Column, longest: int) -> int:
    return max(column.width, longest) if column.right or column.whole else column.width


def _over(rooms: dict[int, int], width: int) -> int:
    """Return by how many cells columns, with one between each two, are too wide."""
    return max(0, sum(rooms.values()) + len(rooms) - 1 - width)


def _shorten(columns: tuple[Column, ...], rooms: dict[int, int], width: int) -> None:
    """Take room from texts, the widest first, names before others; what is whole keeps its room."""
    texts = [index for index in rooms if not (columns[index].right or columns[index].whole)]
    for which in ([index for index in texts if columns[index].flex], texts):
        while _over(rooms, width) and (may := [index for index in which if rooms[index] > _LEAST]):
            rooms[max(may, key=lambda index: rooms[index])] -= 1


def _share(columns: tuple[Column, ...], rooms: dict[int, int], width: int, longest: Sequence[int]) -> None:
    """Give away the spare room; who has more than its longest text takes gives of it to who has less."""
    spare, flexible = width - sum(rooms.values()) - len(rooms), [index for index in rooms if columns[index].flex]
    shares = sum(columns[index].flex for index in flexible)
    for index in flexible:
        rooms[index] += max(0, spare) * columns[index].flex // shares
    for poor in flexible:
        for rich in flexible:
            free = rooms[rich] - max(longest[rich], columns[rich].width)
            given = max(0, min(longest[poor] - rooms[poor], free))
            rooms[poor], rooms[rich] = rooms[poor] + given, rooms[rich] - given


def headed(title: str, width: int) -> str:
    """Return the heading of a column so wide: long ones of the trade have a short form."""
    return title if cell_len(title) <= width else _SHORT.get(title, title)


def laid_out(text: str, width: int, right: bool) -> str:
    """Pad or cut a text to exactly `width` cells."""
    line = formats.plain(text).replace("\n", " ")
    if cell_len(line) > width:
        line = set_cell_size(line, max(0, width - 1)) + "…"
    return " " * (width - cell_len(line)) + line if right else set_cell_size(line, width)

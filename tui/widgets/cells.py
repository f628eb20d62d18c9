"""The parts of a listing: columns that know their room, and rows that are text with a tone."""

from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, set_cell_size

from tui import formats

Tone = Literal["plain", "dim", "strong", "good", "warn", "bad", "hue"]
Sortable = int | str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of `width` cells. `flex` shares what is left; `above`: shown from that width of the listing on.

    `point`: numbers of different precision stand with their decimal points below each other.
    """

    title: str
    width: int
    right: bool = False
    flex: int = 0
    above: int = 0
    point: bool = False


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


def fitted(columns: tuple[Column, ...], width: int) -> list[tuple[int, int]]:
    """Return (index, width) of the columns that are shown on a listing so wide, the spare room shared by flex."""
    shown = [index for index, column in enumerate(columns) if width >= column.above]
    spare = width - sum(columns[index].width + 1 for index in shown)
    shares = sum(columns[index].flex for index in shown)
    fits = []
    for index in shown:
        column = columns[index]
        extra = max(0, spare) * column.flex // shares if shares else 0
        fits.append((index, column.width + extra))
    return fits


def laid_out(text: str, width: int, right: bool) -> str:
    """Pad or cut a text to exactly `width` cells."""
    line = formats.plain(text).replace("\n", " ")
    if cell_len(line) > width:
        line = set_cell_size(line, max(0, width - 1)) + "…"
    return " " * (width - cell_len(line)) + line if right else set_cell_size(line, width)

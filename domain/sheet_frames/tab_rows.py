"""The data rows of one tab: below its header, without lines of text, each column where its heading stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from domain.sheet_frames.corrected import dropped, mended
from domain.sheets.corrections import Corrected
from domain.sheets.header_rows import joined
from domain.sheets.heading_words import words
from domain.sheets.headings import Meaning
from domain.sheets.statuses import status_of
from domain.sheets.template import Column, TabLayout, Use

LOOKED_AT = 1_000
"""Rows from the top among which the header is looked for."""
PRICES = (Meaning.PRICE, Meaning.FIRST_PRICE, Meaning.NEXT_PRICE, Meaning.SURCHARGE)
_CODES = (Meaning.CODE, Meaning.CODE_FROM, Meaning.ORIGIN_CODE, Meaning.COUNTRY_CODE)
_IGNORED = (Meaning.PREVIOUS, Meaning.COMMENT, Meaning.UNUSED)
_BLANK = " \t\r\n\u00a0\u2007\u202f\u200b\u200e\u200f\u2060\ufeff\u3000"
_MOST_IN_TEXT = 2
"""A line without a price is text when it has at most that many filled cells."""


@dataclass(frozen=True, slots=True)
class TabRows:
    """A tab's data. `cells` has "row" (from 1, as spreadsheets do) and the texts of each used column under its place.

    `header` is the 0-based row of the header, -1: there is none; `found`: its headings were there. `passed` counts
    lines of text. `source` is the tab as it came; `left_out` are the cells of rows that were dropped.
    """

    name: str
    use: Use
    columns: tuple[Column, ...]
    cells: pl.DataFrame
    source: pl.DataFrame
    header: int
    found: bool
    preamble: tuple[tuple[str, ...], ...] = ()
    headings: Mapping[int, str] | None = None
    passed: int = 0
    left_out: pl.DataFrame = field(default_factory=pl.DataFrame)

    def column(self, meaning: Meaning) -> Column | None:
        """Return the first column of that meaning."""
        return next((column for column in self.columns if column.meaning is meaning), None)

    def has(self, *meanings: Meaning) -> bool:
        """Return whether a column has one of these meanings."""
        return any(column.meaning in meanings for column in self.columns)

    def texts(self, meaning: Meaning) -> pl.Series:
        """Return the cells of that meaning; blank ones where no column has it."""
        column = self.column(meaning)
        return self.cells[str(column.place)] if column else _blanks(self.cells.height)

    def heading(self, meaning: Meaning) -> str:
        """Return how the column of that meaning is called."""
        column = self.column(meaning)
        return self.heading_of(column) if column else str(meaning)

    def heading_of(self, column: Column) -> str:
        """Return how a column is called: by its heading, else by what it holds."""
        said = (self.headings or {}).get(column.place, "") or column.heading
        return " ".join(said.split()) or str(column.meaning)


def rows_of(name: str, source: pl.DataFrame, layout: TabLayout, corrections: Sequence[Corrected]) -> TabRows:
    """Return the data rows of a tab as its layout says, with what was mended and without what was dropped."""
    tab = mended(name, source, corrections)
    top = tab.head(LOOKED_AT).rows()
    columns, header, headings = _placed(top, layout)
    columns = tuple(one for one in columns if one.meaning not in _IGNORED and str(one.place) in tab.columns)
    places = sorted({column.place for column in columns})
    body = tab.slice(header + 1)
    rows = pl.int_range(header + 2, header + 2 + body.height, dtype=pl.UInt32, eager=True).alias("row")
    cells = pl.DataFrame([rows, *(_stripped(body[str(place)]) for place in places)])
    above = top[: max(header + 1 - layout.header_rows, 0)]
    whole = TabRows(name, layout.use, columns, cells, source, header, headings is not None, tuple(above), headings)
    return _without_text(whole, body, dropped(name, corrections))


def _stripped(texts: pl.Series) -> pl.Series:
    """Return texts without blanks around; the same series where none has any, to save memory."""
    bare = texts.str.strip_chars(_BLANK)
    return texts if (bare == texts).all() else bare


def _blanks(height: int) -> pl.Series:
    return pl.Series("", [""], pl.String).new_from_index(0, height)


def _without_text(tab: TabRows, body: pl.DataFrame, left_out: list[int]) -> TabRows:
    """Leave out dropped rows, blank lines and lines of text."""
    prices = [str(column.place) for column in tab.columns if column.meaning in PRICES]
    needed = prices or [str(column.place) for column in tab.columns if column.meaning in _CODES]
    cells = tab.cells
    unpriced = cells.with_row_index("at").filter(*(pl.col(place) == "" for place in dict.fromkeys(needed)))
    text = _text_lines(tab, body, unpriced, most=_MOST_IN_TEXT if prices else body.width)
    repeated = _repeated_headers(tab)
    out = pl.concat([text.filter(pl.col("filled") > 0)["row"], repeated])
    gone = pl.concat([text["row"], repeated, pl.Series("row", left_out, pl.UInt32)])
    if gone.is_empty():
        return tab
    passed = int((~out.is_in(left_out)).sum())
    kept = cells.filter(~pl.col("row").is_in(gone.implode()))
    return replace(tab, cells=kept, passed=passed, left_out=cells.filter(pl.col("row").is_in(left_out)))


def _text_lines(tab: TabRows, body: pl.DataFrame, unpriced: pl.DataFrame, most: int) -> pl.DataFrame:
    """Return row and filled cells of the lines without a price that say nothing; a code that ends is no text."""
    filled = body[unpriced["at"]].select(
        pl.sum_horizontal((pl.all().str.strip_chars(_BLANK) != "").cast(pl.UInt32)).alias("filled")
    )
    lines = unpriced.with_columns(filled["filled"]).filter(pl.col("filled") <= most)
    status = tab.column(Meaning.STATUS)
    if status is None:
        return lines
    ends = [text for text in lines[str(status.place)].unique() if status_of(text) in ("closed", "blocked")]
    keyed = [str(column.place) for column in tab.columns if column.meaning in (*_CODES, Meaning.DESTINATION)]
    kept = pl.col(str(status.place)).is_in(ends) & pl.any_horizontal(
        pl.lit(value=False), *(pl.col(place) != "" for place in keyed)
    )
    return lines.filter(~kept)


def _repeated_headers(tab: TabRows) -> pl.Series:
    """Return the rows that repeat the header, as pages do."""
    said = {place: text.strip() for place, text in (tab.headings or {}).items() if text.strip()}
    same = [pl.col(str(column.place)) == said[column.place] for column in tab.columns if column.place in said]
    if not same:
        return pl.Series("row", [], pl.UInt32)
    return tab.cells.filter(*same)["row"]


def _placed(
    top: Sequence[Sequence[str]], layout: TabLayout
) -> tuple[tuple[Column, ...], int, Mapping[int, str] | None]:
    """Find the header by its headings, and each column under its own; else both are where the template says.

    Returns the columns at their places, the header's row, and its headings (None: not found).
    """
    wanted = [(column, words(column.heading)) for column in layout.columns if column.heading.strip()]
    if layout.header < 0 or not wanted:
        return layout.columns, layout.header, None
    best, best_score = layout.header, 0
    best_row: tuple[str, ...] = ()
    for row, texts in _candidates(top, layout):
        said = {word for text in texts if (word := words(text))}
        score = sum(heading in said for _, heading in wanted)
        if score > best_score:
            best, best_score, best_row = row, score, tuple(texts)
        if score == len(wanted):
            break
    if best_score * 2 < len(wanted):
        return layout.columns, layout.header, None
    return _columns_of(best_row, layout), best, dict(enumerate(best_row))


def _candidates(top: Sequence[Sequence[str]], layout: TabLayout) -> Iterator[tuple[int, Sequence[str]]]:
    order = [layout.header, *(row for row in range(len(top)) if row != layout.header)]
    for row in order:
        if row < len(top):
            upper = top[row - 1] if layout.header_rows > 1 and row else None
            yield row, joined(upper, top[row]) if upper is not None else top[row]


def _columns_of(header: Sequence[str], layout: TabLayout) -> tuple[Column, ...]:
    """Place each column under its heading: first those that stand where they stood, then those that moved.

    One whose heading is not there stays in its place while no other column has taken it: its heading was reworded.
    """
    said = [words(text) for text in header]
    placed: dict[Column, int] = {}
    for column in layout.columns:
        if column.place < len(said) and said[column.place] == words(column.heading):
            placed[column] = column.place
    for column in layout.columns:
        free = (place for place, text in enumerate(said) if text and place not in placed.values())
        moved = next((place for place in free if said[place] == words(column.heading)), None)
        if column not in placed and moved is not None:
            placed[column] = moved
    for column in layout.columns:
        if column not in placed and column.place not in placed.values():
            placed[column] = column.place
    return tuple(replace(column, place=placed[column]) for column in layout.columns if column in placed)

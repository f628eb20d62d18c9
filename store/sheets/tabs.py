"""A sheet file as rows of text, tab by tab, and the bounds of what is read."""

from dataclasses import dataclass

import polars as pl

from domain.errors import InputError

TABS_MOST = 64
ROWS_MOST = 5_000_000
COLUMNS_MOST = 512
CELLS_MOST = 40_000_000
"""Over all tabs of a file; a cell takes 16 bytes at least, so that the largest file stays below 1 GB."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab. `rows` has String columns named "0", "1" … without nulls or blanks around a text; its row i is row i + 1
    of the sheet. Blank rows and columns after the last text are left out, all others stay."""

    name: str
    rows: pl.DataFrame
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class RawTab:
    """A tab as a reader of spreadsheets gives it: without `blank` columns that stand before the first text."""

    name: str
    rows: pl.DataFrame
    hidden: bool
    blank: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A file, read. `kind`: xlsx, xlsm, xlsb, xls, ods, csv, html or xml; `notes` are sentences for the analyst.

    `date_1904`: its serial dates count from 1904; those that are shown as dates came as such already.
    """

    name: str
    kind: str
    tabs: tuple[Tab, ...]
    notes: tuple[str, ...] = ()
    date_1904: bool = False


def tidied(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows as a Tab has them."""
    rows = rows.rename({old: str(place) for place, old in enumerate(rows.columns)})
    rows = rows.with_columns(pl.all().fill_null("").str.strip_chars())
    filled = [rows[name] != "" for name in rows.columns]
    width = max((place + 1 for place, column in enumerate(filled) if column.any()), default=0)
    last = max((_last_true(column) for column in filled[:width]), default=-1)
    return rows[: last + 1, :width] if width else pl.DataFrame({"0": pl.Series([], dtype=pl.String)})


def check_size(where: str, rows: int, columns: int) -> None:
    """Raise InputError when a tab has more than is read."""
    mend = "Send the rates alone, or in several files."
    if rows > ROWS_MOST:
        raise InputError(f"it has {rows:,} rows, more than {ROWS_MOST:,}", where=where, mend=mend)
    if columns > COLUMNS_MOST:
        mend = f"Delete what stands beyond column {COLUMNS_MOST}."
        raise InputError(f"it has {columns:,} columns, more than {COLUMNS_MOST}", where=where, mend=mend)
    if rows * columns > CELLS_MOST:
        words = f"its {rows:,} rows of {columns:,} columns are more than {CELLS_MOST:,} cells"
        raise InputError(words, where=where, mend=mend)


def _last_true(column: pl.Series) -> int:
    backwards = column.reverse().arg_max()
    return len(column) - 1 - backwards if backwards is not None and column.any() else -1

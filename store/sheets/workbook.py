"""Spreadsheet files (xlsx, xlsm, xlsb, xls, ods) to tabs of text, by fastexcel.

Macros and formulas are never run: a formula's cell has the result that the file keeps. Numbers come as digits without
an exponent (rounded to 9 decimals), dates as ISO 8601 in the sheet's own time, a merged cell's text in its first cell.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import fastexcel
import polars as pl

from domain.errors import InputError
from store.sheets import apart
from store.sheets.archive import entries_of
from store.sheets.kinds import Kind
from store.sheets.tabs import CELLS_MOST, TABS_MOST, RawTab, Tab, check_size, tidied
from store.sheets.workbook_look import Look, look_into

_DAY_NOUGHT = r"^(?:1899-12-3[01]|1904-01-01) (\d\d:\d\d)"
"""What a time of day has for a date."""
_XLS_1904 = b"\x22\x00\x02\x00\x01\x00\x0e\x00\x02\x00"
"""The records Date1904 and CalcPrecision, which follow one another ([MS-XLS] 2.1.7.20.3)."""
_XLS_MACROS = "_VBA_PROJECT".encode("utf-16-le")


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook, read."""

    tabs: tuple[Tab, ...]
    notes: tuple[str, ...]
    date_1904: bool


def read_workbook(name: str, data: bytes, kind: Kind) -> Workbook:
    """Read all tabs. Raises InputError when the file is damaged, protected, or has more than is read."""
    look = Look(odd=True)
    if kind is not Kind.XLS:
        look = look_into(name, data, entries_of(name, data))
    else:
        look.date_1904, look.macros = _XLS_1904 in data, _XLS_MACROS in data
    is_safe = look.is_safe and kind in (Kind.XLSX, Kind.XLSM)
    tabs: list[Tab] = []
    cells = 0
    for raw in raw_tabs(name, data) if is_safe else apart.raw_tabs(name, data):
        tabs.append(_tab(raw))
        cells += tabs[-1].rows.height * tabs[-1].rows.width
        if cells > CELLS_MOST:
            mend = "Send the rates alone."
            raise InputError(f"its sheets have more than {CELLS_MOST:,} cells", where=name, mend=mend)
    return Workbook(tuple(tabs), look.notes, look.date_1904)


def raw_tabs(name: str, data: bytes) -> Iterator[RawTab]:
    """Read all tabs, one after the other, in this process. Raises InputError."""
    try:
        book = fastexcel.read_excel(data)
        names = list(book.sheet_names)
        if len(names) > TABS_MOST:
            mend = "Send the rates alone."
            raise InputError(f"it has {len(names)} sheets, more than {TABS_MOST}", where=name, mend=mend)
        for title in names:
            yield _raw_tab(name, book, title)
    except (InputError, GeneratorExit):
        raise
    except BaseException as error:  # a panic of the reader is no Exception
        if not isinstance(error, fastexcel.FastExcelError) and type(error).__name__ != "PanicException":
            raise
        raise _unreadable(name, str(error)) from None


def _raw_tab(name: str, book: Any, title: str) -> RawTab:
    places: list[int] = []

    def seen(column: Any) -> bool:
        places.append(column.absolute_index)
        return True

    sheet = book.load_sheet(title, header_row=None, skip_rows=0, dtypes="string", use_columns=seen)
    blank = min(places, default=0)
    # columns that are blank before the first are added as cells
    check_size(f"{name}, sheet {title!r}", sheet.total_height, blank + sheet.width)
    rows = sheet.to_polars() if sheet.width else pl.DataFrame()
    return RawTab(title, rows, sheet.visible != "visible", blank)


def _tab(raw: RawTab) -> Tab:
    cells = pl.all().str.strip_suffix(" 00:00:00").str.replace(_DAY_NOUGHT, "$1")
    rows = raw.rows.select(*(pl.lit("").alias(f"blank {place}") for place in range(raw.blank)), cells)
    return Tab(raw.name, tidied(rows), raw.hidden)


def _unreadable(name: str, reason: str) -> InputError:
    words = reason.splitlines()[0].strip() if reason.strip() else "unknown"
    if "password" in words.lower() or "encrypt" in words.lower():
        return InputError("the spreadsheet is protected by a password", where=name, mend="Save it without one.")
    return InputError(f"the spreadsheet cannot be read ({words})", where=name, mend="Save it as xlsx or CSV.")

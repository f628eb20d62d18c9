"""A sheet as an xlsx workbook: numbers are numbers, days are days, all else is text and never a formula."""

import io
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import polars as pl
import xlsxwriter

from domain.days import local_time
from domain.errors import InputError
from domain.notice_frames.rows import MOMENTS, MONEY, WHOLE, SheetRows
from domain.notice_frames.texts import is_clear, moment_text
from domain.notices.form import DatesAs, Field, SheetForm
from domain.notices.words import title_word
from store.notices.title import Title

ROWS_MOST = 1_048_000
"""A tab of a workbook has 1,048,576 rows."""
_DAYS = {
    DatesAs.ISO: "yyyy-mm-dd", DatesAs.DOTS: "dd.mm.yyyy", DatesAs.DMY: "dd/mm/yyyy", DatesAs.MDY: "mm/dd/yyyy",
    DatesAs.WORDS: "d mmm yyyy",
}  # fmt: skip
_OLDEST = datetime(1900, 3, 1)  # noqa: DTZ001 - wall-clock time of the sheet's zone
"""Workbooks count days from 1900, and its first two months wrongly."""
_WIDTHS = {Field.CODE: 16, Field.DESTINATION: 34, Field.COUNTRY: 20, Field.COMMENT: 30}
_WIDTH, _WIDEST = 11, 60
_UNITS = 100_000_000
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - the same rows make the same bytes

Put = Callable[[int, Any], None]


def write_xlsx(sheet: SheetRows, form: SheetForm, title: Title) -> bytes:
    """Return the workbook, of one tab. Raises InputError when it has more rows than one can have."""
    if sheet.rows.height > ROWS_MOST:
        mend = "Let the form list or range its codes (codes=ranged), or be CSV (file=csv)."
        raise InputError(f"the sheet has {sheet.rows.height:,} rows, more than {ROWS_MOST:,}", where="xlsx", mend=mend)
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_urls": False}) as book:
        book.set_properties({"title": f"{title.plan} {title.date}", "company": title.company, "created": _MADE})
        _Tab(book, sheet, form, title).write()
    return file.getvalue()


class _Tab:
    """The tab of a workbook while it is written, row by row from the top."""

    def __init__(self, book: Any, sheet: SheetRows, form: SheetForm, title: Title) -> None:
        self._sheet, self._form, self._title = sheet, form, title
        self._tab = book.add_worksheet(title_word("plan", form.language))
        self._bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self._name = book.add_format({"bold": True, "font_size": 14})
        self._text = book.add_format({"num_format": "@"})
        day = _DAYS[form.dates]
        self._day = book.add_format({"num_format": day, "align": "left"})
        self._moment = book.add_format({"num_format": f"{day} hh:mm:ss", "align": "left"})
        decimals = "0" * form.decimals + "#" * (8 - form.decimals)
        self._money = book.add_format({"num_format": f"0.{decimals}"} if form.decimals else {})

    def write(self) -> None:
        """Write all of it."""
        top = self._head()
        columns = self._sheet.columns
        for place, one in enumerate(columns):
            width = max(_WIDTHS.get(Field(one.name), _WIDTH) if one.name in set(Field) else _WIDTH, len(one.heading))
            self._tab.set_column(place, place, min(width, _WIDEST))
            self._tab.write_string(top, place, one.heading, self._bold)
        self._rows(top + 1)
        last = top + max(self._sheet.rows.height, 1)
        self._tab.freeze_panes(top + 1, 1)
        self._tab.autofilter(top, 0, last, len(columns) - 1)
        self._tab.repeat_rows(top)
        self._tab.set_landscape()
        self._tab.fit_to_pages(1, 0)
        self._tab.ignore_errors({"number_stored_as_text": f"A1:B{last + 1}"})

    def _head(self) -> int:
        """Write the title; return the row of the headings."""
        if not self._form.title:
            return 0
        lines = self._title.lines(self._form)
        for row, (word, value) in enumerate(lines):
            self._tab.write_string(row, 0, word, self._name if not row else None)
            if value:
                self._tab.write_string(row, 1, value)
        return len(lines) + 1

    def _rows(self, top: int) -> None:
        rows = self._sheet.rows
        names = [one.name for one in self._sheet.columns]
        price = next(place for place, one in enumerate(names) if one in (Field.PRICE, Field.NEXT_PRICE))
        puts = [self._put(place, name) for place, name in enumerate(names)]
        cells = [self._cells(rows[name], name) for name in names]
        for row, (word, *values) in enumerate(zip(rows["word"].to_list(), *cells, strict=True), top):
            for place, value in enumerate(values):
                if value is not None and value != "":
                    puts[place](row, value)
            if word:
                self._tab.write_string(row, price, word)

    def _cells(self, column: pl.Series, name: str) -> Sequence[Any]:
        """Return what is written: moments as local times, or as text where these would not tell them."""
        if name not in MOMENTS:
            return list(column)
        said = {at_ms: self._local(at_ms) for at_ms in column.drop_nulls().unique()}
        return [said.get(at_ms) for at_ms in column]

    def _local(self, at_ms: int) -> datetime | str:
        plain = local_time(at_ms, self._title.zone).replace(tzinfo=None)
        clear = plain >= _OLDEST and is_clear(plain, at_ms, self._title.zone)
        return plain if clear else moment_text(at_ms, self._form, self._title.zone)

    def _put(self, place: int, name: str) -> Put:
        tab = self._tab
        if name in MONEY:
            return lambda row, units: tab.write_number(row, place, units / _UNITS, self._money)
        if name in WHOLE:
            return lambda row, number: tab.write_number(row, place, number)
        if name in MOMENTS:
            return lambda row, moment: self._put_moment(row, place, moment)
        if name in (Field.CODE, "country-code"):
            return lambda row, code: tab.write_string(row, place, code, self._text)
        return lambda row, text: tab.write_string(row, place, text)

    def _put_moment(self, row: int, place: int, moment: datetime | str) -> None:
        if isinstance(moment, str):
            self._tab.write_string(row, place, moment)
            return
        midnight = not (moment.hour or moment.minute or moment.second)
        self._tab.write_datetime(row, place, moment, self._day if midnight else self._moment)

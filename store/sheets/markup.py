"""Tables in HTML, and Excel's XML of 2003, which many systems send under the name of .xls, to tabs of text.

Markup is read to the table and no further: no entity of its own, script, style or link is followed.
"""

import re
from html.parser import HTMLParser
from xml.parsers import expat

import polars as pl

from domain.errors import InputError
from store.sheets.charset import read_text
from store.sheets.tabs import CELLS_MOST, COLUMNS_MOST, ROWS_MOST, TABS_MOST, Tab, check_size, tidied

_SPACES = re.compile(r"\s+")
_SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet"
_CHARSET = re.compile(rb"charset=[\"']?([\w-]+)", re.IGNORECASE)
_HEAD = 4_096
_MIDNIGHT = "T00:00:00.000"


def read_html(name: str, data: bytes) -> tuple[Tab, ...]:
    """Return the tables of a page that hold rows, as tabs. Raises InputError when there is none, or too much."""
    page = _Page(name)
    page.feed(_html_text(name, data))
    page.close()
    tabs = page.tables.tabs()
    if not tabs:
        raise InputError("the page has no table", where=name, mend="Save the sheet as xlsx or CSV.")
    return tabs


def read_spreadsheet_xml(name: str, data: bytes) -> tuple[Tab, ...]:
    """Return the worksheets of Excel's XML of 2003. Raises InputError when it is damaged or too much."""
    sheets = _Sheets(name)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = sheets.start
    parser.EndElementHandler = sheets.end
    parser.CharacterDataHandler = sheets.text
    parser.StartDoctypeDeclHandler = sheets.refuse_doctype
    try:
        parser.Parse(data.lstrip(), True)
    except expat.ExpatError as error:
        mend = "Save the sheet as xlsx or CSV."
        raise InputError(f"the spreadsheet cannot be read ({error})", where=name, mend=mend) from None
    return sheets.tables.tabs()


class _Tables:
    """Tables that grow cell by cell, within the bounds of what is read."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tables: list[tuple[str, list[list[str]], bool]] = []
        self._cells = 0

    def open_table(self, title: str, hidden: bool = False) -> None:
        self._tables.append((title, [], hidden))

    def open_row(self, place: int = -1) -> None:
        """Begin the next row, or the one at a place further down."""
        if not self._tables:
            self.open_table("")
        rows = self._tables[-1][1]
        missing = max(place - len(rows), 0)
        check_size(self._name, len(rows) + missing + 1, 1)
        rows.extend([] for _ in range(missing + 1))
        self._count(missing + 1)

    def add_cell(self, text: str, place: int = -1, span: int = 1) -> None:
        """Add a cell to the row, at the next place or one further on; a wide one leaves those behind it empty."""
        if not self._tables or not self._tables[-1][1]:
            self.open_row()
        row = self._tables[-1][1][-1]
        width = max(place, len(row)) + max(span, 1)
        if width > COLUMNS_MOST:
            check_size(self._name, 1, width)
        self._count(width - len(row))
        row.extend([""] * (max(place, len(row)) - len(row)))
        row.append(text)
        row.extend([""] * (width - len(row)))

    def tabs(self) -> tuple[Tab, ...]:
        """Return what grew; tables without rows are none."""
        filled = [table for table in self._tables if table[1]]
        if len(filled) > TABS_MOST:
            words = f"it has {len(filled)} tables, more than {TABS_MOST}"
            raise InputError(words, where=self._name, mend="Send the rates alone.")
        return tuple(Tab(title, self._framed(rows), hidden) for title, rows, hidden in filled)

    def _count(self, cells: int) -> None:
        self._cells += cells
        if self._cells > CELLS_MOST // 8:  # each is an object here
            words = f"its tables have more than {CELLS_MOST // 8:,} cells"
            raise InputError(words, where=self._name, mend="Save the sheet as xlsx or CSV.")

    def _framed(self, rows: list[list[str]]) -> pl.DataFrame:
        width = max(map(len, rows), default=0)
        check_size(self._name, len(rows), width)
        columns = {
            str(place): pl.Series([row[place] if place < len(row) else "" for row in rows], dtype=pl.String)
            for place in range(width)
        }
        return tidied(pl.DataFrame(columns))


class _Page(HTMLParser):
    """The tables of a page. A table within a cell of another is text of that cell."""

    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tables = _Tables(name)
        self._depth = 0
        self._has_row = False
        self._place = 0
        self._cell: list[str] | None = None
        self._span = (1, 1)
        self._below: dict[int, int] = {}
        self._taken: set[int] = set()
        self._silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.open_table(f"Table {len(self.tables._tables) + 1}")
                self._has_row, self._below = False, {}
        elif tag in ("script", "style"):
            self._silent = tag
        elif self._depth == 1 and tag == "tr":
            self._open_row()
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell()
            if not self._has_row:
                self._open_row()
            said = {name: value or "" for name, value in attrs}
            self._cell = []
            self._span = _number(said, "colspan", COLUMNS_MOST), _number(said, "rowspan", ROWS_MOST)
        elif tag in ("br", "p", "div", "td", "th", "tr") and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""
        elif tag == "table" and self._depth:
            if self._depth == 1:
                self._end_cell()
            self._depth -= 1
        elif self._depth == 1 and tag in ("td", "th", "tr"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._silent:
            self._cell.append(data)

    def _open_row(self) -> None:
        self._end_cell()
        self.tables.open_row()
        self._has_row = True
        self._place = 0
        self._taken = set(self._below)
        self._below = {place: rows - 1 for place, rows in self._below.items() if rows > 1}

    def _end_cell(self) -> None:
        """Put the cell beside those that reach down into its row from above."""
        if self._cell is None:
            return
        while self._place in self._taken:
            self._place += 1
        across, down = (max(span, 1) for span in self._span)
        self.tables.add_cell(_SPACES.sub(" ", "".join(self._cell)).strip(), self._place, across)
        if down > 1:
            self._below |= dict.fromkeys(range(self._place, self._place + across), down - 1)
        self._place += across
        self._cell = None


class _Sheets:
    """The worksheets of a workbook in XML: `ss:Index` counts from 1, merged cells are left out after the first."""

    def __init__(self, name: str) -> None:
        self.tables = _Tables(name)
        self._name = name
        self._place = self._span = 0
        self._text: list[str] | None = None
        self._is_date = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        said = {name.rpartition(" ")[2]: value for name, value in attributes.items()}
        match tag.removeprefix(f"{_SPREADSHEET} "):
            case "Worksheet":
                self.tables.open_table(said.get("Name", ""))
            case "Row":
                self.tables.open_row(_number(said, "Index", ROWS_MOST) - 1)
            case "Cell":
                self._place = _number(said, "Index", COLUMNS_MOST) - 1
                self._span = 1 + max(_number(said, "MergeAcross", COLUMNS_MOST), 0)
            case "Data":
                self._text = []
                self._is_date = said.get("Type") == "DateTime"
            case _:
                pass

    def end(self, tag: str) -> None:
        match tag.removeprefix(f"{_SPREADSHEET} "):
            case "Data" if self._text is not None:
                text = "".join(self._text)
                if self._is_date:  # 2026-11-04T00:00:00.000
                    text = text.removesuffix(_MIDNIGHT).removesuffix(".000").replace("T", " ")
                self.tables.add_cell(text, self._place, self._span)
                self._text, self._span = None, 0
            case "Cell" if self._span:
                self.tables.add_cell("", self._place, self._span)
            case _:
                pass

    def text(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def refuse_doctype(self, *_: object) -> None:
        raise InputError("the spreadsheet declares entities of its own", where=self._name, mend="Save it as xlsx.")


def _number(said: dict[str, str], name: str, most: int) -> int:
    text = said.get(name, "0")
    return min(int(text), most + 1) if text.isdecimal() and len(text) < 10 else 0


def _html_text(name: str, data: bytes) -> str:
    """Decode a page by the charset that it names, if it is none of those that name themselves."""
    named = _CHARSET.search(data[:_HEAD])
    if named and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode(named[1].decode())
        except (LookupError, UnicodeDecodeError):
            pass
    return read_text(name, data).utf8.decode()

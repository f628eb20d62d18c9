"""A look into an xlsx before it is read: how large it really is, and what an analyst should know of it.

Readers of spreadsheets make room for the whole rectangle that the cells span, so two cells in far corners, or one long
text that a million cells refer to, need more memory than any machine has. Such files are read in `store.sheets.apart`.
"""

import re
import zipfile
from dataclasses import dataclass

from store.sheets.archive import MB, pieces

UNPACKED_MB = 1_000
"""More than this inside a spreadsheet file is taken for an attack."""
_SPAN_MOST = 12_000_000
"""Cells that are read in this process: 32 bytes each while they are read."""
_TEXT_MOST = 200 * MB
_CARRY_MOST = 1 * MB
_ROW = re.compile(rb'<row r="(\d{1,9})"')
_CELL = re.compile(rb'r="([A-Z]{1,4})(\d{1,9})"')
_LONG_TEXT = re.compile(rb">([^<]{512,})")
_UNCOMPUTED = re.compile(rb"</f></c>|</f><v></v>|</f><v/>|<f>[^<]*</f>\s*<v\s*/>|<f[^>]*/></c>")
_PADDED = re.compile(rb'formatCode="0{2,15}"')
_DATE_1904 = re.compile(rb'date1904="(?:1|true)"')


@dataclass(slots=True)
class Look:
    """What was seen. `rows`, `columns`: a rectangle that holds those of all tabs, up to a tenth too small.

    `longest` letters has the longest text, of those above 500; `odd`: it is written so that its cells are not told.
    `computed_later`: the program that wrote it left the formulas to the one that opens it.
    """

    rows: int = 0
    columns: int = 26
    cells: int = 0
    longest: int = 0
    odd: bool = False
    macros: bool = False
    errors: bool = False
    formulas: bool = False
    uncomputed: bool = False
    computed_later: bool = False
    padded: bool = False
    hidden: bool = False
    date_1904: bool = False

    @property
    def is_safe(self) -> bool:
        """Tell whether it may be read in this process."""
        return not self.odd and self.rows * self.columns <= _SPAN_MOST and self.cells * self.longest <= _TEXT_MOST

    @property
    def notes(self) -> tuple[str, ...]:
        """What an analyst should know."""
        said = (
            (self.macros, "It has macros; they are never run."),
            (self.errors, "Some cells hold errors such as #N/A; they are read as empty."),
            (
                self.uncomputed or (self.formulas and self.computed_later),
                "Formulas were not computed by the program that wrote them; they may be read as empty, or as 0.",
            ),
            (self.padded, "Some cells show zeros before a number that the number itself lacks; they are read without."),
            (self.hidden, "Some rows or columns are hidden; they are read as the others are."),
            (self.date_1904, "Its dates count from 1904."),
        )
        return tuple(words for holds, words in said if holds)


def look_into(name: str, data: bytes, entries: list[zipfile.ZipInfo]) -> Look:
    """Unpack all parts once, bounded, and look at them. Raises InputError when one is damaged or they are too much."""
    look = Look()
    left = UNPACKED_MB * MB
    for entry in entries:
        path = entry.filename.replace("\\", "/").lower()
        carried = b""
        for piece in pieces(name, data, entry, left):
            left -= len(piece)
            if path.endswith(".xml"):
                carried = _look_at(look, path, carried + piece)
        look.macros |= path.endswith("vbaproject.bin")
    return look


def _look_at(look: Look, path: str, xml: bytes) -> bytes:
    """Look at a piece of a part, and return its end, which the next piece goes on with."""
    end = xml.rfind(b"<")
    if end < 0 or len(xml) - end > _CARRY_MOST:
        look.odd = look.odd or len(xml) > _CARRY_MOST
        return b"" if look.odd else xml
    whole = xml[:end]
    look.longest = max([look.longest, *(len(text) for text in _LONG_TEXT.findall(whole))])
    if path.endswith("workbook.xml"):
        look.date_1904 |= bool(_DATE_1904.search(xml))
        look.computed_later |= b'fullCalcOnLoad="1"' in xml
    elif path.endswith("styles.xml"):
        look.padded |= bool(_PADDED.search(xml))
    elif not path.endswith("sharedstrings.xml"):
        _look_at_cells(look, whole)
    return xml[end:]


def _look_at_cells(look: Look, xml: bytes) -> None:
    rows = _ROW.findall(xml)
    cells = xml.count(b"<c ")
    look.odd |= cells != xml.count(b'<c r="') or len(rows) != xml.count(b"<row") or b"<c>" in xml
    look.odd |= b":sheetData" in xml  # all its names have a prefix
    look.cells += cells
    look.rows = max([look.rows, *map(int, rows)])
    if _beyond(look.rows).search(xml):
        for letters, digits in set(_CELL.findall(xml)):
            look.rows = max(look.rows, int(digits))
            look.columns = max(look.columns, _column_number(letters))
    look.errors |= b't="e"' in xml
    look.hidden |= b' hidden="1"' in xml
    if b"<f" in xml:
        look.formulas = True
        look.uncomputed |= bool(_UNCOMPUTED.search(xml))


def _beyond(rows: int) -> re.Pattern[bytes]:
    """Return what finds a cell outside 26 columns and these rows, rounded up to two digits.

    Looking for such cells takes a third of the time that listing all of them takes.
    """
    digits = str(max(rows, 10))
    more = len(digits)
    first, second = int(digits[0]), int(digits[1])
    later = [rf"\d{{{more + 1},}}"]
    later += [rf"[{first + 1}-9]\d{{{more - 1}}}"] if first < 9 else []
    later += [rf"{first}[{second + 1}-9]\d{{{more - 2}}}"] if second < 9 else []
    return re.compile(rf'r="(?:[A-Z]{{2}}|[A-Z](?:{"|".join(later)})")'.encode())


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number

"""The reference book as a CSV file: a line per destination, with its codes listed or as ranges."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.codes import BASE, NO_COUNTRY, CodeMatch, CodeSeed
from domain.errors import InputError
from domain.sheets.codes import compress, read_codes

COLUMNS = ("destination", "country", "kind", "codes")
_NEEDED = {"destination", "codes"}
_SEPARATORS = ",;\t"
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class BookReject:
    """A row that cannot go in. `row` as a spreadsheet counts; `raw`: its cells joined by " | "."""

    row: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class BookFile:
    """What a file says of the book. Invariant: no code is in it twice. `rows`: how many lines there were."""

    codes: tuple[CodeSeed, ...]
    rejects: tuple[BookReject, ...]
    rows: int


def write_book(codes: Iterable[CodeMatch], *, listed: bool) -> str:
    """Write codes by their destinations' names: as ranges, or `listed`: a line for each code."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(COLUMNS)
    theirs: dict[int, list[CodeMatch]] = {}
    for one in codes:
        theirs.setdefault(one.destination.id, []).append(one)
    for matches in sorted(theirs.values(), key=lambda its: its[0].destination.name):
        where, its = matches[0].destination, sorted(one.code for one in matches)
        for cell in its if listed else [compress(its)]:
            out.writerow((where.name, where.country, where.kind, cell))
    return text.getvalue()


def read_book(data: bytes, name: str) -> BookFile:
    """Read a file with columns destination, codes (or code), country and kind; more columns are passed over.

    Codes are read as those of rate sheets. A destination may have several rows. Raises InputError for a file that is no
    such CSV; what is wrong with single rows is in its rejects.
    """
    rows = _rows(data, name)
    head = [cell.strip().casefold() for cell in next(rows, [])]
    head = ["codes" if cell == "code" else cell for cell in head]
    missing, twice = _NEEDED - set(head), [cell for cell, n in Counter(head).items() if n > 1 and cell in COLUMNS]
    if missing or twice:
        what = f"no column {', '.join(sorted(missing))}" if missing else f"two columns {twice[0]}"
        mend = f"Let its first row be {','.join(COLUMNS)}."
        raise InputError(f"it has {what}", where=name, mend=mend)
    found: dict[str, CodeSeed] = {}
    rejects: list[BookReject] = []
    count = 0
    for number, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        count += 1
        try:
            for seed in _seeds(dict(zip(head, (cell.strip() for cell in row), strict=False)), found):
                found[seed.code] = seed
        except InputError as error:
            rejects.append(BookReject(number, str(error), " | ".join(row)[:400]))
    return BookFile(tuple(found.values()), tuple(rejects), count)


def _seeds(cells: dict[str, str], found: dict[str, CodeSeed]) -> list[CodeSeed]:
    """Return the codes of a row, all or none."""
    name, country = cells.get("destination", ""), cells.get("country", "").upper()
    if not name:
        raise InputError("no destination")
    if country and country != NO_COUNTRY and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise InputError(f"{country!r} is no country", mend="Give two letters of ISO 3166, or 001 for none.")
    seeds = [
        CodeSeed(code, name, country, cells.get("kind") or BASE)
        for code in read_codes(cells.get("codes", ""), most=_MOST)
    ]
    for seed in seeds:
        other = found.get(seed.code)
        if other is not None and other.name != name:
            raise InputError(f"code {seed.code} is of {other.name!r} too, above", mend="Give it one destination.")
    return seeds


def _rows(data: bytes, name: str) -> Iterator[Sequence[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("it is no UTF-8 text", where=name, mend="Save it as CSV in UTF-8.") from None
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_SEPARATORS, key=first.count))
    try:
        yield from reader
    except csv.Error as error:
        mend = "Save it as CSV in UTF-8."
        raise InputError(f"line {reader.line_num} is no CSV: {error}", where=name, mend=mend) from None

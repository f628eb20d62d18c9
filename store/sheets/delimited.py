"""Delimited text of any separator, quoting and encoding to rows of text, a million rows in about a second.

Lines that follow RFC 4180 go through Polars at once; the few that do not (stray quotes, breaks within a cell) are split
one by one and put back in their places.
"""

import io
import re
from collections.abc import Iterator
from itertools import islice

import polars as pl

from domain.errors import InputError
from store.sheets.charset import Text, read_text
from store.sheets.dialect import Dialect, Split, find_dialect, quote_of, split
from store.sheets.tabs import COLUMNS_MOST, ROWS_MOST, check_size

_SAMPLE_BYTES = 262_144
_SAMPLE_LINES = 300
_SAMPLE_LETTERS = 4_000
_BLOCK = 50_000
_ODD_MANY = 1_000
"""From here on it pays to make `, "x"`, and `="0044"` by which Excel is made to keep zeros, regular beforehand."""
_LINES_OF_A_CELL = 50
_LETTERS_OF_A_CELL = 100_000
_FAILED_JOINS_MOST = 50
_LINE_MOST = 1_000_000
"""Letters of one line whose quotes are odd."""


def read_delimited(name: str, data: bytes) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the rows of a text (String columns, nulls for lacking cells), and notes on how it was read.

    Raises InputError when it is in no encoding or has more than is read.
    """
    text = read_text(name, data)
    rows = text.utf8.count(b"\n") + (not text.utf8.endswith(b"\n"))
    check_size(name, rows, 1)
    dialect = find_dialect(_sample(text.utf8))
    notes = (f"Text in {text.encoding}, {dialect.words}.", *text.notes)
    if dialect.cuts or dialect.blanks:
        return _by_blanks(name, text, dialect), notes
    separator = dialect.separator or "\x1f"
    if quote := dialect.quote or _rare_quote(text.utf8, separator):
        return _quoted(name, text.utf8, separator, quote), notes
    check_size(name, rows, width := _width(_lines(text.utf8), separator))
    return _columns(text.utf8, separator, "", width), notes


def _sample(utf8: bytes) -> list[str]:
    """Return lines of the beginning, which may be titles, and of the middle."""
    middle = max(len(utf8) // 2, _SAMPLE_BYTES)
    lines: list[str] = []
    for begin in (0, middle):
        piece = utf8[begin : begin + _SAMPLE_BYTES].decode("utf-8", "replace")
        whole = piece.split("\n")[1 if begin else 0 :]
        lines += islice((line[:_SAMPLE_LETTERS] for line in whole if line.strip()), _SAMPLE_LINES)
    return lines


def _rare_quote(utf8: bytes, separator: str) -> str:
    """Return the quote of cells that the sample has none of: names with a separator in them may be rare."""
    if b'"' not in utf8:
        return ""
    lines = _lines(utf8)
    found = lines.filter(lines.str.contains('"', literal=True)).head(_SAMPLE_LINES)
    return quote_of([line[:_SAMPLE_LETTERS] for line in found], separator)


def _lines(utf8: bytes) -> pl.Series:
    return pl.scan_lines(io.BytesIO(utf8)).collect()["line"]


def _width(lines: pl.Series, separator: str) -> int:
    most = lines.str.count_matches(separator, literal=True).max()
    return int(str(most or 0)) + 1


def _columns(utf8: bytes, separator: str, quote: str, width: int) -> pl.DataFrame:
    """Split whole lines, of which none is wider than `width`: a first line of our own tells the reader."""
    ruled = separator.encode() * (width - 1) + b"\n" + utf8
    rows = pl.read_csv(ruled, separator=separator, quote_char=quote or None, has_header=False, infer_schema=False)
    return rows[1:].rename({old: str(place) for place, old in enumerate(rows.columns)})


def _by_blanks(name: str, text: Text, dialect: Dialect) -> pl.DataFrame:
    lines = _lines(text.utf8)
    if dialect.cuts:
        begins = (0, *dialect.cuts)
        ends = (*dialect.cuts, None)
        pieces = [
            lines.str.slice(begin, None if end is None else end - begin).alias(str(place))
            for place, (begin, end) in enumerate(zip(begins, ends, strict=True))
        ]
        check_size(name, len(lines), len(pieces))
        return pl.DataFrame(pieces)
    spaced = lines.str.strip_chars().str.replace_all(rf"\s{{{dialect.blanks},}}", "\x1f")
    check_size(name, len(lines), width := _width(spaced, "\x1f"))
    fields = [f"{place}" for place in range(width)]
    return spaced.str.split_exact("\x1f", width - 1).struct.rename_fields(fields).struct.unnest()


def _quoted(name: str, utf8: bytes, separator: str, quote: str) -> pl.DataFrame:
    """Split lines with quotes. An odd one is split by itself, together with those that its open cell runs on to."""
    s, q = re.escape(separator), quote
    cell = rf"(?:{q}(?:[^{q}]|{q}{q})*{q}|[^{q}{s}]*)"
    rule = rf"^{cell}(?:{s}{cell})*$"
    lines = _lines(utf8)
    regular = lines.str.contains(rule)
    if len(lines) - int(regular.sum()) > _ODD_MANY:
        lines = lines.zip_with(regular, lines.str.replace_all(rf"(^|{s})(?: +=?|=){q}", f"${{1}}{q}"))
        regular = lines.str.contains(rule)
        utf8 = _joined(lines)
    width = _width(lines.filter(regular).str.replace_all(rf"{q}[^{q}]*{q}", ""), separator)
    check_size(name, len(lines), width)
    odd = (~regular).arg_true().to_list()
    if not odd:
        del lines  # before the text is there once more
        return _columns(utf8, separator, quote, width)
    swallowed: list[int] = []
    parts = list(_odd_blocks(name, lines, odd, swallowed, separator, quote))
    places = pl.Series("place", range(len(lines)), dtype=pl.UInt32)
    kept = regular & ~places.is_in(pl.Series(swallowed, dtype=pl.UInt32).implode())
    if kept.any():
        whole = _columns(_joined(lines.filter(kept)), separator, quote, width)
        parts.append(whole.with_columns(places.filter(kept)))
    rows = pl.concat(parts, how="diagonal").sort("place").drop("place")
    check_size(name, rows.height, rows.width)
    return rows.select(str(place) for place in range(rows.width))


def _joined(lines: pl.Series) -> bytes:
    return str(lines.str.join("\n").item()).encode() + b"\n"  # whose last line is not lost when it is blank


def _odd_blocks(
    name: str, lines: pl.Series, odd: list[int], swallowed: list[int], separator: str, quote: str
) -> Iterator[pl.DataFrame]:
    """Yield frames of odd lines with their places; `swallowed` gets the places of lines that ran on from others."""
    block: list[list[str]] = []
    places: list[int] = []
    failed = last = -1
    for place in odd:
        if place <= last:
            continue
        line = str(lines[place])
        if len(line) > _LINE_MOST:
            raise InputError(f"row {place + 1} has more than {_LINE_MOST:,} letters and odd quotes", where=name)
        parts = split(line, separator, quote)
        if parts.is_open and failed < _FAILED_JOINS_MOST:
            parts, last = _run_on(lines, place, parts, separator, quote)
            failed += last == place
            swallowed += range(place + 1, last + 1)
        cells = parts.cells
        if len(cells) > COLUMNS_MOST:
            check_size(f"{name}, row {place + 1}", 1, len(cells))
        block.append(cells)
        places.append(place)
        if len(block) == _BLOCK:
            yield _framed(block, places)
            block, places = [], []
    if block:
        yield _framed(block, places)


def _run_on(lines: pl.Series, place: int, alone: Split, separator: str, quote: str) -> tuple[Split, int]:
    """Return a line together with those up to the one in which its open cell ends; it alone when none does."""
    joined = str(lines[place])
    for after in range(place + 1, min(place + _LINES_OF_A_CELL, len(lines))):
        following = str(lines[after])
        joined = f"{joined}\n{following}"
        if len(joined) > _LETTERS_OF_A_CELL:
            break
        if quote in following:
            parts = split(joined, separator, quote)
            if not parts.is_open and parts.is_strict:
                return parts, after
    return alone, place


def _framed(block: list[list[str]], places: list[int]) -> pl.DataFrame:
    width = max(map(len, block))
    padded = [cells + [""] * (width - len(cells)) for cells in block]
    schema = {str(place): pl.String for place in range(width)}
    return pl.DataFrame(padded, schema=schema, orient="row").with_columns(pl.Series("place", places, dtype=pl.UInt32))


assert ROWS_MOST < 1 << 32, "places are 32 bits"

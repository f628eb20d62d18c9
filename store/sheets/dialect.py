"""How the columns of a text are parted, told from some lines of it: by a letter and a quote, by blanks, or by place."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from store.sheets.tabs import COLUMNS_MOST

SEPARATORS = "\t;|,^~\x1f\x01"
"""Of equals the one that gives more columns is taken, then the first one: a comma may be the decimal mark."""
_WORDS = {"\t": "tabs", ";": "semicolons", "|": "bars", ",": "commas", "^": "carets", "~": "tildes"}
_QUOTES = "\"'"
_LEAST_SHARE = 5
"""A separator stands in one of so many lines at least."""
_TWO_BLANKS = re.compile(r" {2,}")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a line becomes cells: by `separator` (and `quote`, "": none), at the places `cuts` of a fixed width, or at
    `blanks` or more blanks; all of them empty: a line is one cell."""

    separator: str = ""
    quote: str = ""
    cuts: tuple[int, ...] = ()
    blanks: int = 0

    @property
    def words(self) -> str:
        """Say it to an analyst."""
        if self.separator:
            return f"separated by {_WORDS.get(self.separator, f'the letter {ord(self.separator):#04x}')}"
        if self.cuts:
            return f"{len(self.cuts) + 1} columns of fixed width"
        return "separated by blanks" if self.blanks else "without columns"


def find_dialect(lines: Sequence[str]) -> Dialect:
    """Return that under which most of the lines have the same number of cells."""
    best, best_score = Dialect(), (0, 0, 0)
    only_decimal = not any("," in _DECIMAL_COMMA.sub("", line) for line in lines)
    for separator in SEPARATORS:
        quote = quote_of(lines, separator)
        alike, width = _alike([len(cells_of(line, separator, quote)) for line in lines if separator in line])
        stray = sum(_is_torn(line, separator, quote) for line in lines)
        score = (alike, -stray, 0 if separator == "," and only_decimal else width)
        if alike * _LEAST_SHARE >= len(lines) and score > best_score:
            best, best_score = Dialect(separator, quote), score
    spaced, alike = _by_blanks(lines)
    if alike * 5 > best_score[0] * 6 or (best.separator == "," and only_decimal and alike >= best_score[0]):
        return spaced
    if best_score[0]:
        return best
    words = [len(line.split()) for line in lines]
    alike, _ = _alike(words)
    return Dialect(blanks=1) if alike * 20 >= len(lines) * 19 > 0 else best


def cells_of(line: str, separator: str, quote: str) -> list[str]:
    """Split one line. A quote ends only before a separator or the line's end, so that one within a name stays.

    Quoted lines are split no further than the most columns and one.
    """
    return line.split(separator) if not quote or quote not in line else split(line, separator, quote).cells


@dataclass(frozen=True, slots=True)
class Split:
    """Cells of a line. `is_open`: one begins with a quote that may end in another line; `is_strict`: all quotes within
    cells are doubled, and breaks are in quoted cells alone (RFC 4180 section 2)."""

    cells: list[str]
    is_open: bool
    is_strict: bool


def split(line: str, separator: str, quote: str) -> Split:
    """Split one line, or some that a cell runs through, as `cells_of` does."""
    pattern = _cell(separator, quote)
    cells: list[str] = []
    is_open, is_strict = line.count(quote) % 2 == 1, True
    place = 0
    while len(cells) <= COLUMNS_MOST:
        match = pattern.match(line, place)
        assert match is not None, "the last alternative matches always"
        strict, loose, plain = match.groups()
        is_strict &= loose is None
        if strict is not None:
            cells.append(strict.replace(quote * 2, quote))
        elif loose is not None:
            cells.append(loose)
        else:
            cells.append(plain)
            is_strict &= "\n" not in plain
        place = match.end() + 1
        if place > len(line):
            break
    return Split(cells, is_open, is_strict)


@cache
def _cell(separator: str, quote: str) -> re.Pattern[str]:
    s, q = re.escape(separator), re.escape(quote)
    end = rf"[ ]*(?={s}|\Z)"
    return re.compile(rf"[ ]*=?{q}((?:[^{q}]|{q}{q})*+){q}{end}|[ ]*=?{q}(.*?){q}{end}|([^{s}]*)", re.DOTALL)


def quote_of(lines: Sequence[str], separator: str) -> str:
    """Return the quote that opens and closes cells, "" when none does."""
    opened: Counter[str] = Counter()
    closed: Counter[str] = Counter()
    for line in lines:
        for cell in line.split(separator):
            text = cell.strip(" =")
            if len(text) > 1:
                opened[text[0]] += 1
                closed[text[-1]] += 1
    quotes = [quote for quote in _QUOTES if opened[quote] and closed[quote] * 2 >= opened[quote]]
    return max(quotes, key=lambda quote: opened[quote], default="")


def _alike(widths: Sequence[int]) -> tuple[int, int]:
    """Return how many have the most frequent width above 1, and that width."""
    most = Counter(width for width in widths if width > 1).most_common(1)
    return (most[0][1], most[0][0]) if most else (0, 0)


def _is_torn(line: str, separator: str, quote: str) -> bool:
    """Tell a line in which the separator stands between quotes, as one of another separator's does."""
    return '"' in line and (quote != '"' or not split(line, separator, quote).is_strict)


def _by_blanks(lines: Sequence[str]) -> tuple[Dialect, int]:
    """Return how lines are parted by blanks, and how many are so alike: at places where all have blanks, if that gives
    as many columns, since an empty cell then does not move those behind it."""
    tokens = [len(_TWO_BLANKS.split(line.strip())) for line in lines]
    alike, width = _alike(tokens)
    if not alike:
        return Dialect(), 0
    spaced = [line for line, count in zip(lines, tokens, strict=True) if count > 1]
    longest = max(map(len, spaced))
    blank = [all(place >= len(line) or line[place].isspace() for line in spaced) for place in range(longest)]
    for least in (2, 1):
        cuts = _cuts(blank, least)
        if len(cuts) + 1 == width or (least == 2 and len(cuts) + 1 > width):
            return Dialect(cuts=cuts), len(spaced)
    return (Dialect(blanks=2), alike) if alike * 5 >= len(lines) * 4 else (Dialect(), 0)


def _cuts(blank: Sequence[bool], least: int) -> tuple[int, ...]:
    """Return where columns begin behind at least so many places that are blank in all lines."""
    cuts: list[int] = []
    run = 0
    for place, is_blank in enumerate(blank):
        if not is_blank and run >= least and not all(blank[:place]):
            cuts.append(place)
        run = run + 1 if is_blank else 0
    return tuple(cuts)

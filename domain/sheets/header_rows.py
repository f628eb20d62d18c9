"""Finding the header of a tab, in one row or two, anywhere among the rows that are looked at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from domain.sheets import contents
from domain.sheets.heading_reading import Heading, read_heading
from domain.sheets.headings import Meaning

LOOKED_AT = 1_000
"""Rows of a tab that a header is looked for in."""
_LONGEST_HEADING = 80
_CLEAR, _FURTHER = (3, 3, 0, 0), 50
"""Below a header of prices with three columns so many rows are looked at for one that says more."""
_FEWEST_CODES, _FEWEST_PRICES = 10, 3
"""Without a heading, fewer cells than these prove nothing."""
_PRICES = frozenset((Meaning.PRICE, Meaning.FIRST_PRICE, Meaning.NEXT_PRICE, Meaning.SURCHARGE))
_KEYS = frozenset((Meaning.CODE, Meaning.COUNTRY_CODE, Meaning.CODE_FROM, Meaning.DESTINATION, Meaning.COUNTRY))
_ORIGINS = frozenset((Meaning.ORIGIN, Meaning.ORIGIN_CODE))


@dataclass(frozen=True, slots=True)
class Preview:
    """A tab before it is read: its first rows as text (they may be ragged), how many it has, whether it is hidden."""

    name: str
    rows: Sequence[Sequence[str]]
    total: int
    hidden: bool = False


def increments_alone(rows: Sequence[Sequence[str]]) -> tuple[int, int] | None:
    """Return the two numbers that a first row has by itself, as lengths of increments could be."""
    filled = [cell.strip() for cell in rows[0] if cell.strip()] if rows else []
    if len(filled) != 2 or not all(contents.is_whole(cell) and 1 <= int(cell) <= 3600 for cell in filled):
        return None
    return int(filled[0]), int(filled[1])


def first_row(rows: Sequence[Sequence[str]], header: int) -> int:
    """Return the first row below the header (-1: there is none), and below one that has nothing but increments."""
    alone = header < 0 and increments_alone(rows) and not increments_alone(rows[1:])
    return 1 if alone else header + 1


@dataclass(frozen=True, slots=True)
class Table:
    """A tab with its header found. `header` is the 0-based row of the (lower) header, -1: there is none.

    `says` is what each heading says, by place; `body` the rows below it.
    """

    preview: Preview
    header: int
    header_rows: int
    headings: tuple[str, ...]
    says: tuple[Heading, ...]
    samples: dict[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def body(self) -> Sequence[Sequence[str]]:
        """The rows below the header; where there is none, below a row with nothing but increments."""
        return self.preview.rows[first_row(self.preview.rows, self.header) :]

    @property
    def preamble(self) -> Iterator[str]:
        """The filled cells above the header."""
        above = self.preview.rows[: max(self.header + 1 - self.header_rows, 0)]
        return (cell for row in above for cell in row if cell.strip())

    def cells(self, place: int) -> tuple[str, ...]:
        """Return the first filled cells of a column."""
        if place not in self.samples:
            self.samples[place] = contents.sample(self.body, place)
        return self.samples[place]

    def has(self, *meanings: Meaning) -> bool:
        """Return whether a heading has one of these meanings."""
        return any(said.meaning in meanings for said in self.says)


def find_table(preview: Preview, rate_types: frozenset[str] = frozenset()) -> Table | None:
    """Return the tab with the header that says most; one without headings when its columns tell; None: no table."""
    best: Table | None = None
    best_score = (0, 0, 0, 0)
    for table in _candidates(preview, rate_types):
        if best and best_score >= _CLEAR and table.header > best.header + _FURTHER:
            break
        score = (*_score(table.says), _units(table.says), -table.header_rows)
        if score[0] and score > best_score:
            best, best_score = table, score
    return best or _by_content(preview)


def joined(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    """Return headings of two rows: what stands above is of all cells to its right that have nothing above them."""
    texts, above = [], ""
    for place in range(max(len(upper), len(lower))):
        over = upper[place].strip() if place < len(upper) else ""
        under = lower[place].strip() if place < len(lower) else ""
        above = over or above
        texts.append(f"{above if under or over else ''} {under}".strip())
    return tuple(texts)


def _candidates(preview: Preview, rate_types: frozenset[str]) -> Iterator[Table]:
    """Give each row that could be a header, by itself and, when both say something, below the row before it."""
    former: Sequence[str] = ()
    for index, row in enumerate(preview.rows[:LOOKED_AT]):
        if not could_be_header(row):
            former = ()
            continue
        alone = _table(preview, index, 1, tuple(cell.strip() for cell in row), rate_types)
        telling = any(said.meaning for said in alone.says)
        yield alone
        if former and telling:
            yield _table(preview, index, 2, joined(former, row), rate_types)
        former = row if telling else ()


def _table(
    preview: Preview, header: int, header_rows: int, headings: tuple[str, ...], rate_types: frozenset[str]
) -> Table:
    says = tuple(read_heading(text, rate_types) if text else Heading() for text in headings)
    return Table(preview, header, header_rows, headings, says)


def could_be_header(row: Sequence[str]) -> bool:
    """Return whether most of its filled cells are short texts."""
    filled = [cell for cell in row if cell and not cell.isspace()]
    texts = sum(len(cell) <= _LONGEST_HEADING and contents.has_letters(cell) for cell in filled)
    return texts > 0 and texts * 2 > len(filled)


def _score(says: Sequence[Heading]) -> tuple[int, int]:
    """Return of which kind the table would be, 0: none, and how many of its headings say something."""
    known = [one for one in says if one.meaning is not None and one.meaning is not Meaning.UNUSED]
    told = {(one.meaning, one.rate_type, one.origin, one.age, one.tier, one.jurisdiction) for one in known}
    meanings = {one.meaning for one in known}
    sure = any(one.meaning in _PRICES and one.sure for one in says)
    keyed = bool(meanings & _KEYS)
    if meanings & _PRICES and (keyed or (sure and meanings & _ORIGINS)):
        return 3, len(told)
    if meanings >= _ORIGINS or (Meaning.ORIGIN in meanings and meanings & {Meaning.CODE, Meaning.COUNTRY_CODE}):
        return 2, len(told)
    if meanings & {Meaning.CODE, Meaning.COUNTRY_CODE, Meaning.CODE_FROM, Meaning.ORIGIN_CODE} and len(told) >= 2:
        return 2, len(told)
    if (sure and len(told) >= 2) or len(told) >= 3:
        return 1, len(told)
    return 0, 0


def _units(says: Sequence[Heading]) -> int:
    """Return how often headings say what prices are for, which a second row of them may."""
    return sum(bool(one.per) + bool(one.currency) + bool(one.other_unit) for one in says)


def _by_content(preview: Preview) -> Table | None:
    """Return a table whose columns show codes or prices: below a row of texts, its headings, or without any."""
    width = max(map(len, preview.rows), default=0)
    whole = {place: contents.sample(preview.rows, place) for place in range(width)}
    telling = [place for place in range(width) if _tells(whole[place])]
    if not telling:
        return None
    first = next((row for row, cells in enumerate(preview.rows) if _is_data(cells, telling)), 0)
    above = preview.rows[first - 1] if first else ()
    texts = [place for place in telling if place < len(above) and contents.has_letters(above[place])]
    if len(texts) == len(telling) and sum(map(bool, above)) > 1 and could_be_header(above):
        headings = tuple(cell.strip() for cell in above) + ("",) * (width - len(above))
        says = tuple(read_heading(text) if text else Heading() for text in headings)
        return Table(preview, first - 1, 1, headings, says)
    return Table(preview, first - 1, 1, ("",) * width, (Heading(),) * width)


def _tells(cells: tuple[str, ...]) -> bool:
    body = cells[1:] if len(cells) > 2 else cells  # the first may be a heading that says nothing
    if contents.are_codes(body):
        return len(body) >= _FEWEST_CODES
    return len(body) >= _FEWEST_PRICES and contents.are_prices(body)


def _is_data(cells: Sequence[str], telling: Sequence[int]) -> bool:
    filled = [cells[place].strip() for place in telling if place < len(cells) and cells[place].strip()]
    return len(filled) == len(telling) and all(contents.is_codes(cell) or contents.is_price(cell) for cell in filled)

"""A template laid on one tab: its header and columns found again by their headings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.sheets.cents import AMOUNTS, says_cents
from domain.sheets.header_rows import LOOKED_AT, Preview, Table, could_be_header, find_table, joined
from domain.sheets.heading_reading import Heading, read_heading
from domain.sheets.heading_words import words
from domain.sheets.headings import Meaning
from domain.sheets.questions import Picked, unused
from domain.sheets.shown import letter
from domain.sheets.template import Column, Per, TabLayout, Use
from domain.sheets.template_json import undated
from domain.sheets.whole_file import Used

_NOT_READ = frozenset((Meaning.UNUSED, Meaning.COMMENT, Meaning.PREVIOUS))
_NEEDED = frozenset(
    (
        Meaning.CODE, Meaning.COUNTRY_CODE, Meaning.CODE_FROM, Meaning.CODE_TO, Meaning.PRICE, Meaning.FIRST_PRICE,
        Meaning.NEXT_PRICE, Meaning.SURCHARGE, Meaning.ORIGIN, Meaning.ORIGIN_CODE, Meaning.RATE_TYPE,
    )
)  # fmt: skip
"""Without one of these that a template reads, it does not fit."""
_TELLING = frozenset(
    (
        Meaning.EFFECTIVE, Meaning.UNTIL, Meaning.INCREMENTS, Meaning.FIRST_S, Meaning.NEXT_S, Meaning.FREE_S,
        Meaning.CONNECT_FEE, Meaning.ATTEMPT_FEE, Meaning.MINIMUM, Meaning.GRACE_S, Meaning.STATUS,
        Meaning.COUNTRY_CODE, Meaning.CODE_TO, Meaning.RATE_TYPE, Meaning.ORIGIN, Meaning.SURCHARGE,
    )
)  # fmt: skip
"""With a new column of these a template does not fit: rates would be read without what it says of them."""


@dataclass(frozen=True, slots=True)
class Laid:
    """The layout as it is in this tab, what differs from the one that was saved, columns found and wanted."""

    layout: TabLayout
    preview: Preview
    drift: tuple[str, ...] = ()
    found: int = 0
    wanted: int = 0
    table: Table | None = None

    def used(self, at: int) -> Used:
        """Return the tab as what whole files are judged by."""
        assert self.table is not None
        return Used(self.table, Picked({column.place: column for column in self.layout.columns}), at)

    def says_minute(self) -> bool:
        """Return whether a heading of a price says that it is for a minute."""
        return self.table is not None and any(
            self.table.says[column.place].per is Per.MINUTE
            for column in self.layout.columns
            if column.place < len(self.table.says) and column.meaning not in _NOT_READ
        )


class Looked:
    """A tab's first rows with the words of those that could be headers, read once for all templates."""

    def __init__(self, preview: Preview) -> None:
        self.preview = preview
        self._rows: dict[int, list[tuple[int, tuple[str, ...], frozenset[str], frozenset[str]]]] = {}

    def rows(self, header_rows: int) -> list[tuple[int, tuple[str, ...], frozenset[str], frozenset[str]]]:
        """Return row, headings, their words, and these without numbers and months."""
        if header_rows not in self._rows:
            rows = self.preview.rows[:LOOKED_AT]
            texts = [
                (at, tuple(map(str.strip, row)) if header_rows == 1 else joined(rows[at - 1], row))
                for at, row in enumerate(rows)
                if could_be_header(row) and at >= header_rows - 1
            ]
            self._rows[header_rows] = [
                (at, said, frozenset(map(words, said)), frozenset(map(undated, said))) for at, said in texts
            ]
        return self._rows[header_rows]


def lay(looked: Looked, layout: TabLayout, rate_types: frozenset[str]) -> Laid | None:
    """Find the layout's columns in a tab; None when it is another kind of tab, or columns that count are missing."""
    preview = looked.preview
    if not any(column.heading for column in layout.columns):
        return _by_cells(preview, layout, rate_types)
    wanted = [column for column in layout.columns if column.meaning not in _NOT_READ]
    named = frozenset(words(column.heading) for column in wanted)
    dateless = frozenset(undated(column.heading) for column in wanted)
    best: tuple[int, tuple[str, ...]] | None = None
    best_score = 0
    for row, headings, said, bare in looked.rows(layout.header_rows):
        score = len(named & said) or len(dateless & bare)
        if score > best_score:
            best, best_score = (row, headings), score
    if best is None or best_score * 2 < len(named):
        return None
    row, headings = best
    says = tuple(read_heading(text, rate_types) if text else Heading() for text in headings)
    table = Table(preview, row, layout.header_rows, headings, says)
    return _found(table, layout, wanted)


def _found(table: Table, layout: TabLayout, wanted: Sequence[Column]) -> Laid | None:
    """Place each column under its heading, else under one that means the same."""
    places = _same_heading(table, layout.columns)
    drift: list[str] = []
    read: dict[int, Column] = {}
    for column in layout.columns:
        place = places.get(column)
        if place is None and column.meaning in _NOT_READ:
            drift += [f"The column {column.heading!r}, which is not read, is gone."] if column.heading else []
        elif place is None:
            place = _same_meaning(table, column, set(places.values()) | set(read))
            if place is not None:
                drift.append(f"The heading {column.heading!r} is now {table.headings[place]!r}.")
            elif column.meaning in _NEEDED or (layout.use is Use.CODES and column.meaning is Meaning.DESTINATION):
                return None
            else:
                drift.append(f"The column {column.heading!r} ({column.meaning}) is missing.")
        if place is not None:
            read[place] = _there(column, place, _heading(table, place), drift)
    if layout.use is Use.RATES and _says_more(table, read):
        return None
    drift += _new(table, read)
    if _order(read, layout) != sorted(_order(read, layout)):
        said = ", ".join(read[place].heading for place in sorted(read) if read[place].meaning not in _NOT_READ)
        drift.append(f"The columns stand in another order: {said}.")
    for place, heading in enumerate(table.headings):
        if heading and place not in read:
            read[place] = unused(place, heading)
    columns = tuple(read[place] for place in sorted(read))
    now = replace(layout, name=table.preview.name, header=table.header, columns=columns)
    found = sum(column.meaning not in _NOT_READ for column in columns)
    return Laid(now, table.preview, tuple(drift), found, len(wanted), table)


def _there(column: Column, place: int, heading: str, drift: list[str]) -> Column:
    """Return a column where it stands now, in cents where its heading has begun to say so, no more where it ceased."""
    before, now = says_cents(column.heading), says_cents(heading)
    cents = column.cents if before is now or column.meaning not in AMOUNTS else now
    if cents is not column.cents:
        told = "now said to be in cents" if cents else "no longer said to be in cents"
        drift.append(f"What stands under {heading!r} is {told}.")
    return replace(column, place=place, heading=heading, cents=cents)


def _same_heading(table: Table, columns: Sequence[Column]) -> dict[Column, int]:
    """Return the place of each heading that is there: as it was, else without numbers and months."""
    places: dict[Column, int] = {}
    for form in (words, undated):
        texts = [form(text) for text in table.headings]
        for column in columns:
            if column in places:
                continue
            if not column.heading and not _heading(table, column.place):
                places[column] = column.place
            if not form(column.heading):
                continue
            taken = set(places.values())
            fits = [at for at, text in enumerate(texts) if text == form(column.heading) and at not in taken]
            if fits:
                places[column] = min(fits, key=lambda at: (at != column.place, at))
    return places


def _heading(table: Table, place: int) -> str:
    return table.headings[place] if place < len(table.headings) else ""


def _same_meaning(table: Table, column: Column, taken: set[int]) -> int | None:
    """Return the only other column whose heading says the same."""
    same = [
        place
        for place, said in enumerate(table.says)
        if place not in taken
        and said.meaning is column.meaning
        and (said.rate_type, said.origin) == (column.rate_type, column.origin)
        and said.age != "old"
        and not said.tier
    ]
    return same[0] if len(same) == 1 else None


def _order(read: dict[int, Column], layout: TabLayout) -> list[int]:
    """Return the former places of the columns, in the order in which they stand now."""
    former = {(one.heading, one.meaning, one.rate_type, one.origin): one.place for one in layout.columns}
    kept = (read[place] for place in sorted(read) if read[place].meaning not in _NOT_READ)
    keys = ((one.heading, one.meaning, one.rate_type, one.origin) for one in kept)
    return [former[key] for key in keys if key in former]


def _says_more(table: Table, read: dict[int, Column]) -> bool:
    """Tell whether a column that the layout does not know changes what rates say, of which it has no other."""
    known = {column.meaning for column in read.values()}
    fresh = (place for place, heading in enumerate(table.headings) if heading and place not in read)
    return any(table.says[place].meaning in _TELLING - known and table.cells(place) for place in fresh)


def _new(table: Table, read: dict[int, Column]) -> list[str]:
    return [
        f"The column {letter(place)} {heading!r} is new and not read."
        for place, heading in enumerate(table.headings)
        if heading and place not in read
    ]


def _by_cells(preview: Preview, layout: TabLayout, rate_types: frozenset[str]) -> Laid | None:
    """Lay a layout without headings on a tab without headings: its columns by place, when codes are where they were."""
    table = find_table(preview, rate_types)
    if table is None or any(table.headings) or len(table.headings) < max((c.place for c in layout.columns), default=0):
        return None
    wanted = [column for column in layout.columns if column.meaning not in _NOT_READ]
    filled = [column for column in wanted if table.cells(column.place)]
    if len(filled) < len(wanted) or len(table.headings) != len(layout.columns):
        return None
    now = replace(layout, name=preview.name, header=table.header)
    return Laid(now, preview, (), len(wanted), len(wanted), table)

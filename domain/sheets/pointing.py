"""Saying by hand what the columns of a sheet are: each step from a template to the next."""

from collections.abc import Sequence
from dataclasses import replace

from domain.sheets.cents import AMOUNTS, says_cents
from domain.sheets.headings import Meaning
from domain.sheets.questions import unused, with_columns
from domain.sheets.template import Column, Per, TabLayout, Template, Use

DECIMALS, DATES, PERS, USES = ("", ".", ","), ("", "dmy", "mdy"), tuple(Per), tuple(Use)
"""What may be chosen, in the order in which it is offered; "": the file itself decides."""
_CODES = (Meaning.CODE, Meaning.COUNTRY_CODE, Meaning.CODE_FROM, Meaning.DESTINATION)
_PRICES = (Meaning.PRICE, Meaning.FIRST_PRICE, Meaning.NEXT_PRICE)
_AGAIN = (Meaning.UNUSED, Meaning.COMMENT)
"""Meanings that more than one column may have."""


def meant(layout: TabLayout, column: Column) -> TabLayout:
    """Return the layout with this column; another of the same meaning, rate type and origin is read no more. A tab that
    was skipped is one of rates from then on."""
    told = column.meaning in AMOUNTS and says_cents(column.heading)
    column = replace(column, cents=column.cents or told)
    same = [
        unused(one.place, one.heading)
        for one in layout.columns
        if _what(one) == _what(column) and one.place != column.place and column.meaning not in _AGAIN
    ]
    use = Use.RATES if layout.use is Use.SKIP and column.meaning not in _AGAIN else layout.use
    return with_columns(replace(layout, use=use), (*same, column))


def column_at(layout: TabLayout, place: int, rows: Sequence[Sequence[str]]) -> Column:
    """Return what the column at a place is taken for; one that is not spoken of is not read."""
    found = next((one for one in layout.columns if one.place == place), None)
    return found or unused(place, _cell(rows, layout.header, place))


def headed(layout: TabLayout, row: int, rows: Sequence[Sequence[str]]) -> TabLayout:
    """Return the layout with its header in this row (-1: none): its columns have the headings that stand there."""
    columns = tuple(replace(one, heading=_cell(rows, row, one.place)) for one in layout.columns)
    return replace(layout, header=row, header_rows=1, columns=columns)


def following(choices: Sequence[str], now: str) -> str:
    """Return the choice after this one, the first after the last."""
    return choices[(choices.index(now) + 1) % len(choices)]


def lacking(template: Template) -> str:
    """Return what a template lacks to read any sheet, in a sentence; "" when nothing."""
    read = [layout for layout in template.tabs if layout.use is Use.RATES]
    if not read:
        return "No tab has rates."
    meanings = {column.meaning for layout in read for column in layout.columns}
    if not meanings & set(_PRICES):
        return "No column is the price."
    if not meanings & set(_CODES):
        return "No column is the code."
    return ""


def _what(column: Column) -> tuple[Meaning, str, str]:
    return column.meaning, column.rate_type, column.origin


def _cell(rows: Sequence[Sequence[str]], row: int, place: int) -> str:
    return rows[row][place].strip() if 0 <= row < len(rows) and place < len(rows[row]) else ""

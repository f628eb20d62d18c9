"""What a whole file decides: the unit of its prices, decimal mark, order of day and month, where country codes are."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.errors import InputError
from domain.rates import Unit
from domain.sheets.contents import share
from domain.sheets.dates import date_order, read_date
from domain.sheets.header_rows import Table, increments_alone
from domain.sheets.heading_words import words as words_of
from domain.sheets.headings import Meaning
from domain.sheets.numbers import decimal_mark, read_price, without_cents
from domain.sheets.price_columns import PRICES
from domain.sheets.questions import Effect, Picked, Question
from domain.sheets.tab_uses import lead_of
from domain.sheets.template import Column, CountryCodeIn, Per

_AMOUNTS = frozenset((*PRICES, Meaning.CONNECT_FEE, Meaning.ATTEMPT_FEE, Meaning.MINIMUM))
_NPA = re.compile(r"[2-9]")
_AMERICAN = re.compile(r"\+?1?[2-9]\d{2}(?:-?[2-9]\d{2,3})?", re.ASCII)
_DATES = frozenset((Meaning.EFFECTIVE, Meaning.UNTIL))
_SAID_PER = re.compile(
    r"(?:rates?|prices?|charges?|tariffs?|usd|eur|gbp|preise?|tarife?|prix|tarifs|precios|tarifas|prezzi|preços|цены|"
    r"тарифы|units?|cents?|pence)\b.{0,40}?(?:\b(?:per|pro|je|par|por|al|за|в)\s+|/\s*)(?:(?P<s>sec|second|sekunde|seconde|segundo|secondo|"
    r"секунд)|(?P<m>min|мин)|(?P<h>hour|h\b|stunde|heure|hora|час)|(?P<i>increment|pulse|takt))",
    re.IGNORECASE,
)
_UNITS = {"s": Per.SECOND, "m": Per.MINUTE, "h": Per.HOUR, "i": Per.INCREMENT}
_OWN_UNIT = {Unit.MEGABYTE: "megabyte", Unit.EVENT: "event"}
_PER_WORDS = {
    Per.MINUTE: "they are for a minute",
    Per.SECOND: "they are for a second",
    Per.INCREMENT: "they are for an increment",
    Per.HOUR: "they are for an hour",
}


@dataclass(frozen=True, slots=True)
class Used:
    """A tab that is read, with the columns chosen for it; `layout` is its position in the template."""

    table: Table
    picked: Picked
    layout: int

    def places(self, meanings: Iterable[Meaning]) -> list[int]:
        """Return columns of these meanings, those included that an open question may choose."""
        wanted = frozenset(meanings)
        asked = (
            column for question in self.picked.questions for effect in question.effects for column in effect.columns
        )
        return sorted({c.place for c in (*self.picked.columns.values(), *asked) if c.meaning in wanted})

    def column(self, meaning: Meaning) -> Column | None:
        """Return the column chosen for this meaning."""
        return next((one for one in self.picked.columns.values() if one.meaning is meaning), None)


def price_unit(used: Sequence[Used], unit: Unit) -> tuple[Per, list[Question]]:
    """Return what prices are for, as headings and the lines above them say it, and what must be asked about it."""
    said: dict[str, Per] = {}
    for one in used:
        for place in one.places(PRICES):
            heading = one.table.says[place]
            foreign = heading.other_unit and heading.other_unit != _OWN_UNIT.get(unit)
            timed = unit is not Unit.SECOND and heading.per is not None
            if foreign or timed:
                return Per.MINUTE, [_foreign(one, place, heading.other_unit or str(heading.per), unit)]
            if heading.per:
                said[f"the heading {one.table.headings[place]!r}"] = heading.per
        for cell in one.table.preamble if unit is Unit.SECOND else ():
            if match := _SAID_PER.search(cell):
                said[f"{cell.strip()!r}"] = _UNITS[str(match.lastgroup)]
    found = set(said.values())
    if len(found) < 2:
        return (found.pop() if found else Per.MINUTE), []
    told = ", ".join(f"{where} says per {per}" for where, per in said.items())
    choices = {_PER_WORDS[per]: Effect(per=per) for per in Per if per in found}
    words = f"It is not clear what prices are for: {told}."
    question = Question("", "per", words, tuple(choices), tuple(choices.values()), used[0].layout)
    return Per.MINUTE, [question]


def _foreign(one: Used, place: int, said: str, unit: Unit) -> Question:
    sold = {Unit.SECOND: "minute", Unit.MEGABYTE: "megabyte", Unit.EVENT: "event"}[unit]
    told = f"for {said}" if said[0].isdigit() else f"for a {said}"
    words = (
        f"The heading {one.table.headings[place]!r} says that prices are {told}; this plan's are for a {sold}, in "
        "units of its currency. Convert the column, import it into another plan, or say that the heading is wrong."
    )
    choices = (f"the heading is wrong: prices are for a {sold}, in units of the plan's currency",)
    return Question(one.table.preview.name, "per", words, choices, (Effect(per=Per.MINUTE),), one.layout)


def decimals(used: Sequence[Used]) -> tuple[str, list[Question]]:
    """Return the decimal mark, "" where the file so far shows none or both; a question where nobody could tell."""
    prices = list(dict.fromkeys(without_cents(cell)[0] for cell in _cells(used, _AMOUNTS)))
    try:
        mark, why = decimal_mark(prices)
    except InputError as fault:
        choices = {
            "a point: 1.234 is one and a bit": Effect(decimal="."),
            "a comma: 1,234 is one and a bit": Effect(decimal=","),
        }
        words = f"{fault.what[0].upper()}{fault.what[1:]}. Which mark comes before decimals?"
        return "", [Question("", "decimal", words, tuple(choices), tuple(choices.values()), used[0].layout)]
    agreed = why and all(_reads(text, mark) for text in prices if re.search(r"\d[.,]\d", text))
    return mark if agreed else "", []


def _reads(text: str, mark: str) -> bool:
    try:
        read_price(text, mark)
    except InputError as fault:
        return "otherwise" not in str(fault)
    return True


def day_order(used: Sequence[Used]) -> tuple[str, list[Question]]:
    """Return "dmy" or "mdy", "" where dates are written so that it does not matter; a question where it does."""
    cells = list(dict.fromkeys(cell.strip() for cell in _cells(used, _DATES)))
    shown = [cell for one in used for cell in one.table.preamble]
    order = date_order((*cells, *shown))
    if order.order:
        agreed = all(_is_day(cell, order.order) for cell in cells if re.match(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}", cell))
        return order.order if agreed else "", []
    if not order.why or not cells:
        return "", []
    doubtful = (cell for cell in cells if re.match(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}", cell))
    example = next((cell for cell in doubtful if _is_day(cell, "dmy") and _is_day(cell, "mdy")), "")
    if not example:
        return "", []
    first, second = re.split(r"[-/.]", example)[:2]
    choices = {
        f"day first: {example} is day {int(first)} of month {int(second)}": Effect(dates="dmy"),
        f"month first: {example} is day {int(second)} of month {int(first)}": Effect(dates="mdy"),
    }
    words = f"Dates such as {example} do not tell day from month. Which comes first?"
    return "", [Question("", "dates", words, tuple(choices), tuple(choices.values()), used[0].layout)]


def _is_day(cell: str, order: str) -> bool:
    try:
        read_date(cell, date_order((), order), "UTC")
    except InputError:
        return False
    return True


def country_codes(used: Sequence[Used]) -> tuple[CountryCodeIn, list[Question], list[str]]:
    """Return where the country code of a code stands: within it, in a column of its own, in the tab's name."""
    for one in used:
        country, code = one.column(Meaning.COUNTRY_CODE), one.column(Meaning.CODE)
        if country is not None:
            return _beside(one, country.place, code.place if code else None)
    leads = {one.table.preview.name: lead_of(one.table.preview.name) for one in used}
    codes = [(one, column.place) for one in used if (column := one.column(Meaning.CODE))]
    if not codes or not all(leads.values()):
        return CountryCodeIn.CODE, [], []
    pairs = [(leads[one.table.preview.name], cell) for one, place in codes for cell in one.table.cells(place)]
    begin = sum(_digits(cell).startswith(lead) for lead, cell in pairs)
    if begin == len(pairs):
        return CountryCodeIn.CODE, [], []
    if begin * 5 <= len(pairs):
        return CountryCodeIn.TAB_NAME, [], ["The country code stands in the names of the tabs."]
    return CountryCodeIn.CODE, [_ask_country(codes[0][0], CountryCodeIn.TAB_NAME, "the tab's name")], []


def lead_of_all(rates: Sequence[Used]) -> tuple[str, list[Question], list[str]]:
    """Return "1" for a deck of North America (NPA-NXX, or prices by jurisdiction) whose codes lack it."""
    for one in rates:
        area, code = one.column(Meaning.COUNTRY_CODE), one.column(Meaning.CODE)
        column = area or code
        if column is None or not _is_american(one, column):
            continue
        cells = one.table.cells(column.place)
        lacking = sum(bool(_NPA.match(cell)) for cell in cells)
        if lacking == len(cells):
            return "1", [], ["Codes are put behind the country code 1, which the sheet leaves out."]
        if lacking:
            choices = {"put a 1 before all of them": Effect(lead="1"), "they hold it already": Effect()}
            words = f"{lacking} of the first {len(cells)} codes do not begin with 1, as those of North America do."
            tab = one.table.preview.name
            return "", [Question(tab, "lead", words, tuple(choices), tuple(choices.values()), one.layout)], []
    return "", [], []


def _is_american(one: Used, column: Column) -> bool:
    named = any(word.startswith(("npa", "nxx")) for word in words_of(column.heading).split())
    return named or (
        any(said.jurisdiction for said in one.table.says)
        and share(one.table.cells(column.place), lambda cell: bool(_AMERICAN.fullmatch(cell))) > 0.9
    )


def _beside(one: Used, country: int, code: int | None) -> tuple[CountryCodeIn, list[Question], list[str]]:
    if code is None:
        return CountryCodeIn.COLUMN, [], []
    rows = [row for row in one.table.body if len(row) > max(country, code)]
    pairs = {(_digits(row[country]), _digits(row[code])) for row in rows}
    pairs = {(lead, full) for lead, full in pairs if lead and full}
    if not pairs or any(not full.startswith(lead) for lead, full in pairs):
        return CountryCodeIn.COLUMN, [], ["Codes follow the country code of their row."]
    if len({lead for lead, _ in pairs}) == 1 and len(pairs) > 1:
        return CountryCodeIn.CODE, [_ask_country(one, CountryCodeIn.COLUMN, "its column")], []
    return CountryCodeIn.CODE, [], ["Codes hold their country code already."]


def _ask_country(one: Used, other: CountryCodeIn, where: str) -> Question:
    choices = {
        "the codes hold it already": Effect(country_code=CountryCodeIn.CODE),
        f"it must be put before them, from {where}": Effect(country_code=other),
    }
    words = "It is not clear whether codes hold their country code."
    return Question(
        one.table.preview.name, "country code in", words, tuple(choices), tuple(choices.values()), one.layout
    )


def lone_increments(one: Used) -> list[Question]:
    """Ask about two numbers by themselves in the first row, above rows without headings."""
    alone = increments_alone(one.table.preview.rows)
    has = {column.meaning for column in one.picked.columns.values()}
    if alone is None or any(one.table.headings) or has & {Meaning.INCREMENTS, Meaning.FIRST_S}:
        return []
    first, following = alone
    choices = {
        f"they are the increments of the whole sheet: {first}/{following}": Effect(increments=(first, following)),
        "they are not; increments are the contract's": Effect(),
    }
    words = f"The first row has only the numbers {first} and {following}. What are they?"
    return [Question(one.table.preview.name, "increments", words, tuple(choices), tuple(choices.values()), one.layout)]


def _cells(used: Sequence[Used], meanings: Iterable[Meaning]) -> Iterator[str]:
    for one in used:
        for place in one.places(meanings):
            yield from (row[place] for row in one.table.body if place < len(row))


def _digits(cell: str) -> str:
    return re.sub(r"^(?:\+|00)?0*", "", re.sub(r"^[\s'+]*", "", cell)).strip()

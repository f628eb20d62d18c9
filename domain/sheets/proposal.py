"""A proposal for a workbook that no template fits: what its tabs are for and its columns mean, and what to ask.

Nothing is guessed: what headings and cells leave open becomes a question with the choices in words.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from domain.rates import Unit
from domain.sheets import whole_file
from domain.sheets.cents import settle_cents
from domain.sheets.column_choice import lacking, pick_columns
from domain.sheets.header_rows import Preview, Table, find_table
from domain.sheets.heading_reading import read_heading
from domain.sheets.heading_words import SURCHARGE, words
from domain.sheets.headings import Meaning
from domain.sheets.questions import Effect, Picked, Proposal, Question, answered
from domain.sheets.rate_type_columns import unknown_types
from domain.sheets.tab_uses import lead_of, uses_of
from domain.sheets.template import TabLayout, Template, Use
from domain.sheets.template_json import digest
from domain.sheets.whole_file import Used

__all__ = ["Effect", "Preview", "Proposal", "Question", "answered", "propose"]

_OVERLAP_PERCENT = 20
"""Tabs that share more of their codes than this have two prices for one code."""


def propose(
    previews: Sequence[Preview], unit: Unit = Unit.SECOND, rate_types: Collection[str] | None = None, currency: str = ""
) -> Proposal:
    """Propose how a workbook is read. `unit` is what its plan is sold by, `rate_types` those that have time profiles
    (None: not known, then nothing is asked of others), `currency` the contract's (ISO 4217), "" not known."""
    known = frozenset(rate_types or ())
    tables = [None if one.hidden else find_table(one, known) for one in previews]
    uses, notes = uses_of(previews, tables)
    if Use.RATES not in uses:
        return _nothing(previews)
    elsewhere = Use.CODES in uses
    used = []
    for layout, (table, use) in enumerate(zip(tables, uses, strict=True)):
        if table is not None and use is not Use.SKIP:
            picked = pick_columns(table, use, currency)
            lacking(table, use, picked, codes_elsewhere=elsewhere)
            used.append(Used(table, picked, layout))
    of_cents = settle_cents([one for one in used if uses[one.layout] in (Use.RATES, Use.ORIGINS)], currency)
    tab_questions = _same_codes([one for one in used if uses[one.layout] is Use.RATES], notes)
    for one in used:
        tab_questions += _surcharges(one) if uses[one.layout] is Use.ORIGINS else []
    if rate_types is not None:
        tab_questions += unknown_types([one for one in used if uses[one.layout] in (Use.RATES, Use.ORIGINS)], known)
    template = Template(tabs=_layouts(previews, uses, used))
    proposal = _settled(template, used, unit, tab_questions, notes)
    return replace(proposal, questions=(*proposal.questions, *of_cents))


def _settled(template: Template, used: list[Used], unit: Unit, asked: list[Question], notes: list[str]) -> Proposal:
    """Add what the whole file decides."""
    rates = [one for one in used if template.tabs[one.layout].use is Use.RATES]
    priced = [one for one in used if template.tabs[one.layout].use in (Use.RATES, Use.ORIGINS)]
    per, of_unit = whole_file.price_unit(priced, unit)
    decimal, of_mark = whole_file.decimals(priced)
    dates, of_dates = whole_file.day_order(priced)
    coded = [one for one in used if template.tabs[one.layout].use in (Use.RATES, Use.CODES)]
    country, of_country, told = whole_file.country_codes(coded)
    lead, of_lead, why = whole_file.lead_of_all(rates)
    questions = list(asked)
    for one in used:
        questions += [replace(question, layout=one.layout) for question in one.picked.questions]
        notes += one.picked.notes
    for one in rates:
        questions += whole_file.lone_increments(one)
    template = replace(template, per=per, decimal=decimal, dates=dates, country_code=country, lead=lead)
    template = replace(template, fingerprint=digest(template))
    return Proposal(template, (*questions, *of_country, *of_lead, *of_unit, *of_mark, *of_dates), (*notes, *told, *why))


def _layouts(previews: Sequence[Preview], uses: Sequence[Use], used: Sequence[Used]) -> tuple[TabLayout, ...]:
    """Return a layout for each tab; that of a file with a single one fits a tab of any name."""
    by_place = {one.layout: one for one in used}
    layouts = []
    for place, (preview, use) in enumerate(zip(previews, uses, strict=True)):
        name = preview.name if len(previews) > 1 else ""
        one = by_place.get(place)
        if one is None:
            layouts.append(TabLayout(name, Use.SKIP, -1))
            continue
        columns = tuple(one.picked.columns[at] for at in sorted(one.picked.columns))
        layouts.append(TabLayout(name, use, one.table.header, columns, one.table.header_rows))
    return tuple(layouts)


def _nothing(previews: Sequence[Preview]) -> Proposal:
    """Return what is said of a workbook without anything like rates."""
    filled = [one for one in previews if not one.hidden and one.total]
    name = filled[0].name if filled else ""
    begins = next((row for one in filled for row in one.rows if any(map(str.strip, row))), ())
    said = ", ".join(cell.strip() for cell in begins if cell.strip())[:120] or "nothing"
    text = (
        f"No row names a code and a price column, and no columns look like them. The file begins with: {said}. "
        "Give the columns headings such as Code, Destination, Rate."
    )
    layouts = tuple(TabLayout(one.name if len(previews) > 1 else "", Use.SKIP, -1) for one in previews)
    template = Template(tabs=layouts)
    return Proposal(replace(template, fingerprint=digest(template)), (Question(name, "tabs", text),))


def _same_codes(rates: list[Used], notes: list[str]) -> list[Question]:
    """Ask which tabs are read when several have rates of the same codes; by rate type if their names tell those."""
    coded = {one.layout: _codes(one) for one in rates}
    same = [
        one
        for one in rates
        if any(
            _overlap(coded[one.layout], coded[other.layout]) > _OVERLAP_PERCENT for other in rates if other is not one
        )
    ]
    if not same or all(lead_of(one.table.preview.name) for one in same):
        return []
    types = [read_heading(f"{one.table.preview.name} rate").rate_type for one in same]
    if all(types) and len(set(types)) == len(types):
        for one, rate_type in zip(same, types, strict=True):
            _set_rate_type(one.picked, rate_type)
        notes.append(f"Each of the tabs is for one rate type: {', '.join(types)}.")
        return []
    names = [one.table.preview.name for one in same]
    choices = {
        f"only {name!r}": Effect(uses=tuple((other.layout, Use.SKIP) for other in same if other is not one))
        for one, name in zip(same, names, strict=True)
    }
    choices["all of them"] = Effect()
    text = f"The tabs {', '.join(map(repr, names))} have rates of the same codes. Which are read?"
    return [Question("", "tabs", text, tuple(choices), tuple(choices.values()), same[0].layout)]


def _codes(one: Used) -> frozenset[str]:
    places = [column.place for m in (Meaning.CODE, Meaning.DESTINATION) if (column := one.column(m))][:1]
    return frozenset(
        row[place].strip() for place in places for row in one.table.body if place < len(row) and row[place].strip()
    )


def _overlap(ours: frozenset[str], theirs: frozenset[str]) -> int:
    return len(ours & theirs) * 100 // max(min(len(ours), len(theirs)), 1)


def _set_rate_type(picked: Picked, rate_type: str) -> None:
    for place, column in picked.columns.items():
        if column.meaning in (Meaning.PRICE, Meaning.FIRST_PRICE, Meaning.NEXT_PRICE) and not column.rate_type:
            picked.columns[place] = replace(column, rate_type=rate_type)


def _surcharges(one: Used) -> list[Question]:
    """Let the prices of a tab of origin groups be surcharges where it says so; ask where nothing does."""
    prices = [column for column in one.picked.columns.values() if column.meaning is Meaning.PRICE]
    added = tuple(replace(column, meaning=Meaning.SURCHARGE) for column in prices)
    if not prices:
        return []
    if _is_surcharge(one.table):
        one.picked.columns |= {column.place: column for column in added}
        return []
    choices = {
        "they are added to the price of the destination": Effect(columns=added),
        "they are instead of the price of the destination": Effect(),
    }
    name = one.table.preview.name
    text = f"How do the prices of origin groups in {name!r} count?"
    return [Question(name, "surcharge", text, tuple(choices), tuple(choices.values()), one.layout)]


def _is_surcharge(table: Table) -> bool:
    told = " ".join((words(table.preview.name), *(words(cell) for cell in table.preamble)))
    return any(f" {phrase} " in f" {told} " for phrase in SURCHARGE)

"""Choosing what each column of a tab means: by its heading, and by its cells where that says nothing."""

from collections import defaultdict
from dataclasses import replace

from domain.sheets import contents
from domain.sheets.header_rows import Table
from domain.sheets.heading_reading import Heading
from domain.sheets.headings import Meaning
from domain.sheets.price_columns import PRICES, pick_prices
from domain.sheets.questions import Effect, Picked, unused
from domain.sheets.shown import shown
from domain.sheets.template import Column, Use

_CODES = (Meaning.CODE, Meaning.COUNTRY_CODE, Meaning.CODE_FROM, Meaning.CODE_TO, Meaning.ORIGIN_CODE)
_LOOSE = (Meaning.DESTINATION, Meaning.COUNTRY, Meaning.NETWORK, Meaning.COMMENT, Meaning.ORIGIN)
"""Meanings of which a second column does no harm: the one that tells most is taken."""


def pick_columns(table: Table, use: Use, currency: str) -> Picked:
    """Return what each column with a heading or contents means, and what must be asked."""
    picked = Picked()
    for place, heading in enumerate(table.headings):
        if heading or table.cells(place):
            picked.columns[place] = unused(place, heading)
    by_meaning: dict[Meaning, dict[int, Heading]] = defaultdict(dict)
    for place, said in _said(table, use).items():
        if said.meaning is not None:
            by_meaning[said.meaning][place] = said
    prices = {place: said for meaning in PRICES for place, said in by_meaning.pop(meaning, {}).items()}
    if use in (Use.RATES, Use.ORIGINS):
        pick_prices(table, prices, currency, picked)
    for meaning, candidates in by_meaning.items():
        if meaning is not Meaning.UNUSED:
            _pick_one(table, meaning, candidates, picked)
    _fill(table, use, currency, picked)
    return picked


def lacking(table: Table, use: Use, picked: Picked, *, codes_elsewhere: bool) -> None:
    """Ask for what a tab must have and does not: a price, a code or a way to it, a group."""
    has = {column.meaning for column in picked.columns.values()}
    asked = {question.about for question in picked.questions}
    priced = has & set(PRICES) or any(one.startswith(("currency", *map(str, PRICES))) for one in asked)
    keyed = has & {Meaning.CODE, Meaning.COUNTRY_CODE, Meaning.CODE_FROM} or Meaning.CODE in asked
    named = has & {Meaning.DESTINATION, Meaning.COUNTRY, Meaning.NETWORK}
    if use in (Use.RATES, Use.ORIGINS) and not priced:
        _ask_for(table, Meaning.PRICE, "No column holds prices.", picked)
    if use is Use.RATES and not keyed and not (codes_elsewhere and named):
        why = "No column holds codes" + (", and no other tab says them by name." if named else ".")
        _ask_for(table, Meaning.CODE, why, picked)
    if use is Use.CODES and not named:
        _ask_for(table, Meaning.DESTINATION, "No column holds the names by which codes are joined.", picked)
    if use in (Use.ORIGINS, Use.ORIGIN_CODES) and Meaning.ORIGIN not in has and not _by_origin(picked):
        _ask_for(table, Meaning.ORIGIN, "No column holds the origin group.", picked)


def _by_origin(picked: Picked) -> bool:
    return any(column.origin for column in picked.columns.values())


def _ask_for(table: Table, meaning: Meaning, why: str, picked: Picked) -> None:
    fit = {Meaning.PRICE: contents.could_be_prices, Meaning.CODE: contents.could_be_codes}.get(meaning)
    choices = {}
    for place, column in picked.columns.items():
        cells = table.cells(place)
        if column.meaning is Meaning.UNUSED and cells and (fit is None or fit(cells)):
            choices[shown(table, place)] = Effect((Column(place, meaning, table.headings[place]),))
    tail = " Which one does?" if choices else " Ask the partner for it, or add it to the sheet."
    picked.ask(table.preview.name, str(meaning), why + tail, choices)


def _said(table: Table, use: Use) -> dict[int, Heading]:
    """Return what headings say, corrected by the cells below them."""
    said = {place: _held(table, place, one) for place, one in enumerate(table.says)}
    meanings = {one.meaning for one in said.values()}
    filled = {one.meaning for place, one in said.items() if table.cells(place)}
    for place, one in said.items():
        cells = table.cells(place)
        if one.meaning is Meaning.INCREMENTS and Meaning.FIRST_S in meanings and Meaning.NEXT_S not in meanings:
            if contents.share(cells, contents.is_whole) > 0.5:
                said[place] = replace(one, meaning=Meaning.NEXT_S)
        elif one.meaning is Meaning.COMMENT and Meaning.STATUS not in filled:
            if contents.share(cells, contents.is_status) >= 0.6:
                said[place] = replace(one, meaning=Meaning.STATUS)
        elif one.meaning in (Meaning.DESTINATION, Meaning.COUNTRY) and Meaning.CODE not in filled:
            if contents.share(cells, contents.is_codes) > 0.9 and Meaning.CODE_FROM not in filled:
                said[place] = Heading(Meaning.CODE, 3)
        elif one.meaning is Meaning.ORIGIN and (not cells or (one.rank == 2 and use is Use.RATES)):
            said[place] = Heading(Meaning.UNUSED)
    _read_ranges(table, said)
    return {place: _for_use(one, use) for place, one in said.items()}


def _for_use(said: Heading, use: Use) -> Heading:
    """In a tab that lists the codes of origin groups, codes and names are theirs."""
    if use is Use.ORIGIN_CODES and said.meaning in (Meaning.CODE, Meaning.COUNTRY_CODE):
        return replace(said, meaning=Meaning.ORIGIN_CODE)
    if use in (Use.ORIGINS, Use.ORIGIN_CODES) and said.meaning is Meaning.DESTINATION:
        return replace(said, meaning=Meaning.ORIGIN, rank=said.rank + 3)
    return said


def _held(table: Table, place: int, said: Heading) -> Heading:
    """Return what the heading says, or what its cells belie."""
    cells, meaning = table.cells(place), said.meaning
    if not cells or meaning is None:
        return said
    if meaning in _CODES and contents.share(cells, contents.is_codes) < 0.5:
        named = meaning is Meaning.CODE and said.rank == 2
        return Heading(Meaning.DESTINATION, 2) if named else Heading(Meaning.UNUSED)
    if meaning is Meaning.ORIGIN and contents.share(cells, contents.is_codes) > 0.9:
        return Heading(Meaning.ORIGIN_CODE, said.rank)
    if meaning in PRICES and contents.share(cells, contents.is_price) < 0.5:
        named = contents.share(cells, contents.is_currency) > 0.9
        return Heading(Meaning.CURRENCY if named else Meaning.UNUSED)
    if meaning is Meaning.STATUS and contents.share(cells, contents.has_letters) < 0.3:
        return Heading(Meaning.UNUSED)
    return said


def _read_ranges(table: Table, said: dict[int, Heading]) -> None:
    """From and to that hold codes and not dates are the ends of ranges."""
    dates = (Meaning.EFFECTIVE, Meaning.UNTIL)
    coded = {
        one.meaning: place
        for place, one in said.items()
        if one.meaning in dates and one.rank >= 1 and contents.are_codes(table.cells(place))
    }
    if len(coded) == 2 and not any(one.meaning is Meaning.CODE for one in said.values()):
        said[coded[Meaning.EFFECTIVE]] = Heading(Meaning.CODE_FROM)
        said[coded[Meaning.UNTIL]] = Heading(Meaning.CODE_TO)


def _pick_one(table: Table, meaning: Meaning, candidates: dict[int, Heading], picked: Picked) -> None:
    """Take the column that is meant: a filled one, a new one, of the plainest name; else ask."""
    left = {place: said for place, said in candidates.items() if table.cells(place)} or candidates
    new = {place: said for place, said in left.items() if said.age == "new"}
    left = new or left
    plainest = min(said.rank for said in left.values())
    places = [place for place, said in left.items() if said.rank == plainest]
    if meaning is Meaning.CODE and plainest < 3:
        places = [place for place, said in left.items() if said.rank < 3 and not _is_area(said, left)]
    if len(places) > 1 and len({tuple(map(contents.bare_code, table.cells(place))) for place in places}) == 1:
        places = sorted(places, key=lambda place: table.headings[place])[:1]
    if len(places) > 1 and meaning in _LOOSE:
        places = [max(places, key=lambda place: (len(set(table.cells(place))), table.headings[place]))]
    if len(places) == 1:
        picked.columns[places[0]] = Column(places[0], meaning, table.headings[places[0]])
        return
    choices = {shown(table, p): Effect((Column(p, meaning, table.headings[p]),)) for p in places}
    if meaning is not Meaning.CODE:
        choices["none of them"] = Effect()
    picked.ask(table.preview.name, str(meaning), f"More than one column could be the {meaning}. Which one is?", choices)


def _is_area(said: Heading, among: dict[int, Heading]) -> bool:
    """Area codes beside whole codes are not asked about."""
    return said.rank > 0 and any(one.rank == 0 for one in among.values())


def _fill(table: Table, use: Use, currency: str, picked: Picked) -> None:
    """Find by their cells the columns that no heading named."""
    has = {column.meaning for column in picked.columns.values()} | {question.about for question in picked.questions}
    silent = [
        place
        for place, column in picked.columns.items()
        if column.meaning is Meaning.UNUSED and table.says[place].meaning is None and table.cells(place)
    ]
    if not has & {Meaning.CODE, Meaning.COUNTRY_CODE, Meaning.CODE_FROM, Meaning.ORIGIN_CODE}:
        code = Meaning.ORIGIN_CODE if use is Use.ORIGIN_CODES else Meaning.CODE
        _by_cells(table, code, [p for p in silent if contents.are_codes(table.cells(p))], picked)
    if use is Use.RATES and not has & {*PRICES, "currency"}:
        prices = {p: Heading(Meaning.PRICE) for p in silent if contents.are_prices(table.cells(p))}
        pick_prices(table, prices, currency, picked)
    for meaning, test in (
        (Meaning.EFFECTIVE, contents.is_date),
        (Meaning.INCREMENTS, contents.is_increments),
        (Meaning.STATUS, contents.is_status),
        (Meaning.CURRENCY, contents.is_currency),
    ):
        if meaning not in has and not (meaning is Meaning.INCREMENTS and Meaning.FIRST_S in has):
            fits = [p for p in silent if contents.share(table.cells(p), test) >= 0.9]
            _by_cells(table, meaning, fits, picked)
    if not has & {Meaning.DESTINATION, Meaning.COUNTRY} and use in (Use.RATES, Use.CODES):
        open_ones = [p for p in silent if picked.columns[p].meaning is Meaning.UNUSED]
        named = [p for p in open_ones if contents.are_names(table.cells(p))]
        if named:
            most = max(named, key=lambda place: (_filled(table, place), len(set(table.cells(place)))))
            _by_cells(table, Meaning.DESTINATION, [most], picked)


def _filled(table: Table, place: int) -> int:
    return sum(place < len(row) and bool(row[place].strip()) for row in table.body[: contents.SAMPLE])


def _by_cells(table: Table, meaning: Meaning, places: list[int], picked: Picked) -> None:
    places = [place for place in places if picked.columns[place].meaning is Meaning.UNUSED]
    if len(places) == 1:
        place = places[0]
        picked.columns[place] = Column(place, meaning, table.headings[place])
        picked.notes.append(f"By its cells, {shown(table, place)} holds the {meaning}.")
    elif places:
        choices = {shown(table, p): Effect((Column(p, meaning, table.headings[p]),)) for p in places}
        if meaning is not Meaning.CODE:
            choices["none of them"] = Effect()
        words = f"Headings do not say which column holds the {meaning}. Which one does?"
        picked.ask(table.preview.name, str(meaning), words, choices)

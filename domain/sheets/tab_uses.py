"""Deciding what each tab of a workbook is for."""

import re
from collections.abc import Sequence

from domain.sheets.contents import COUNTRY_CODES
from domain.sheets.header_rows import Preview, Table
from domain.sheets.heading_words import words
from domain.sheets.headings import Meaning
from domain.sheets.price_columns import PRICES
from domain.sheets.template import Use

_ORIGIN_TAB = re.compile(r"\b(origins?|origination|originating|a number|obr|herkunft|origine|origen|origem)\b")
_LOG_TAB = re.compile(
    r"\b(log|history|historie|historique|historial|archive|cover|deckblatt|terms|readme|read me|instructions?|legend|"
    r"disclaimer|contacts?|glossary|toc|index|old|previous|expired)\b"
)
_LEAD = re.compile(r"(?:^|[\s(+_-])\+?(?:00)?(\d{1,3})(?=$|[\s)_-])")
_NO_COUNTRY = frozenset("sheet tab rates rate prices price part page list tabelle blatt feuil hoja foglio лист".split())
_CODES = (Meaning.CODE, Meaning.COUNTRY_CODE, Meaning.CODE_FROM)
_NAMES = (Meaning.DESTINATION, Meaning.COUNTRY, Meaning.NETWORK)


def uses_of(previews: Sequence[Preview], tables: Sequence[Table | None]) -> tuple[list[Use], list[str]]:
    """Return the use of each tab, and notes on what is passed over though it looks like a table."""
    uses = [_alone(table) if table else Use.SKIP for table in tables]
    notes = [f"The tab {one.name!r} is hidden and not read." for one in previews if one.hidden and one.total]
    rates = [place for place, use in enumerate(uses) if use is Use.RATES]
    if not rates and (best := _most(tables)) is not None:
        uses[best] = Use.RATES
        rates = [best]
    logs = [place for place in rates if _LOG_TAB.search(words(previews[place].name))]
    if len(logs) < len(rates):
        for place in logs:
            uses[place] = Use.SKIP
            notes.append(f"The tab {previews[place].name!r} is taken for a log or notes and not read.")
            rates.remove(place)
    _set_origins(tables, uses, rates)
    coded = all(_has_codes(tables[place]) for place in rates)
    for place, use in enumerate(uses):
        if use is Use.CODES and coded:
            uses[place] = Use.SKIP
            notes.append(f"The tab {previews[place].name!r} lists codes; the rates have their own, so it is not read.")
    return uses, notes


def _alone(table: Table) -> Use:
    """Return what a tab would be for if it were the only one."""
    priced, coded, named = table.has(*PRICES), table.has(*_CODES), table.has(*_NAMES)
    of_origins = bool(_ORIGIN_TAB.search(words(table.preview.name)))
    if not priced and (table.has(Meaning.ORIGIN_CODE) or (coded and (of_origins or table.has(Meaning.ORIGIN)))):
        return Use.ORIGIN_CODES
    if priced and not coded and (table.has(Meaning.ORIGIN) or of_origins):
        return Use.ORIGINS
    if priced and (coded or named):
        return Use.RATES
    if not any(table.headings) and not coded:
        return Use.RATES  # without headings; its cells looked like codes or prices
    if coded and named:
        return Use.CODES
    return Use.SKIP


def _most(tables: Sequence[Table | None]) -> int | None:
    """Return the tab that is most like rates when none clearly is: one with prices, else with codes, else the first."""
    told = [(table.has(*PRICES), table.has(*_CODES), -place) for place, table in enumerate(tables) if table]
    return -max(told)[2] if told else None


def _set_origins(tables: Sequence[Table | None], uses: list[Use], rates: list[int]) -> None:
    """Beside rates for any caller, a tab whose prices have an origin group is one of origins."""
    of_origin = [place for place in rates if (table := tables[place]) and table.has(Meaning.ORIGIN)]
    named = [p for p in of_origin if (table := tables[p]) and _ORIGIN_TAB.search(words(table.preview.name))]
    if len(of_origin) < len(rates):
        for place in named:
            uses[place] = Use.ORIGINS
            rates.remove(place)


def _has_codes(table: Table | None) -> bool:
    return table is not None and (not any(table.headings) or table.has(*_CODES) or not table.has(*_NAMES))


def lead_of(name: str) -> str:
    """Return the country code that a tab's name tells ("UK 44", "Germany (+49)"), "" when it tells none."""
    if set(words(name).split()) & _NO_COUNTRY or not re.search(r"[^\W\d_]|\+", name):
        return ""
    found = {match for match in _LEAD.findall(name) if match in COUNTRY_CODES}
    return found.pop() if len(found) == 1 else ""

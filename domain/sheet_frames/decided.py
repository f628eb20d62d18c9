"""What is decided once for a whole file: decimal mark, order of day and month, its own date, zone and currency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from domain.errors import InputError
from domain.sheet_frames.case import Contract
from domain.sheet_frames.tab_rows import PRICES, TabRows
from domain.sheets.dates import DateOrder, date_order
from domain.sheets.heading_reading import read_heading
from domain.sheets.headings import Meaning
from domain.sheets.numbers import decimal_mark, without_cents
from domain.sheets.preamble import Preamble, dates_in, dates_zone_in, read_preamble
from domain.sheets.template import Per, Template
from domain.sheets.tiers import tiers_of

_EXAMPLES = 3
"""So many prices of a tier that is not read are told."""
_AMOUNTS = (*PRICES, Meaning.CONNECT_FEE, Meaning.ATTEMPT_FEE, Meaning.MINIMUM)


@dataclass(frozen=True, slots=True)
class Decided:
    """By what the rows of a file are read. `mark` "" and `order.order` "": the file does not tell.

    `preambles` are by tab; `whole` says what the file says as a whole. `own_zone`: the zone that the headings of its
    dates name as theirs, "": none, its dates are of the contract's.
    """

    template: Template
    contract: Contract
    mark: str
    order: DateOrder
    preambles: Mapping[str, Preamble] = field(default_factory=dict)
    whole: Preamble = field(default_factory=Preamble)
    date_1904: bool = False
    notes: tuple[str, ...] = ()
    own_zone: str = ""

    @property
    def zone(self) -> str:
        """The zone of the file's dates."""
        return self.own_zone or self.contract.zone

    def effective_ms(self, tab: str) -> int | None:
        """Return when rows of a tab begin that do not say it: the sheet's own date, else the contract's."""
        own = self.preambles.get(tab, Preamble())
        said = own.effective_ms if own.effective_ms is not None or own.unclear else self.whole.effective_ms
        return said if said is not None else self.contract.effective_ms


def decide(tabs: Sequence[TabRows], template: Template, contract: Contract, *, date_1904: bool) -> Decided:
    """Decide from the tabs that hold prices. What the file does not tell is left open, and told."""
    notes = []
    try:
        amounts = [without_cents(text)[0] for text in _distinct(tabs, _AMOUNTS)]
        mark, why = decimal_mark(amounts, template.decimal)
        notes.append(why)
    except InputError as error:
        mark = ""
        notes.append(f"Decimal mark: {error}")
    above = [cell for tab in tabs for cell in dates_in(tab.preamble)]
    order = date_order([*_distinct(tabs, (Meaning.EFFECTIVE, Meaning.UNTIL)), *above], template.dates)
    zones = sorted({zone for tab in tabs for one in _dated(tab) if (zone := dates_zone_in(one))})
    own_zone = zones[0] if len(zones) == 1 else ""
    preambles = {tab.name: _preamble(tab, order, own_zone or contract.zone, contract) for tab in tabs}
    notes += [f"Dates are of {own_zone}, as their heading says." if own_zone else ""]
    notes += [f"Headings name several zones, {', '.join(zones)}; {contract.zone} is meant." if len(zones) > 1 else ""]
    notes += [*_units(tabs, template), order.why, "The workbook counts days from 1904." if date_1904 else ""]
    for name, preamble in preambles.items():
        notes += [f"{name}: it is not clear when it begins: {_listed(preamble.unclear)}." if preamble.unclear else ""]
    said = tuple(dict.fromkeys(note for note in notes if note))
    whole = _whole(tuple(preambles.values()))
    return Decided(template, contract, mark, order, preambles, whole, date_1904, said, own_zone)


def _units(tabs: Sequence[TabRows], template: Template) -> list[str]:
    """Say which amounts are not in the plan's own unit."""
    cents = dict.fromkeys(tab.heading_of(one) for tab in tabs for one in tab.columns if one.cents)
    listed = ", ".join(map(repr, cents))
    said = [f"In cents: {listed}; 1.25 is read as 0.0125." if cents else ""]
    said += [_tiers(tab) for tab in tabs]
    return [*said, "Prices are for an hour: a 60th of each is that of a minute." if template.per is Per.HOUR else ""]


def _tiers(tab: TabRows) -> str:
    """Say which volume tier is read, and what the others ask, "" without tiers."""
    read, _ = tiers_of(tab.columns)
    used = {one.place for one in tab.columns}
    others = {at: text for at, text in (tab.headings or {}).items() if at not in used and read_heading(text).tier}
    if not read or not others:
        return ""
    told = []
    for at, text in others.items():
        texts = tab.source[str(at)].slice(tab.header + 1)
        some = texts.filter(texts.str.strip_chars() != "").unique(maintain_order=True).head(_EXAMPLES)
        told.append(f"{text!r} ({', '.join(some) or 'empty'}, …)")
    mine = ", ".join(repr(tab.heading_of(one)) for one in read)
    how = "`switchboard sheets tier SHEET TIER` reads another"
    return f"Prices depend on the volume: {mine} is read; not read: {', '.join(told)}. {how}."


def _distinct(tabs: Sequence[TabRows], meanings: Sequence[Meaning]) -> list[str]:
    """Return the different texts of all columns of these meanings, sorted: the same whatever the order of rows."""
    columns = [tab.cells[str(column.place)] for tab in tabs for column in tab.columns if column.meaning in meanings]
    if not columns:
        return []
    texts = pl.concat([column.unique().alias("text") for column in columns]).unique()
    return sorted(text for text in texts if text)


def _dated(tab: TabRows) -> list[str]:
    return [tab.heading_of(one) for one in tab.columns if one.meaning in (Meaning.EFFECTIVE, Meaning.UNTIL)]


def _preamble(tab: TabRows, order: DateOrder, zone: str, contract: Contract) -> Preamble:
    priced = [tab.heading_of(one) for one in tab.columns if one.meaning in PRICES]
    return read_preamble(tab.preamble, [*_dated(tab), *priced], order, zone, contract.received_ms)


def _whole(preambles: Sequence[Preamble]) -> Preamble:
    """Return what holds for the file: what its tabs say alike of its beginning, else what the first of them says."""
    begins = {one.effective_ms for one in preambles if one.effective_ms is not None}
    unclear = any(one.unclear for one in preambles)
    return Preamble(
        begins.pop() if len(begins) == 1 and not unclear else None,
        next((one.issued_ms for one in preambles if one.issued_ms is not None), None),
        next((one.zone for one in preambles if one.zone), ""),
        next((one.currency for one in preambles if one.currency), ""),
    )


def _listed(texts: Sequence[str]) -> str:
    return " and ".join(repr(text) for text in texts)

"""A partner's plan, its clean sheet, and how a sheet is taken from its text to its findings.

The world is small and regular: of each country its calling code and nine longer codes, all of them in the reference
book under the names that the sheet gives them. A fixture (fixtures_*.py) changes of it what its check is about.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from domain.money import decimal_text, units_of
from domain.sheet_frames import columns
from domain.sheet_frames.case import REFERENCE, Case, Contract
from domain.sheet_frames.checks import check
from domain.sheet_frames.compare import compare
from domain.sheet_frames.lines import read_lines
from domain.sheets.corrections import Corrected
from domain.sheets.former import Former
from domain.sheets.header_rows import Preview
from domain.sheets.proposal import propose
from domain.sheets.template import Template
from domain.sheets.terms import Notice, RateTerms
from tests.domain.builders import DAY_MS, ms, rules

RECEIVED_MS = ms(2026, 11, 2, 9)
"""A Monday."""
FIRST_MS = ms(2026, 1, 1)
SOON, IN_TIME = "2026-11-04", "2026-11-09"
"""Inside the notice of seven days, and the first day that keeps it."""
TAB = "Rates"
HEADINGS = ("Code", "Destination", "Rate", "Effective Date", "Increments", "Status")
_COUNTRIES = (
    "AT:43:Austria AU:61:Australia BE:32:Belgium BR:55:Brazil CH:41:Switzerland CN:86:China CZ:420:Czechia "
    "DE:49:Germany DK:45:Denmark EG:20:Egypt ES:34:Spain FI:358:Finland FR:33:France GR:30:Greece HU:36:Hungary "
    "IN:91:India IT:39:Italy JP:81:Japan KE:254:Kenya NG:234:Nigeria NL:31:Netherlands NO:47:Norway PE:51:Peru "
    "PL:48:Poland PT:351:Portugal SE:46:Sweden TR:90:Turkey ZA:27:South_Africa"
)
_NETWORKS = "Mobile Kite|Mobile Heron|Mobile Lark|Fixed|Corporate|Special Services|Paging|Satellite|Rural".split("|")


@dataclass(frozen=True, slots=True)
class Rate:
    """A line of the sheet, or (with its terms) a rate of the plan."""

    code: str
    name: str
    price: str
    effective: str = IN_TIME
    increments: str = "1/1"
    status: str = ""
    more: tuple[str, ...] = ()

    def cells(self) -> list[str]:
        return [self.code, self.name, self.price, self.effective, self.increments, self.status, *self.more]


def _book() -> dict[str, tuple[str, str]]:
    book: dict[str, tuple[str, str]] = {}
    for country, code, name in (one.split(":") for one in _COUNTRIES.split()):
        name = name.replace("_", " ")
        book[code] = (name, country)
        for digit, network in enumerate(_NETWORKS, 1):
            book[f"{code}{digit}"] = (f"{name} {network}", country)
    return book


BOOK = _book()
"""Destination and country by code. Nothing is known of the codes that end in 0."""


def price_of(code: str) -> str:
    """What a code costs: a country less than what is longer, so that nothing rises where the latter ends."""
    tail = int(code[-1]) if code[:-1] in BOOK else 0
    return decimal_text(units_of("0.03") + tail * units_of("0.002"), least=4)


def line(code: str, price: str = "", **fields: Any) -> Rate:
    """A line of the sheet under the name that we have for its code, at the price that the plan knows."""
    return Rate(code, BOOK[code][0] if code in BOOK else "", price or price_of(code), **fields)


def clean_lines() -> dict[str, Rate]:
    """Lines by code: most say what the plan knows; one rises, one falls, one is new, one ends, all in time."""
    lines = [line(code) for code in BOOK]
    changed = [
        line("2541", "0.0350", status="Increase"),
        line("491", "0.0300", status="Decrease"),
        line("276", "0.0290", status="New"),
        line("209", status="Closed"),
    ]
    return {one.code: one for one in (*lines, *changed)}


def rate_rows(*rates: tuple[str, str], from_ms: int = FIRST_MS, **fields: Any) -> pl.DataFrame:
    """RATES of codes and prices; fields are those of the rows."""
    terms = dict.fromkeys(columns.TERMS, 0) | {"first_s": 1, "next_s": 1}
    rows = []
    for number, (code, price) in enumerate(rates, 1):
        units = units_of(price)
        priced = terms | {"first_price": units, "next_price": units}
        own = {
            "id": number,
            "code": code,
            "rate_type": "any",
            "origin": "",
            "from_ms": from_ms,
            "until_ms": None,
            "blocked": False,
        }
        rows.append(own | priced | fields)
    return pl.DataFrame(rows, schema=columns.RATES)


def plan_rates(**other: str | None) -> pl.DataFrame:
    """What the plan knows: `other` prices by code (written _254), None: none."""
    prices: dict[str, str | None] = {code: price_of(code) for code in BOOK} | {"276": None}
    prices |= {code.lstrip("_"): price for code, price in other.items()}
    return rate_rows(*((code, price) for code, price in prices.items() if price is not None))


def calls_to(
    number: str, minutes: int, count: int = 1, *, days_ago: int = 1, charge: str = "0", **fields: Any
) -> pl.DataFrame:
    """CALLS to a number, all of one length, some days before the sheet came."""
    row = {
        "number": number, "at_ms": RECEIVED_MS - days_ago * DAY_MS, "talk_ms": minutes * 60_000, "vendor": "savanna",
        "client": "", "charge": units_of(charge),
    }  # fmt: skip
    return pl.DataFrame([row | fields] * count, schema=columns.CALLS)


def contract(**fields: Any) -> Contract:
    """A buy plan in USD and UTC with the notice of the trade; fields are its own, its terms' or its rules'."""
    terms = {name: fields.pop(name) for name in RateTerms.__slots__ if name in fields and name != "zone"}
    of_rules = {name: fields.pop(name) for name in ("windows", "holidays", "unit") if name in fields}
    values: dict[str, Any] = {
        "rules": rules(**of_rules), "side": "buy", "terms": RateTerms(**terms), "notice": Notice(), "zone": "UTC",
        "received_ms": RECEIVED_MS, "now_ms": RECEIVED_MS,
    }  # fmt: skip
    return Contract(**(values | fields))


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a fixture may change: the sheet's text, the contract, and what was there before."""

    lines: dict[str, Rate] = field(default_factory=clean_lines)
    headings: Sequence[str] = HEADINGS
    above: Sequence[str] = ("Savanna Telecom", "Wholesale rates")
    contract: Contract = field(default_factory=contract)
    rates: pl.DataFrame = field(default_factory=plan_rates)
    template: Template | None = None
    rate_types: tuple[str, ...] = ()
    sha256: str = ""
    content: str = ""
    former: tuple[Former, ...] = ()
    drift: tuple[str, ...] = ()
    calls: pl.DataFrame = field(default_factory=lambda: columns.empty(columns.CALLS))
    sells: dict[str, pl.DataFrame] = field(default_factory=dict)
    buys: dict[str, pl.DataFrame] = field(default_factory=dict)
    date_1904: bool = False

    def with_lines(self, *lines: Rate) -> "Sheet":
        """Put lines in the place of those of the same codes, or behind the others."""
        return replace(self, lines=self.lines | {line.code: line for line in lines})

    def without(self, *codes: str) -> "Sheet":
        return replace(self, lines={code: line for code, line in self.lines.items() if code not in codes})

    def corrected(self, *corrections: Corrected) -> "Sheet":
        return replace(self, contract=replace(self.contract, corrections=corrections))

    def row_of(self, code: str) -> int:
        """The row of a line in the sheet, from 1."""
        return len(self.above) + 2 + list(self.lines).index(code)

    def rows(self) -> list[list[str]]:
        """The sheet's cells: titles, headings, lines, all equally wide."""
        body = [line.cells() for line in self.lines.values()]
        rows = [*([title] for title in self.above), list(self.headings), *body]
        width = max(map(len, rows))
        return [[*row, *[""] * (width - len(row))] for row in rows]


def reference() -> pl.DataFrame:
    return pl.DataFrame([(code, *of, False) for code, of in BOOK.items()], schema=REFERENCE, orient="row")


def case_of(sheet: Sheet) -> Case:
    """Read and compare a sheet as the ordinary way does."""
    rows = sheet.rows()
    preview = Preview(TAB, rows[:1000], len(rows), False)
    proposal = propose([preview], rate_types=sheet.rate_types)
    assert not proposal.questions, proposal.questions
    template = sheet.template or proposal.template
    tab = pl.DataFrame(rows, schema=[str(place) for place in range(len(rows[0]))], orient="row")
    reading = read_lines({TAB: tab}, template, sheet.contract, silent, date_1904=sheet.date_1904)
    known = reference()
    return Case(
        contract=sheet.contract, template=template, reading=reading, rates=sheet.rates,
        comparison=compare(reading, sheet.rates, sheet.contract, known, silent), sha256=sheet.sha256,
        content=sheet.content, drift=sheet.drift, former=sheet.former, reference=known, calls=sheet.calls,
        sells=sheet.sells, buys=sheet.buys,
    )  # fmt: skip


def findings(sheet: Sheet) -> pl.DataFrame:
    return check(case_of(sheet))


def fired(found: pl.DataFrame) -> set[str]:
    """The checks that have an open finding."""
    return set(found.filter(pl.col("standing") == "open")["check"])


def silent(done: int, total: int) -> None:
    """Watch nothing."""


Fixture = Callable[[], Sheet]


def former(**fields: Any) -> Former:
    """A full sheet of the same plan that was applied a month ago."""
    values: dict[str, Any] = {
        "id": 7, "name": "october.csv", "received_ms": RECEIVED_MS - 30 * DAY_MS, "sha256": "s", "content": "c",
        "rows": len(BOOK), "full": True, "applied": True,
    }  # fmt: skip
    return Former(**(values | fields))

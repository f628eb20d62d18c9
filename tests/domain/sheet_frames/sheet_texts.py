"""Sheets written as lines of text, with a template that reads them; a test shows only what matters to it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import polars as pl

from domain.ids import PlanId
from domain.money import Currency
from domain.rates import PlanRules, Window
from domain.sheet_frames.case import Contract, Reading
from domain.sheet_frames.lines import read_lines
from domain.sheets.headings import Meaning
from domain.sheets.template import Column, TabLayout, Template, Use
from domain.sheets.terms import Notice, RateTerms

HEADINGS = {
    "Code": Meaning.CODE,
    "CC": Meaning.COUNTRY_CODE,
    "Code from": Meaning.CODE_FROM,
    "Code to": Meaning.CODE_TO,
    "Destination": Meaning.DESTINATION,
    "Country": Meaning.COUNTRY,
    "Network": Meaning.NETWORK,
    "Rate": Meaning.PRICE,
    "First price": Meaning.FIRST_PRICE,
    "Next price": Meaning.NEXT_PRICE,
    "Surcharge": Meaning.SURCHARGE,
    "Date": Meaning.EFFECTIVE,
    "Until": Meaning.UNTIL,
    "Increments": Meaning.INCREMENTS,
    "First": Meaning.FIRST_S,
    "Next": Meaning.NEXT_S,
    "Connect": Meaning.CONNECT_FEE,
    "Attempt": Meaning.ATTEMPT_FEE,
    "Minimum": Meaning.MINIMUM,
    "Grace": Meaning.GRACE_S,
    "Free": Meaning.FREE_S,
    "Status": Meaning.STATUS,
    "Currency": Meaning.CURRENCY,
    "Type": Meaning.RATE_TYPE,
    "Origin": Meaning.ORIGIN,
    "Origin code": Meaning.ORIGIN_CODE,
}
NOV_4 = 1_793_750_400_000
DAY = 86_400_000
RECEIVED = NOV_4 - 7 * DAY + 9 * 3_600_000


def ms(text: str) -> int:
    """Return the UTC ms of an ISO day or moment."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def tab_of(*lines: str) -> pl.DataFrame:
    """Return a tab as the readers of files make it: one line a row, cells separated by bars."""
    rows = [line.split("|") for line in lines]
    width = max(map(len, rows), default=0)
    return pl.DataFrame(
        {str(place): [row[place] if place < len(row) else "" for row in rows] for place in range(width)},
        schema={str(place): pl.String for place in range(width)},
    )


def columns_of(header: str) -> tuple[Column, ...]:
    """Return columns by their headings: "Rate" any time, "Rate@peak" of a rate type, "Rate/eea" of an origin group."""
    columns = []
    for place, heading in enumerate(header.split("|")):
        name, _, origin = heading.partition("/")
        name, _, rate_type = name.partition("@")
        if name in HEADINGS:
            columns.append(Column(place, HEADINGS[name], heading, rate_type, origin))
    return tuple(columns)


def layout(header: str, row: int = 0, use: Use = Use.RATES, name: str = "") -> TabLayout:
    return TabLayout(name, use, row, columns_of(header))


def contract(*types: str, zone: str = "UTC", terms: RateTerms | None = None, **fields: Any) -> Contract:
    windows = tuple(Window(kind, frozenset(range(7))) for kind in types)
    rules = PlanRules(PlanId("plan"), Currency("USD"), zone, windows=windows)
    made = Contract(rules, "vendor", terms or RateTerms(), Notice(), zone, RECEIVED, RECEIVED, effective_ms=NOV_4)
    return replace(made, **fields)


def read(
    *lines: str,
    header: str = "Code|Destination|Rate|Date",
    above: Sequence[str] = (),
    by: Contract | None = None,
    date_1904: bool = False,
    **template: Any,
) -> Reading:
    """Read one tab: lines above its header, the header, and its rows."""
    made = Template(tabs=(layout(header, len(above)),), **template)
    tabs = {"Rates": tab_of(*above, header, *lines)}
    return read_lines(tabs, made, by or contract(), date_1904=date_1904)


def read_tabs(
    tabs: Mapping[str, Sequence[str]], uses: Mapping[str, Use], by: Contract | None = None, **fields: Any
) -> Reading:
    """Read several tabs, each with its header first."""
    layouts = tuple(layout(lines[0], 0, uses[name], name) for name, lines in tabs.items() if name in uses)
    frames = {name: tab_of(*lines) for name, lines in tabs.items()}
    return read_lines(frames, Template(tabs=layouts, **fields), by or contract())


def rows(reading: Reading, *names: str) -> list[tuple[Any, ...]]:
    """Return these columns of the lines."""
    return reading.lines.select(names).rows()


def refused(reading: Reading) -> list[tuple[int, str, str]]:
    """Return row, check and column of the rejects."""
    return [tuple(row) for row in reading.rejects.select("row", "check", "column").iter_rows()]


def reason(reading: Reading) -> str:
    """Return the reason of the only reject."""
    assert reading.rejects.height == 1, reading.rejects
    return str(reading.rejects["reason"][0])

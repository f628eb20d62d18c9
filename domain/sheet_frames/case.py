"""All that the comparison and the checks of a sheet look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import polars as pl

from domain.days import local_day, midnight_ms
from domain.origins import OriginCode
from domain.rates import PlanRules
from domain.sheet_frames import columns
from domain.sheets.corrections import Corrected
from domain.sheets.former import Former
from domain.sheets.template import Template
from domain.sheets.terms import Notice, RateTerms

REFERENCE = {"code": pl.String, "destination": pl.String, "country": pl.String, "draft": pl.Boolean}
"""The reference book: one row per code; the country is ISO 3166 alpha-2, or 001."""


@dataclass(frozen=True, slots=True)
class Contract:
    """By what a sheet is read and judged. `zone` is the one of its dates; `now_ms` is business time.

    `received_ms`: when it came; notice counts from there. `names`: what a partner calls destinations of ours.
    `first`: the plan knows no rate yet, so what is in force since long ago is no mistake; `had_rates`: it knew some,
    also where all were taken back.
    """

    rules: PlanRules
    side: str
    terms: RateTerms
    notice: Notice
    zone: str
    received_ms: int
    now_ms: int
    effective_ms: int | None = None
    sender: str = ""
    subject: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    corrections: tuple[Corrected, ...] = ()
    first: bool = False
    had_rates: bool = False

    @property
    def week_ms(self) -> tuple[int, int]:
        """From when until when (UTC ms) calls count for figures of a week: the last terms.traffic_days whole days of
        the zone, so that no day counts by half."""
        today = local_day(self.now_ms, self.zone)
        first = today - timedelta(days=self.terms.traffic_days)
        return midnight_ms(first, self.zone), midnight_ms(today, self.zone)


@dataclass(frozen=True, slots=True)
class Reading:
    """A sheet, read: LINES and REJECTS, and what the file as a whole says. `rows` counts its data rows, rejected ones
    included; `passed` the lines of text that are none. `issued_ms`: the sheet's own date; `zone` "": it names none.
    `origins`: ORIGINS, where the sheet has a tab of them. `merged` counts lines that say what another one says.
    `left_out`: LEFT_OUT."""

    lines: pl.DataFrame
    rejects: pl.DataFrame
    rows: int
    passed: int = 0
    notes: tuple[str, ...] = ()
    issued_ms: int | None = None
    zone: str = ""
    currency: str = ""
    date_1904: bool = False
    merged: int = 0
    origins: pl.DataFrame = field(default_factory=lambda: columns.empty(columns.ORIGINS))
    left_out: pl.DataFrame = field(default_factory=lambda: columns.empty(columns.LEFT_OUT))

    @property
    def untaken(self) -> pl.DataFrame:
        """LEFT_OUT of all rows that do not go in, rejected or dropped: what they name stays as it is."""
        return pl.concat([self.rejects.select(*columns.LEFT_OUT), self.left_out])


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a sheet does to a plan: CHANGES, IMPLICIT, and the plan after it.

    `ended`: ids of RATES rows that are known no longer; `added`: RATES rows (id null) that are known instead; `after`
    is the whole plan as it then is known. `rest_from_ms`: from when codes end that a full sheet does not name;
    None: they stay. `rest`: REST, where only those of some countries do.
    """

    changes: pl.DataFrame
    implicit: pl.DataFrame
    ended: pl.Series
    added: pl.DataFrame
    after: pl.DataFrame
    rest_from_ms: int | None = None
    rest: pl.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class Lists:
    """What origin groups are: of the plan `before` the sheet and `after` it, and of `sells` and `buys` by plan."""

    before: tuple[OriginCode, ...] = ()
    after: tuple[OriginCode, ...] = ()
    sells: Mapping[str, tuple[OriginCode, ...]] = field(default_factory=dict)
    buys: Mapping[str, tuple[OriginCode, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """A sheet before its checks. `calls` are those of the plan's traffic; `sells`: by sell plan, the RATES that are
    live on routes by this (buy) plan, in its currency; `buys`: by buy plan that vendors' trunks are paid by, its RATES
    in the currency of this (sell) plan; `rules`: of these plans, by plan; `lists`: who is in which origin group of any
    of them."""

    contract: Contract
    template: Template
    reading: Reading
    rates: pl.DataFrame
    comparison: Comparison
    sha256: str = ""
    content: str = ""
    drift: tuple[str, ...] = ()
    former: tuple[Former, ...] = ()
    reference: pl.DataFrame = field(default_factory=lambda: columns.empty(REFERENCE))
    calls: pl.DataFrame = field(default_factory=lambda: columns.empty(columns.CALLS))
    sells: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    buys: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    rules: Mapping[str, PlanRules] = field(default_factory=dict)
    lists: Lists = field(default_factory=Lists)

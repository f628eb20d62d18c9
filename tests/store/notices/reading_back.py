"""Sheets of ours, written and read as anybody's sheet is."""

from dataclasses import dataclass, replace
from typing import Any

import polars as pl
from hypothesis import strategies as st

from domain.days import local_day
from domain.notice_frames.marks import codes_of, marked
from domain.notice_frames.rows import SheetRows, sheet_rows
from domain.notices.form import (
    CodesAs,
    CountryCode,
    DatesAs,
    Field,
    FileKind,
    OrderBy,
    Scope,
    SheetForm,
)
from domain.notices.words import LANGUAGES
from domain.rates import Unit, Window
from domain.sheet_frames.case import REFERENCE, Comparison, Contract, Reading
from domain.sheet_frames.columns import RATES, empty
from domain.sheet_frames.compare import compare
from domain.sheet_frames.lines import read_lines
from domain.sheets.proposal import Preview, answered, propose
from store.notices.csv_sheet import write_csv
from store.notices.title import Title
from store.notices.xlsx_sheet import write_xlsx
from store.sheets.files import open_file
from tests.domain.builders import rules
from tests.domain.notice_frames.plans import AT, book, telling
from tests.domain.sheet_frames.plans import contract

WINDOWS = (Window("peak", frozenset(range(5)), 480, 1080),)
_ALL = tuple(
    one for one in Field if one not in (Field.NEXT_PRICE, Field.FIRST_S, Field.NEXT_S, Field.DESTINATION, Field.COUNTRY)
)
_OWN = {Field.CODE: "Prefix", Field.PRICE: "Rate", Field.FROM: "Valid from", Field.FIRST_PRICE: "Initial rate"}


@dataclass(frozen=True, slots=True)
class Written:
    """A sheet of ours: what it says, and its bytes; `zone`: of the plan that it is read into."""

    sheet: SheetRows
    form: SheetForm
    zone: str
    data: bytes


def written(
    plan: pl.DataFrame,
    form: SheetForm,
    told: pl.DataFrame | None = None,
    zone: str = "UTC",
    names: pl.DataFrame | None = None,
    at_ms: int = AT,
    plan_zone: str = "",
) -> Written:
    by = telling(zone=zone, at_ms=at_ms)
    known = names if names is not None else book(*codes_of(plan, told))
    marks = marked(plan, told, by, known)
    sheet = sheet_rows(marks, form, by, known, "USD", plan_zone or zone)
    title = Title("Switchboard Ltd", "retail", local_day(at_ms, zone).isoformat(), "USD", zone)
    write = write_xlsx if form.file is FileKind.XLSX else write_csv
    return Written(sheet, form, plan_zone or zone, write(sheet, form, title))


def read_back(file: Written) -> tuple[Reading, Contract]:
    """Read it as a partner's sheet; what it leaves open is answered by its form."""
    opened = open_file(f"retail.{file.form.file}", file.data, 100)
    previews = [Preview(tab.name, tab.rows.head(1000).rows(), tab.rows.height, tab.hidden) for tab in opened.tabs]
    proposal = propose(previews, Unit.SECOND, ["peak"], "USD")
    asked = {question.key: _answer(question.about, file.form) for question in proposal.questions}
    proposal = answered(proposal, asked)
    assert not proposal.questions
    its_rules = rules(zone=file.zone, windows=WINDOWS)
    by = replace(contract(), rules=its_rules, zone=file.zone, received_ms=AT, now_ms=AT)
    tabs = {tab.name: tab.rows for tab in opened.tabs}
    return read_lines(tabs, proposal.template, by, date_1904=opened.date_1904), by


def _answer(about: str, form: SheetForm) -> str:
    if about == "dates":
        return "2" if form.dates is DatesAs.MDY else "1"
    if about == "country code in":
        return "2" if form.country_code is CountryCode.OWN_COLUMN else "1"
    assert about == "decimal", about
    return "1" if form.decimal == "." or form.file is FileKind.XLSX else "2"


def put_into(reading: Reading, by: Contract, plan: pl.DataFrame | None = None) -> Comparison:
    """Compare it with a plan (None: an empty one)."""
    held = empty(RATES) if plan is None else plan
    return compare(reading, held, by, empty(REFERENCE), lambda done, total: None)


def _columns(own: bool, shuffled: list[Field]) -> tuple[str, ...]:
    return tuple(f"{one}={_OWN[one]}" if own and one in _OWN else one.value for one in shuffled)


_separators = st.sampled_from([(",", "."), (";", ","), (";", "."), ("\t", ","), ("|", "."), ("\t", ".")])


@st.composite
def forms(draw: st.DrawFn, /, **fixed: Any) -> SheetForm:
    """Forms of files that can be read."""
    separator, decimal = draw(_separators)
    lead = draw(st.sampled_from(["", "", "+", "00"]))
    columns = draw(st.one_of(st.just(()), st.builds(_columns, st.booleans(), st.permutations(_ALL))))
    values: dict[str, Any] = {
        "file": draw(st.sampled_from([FileKind.XLSX, FileKind.CSV])),
        "scope": Scope.FULL,
        "columns": columns,
        "order": draw(st.sampled_from(list(OrderBy))),
        "codes": draw(st.sampled_from(list(CodesAs))),
        "country_code": draw(st.sampled_from(list(CountryCode))),
        "lead": lead,
        "language": draw(st.sampled_from(LANGUAGES)),
        "dates": draw(st.sampled_from(list(DatesAs))),
        "decimals": draw(st.integers(0, 8)),
        "decimal": decimal,
        "separator": separator,
        "title": draw(st.booleans()),
    }
    return SheetForm(**(values | fixed))

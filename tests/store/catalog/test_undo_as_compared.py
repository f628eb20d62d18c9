"""Sheets compared over frames, put in and taken back: the plan is as if they had never been."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.ids import PlanId
from domain.money import Currency
from domain.rates import PlanRules
from domain.sheet_frames.asked import asked, ends_of, left_alone
from domain.sheet_frames.case import REFERENCE, Contract, Reading
from domain.sheet_frames.columns import KEY, LINES, RATES, REJECTS, TERMS
from domain.sheet_frames.compare import compare
from domain.sheets.terms import Notice, RateTerms, Semantics
from store.catalog import Catalog
from store.catalog.intents import Intents, Line, Lines, pack
from store.catalog.plan_changes import SheetChange
from tests.store.catalog.builders import AT, approved, with_plan
from tests.store.catalog.comparing import prices, says

BOOK = pl.DataFrame(
    [("1", "North", "US", False), ("12", "Island", "BS", False), ("121", "North", "US", False)],
    schema=REFERENCE,
    orient="row",
)
"""The island has a code within that of the continent; of 2 nobody knows."""
_plan_numbers = count(1)
_LINE = [*KEY, *TERMS, "from_ms", "until_ms", "blocked"]


@dataclass(frozen=True)
class Sent:
    """A sheet: its lines, codes of rejected rows, what codes are that it does not name, and when it came."""

    lines: Sequence[Line] = ()
    rejected: Sequence[str] = ()
    means: Semantics = Semantics.CHANGES
    received_ms: int = 4


def put_in(catalog: Catalog, plan: PlanId, sent: Sent) -> int:
    """Compare, approve and apply a sheet as the product does; return its id."""
    known = catalog.plan_changes.rates_frame_columns(plan)
    rates = pl.DataFrame(dict(known.columns), schema=RATES)
    found = compare(reading_of(sent), rates, contract_of(plan, sent), BOOK, lambda _done, _total: None)
    sheet = approved(catalog, plan)
    added = found.added.select(*_LINE).rows()
    stays = frozenset(left_alone(reading_of(sent).rejects))
    within, without = ends_of(found.rest) if found.rest is not None else (frozenset(), frozenset())
    lines = asked(found.changes).rows()
    intents = Intents(lines, found.rest_from_ms, within, stays, sent.received_ms, rest_without=without)
    change = SheetChange(sheet, known.version, found.ended.to_list(), Lines.of(added), pack(intents))
    catalog.plan_changes.apply(change, who="ada", at_ms=AT)
    return sheet


def reading_of(sent: Sent) -> Reading:
    rows = [dict(zip(_LINE, line, strict=True)) for line in sent.lines]
    rest = {"tab": "", "name": "", "status": "", "currency": "USD"}
    each = [row | rest | {"row": at, "closed": row["first_price"] is None} for at, row in enumerate(rows, 2)]
    bad = [dict.fromkeys(REJECTS, "") | {"code": code, "row": at} for at, code in enumerate(sent.rejected, 90)]
    return Reading(pl.DataFrame(each, schema=LINES), pl.DataFrame(bad, schema=REJECTS), len(each) + len(bad))


def contract_of(plan: PlanId, sent: Sent) -> Contract:
    terms = RateTerms(semantics=sent.means)
    rules = PlanRules(plan, Currency("USD"))
    return Contract(rules, "buy", terms, Notice(), "UTC", received_ms=sent.received_ms, now_ms=sent.received_ms)


def check_that_none_of_the_undone_are_left(catalog: Catalog, sheets: Sequence[Sent], undone: Sequence[int]) -> None:
    plan, other = (with_plan(catalog, f"p{next(_plan_numbers)}") for _ in range(2))
    numbers = [put_in(catalog, plan, sent) for sent in sheets]
    for place in undone:
        catalog.plan_changes.undo(numbers[place], who="bob", at_ms=AT)
    for place, sent in enumerate(sheets):
        if place not in undone:
            put_in(catalog, other, sent)
    assert prices(catalog, plan) == prices(catalog, other)


def test_a_rejected_row_neither_ends_nor_prices_its_code_when_an_earlier_sheet_goes(file_catalog: Catalog) -> None:
    first = Sent([says("44", 7), says("49", 1)])
    closing = Sent([says("44", None, 2)])
    for means in Semantics:
        rejecting = Sent([says("49", 2, 3)], rejected=["44"], means=means)
        check_that_none_of_the_undone_are_left(file_catalog, [first, rejecting, Sent([says("44", 8)])], [0])
        check_that_none_of_the_undone_are_left(file_catalog, [first, closing, rejecting], [1])


def test_a_price_that_was_repeated_from_earlier_on_holds_from_there_when_the_earlier_sheet_goes(
    file_catalog: Catalog,
) -> None:
    sheets = [Sent([says("44", 7, 5)]), Sent([says("44", 8, 9)]), Sent([says("44", 7, 6)])]
    check_that_none_of_the_undone_are_left(file_catalog, sheets, [0])
    check_that_none_of_the_undone_are_left(file_catalog, sheets, [0, 1])


def test_a_full_sheet_that_found_nothing_to_end_ends_what_comes_back_before_it(file_catalog: Catalog) -> None:
    sheets = [
        Sent([says("44", 7), says("49", 1)]),
        Sent([says("49", None)]),
        Sent([says("44", 8, 6)], means=Semantics.FULL),
    ]
    check_that_none_of_the_undone_are_left(file_catalog, sheets, [1])


def test_a_code_that_a_sheet_full_by_country_ended_stays_so_when_an_earlier_sheet_goes(file_catalog: Catalog) -> None:
    before = Sent([says("1", 7), says("11", 7), says("12", 7)])
    closing = Sent([says("11", None), says("12", None)])
    full = Sent([says("1", 8, 6)], means=Semantics.FULL_BY_COUNTRY)
    check_that_none_of_the_undone_are_left(file_catalog, [before, closing, full], [1])
    check_that_none_of_the_undone_are_left(file_catalog, [full, before, closing, full], [0, 2])
    check_that_none_of_the_undone_are_left(
        file_catalog, [before, closing, Sent([says("12", 8, 6)], means=full.means)], [1]
    )


moments = st.sampled_from([0, 3, 6])
lines = st.builds(
    lambda code, price, since, length: says(code, price, since, since + length if length else None),
    st.sampled_from(["1", "12", "11", "2"]),
    st.sampled_from([None, 1, 1, 2]),
    moments,
    st.sampled_from([0, 0, 0, 3, 4]),
)
sents = st.builds(
    Sent,
    st.lists(lines, min_size=1, max_size=3, unique_by=lambda line: (line[0], line[12])),
    st.sampled_from([(), (), ("1",), ("12",)]),
    st.sampled_from(Semantics),
    st.sampled_from([0, 4]),
)


@pytest.fixture
def file_catalog(sqlite_template: Path, tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog.open(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'catalog.db')}")
    yield opened
    opened.close()


@given(st.lists(sents, min_size=2, max_size=4), st.lists(st.integers(0, 1), min_size=1, max_size=2, unique=True))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sheets_taken_back_are_as_if_they_had_never_been_compared(
    file_catalog: Catalog, sheets: list[Sent], undone: list[int]
) -> None:
    check_that_none_of_the_undone_are_left(file_catalog, sheets, undone)

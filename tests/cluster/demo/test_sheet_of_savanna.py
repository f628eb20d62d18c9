"""Savanna's workbook is read, compared and checked as the product does it: every figure of the story comes out."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest

from actors.home import Home
from actors.sheet_work import CHANGES, FINDINGS, Digest, DigestOrder
from cluster.demo.savanna import PLAN, SUBJECT, cents
from cluster.demo.sheet_of_savanna import CODES_BEFORE, HEADINGS, savanna_files
from cluster.demo.strands import CYCLE_S
from cluster.demo.verify_sheet import EXPLICIT, FOUND, IMPLICIT, KINDS, LOST, WEEK
from cluster.demo.world import (
    BOOK_ENTRIES,
    KENYA,
    ORBITA,
    ORIGIN_MS,
    RATES_MAIL,
    SAVANNA,
    SHEET_TERMS,
    UNDER_WATER_CODE,
    PlanEntry,
    at,
    world,
)
from cluster.tasks.sheets import digest
from domain.calls import Side
from domain.codes import CodeSeed
from domain.ids import PlanId
from domain.money import units_of
from domain.sheets.corrections import Corrected, Correction
from domain.sheets.steps import SheetState
from domain.sheets.term_fields import changed_terms
from domain.sheets.terms import RateTerms
from store.catalog import Catalog
from store.seeding import seed_codes
from tests.cluster.tasks.places import BY, Place, a_place, an_empty_catalog
from tests.domain.builders import row, rules
from tests.domain.call_builders import a_leg, report

READ_MS = at("2026-11-02T09:06:40")
EARLIEST_MS = at("2026-11-09")


@dataclass(frozen=True, slots=True)
class Files:
    before: Path
    sheet: Path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(*savanna_files(tmp_path_factory.mktemp("kept")))


@pytest.fixture(scope="module")
def home(files: Files) -> Iterator[Home]:
    with a_place() as place:
        catalog = an_empty_catalog(place.home.catalog_url())
        catalog.codes.enter([*seed_codes(), *(CodeSeed(*entry) for entry in BOOK_ENTRIES)], "test", **BY)
        for partner in world().partners:
            catalog.partners.add(replace(partner, sell_plan=None, buy_plan=None), **BY)
        for plan in world().plans:
            enter(catalog, plan, files)
        terms = changed_terms(RateTerms(), SHEET_TERMS[PlanId(PLAN)], "terms")
        catalog.rate_terms.set(PlanId(PLAN), terms, **BY)
        catalog.close()
        call(place)
        yield place.home


def enter(catalog: Catalog, plan: PlanEntry, files: Files) -> None:
    catalog.plans.add(rules(plan=plan.id, currency=plan.currency), "sell" if plan.side is Side.CLIENT else "buy", **BY)
    if plan.id == PLAN:
        with files.before.open(newline="") as file:
            rows = [
                row(one["Code"], one["Rate"], one["Increments"], valid_from_ms=at(one["Effective"]))
                for one in csv.DictReader(file)
            ]
    else:
        rows = [row(one.code, one.price, one.increments, valid_from_ms=at("2026-09-01")) for one in plan.prices]
    catalog.plans.add_rates(plan.id, rows, **BY)
    catalog.plans.assign(plan.id, plan.partner, **BY)


def call(place: Place) -> None:
    """Kenya's last six days of October over Savanna, an answered call every few minutes; a day before and one after."""
    moments = [at("2026-10-26") + number * 350_000 for number in range(1_440)]
    outside = [at("2026-10-25T19:00"), ORIGIN_MS]
    legs = [
        a_leg(
            f"c{number}", Side.VENDOR, partner=SAVANNA, b=f"{UNDER_WATER_CODE if number % 90 < 10 else '254701'}000000",
            setup_ms=at_ms, connect_ms=at_ms, duration_ms=1000 * CYCLE_S[number % 10],
            disconnect_ms=at_ms + 1000 * CYCLE_S[number % 10],
        )
        for number, at_ms in enumerate([*moments, *outside])
    ]  # fmt: skip
    place.shard.turn([report(leg) for leg in legs])


def digested(home: Home, files: Files, *decided: Corrected) -> Digest:
    order = DigestOrder(
        1, PlanId(PLAN), files.sheet.name, files.sheet.read_bytes(), received_ms=READ_MS, now_ms=READ_MS,
        sender=RATES_MAIL[SAVANNA], subject=SUBJECT, corrections=decided,
    )  # fmt: skip
    *_, made = digest(home, order)
    assert isinstance(made, Digest)
    return made


def frame(made: Digest, part: str) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(made.parts[part]))


def test_the_sheet_comes_to_the_figures_of_the_story(home: Home, files: Files) -> None:
    made = digested(home, files)
    assert (made.state, made.rows, made.lines, made.rejects) == (SheetState.CHECKED, 100_000, 100_407, 12)
    assert made.kinds == KINDS
    assert {one.check: one.count for one in made.checks} == FOUND
    money = {one.check: one.money for one in made.checks}
    assert [cents(-(money[check] or 0)) for check in ("R28", "R31", "R36")] == [EXPLICIT, IMPLICIT, LOST]
    assert made.week is not None and [cents(units) for units in made.week] == [WEEK, "342.80"]
    at_risk = frame(made, FINDINGS).filter(pl.col("check") == "R36")["words"].to_list()
    assert at_risk == [
        f"{ORBITA}-sell sells {KENYA} at 0.1050 a minute, {UNDER_WATER_CODE} would cost 0.1450 from 9 Nov:"
        " margin -16.00 USD a week over 400 min"
    ]
    increases = frame(made, CHANGES).filter(pl.col("kind") == "increase")
    assert set(increases["said_ms"]) == {at("2026-11-04")} and set(increases["earliest_ms"]) == {EARLIEST_MS}


def test_moved_and_accepted_nothing_is_left_and_no_price_changes_on_that_day(home: Home, files: Files) -> None:
    accepted = [Corrected(Correction.ACCEPT, check=check) for check in sorted(FOUND.keys() - {"R28"})]
    made = digested(home, files, Corrected(Correction.DATE, check="R28"), *accepted)
    assert made.blocking == 0 and not any(one.open for one in made.checks)
    assert {one.check: one.count for one in made.checks} == FOUND
    changes = frame(made, CHANGES).filter(pl.col("kind") != "unchanged")
    assert set(changes.filter(pl.col("kind") == "increase")["from_ms"]) == {EARLIEST_MS}
    assert changes["from_ms"].min() == at("2026-11-03")


def test_the_same_seed_makes_the_same_sheets_and_only_once(files: Files, tmp_path: Path) -> None:
    kept = files.sheet.parent.parent
    assert savanna_files(kept) == (files.before, files.sheet)
    assert [path.name for path in kept.iterdir()] == [files.sheet.parent.name]
    with files.before.open() as file:
        assert sum(1 for _ in file) == 1 + CODES_BEFORE
    assert HEADINGS[0] == "Code" and units_of(WEEK) == 3_600 * units_of("0.0780")

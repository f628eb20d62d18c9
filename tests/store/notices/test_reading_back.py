"""What we write, anybody who reads sheets as we do reads back: the same prices at every moment."""

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.notice_frames.lines import ahead
from domain.notices.form import Scope, SheetForm
from tests.domain.notice_frames.plans import AT, at_moments, day, moments_of, plans, plans_and_told
from tests.domain.sheet_frames.plans import rate, rates
from tests.store.notices.reading_back import forms, put_into, read_back, written

_zones = st.sampled_from(["UTC", "UTC", "Europe/Berlin", "America/New_York"])


def _refused(rejects: pl.DataFrame) -> list[tuple[str, ...]]:
    return rejects.select("check", "value", "reason", "raw").rows()


@settings(max_examples=40)
@given(plans_and_told(), forms(), _zones)
def test_a_full_sheet_read_back_is_the_plan(
    both: tuple[pl.DataFrame, pl.DataFrame | None], form: SheetForm, zone: str
) -> None:
    plan, told = both
    file = written(plan, form, told, zone)
    if not ahead(plan, AT).height:
        return
    reading, by = read_back(file)
    assert _refused(reading.rejects) == []
    moments = moments_of(plan)
    assert at_moments(put_into(reading, by).after, moments) == at_moments(plan, moments)


@settings(max_examples=30)
@given(plans, forms(), _zones)
def test_our_own_sheet_changes_nothing(plan: pl.DataFrame, form: SheetForm, zone: str) -> None:
    if not ahead(plan, AT).height:
        return
    reading, by = read_back(written(plan, form, None, zone))
    assert set(put_into(reading, by, plan).changes["kind"]) <= {"unchanged"}


_any_zones = st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "CET"])


@settings(max_examples=60)
@given(plans, forms(columns=()), _any_zones, _any_zones)
@example(
    rates(rate("254", until_ms=day(9)), rate("254", "0.02", from_ms=day(9) + 18_000_000)),
    SheetForm(columns=("code", "price=Rate", "from=Effective date", "until=End date")),
    "America/New_York",
    "UTC",
)
def test_our_own_sheet_changes_nothing_whatever_the_zones_of_plan_and_contract(
    plan: pl.DataFrame, form: SheetForm, zone: str, plan_zone: str
) -> None:
    if not ahead(plan, AT).height:
        return
    reading, by = read_back(written(plan, form, None, zone, plan_zone=plan_zone))
    assert _refused(reading.rejects) == [] and reading.zone in ("", plan_zone), "no other zone is found"
    named = {zone, plan_zone} != {"UTC"}
    assert (f"Dates are of {zone}, as their heading says." in reading.notes) == named
    assert set(put_into(reading, by, plan).changes["kind"]) <= {"unchanged"}


@settings(max_examples=30)
@given(plans_and_told(), forms(scope=Scope.CHANGES))
def test_changes_read_over_what_was_told_are_the_plan(
    both: tuple[pl.DataFrame, pl.DataFrame | None], form: SheetForm
) -> None:
    plan, told = both
    file = written(plan, form, told)
    if not file.sheet.rows.height:
        return
    reading, by = read_back(file)
    assert _refused(reading.rejects) == []
    known = plan.clear() if told is None else told.with_columns(id=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    moments = moments_of(plan, known)
    assert at_moments(put_into(reading, by, known).after, moments) == at_moments(plan, moments)

"""What the traffic of a week costs before and after a sheet."""

from dataclasses import replace

import polars as pl

from domain.money import units_of
from domain.sheet_frames import columns
from domain.sheet_frames.case import Case, Comparison, Reading
from domain.sheet_frames.week_cost import WeekCost, week_cost
from domain.sheets.template import Template
from tests.domain.sheet_frames.fixtures import RECEIVED_MS, calls_to, contract, rate_rows

DAY_MS = 86_400_000


def case(calls: pl.DataFrame, after: pl.DataFrame, days: int = 7) -> Case:
    nothing = columns.empty(columns.CHANGES), columns.empty(columns.IMPLICIT)
    reading = Reading(columns.empty(columns.LINES), columns.empty(columns.REJECTS), 0)
    before = rate_rows(("254", "0.10"), ("255", "0.20"))
    comparison = Comparison(*nothing, before["id"], after, after)
    return Case(contract(traffic_days=days), Template(), reading, before, comparison, calls=calls)


def test_calls_are_counted_at_both_prices_and_scaled_to_a_week() -> None:
    calls = pl.concat([calls_to("254700000001", 10, 3), calls_to("255700000001", 5)])
    after = rate_rows(("254", "0.15"), ("255", "0.20"))
    assert week_cost(case(calls, after)) == WeekCost(4, units_of("4"), units_of("5.5"))
    assert week_cost(case(calls, after, days=14)) == WeekCost(4, units_of("2"), units_of("2.75"))


def test_calls_that_lose_their_rate_are_told() -> None:
    calls = pl.concat([calls_to("254700000001", 10), calls_to("255700000001", 5)])
    assert week_cost(case(calls, rate_rows(("254", "0.10")))) == WeekCost(2, units_of("2"), units_of("1"), 1)


def test_each_plan_is_asked_when_all_of_the_sheet_is_in_force() -> None:
    later = RECEIVED_MS + 30 * DAY_MS
    after = rate_rows(("254", "0.30"), from_ms=later)
    its = case(calls_to("254700000001", 10), pl.concat([rate_rows(("254", "0.10")), after]))
    at_once = week_cost(its)
    assert at_once.after == units_of("1"), "its dearer rate is not in force yet"
    change = pl.DataFrame([{"code": "254", "from_ms": later}], schema_overrides={"from_ms": pl.Int64})
    changes = pl.concat([columns.empty(columns.CHANGES), change], how="diagonal")
    dated = replace(its, comparison=replace(its.comparison, changes=changes))
    assert week_cost(dated).after == units_of("3")


def test_without_calls_nothing_is_known() -> None:
    assert week_cost(case(columns.empty(columns.CALLS), rate_rows(("254", "0.15")))) == WeekCost(0, 0, 0)


def test_a_week_is_seven_whole_days_of_the_contracts_zone_before_today() -> None:
    midnight = RECEIVED_MS // DAY_MS * DAY_MS
    moments = [midnight - 7 * DAY_MS - 1, midnight - 7 * DAY_MS, midnight - 1, midnight, RECEIVED_MS - 1]
    calls = pl.concat([calls_to("254700000001", 10, at_ms=at_ms) for at_ms in moments])
    its = case(calls, rate_rows(("254", "0.15"), ("255", "0.20")))
    assert week_cost(its) == WeekCost(2, units_of("2"), units_of("3"))
    nairobi = replace(its, contract=replace(its.contract, zone="Africa/Nairobi"))  # three hours ahead
    shifted = its.calls.with_columns(pl.col("at_ms") - 3 * 3_600_000)
    assert week_cost(replace(nairobi, calls=shifted)) == WeekCost(2, units_of("2"), units_of("3"))

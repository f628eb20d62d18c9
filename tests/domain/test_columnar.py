"""The batch rating gives what the live rating gives, to the last digit."""

from collections.abc import Sequence
from itertools import zip_longest
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.causes import ParkCause
from domain.columnar import RATED, BatchPlan, rate_calls
from domain.intervals import PlanIntervals
from domain.money import ROUNDINGS, units_of
from domain.profiles import windows_of
from domain.rates import ANY_TIME, Charge, Crossing, PlanRules, RateRow, Terms
from domain.rating import rate
from tests.domain.builders import (
    NOON,
    any_rows,
    any_rules,
    any_terms,
    dice,
    duration,
    moment,
    ms,
    number_of,
    row,
    rules,
)
from tests.domain.callers import EEA, by_origin, origin_codes, some_caller

Call = tuple[str, int | None, int, int] | tuple[str, int | None, int, int, int | None]
SCHEMA = {"b": pl.String, "connect_ms": pl.Int64, "setup_ms": pl.Int64, "duration_ms": pl.Int64, "volume": pl.Int64}
SIX_PM = ms(2025, 10, 31, 18)


def frame(*calls: Call) -> pl.DataFrame:
    return pl.DataFrame([(*call, None)[:5] for call in calls], schema=SCHEMA, orient="row")


def one_by_one(plan: PlanIntervals, calls: list[Call], callers: Sequence[str] = ()) -> list[tuple[object, ...]]:
    lines: list[tuple[object, ...]] = []
    for call, caller in zip_longest(calls, callers, fillvalue=""):
        charge = rate(plan, *call, caller=caller)  # type: ignore[misc]  # the volume may be left out
        if isinstance(charge, Charge):
            price = charge.terms.next_price if charge.terms else 0
            billed = charge.billed_s, charge.billed_volume
            lines.append((charge.code, charge.rate_type, *billed, price, charge.units, None))
        else:
            lines.append((*[None] * (len(RATED) - 1), charge.value))
    return lines


STRANGE = ["", "0#1", "+1", "-12", "1 2", "012012012012012#", "٠١٢", "1_2"]


def any_call(rows: list[RateRow], dice: Random) -> Call:
    number = number_of(rows, dice) if dice.random() < 0.95 else dice.choice(STRANGE)
    connect_ms = moment(dice) if dice.random() < 0.85 else None
    volume = dice.choice([None, 0, 1, dice.randrange(50), dice.randrange(5_000_000), dice.randrange(2**28)])
    return number, connect_ms, moment(dice), duration(dice), volume


@settings(max_examples=200, deadline=None)
@given(any_rules(), any_rows(), dice)
def test_batch_and_live_rating_agree_on_any_plan_and_call(drawn: PlanRules, rows: list[RateRow], dice: Random) -> None:
    calls = [any_call(rows, dice) for _ in range(60)]
    rated = rate_calls(frame(*calls), BatchPlan.of(drawn, rows))
    assert rated.select(RATED.keys()).rows() == one_by_one(PlanIntervals(drawn, rows), calls)
    assert rated.select(SCHEMA.keys()).equals(frame(*calls))


@settings(max_examples=60, deadline=None)
@given(any_rules(), any_rows(), dice)
def test_batch_and_live_rating_agree_on_who_calls(drawn: PlanRules, rows: list[RateRow], dice: Random) -> None:
    rows, codes = by_origin(rows, dice), origin_codes(dice)
    calls, callers = [any_call(rows, dice) for _ in range(60)], [some_caller(dice) for _ in range(60)]
    asked = frame(*calls).with_columns(pl.Series("a", callers))
    rated = rate_calls(asked, BatchPlan.of(drawn, rows, origin_codes=codes))
    assert rated.select(RATED.keys()).rows() == one_by_one(PlanIntervals(drawn, rows, 1, codes), calls, callers)
    assert rated.select(asked.columns).equals(asked)


def test_no_calls_of_a_plan_that_tells_callers_apart_are_an_empty_answer() -> None:
    asked = frame().with_columns(pl.lit("").alias("a"))
    assert not rate_calls(asked, BatchPlan.of(rules(), [row(origin=EEA)])).height


def test_a_caller_that_is_not_known_is_as_one_that_is_no_number() -> None:
    asked = frame(("447911", NOON, NOON, 60_000)).with_columns(pl.lit(None, pl.String).alias("a"))
    plan = BatchPlan.of(rules(), [row("44", "0.01"), row("44", "0.3", origin="invalid")])
    assert rate_calls(asked, plan)["charge"].to_list() == [30_000_000]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(Crossing), any_terms, any_terms, st.sampled_from([ANY_TIME, "night"]), dice)
def test_calls_around_a_boundary_agree_by_start_and_split(
    crossing: Crossing, peak: Terms, rest: Terms, rest_type: str, dice: Random
) -> None:
    drawn = rules(windows=windows_of("peak", range(7), 8 * 60, 18 * 60), crossing=crossing)
    rows = [row("4", rate_type="peak", terms=peak), row("4", rate_type=rest_type, terms=rest)]
    starts = [SIX_PM + dice.randrange(-200, 2) * 1000 + dice.choice([0, 0, dice.randrange(1000)]) for _ in range(60)]
    calls: list[Call] = [("44", start, start, dice.randrange(400_000)) for start in starts]
    rated = rate_calls(frame(*calls), BatchPlan.of(drawn, rows))
    assert rated.select(RATED.keys()).rows() == one_by_one(PlanIntervals(drawn, rows), calls)
    assert rated.schema == SCHEMA | RATED


@pytest.mark.parametrize(("increments", "expected"), [("1/1", "0.0425"), ("30/6", "0.048")])
def test_a_split_call_costs_what_the_facts_say(increments: str, expected: str) -> None:
    windows = windows_of("peak", range(7), 8 * 60, 18 * 60)
    rows = [row(price="0.06", increments=increments, rate_type="peak"), row(price="0.03", increments=increments)]
    plan = BatchPlan.of(rules(windows=windows, crossing=Crossing.SPLIT), rows)
    rated = rate_calls(frame(("447911123456", SIX_PM - 20_000, SIX_PM - 25_000, 65_000)), plan)
    assert rated["charge"].to_list() == [units_of(expected)]


@pytest.mark.parametrize("rounding", sorted(ROUNDINGS))
def test_halves_round_as_the_named_rule_says(rounding: str) -> None:
    drawn = rules(decimals=3, rounding=rounding)
    rows = [row(code, price=f"0.00{code}5") for code in "1234"]
    calls: list[Call] = [(code, NOON, NOON, 60_000) for code in "1234"]
    rated = rate_calls(frame(*calls), BatchPlan.of(drawn, rows))
    assert rated["charge"].to_list() == [ROUNDINGS[rounding](2 * int(code) + 1, 2) * 100_000 for code in "1234"]


def test_a_call_falls_back_over_several_expired_codes() -> None:
    expired = [row(code, valid_until_ms=NOON) for code in ("447", "4479", "44791")]
    rated = rate_calls(frame(("447911", NOON, NOON, 1)), BatchPlan.of(rules(), [row("4"), *expired]))
    assert rated["code"].to_list() == ["4"]


def test_an_unrated_call_has_a_fault_and_no_charge() -> None:
    rated = rate_calls(frame(("33", NOON, NOON, 1), ("33", None, NOON, 0)), BatchPlan.of(rules(), [row("44")]))
    assert rated["fault"].to_list() == [ParkCause.NO_RATE.value, None]
    assert rated["charge"].to_list() == [None, 0]


def test_products_beyond_64_bits_are_exact_and_a_charge_beyond_them_is_refused() -> None:
    dear = BatchPlan.of(rules(), [row("4", price="9000000000")])
    assert rate_calls(frame(("44", NOON, NOON, 600_000)), dear)["charge"].to_list() == [units_of("90000000000")]
    with pytest.raises(pl.exceptions.InvalidOperationError):
        rate_calls(frame(("44", NOON, NOON, 60_000_000)), dear)


def test_no_calls_and_no_rates_are_an_empty_answer() -> None:
    assert rate_calls(frame(), BatchPlan.of(rules(), [row()])).schema == SCHEMA | RATED
    assert rate_calls(frame(("44", NOON, NOON, 1)), BatchPlan.of(rules(), []))["fault"].to_list() == ["no-rate"]

"""Rating one leg: the vectors of the trade, and parts that always add up."""

from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.causes import ParkCause
from domain.intervals import PlanIntervals
from domain.money import ROUNDINGS, decimal_text, units_of
from domain.profiles import rate_type_at, windows_of
from domain.rates import Charge, Crossing, PlanRules, RateRow, SecondsRounding, Terms, Unit
from domain.rating import ROUNDING, amount_of, billed_seconds, explain, rate, rounded, row_for, scaled
from domain.units import SCALE
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
    table,
    terms,
)

B = "447911123456"
CEIL = SecondsRounding.CEIL


def charged(plan: PlanIntervals, seconds: float, connect_ms: int = NOON) -> Charge:
    charge = rate(plan, B, connect_ms, connect_ms - 1000, int(seconds * 1000))
    assert isinstance(charge, Charge)
    return charge


def amount(plan: PlanIntervals, seconds: float, connect_ms: int = NOON) -> str:
    return decimal_text(charged(plan, seconds, connect_ms).units)


INCREMENTS = "1/1 6/6 30/6 60/60 60/1 30/1".split()
BILLED = {
    1: (1, 6, 30, 60, 60, 30),
    7: (7, 12, 30, 60, 60, 30),
    30: (30, 30, 30, 60, 60, 30),
    31: (31, 36, 36, 60, 60, 31),
    37: (37, 42, 42, 60, 60, 37),
    61: (61, 66, 66, 120, 61, 61),
    120: (120, 120, 120, 120, 120, 120),
    121: (121, 126, 126, 180, 121, 121),
}


@pytest.mark.parametrize("seconds", BILLED)
def test_billed_seconds_follow_the_increments(seconds: int) -> None:
    billed = [billed_seconds(1000 * seconds, terms(increments=text), CEIL) for text in INCREMENTS]
    assert billed == list(BILLED[seconds])


@pytest.mark.parametrize(
    ("raw_ms", "rounding", "billed"),
    [
        (1, "ceil", 1), (1001, "ceil", 2), (1000, "ceil", 1), (0, "ceil", 0), (-5, "ceil", 0),
        (499, "half_up", 0), (500, "half_up", 1), (1499, "half_up", 1), (999, "floor", 0), (1999, "floor", 1),
    ],
)  # fmt: skip
def test_milliseconds_become_whole_seconds_by_the_plans_rule(raw_ms: int, rounding: str, billed: int) -> None:
    assert billed_seconds(raw_ms, terms(), SecondsRounding(rounding)) == billed


def test_a_call_within_the_grace_or_the_free_seconds_is_billed_nothing() -> None:
    assert [billed_seconds(s * 1000, terms(grace_s=5), CEIL) for s in (5, 6)] == [0, 6]
    assert [billed_seconds(s * 1000, terms(increments="30/6", free_s=10), CEIL) for s in (10, 11, 41)] == [0, 30, 36]


def test_205_seconds_at_6_6_cost_what_the_facts_say() -> None:
    charge = charged(table(row(price="0.0137", increments="6/6")), 205)
    assert (charge.billed_s, decimal_text(charge.units)) == (210, "0.04795")


@pytest.mark.parametrize(
    ("seconds", "amounts"),
    [(5, "0.00208333 0.0025 0.0125 0.025"), (61, "0.02541667 0.0275 0.0275 0.05")],
)
def test_a_call_costs_by_its_increments(seconds: int, amounts: str) -> None:
    plans = [table(row(price="0.0250", increments=text)) for text in ("1/1", "6/6", "30/6", "60/60")]
    assert " ".join(amount(plan, seconds) for plan in plans) == amounts


@pytest.mark.parametrize(("seconds", "expected"), [(32, "0.0036"), (57, "0.006"), (75, "0.0078")])
def test_30_6_at_0_006(seconds: int, expected: str) -> None:
    assert amount(table(row(price="0.006", increments="30/6")), seconds) == expected


def test_the_first_interval_has_its_own_price() -> None:
    plan = table(row(increments="60/6", first_price="0.10", next_price="0.02"))
    assert [amount(plan, seconds) for seconds in (1, 60, 61, 120)] == ["0.10", "0.10", "0.102", "0.12"]


SIX_PM = ms(2025, 10, 31, 18)


def evening(increments: str, crossing: Crossing) -> PlanIntervals:
    windows = windows_of("peak", range(7), 8 * 60, 18 * 60)
    rates = row(price="0.06", increments=increments, rate_type="peak"), row(price="0.03", increments=increments)
    return table(*rates, windows=windows, crossing=crossing)


@pytest.mark.parametrize(
    ("increments", "crossing", "expected"),
    [
        ("1/1", Crossing.BY_START, "0.065"),
        ("30/6", Crossing.BY_START, "0.066"),
        ("1/1", Crossing.SPLIT, "0.0425"),
        ("30/6", Crossing.SPLIT, "0.048"),
    ],
)
def test_a_call_over_the_end_of_peak(increments: str, crossing: Crossing, expected: str) -> None:
    assert amount(evening(increments, crossing), 65, SIX_PM - 20_000) == expected


def test_a_split_charge_shows_each_piece() -> None:
    charge = charged(evening("30/6", Crossing.SPLIT), 65, SIX_PM - 20_000)
    pieces = [(part.from_s, part.seconds, part.rate_type) for part in charge.parts]
    assert pieces == [(0, 30, "peak"), (30, 36, "any")]


def test_an_increment_that_starts_at_the_boundary_has_the_new_rate() -> None:
    plan = evening("6/6", Crossing.SPLIT)
    assert amount(plan, 12, SIX_PM - 6_000) == "0.009"
    assert amount(plan, 12, SIX_PM - 6_001) == "0.012"


def test_a_day_of_one_second_increments_is_a_handful_of_parts() -> None:
    charge = charged(evening("1/1", Crossing.SPLIT), 86_400, SIX_PM)
    assert [part.seconds for part in charge.parts] == [14 * 3600, 10 * 3600]
    assert decimal_text(charge.units) == "61.20"


def test_a_piece_without_a_rate_parks_the_call() -> None:
    windows = windows_of("peak", range(7), 8 * 60, 18 * 60)
    plan = table(row(rate_type="peak"), windows=windows, crossing=Crossing.SPLIT)
    assert rate(plan, B, SIX_PM - 60_000, 0, 59_000) != ParkCause.NO_RATE
    assert rate(plan, B, SIX_PM - 60_000, 0, 61_000) == ParkCause.NO_RATE
    assert rate(plan, B, SIX_PM, 0, 1_000) == ParkCause.NO_RATE


def test_fees_belong_to_calls_that_are_billed_and_attempt_fees_to_every_call() -> None:
    plan = table(row(price="0.60", connect_fee="0.10", attempt_fee="0.001", grace_s=3))
    assert amount(plan, 60) == "0.701"
    assert amount(plan, 3) == "0.001"
    unanswered = rate(plan, B, None, NOON, 0)
    assert isinstance(unanswered, Charge)
    assert (unanswered.billed_s, decimal_text(unanswered.units), unanswered.code) == (0, "0.001", "44")


def test_a_small_charge_is_raised_to_the_minimum() -> None:
    charge = charged(table(row(price="0.01", minimum_charge="0.05")), 7)
    assert decimal_text(charge.units) == "0.05"
    assert [part.what for part in charge.parts] == ["time", "minimum charge"]


def test_a_call_without_a_rate_is_parked_never_zero() -> None:
    assert rate(table(row("33")), B, NOON, NOON, 1000) == ParkCause.NO_RATE
    unanswered = rate(table(row("33")), B, None, NOON, 0)
    assert isinstance(unanswered, Charge)
    assert (unanswered.units, unanswered.code, unanswered.terms) == (0, "", None)


def test_a_rate_of_zero_is_a_rate() -> None:
    assert amount(table(row(price="0")), 60) == "0.00"


def test_a_call_over_a_blocked_code_costs_its_price_or_is_parked() -> None:
    assert amount(table(row(price="0.06", blocked=True)), 60) == "0.06"
    assert rate(table(row("44"), row("447", price="0", blocked=True)), B, NOON, NOON, 1000) == ParkCause.NO_RATE


def test_the_rate_is_that_of_the_connect_time() -> None:
    plan = table(row(price="0.06", valid_until_ms=NOON), row(price="0.12", valid_from_ms=NOON))
    assert [amount(plan, 60, at) for at in (NOON - 1, NOON)] == ["0.06", "0.12"]


@pytest.mark.parametrize(
    ("rounding", "expected"), [("half_up", "0.003"), ("half_even", "0.002"), ("up", "0.003"), ("down", "0.002")]
)
def test_a_contract_rounds_each_charge_its_own_way(rounding: str, expected: str) -> None:
    assert amount(table(row(price="0.0025"), decimals=3, rounding=rounding), 60) == expected


def test_a_billing_officer_can_read_the_breakdown() -> None:
    plan = table(row("4479", price="0.0250", connect_fee="0.10", minimum_charge="0.2"), decimals=2, rounding="up")
    assert explain(charged(plan, 61)) == [
        "code 4479, rate type any, plan p version 1",
        "increments 1/1, billed 61 s",
        "connect fee: 0.10",
        "from second 0: 61 s at 0.025 per minute, any = 0.0254166666…",
        "minimum charge: 0.0745833333…",
        "charge 0.20 USD",
    ]
    lines = explain(charged(table(row(price="0.0137", free_s=5, grace_s=6), decimals=3), 205))
    assert lines[2:] == [
        "calls of up to 6 s cost nothing",
        "the first 5 s are free",
        "from second 5: 200 s at 0.0137 per minute, any = 0.0456666666…",
        "rounding: 0.0003333333…",
        "charge 0.046 USD",
    ]


@settings(max_examples=150, deadline=None)
@given(any_rules(), any_rows(), dice)
def test_parts_add_up_to_the_charge_at_every_rounding(rules: PlanRules, rows: list[RateRow], dice: Random) -> None:
    plan = PlanIntervals(rules, rows)
    for _ in range(20):
        at_ms = moment(dice)
        charge = rate(plan, number_of(rows, dice), at_ms, at_ms, duration(dice), dice.randrange(10**9))
        if isinstance(charge, Charge):
            assert charge.terms is not None
            scale, unit = SCALE[rules.unit], rules.unit
            assert sum(scaled(part, unit) for part in charge.parts) == scale * charge.units
            exact = sum(scaled(part, unit) for part in charge.parts if part.what != ROUNDING)
            assert charge.units == rounded(exact, rules.decimals, rules.rounding, scale) >= 0
            assert sum(part.seconds for part in charge.parts) == charge.billed
            assert not charge.billed or exact >= scale * charge.terms.minimum_charge


def walked(plan: PlanIntervals, number: str, connect_ms: int, duration_ms: int) -> int | None:
    """The units of a split call, by walking each of its increments; None without a rate."""
    rates = plan.rates_at(number, connect_ms)
    start = row_for(rates, rate_type_at(plan.rules, connect_ms)) if rates else None
    if rates is None or start is None:
        return None
    own, total, offset = start.terms, Fraction(start.terms.attempt_fee), start.terms.free_s
    end = offset + billed_seconds(duration_ms, own, plan.rules.seconds)
    if offset < end:
        total += own.connect_fee
    while offset < end:
        piece = row_for(rates, rate_type_at(plan.rules, connect_ms + 1000 * offset))
        if piece is None:
            return None
        length, price = (
            (own.first_s, piece.terms.first_price) if offset == own.free_s else (own.next_s, piece.terms.next_price)
        )
        total += Fraction(price * length, 60)
        offset += length
    if end > own.free_s:
        total = max(total, Fraction(own.minimum_charge))
    step: int = 10 ** (8 - plan.rules.decimals)
    return ROUNDINGS[plan.rules.rounding](total.numerator, total.denominator * step) * step


@settings(max_examples=100, deadline=None)
@given(any_rules(), any_rows(), dice)
def test_a_split_call_costs_the_sum_of_its_increments(drawn: PlanRules, rows: list[RateRow], dice: Random) -> None:
    by_time = replace(drawn, crossing=Crossing.SPLIT, unit=Unit.SECOND)
    plan = PlanIntervals(by_time, [replace(each, blocked=False) for each in rows])
    for _ in range(4):
        number, at_ms, duration_ms = number_of(rows, dice), moment(dice), dice.randrange(5_000_000)
        charge = rate(plan, number, at_ms, at_ms, duration_ms)
        assert walked(plan, number, at_ms, duration_ms) == (charge.units if isinstance(charge, Charge) else None)


@settings(max_examples=200, deadline=None)
@given(any_terms, st.integers(0, 8), st.sampled_from(sorted(ROUNDINGS)), st.integers(0, 20_000_000))
def test_the_fast_path_gives_the_amount_of_the_full_one(
    drawn: Terms, decimals: int, rounding: str, duration_ms: int
) -> None:
    plan = table(row(terms=drawn), decimals=decimals, rounding=rounding)
    charge = charged(plan, duration_ms // 1000)
    assert charge.units == amount_of(drawn, charge.billed_s, decimals, rounding)


def test_a_longer_call_never_costs_less() -> None:
    plan = table(row(price="0.0137", increments="30/6", connect_fee="0.01"))
    costs = [charged(plan, seconds).units for seconds in range(300)]
    assert costs == sorted(costs)
    assert costs[1] == units_of("0.01685")

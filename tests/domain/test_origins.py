"""What a call costs may depend on who calls: groups of callers, and the rates that count for them."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings

from domain.extent import Extent
from domain.intervals import PlanIntervals, flatten
from domain.origins import INVALID, REST, CallerGroups, JoinedCallers, OriginCode
from domain.profiles import rate_type_at, windows_of
from domain.rates import ANY_TIME, Charge, Crossing, PlanRules, RateRow
from domain.rating import explain, rate, row_for
from tests.domain.builders import NOON, any_rows, any_rules, dice, moment, number_of, row, rules, table
from tests.domain.callers import (
    EEA,
    GROUPS,
    SWISS,
    by_origin,
    group_by_search,
    origin_codes,
    row_by_search,
    some_caller,
)

B = "447911123456"
FRENCH, SWISS_CALLER, AMERICAN = "33612345678", "41791234567", "12025550100"
CODES = [OriginCode(EEA, "33"), OriginCode(EEA, "49"), OriginCode(SWISS, "41")]


def plan(*rows: RateRow, codes: list[OriginCode] = CODES) -> PlanIntervals:
    """A plan with the codes of two groups."""
    return PlanIntervals(rules(), rows, origin_codes=codes)


def priced(its: PlanIntervals, caller: str, number: str = B, at_ms: int = NOON) -> int | None:
    """What a minute costs a caller, in 10^-8; None: there is no rate."""
    charge = rate(its, number, at_ms, at_ms, 60_000, caller=caller)
    return charge.units if isinstance(charge, Charge) else None


@settings(deadline=None, max_examples=50)
@given(dice)
def test_a_caller_is_in_the_group_of_the_longest_code_in_force_that_begins_the_number(dice: Random) -> None:
    codes = origin_codes(dice)
    callers = CallerGroups(codes, GROUPS)
    for _ in range(30):
        caller, at_ms = some_caller(dice), moment(dice)
        assert callers.group_of(caller, at_ms) == group_by_search(codes, caller, at_ms)


@settings(deadline=None, max_examples=50)
@given(any_rules(), any_rows(), dice)
def test_a_call_is_rated_by_the_row_that_a_plain_search_finds(
    its: PlanRules, rows: list[RateRow], dice: Random
) -> None:
    rows, codes = by_origin(rows, dice), origin_codes(dice)
    made = PlanIntervals(its, rows, origin_codes=codes)
    for _ in range(30):
        number, caller, at_ms = number_of(rows, dice), some_caller(dice), moment(dice)
        group = "" if made.callers is None else made.callers.group_of(caller, at_ms)
        rates = made.rates_at(number, at_ms, None, group)
        kind = rate_type_at(made.rules, at_ms)
        found = row_for(rates, kind) if rates else None
        expected = row_by_search(rows, group_by_search(codes, caller, at_ms), number, kind, at_ms)
        assert found == (replace(expected, known_from_ms=0) if expected else None)


@settings(deadline=None, max_examples=50)
@given(any_rows(), dice)
def test_every_number_and_moment_of_an_extent_gets_a_group_the_same_rates(rows: list[RateRow], dice: Random) -> None:
    rows = by_origin(rows, dice)
    made = PlanIntervals(rules(), rows)
    number, at_ms, group, within = number_of(rows, dice), moment(dice), dice.choice(["", *GROUPS]), Extent()
    rates = made.rates_at(number, at_ms, within, group)
    assert within.since_ms <= at_ms < within.until_ms
    digits = within.beginning(number)
    moments = [within.since_ms, within.until_ms - 1, *(moment(dice) for _ in range(10))]
    for other_ms in [at for at in moments if digits and within.since_ms <= at < within.until_ms]:
        tail = "".join(dice.choices("0123456789", k=dice.randrange(18)))
        assert made.rates_at(f"{digits}{tail}", other_ms, None, group) == rates


@settings(deadline=None, max_examples=50)
@given(dice)
def test_asking_for_several_plans_at_once_says_what_each_of_them_says(dice: Random) -> None:
    each = [
        dice.choice([None, CallerGroups(origin_codes(dice), dice.sample(GROUPS, k=dice.randrange(1, 5)))])
        for _ in range(3)
    ]
    joined = JoinedCallers(each)
    for _ in range(20):
        caller, at_ms = some_caller(dice), moment(dice)
        alone = tuple("" if one is None else one.group_of(caller, at_ms) for one in each)
        assert joined.groups_of(caller, at_ms) == alone


@settings(deadline=None, max_examples=30)
@given(any_rules(), any_rows(), dice)
def test_a_plan_without_rates_by_origin_does_not_ask_who_calls(
    its: PlanRules, rows: list[RateRow], dice: Random
) -> None:
    made = PlanIntervals(its, rows, origin_codes=origin_codes(dice))
    assert made.callers is None
    assert (len(made.columns.origin), made.columns.origins) == (0, ())
    number, at_ms = number_of(rows, dice), moment(dice)
    charge = rate(made, number, at_ms, at_ms, 60_000, 1, some_caller(dice))
    assert charge == rate(made, number, at_ms, at_ms, 60_000, 1)


def test_two_callers_pay_two_prices_for_one_number() -> None:
    its = plan(row("44", "0.01", origin=EEA), row("44", "0.25"))
    assert (priced(its, FRENCH), priced(its, AMERICAN)) == (1_000_000, 25_000_000)


def test_the_longest_code_of_the_caller_decides_his_group() -> None:
    overseas = [*CODES, OriginCode("overseas", "33590")]
    its = plan(row("44", "0.01", origin=EEA), row("44", "0.09", origin="overseas"), row("44", "0.25"), codes=overseas)
    assert (priced(its, "33590123456"), priced(its, FRENCH)) == (9_000_000, 1_000_000)


@pytest.mark.parametrize("caller", ["", "anonymous", "1234", "1234567890123456", "+33612345678", "٣٣٦١٢٣٤٥٦٧٨"])
def test_what_is_no_number_is_priced_as_invalid_else_as_the_rest_else_as_any(caller: str) -> None:
    rows = [
        row("44", "0.01", origin=EEA),
        row("44", "0.3", origin=INVALID),
        row("44", "0.2", origin=REST),
        row("44", "0.1"),
    ]
    for left, price in ((rows, 30_000_000), ([rows[0], *rows[2:]], 20_000_000), ([rows[0], rows[3]], 10_000_000)):
        assert priced(plan(*left), caller) == price


def test_the_rest_may_be_told_by_codes_too_where_a_part_of_a_group_is_none_of_it() -> None:
    its = CallerGroups([*CODES, OriginCode(REST, "33590"), OriginCode(INVALID, "999")], GROUPS)
    groups = [its.group_of(caller, NOON) for caller in (FRENCH, "33590123456", AMERICAN, "99912345")]
    assert groups == [EEA, REST, REST, INVALID]


def test_who_is_in_no_group_is_of_the_rest() -> None:
    its = plan(row("44", "0.01", origin=EEA), row("44", "0.2", origin=REST), row("44", "0.1"))
    assert (priced(its, AMERICAN), priced(its, SWISS_CALLER)) == (20_000_000, 10_000_000)


def test_a_code_without_a_rate_for_the_caller_falls_back_to_the_shorter_one() -> None:
    its = plan(row("44", "0.1"), row("447", "0.2", origin=SWISS), row("4479", "0.01", origin=EEA))
    assert [priced(its, caller) for caller in (FRENCH, SWISS_CALLER, AMERICAN)] == [1_000_000, 20_000_000, 10_000_000]


def test_without_any_row_for_the_caller_there_is_no_rate() -> None:
    assert priced(plan(row("44", "0.01", origin=EEA)), AMERICAN) is None


def test_a_group_is_as_it_was_at_the_time_of_the_call() -> None:
    left = [OriginCode(EEA, "44", 0, NOON), OriginCode(EEA, "33")]  # the United Kingdom left
    its = plan(row("33", "0.01", origin=EEA), row("33", "0.25"), codes=left)
    prices = [priced(its, "447911123456", "33612345678", at_ms) for at_ms in (NOON - 1, NOON, NOON - 1)]
    assert prices == [1_000_000, 25_000_000, 1_000_000]


def test_of_two_groups_with_one_code_the_one_that_has_it_since_later_counts() -> None:
    its = CallerGroups([OriginCode(SWISS, "41", NOON), OriginCode(EEA, "41")], [EEA, SWISS])
    assert [its.group_of(SWISS_CALLER, at_ms) for at_ms in (NOON - 1, NOON)] == [EEA, SWISS]


def test_a_short_caller_is_not_in_a_group_by_zeros_that_he_did_not_dial() -> None:
    its = CallerGroups([OriginCode(EEA, "3300000")], [EEA, REST])
    assert (its.group_of("33000", NOON), its.group_of("3300000", NOON)) == (REST, EEA)


def test_callers_who_pay_the_same_are_not_told_apart() -> None:
    its = plan(row("44", "0.01", origin=EEA), row("44", "0.25"))
    assert its.callers is not None
    groups = [its.callers.group_of(caller, NOON) for caller in (FRENCH, SWISS_CALLER, AMERICAN, "")]
    assert groups == [EEA, "", "", ""]


def test_the_price_of_the_group_counts_before_the_hour() -> None:
    windows = windows_of("peak", range(7), 8 * 60, 18 * 60)
    rows = [row("44", "0.5", rate_type="peak"), row("44", "0.4"), row("44", "0.01", origin=EEA)]
    its = PlanIntervals(rules(windows=windows), rows, origin_codes=CODES)
    assert (priced(its, FRENCH), priced(its, AMERICAN)) == (1_000_000, 50_000_000)


def test_where_the_group_has_no_price_for_the_hour_that_of_any_caller_counts() -> None:
    windows = windows_of("peak", range(7), 8 * 60, 18 * 60)
    rows = [row("44", "0.5"), row("44", "0.01", origin=EEA, rate_type="peak")]
    its = PlanIntervals(rules(windows=windows, crossing=Crossing.SPLIT), rows, origin_codes=CODES)
    six_pm = NOON + 6 * 3_600_000
    assert priced(its, FRENCH, at_ms=six_pm - 30_000) == 500_000 + 25_000_000


def test_a_code_that_is_blocked_for_some_is_open_for_others() -> None:
    its = plan(row("44", "0.01"), row("44", "0", origin=EEA, blocked=True))
    blocked = [its.rates_at(B, NOON, None, group) for group in (EEA, "")]
    assert [rates.blocked if rates else None for rates in blocked] == [True, False]


def test_a_charge_says_for_which_callers_its_rate_is() -> None:
    its = plan(row("44", "0.01", origin=EEA), row("44", "0.25"))
    charges = [rate(its, B, NOON, NOON, 60_000, caller=caller) for caller in (FRENCH, AMERICAN)]
    assert [charge.origin for charge in charges if isinstance(charge, Charge)] == [EEA, ""]
    said = [explain(charge)[0] for charge in charges if isinstance(charge, Charge)]
    assert said == [
        "code 44, rate type any, callers of eea, plan p version 1",
        "code 44, rate type any, plan p version 1",
    ]


def test_a_row_comes_back_with_its_origin() -> None:
    made = row("4479", origin=EEA)
    rates = plan(made).rates_at(B, NOON, None, EEA)
    assert rates is not None
    assert rates.rows == (made,)
    assert flatten([made]).origins == (EEA,)
    assert rates.rows[0].rate_type == ANY_TIME


def test_a_plan_of_other_callers_only_is_a_plan_without_rates_for_this_one() -> None:
    assert table(row("44", origin=EEA)).rates_at(B, NOON) is None

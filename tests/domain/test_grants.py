"""Grants: never more time than the money covers, and the real cost of a rate."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.grants import cost_of, cost_of_volume, grant, grant_seconds, least_units, real_cost_per_minute
from domain.money import units_of
from domain.rates import SecondsRounding, Terms, Unit
from domain.rating import billed_seconds
from tests.domain.builders import any_terms, terms

CAP = 14_400


@pytest.mark.parametrize(
    ("available", "rate", "granted"),
    [
        ("1.00", terms("0.025", "30/6"), 2400),
        ("0.0124", terms("0.025", "30/6"), 0),
        ("0.0125", terms("0.025", "30/6"), 30),
        ("10.00", terms("0.30", "6/6", connect_fee="0.10"), 1980),
        ("10.00", terms("0.30", "60/60", connect_fee="0.10"), 1980),
        ("1000", terms("0.025", "30/6"), CAP),
        ("0", terms("0.025"), 0),
        ("-5", terms("0.025"), 0),
        ("0", terms("0"), CAP),
        ("0.05", terms("0.01", minimum_charge="0.06"), 0),
        ("0.06", terms("0.01", minimum_charge="0.06"), 360),
        ("0.01", terms("0.06", free_s=20), 30),
        ("0.01", terms("0.06", grace_s=90), 90),
    ],
)
def test_the_money_buys_so_many_seconds(available: str, rate: Terms, granted: int) -> None:
    assert grant_seconds(rate, units_of(available), CAP) == granted


@given(any_terms, st.sampled_from(Unit))
def test_the_least_money_that_is_needed_is_the_least_that_is_granted_for(rate: Terms, unit: Unit) -> None:
    least = least_units(rate, unit)
    assert grant(rate, least, CAP, unit) > 0
    assert least == 0 or grant(rate, least - 1, CAP, unit) == 0


@settings(max_examples=300, deadline=None)
@given(any_terms, st.integers(0, 10**11), st.integers(1, CAP))
def test_a_grant_is_covered_and_one_more_increment_would_not_be(rate: Terms, available: int, cap: int) -> None:
    granted = grant_seconds(rate, available, cap)
    assert 0 <= granted <= cap
    if granted:
        assert cost_of(rate, granted) <= available
    if granted < cap:
        beyond = granted + rate.next_s if granted else max(rate.grace_s, rate.free_s) + rate.first_s
        assert cost_of(rate, beyond) > available


@pytest.mark.parametrize(
    ("available", "rate", "kilobytes"),
    [
        ("1.00", terms("0.01"), 102_400),
        ("0.001", terms("1.024"), 1),
        ("0.0009", terms("1.024"), 0),
        ("1.00", terms("1.024", "100/100", connect_fee="0.55"), 400),
        ("1000", terms("0.01"), CAP * 1024),
        ("0", terms("0"), CAP * 1024),
    ],
)
def test_the_money_buys_so_many_kilobytes(available: str, rate: Terms, kilobytes: int) -> None:
    assert grant(rate, units_of(available), CAP * 1024, Unit.MEGABYTE) == kilobytes


@settings(max_examples=300, deadline=None)
@given(any_terms, st.integers(0, 10**11), st.integers(1, 10**7), st.sampled_from([Unit.MEGABYTE, Unit.EVENT]))
def test_a_quota_is_covered_and_one_more_increment_would_not_be(
    rate: Terms, available: int, cap: int, unit: Unit
) -> None:
    granted = grant(rate, available, cap, unit)
    assert 0 <= granted <= cap
    if granted:
        assert cost_of_volume(rate, granted, unit) <= available
    if granted < cap:
        beyond = granted + rate.next_s if granted else max(rate.grace_s, rate.free_s) + rate.first_s
        assert cost_of_volume(rate, beyond, unit) > available


def test_the_real_cost_of_a_rate_is_its_charge_over_real_minutes() -> None:
    calls = dict.fromkeys((7, 37, 61, 125, 205, 318, 480, 31, 90, 146), 1)
    charge, seconds = real_cost_per_minute(terms("0.0240", "30/6"), SecondsRounding.CEIL, calls)
    assert charge * 60 == units_of("0.024768") * seconds


def test_calls_of_the_histogram_count_as_often_as_they_were_seen() -> None:
    assert real_cost_per_minute(terms("0.06"), SecondsRounding.CEIL, {60: 3, 30: 1}) == (units_of("0.21"), 210)


def test_without_calls_there_is_no_real_cost() -> None:
    assert real_cost_per_minute(terms("0.06"), SecondsRounding.CEIL, {}) == (0, 0)


@settings(deadline=None)
@given(any_terms, st.integers(0, 10_000))
def test_whole_seconds_are_billed_the_same_by_every_rounding(rate: Terms, seconds: int) -> None:
    assert len({billed_seconds(1000 * seconds, rate, rounding) for rounding in SecondsRounding}) == 1

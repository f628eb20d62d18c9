"""Invoices: rounding once, and periods."""

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InputError
from domain.invoicing import (
    Usage,
    amount_text,
    ended_days,
    invoice_lines,
    invoice_period,
    minutes_text,
    price_text,
)
from domain.money import Currency, Money
from domain.rates import Service, Unit
from domain.short_calls import ShortCallFee, ShortCallRule, surcharge_lines

USD = Currency("USD")
CENT = 1_000_000

CURRENCIES = st.sampled_from([Currency(code) for code in ("USD", "JPY", "KWD", "CLF")])
USAGES = st.lists(
    st.builds(
        Usage,
        destination=st.sampled_from(["UK", "India", "Kenya"]),
        price=st.integers(0, 10**8),
        calls=st.integers(0, 10**6),
        billed_s=st.integers(0, 10**9),
        charge=st.integers(-(10**13), 10**13),
        rate_type=st.sampled_from(["any", "peak"]),
    ),
    max_size=20,
)


@given(CURRENCIES, USAGES)
def test_the_total_is_the_sum_of_lines_rounded_once_and_the_difference_is_the_rest(
    currency: Currency, usages: list[Usage]
) -> None:
    sums = invoice_lines(currency, usages)
    exact = sum(usage.charge for usage in usages)
    assert sums.total.units == sum(line.amount.units for line in sums.lines)
    assert sums.total.units - sums.difference.units == exact == sum(line.charge for line in sums.lines)
    assert sums.total.to_minor() == sums.total


@given(CURRENCIES, USAGES)
def test_no_line_is_off_by_more_than_half_a_minor_unit(currency: Currency, usages: list[Usage]) -> None:
    half = {"USD": CENT, "JPY": 100 * CENT, "KWD": CENT // 10, "CLF": CENT // 100}[currency] // 2
    sums = invoice_lines(currency, usages)
    assert all(abs(line.amount.units - line.charge) <= half for line in sums.lines)
    assert abs(sums.difference.units) <= half * len(sums.lines)


@given(USAGES, st.randoms(use_true_random=False))
def test_neither_order_nor_splitting_of_usage_changes_the_invoice(usages: list[Usage], random: Random) -> None:
    shuffled = random.sample(usages, len(usages))
    assert invoice_lines(USD, shuffled) == invoice_lines(USD, usages)


def test_a_thousand_small_calls_are_rounded_once_not_a_thousand_times() -> None:
    sums = invoice_lines(USD, [Usage("UK", 250_000, 1, 7, 29_167)] * 1000)  # 7 s at 0.0025: 0.00029167 each
    assert (sums.total, sums.difference) == (Money.of("0.29", "USD"), Money.of("-0.00167", "USD"))
    assert [(line.calls, line.billed_s) for line in sums.lines] == [(1000, 7000)]


def test_half_a_cent_goes_up_and_prices_have_lines_of_their_own() -> None:
    sums = invoice_lines(USD, [Usage("UK", 2, 1, 60, CENT // 2), Usage("UK", 1, 1, 60, CENT // 2 - 1)])
    assert [(line.price, line.amount.units) for line in sums.lines] == [(1, 0), (2, CENT)]


def test_what_neither_counts_nor_costs_makes_no_line() -> None:
    sums = invoice_lines(USD, [Usage("UK", 1, 0, 0, 0), Usage("India", 1, 0, 0, CENT)])
    assert [line.destination for line in sums.lines] == ["India"]
    assert invoice_lines(USD, []).total == Money(0, USD)


def test_a_period_is_cut_in_the_zone_of_the_contract() -> None:
    october = invoice_period(date(2026, 10, 1), date(2026, 10, 31), "Europe/Berlin")
    assert (october.from_ms, october.to_ms) == (1_790_805_600_000, 1_793_487_600_000)
    assert october.to_ms - october.from_ms == (31 * 24 + 1) * 3_600_000  # summer time ends
    november = invoice_period(date(2026, 11, 1), date(2026, 11, 30), "Europe/Berlin")
    assert november.from_ms == october.to_ms


def test_days_that_are_not_over_are_refused_or_left_out_and_never_without_a_word() -> None:
    period = invoice_period(date(2026, 10, 1), date(2026, 10, 31), "Europe/Kyiv")
    assert ended_days(period, period.to_ms, until_now=False) == period
    with pytest.raises(InputError, match=r"2026-10-31 is not over in Europe/Kyiv.*end with 2026-10-30.*--until-now"):
        ended_days(period, period.to_ms - 1, until_now=False)
    until = ended_days(period, period.to_ms - 1, until_now=True)
    assert (until.first, until.last) == (date(2026, 10, 1), date(2026, 10, 30))
    assert until.to_ms <= period.to_ms - 1
    with pytest.raises(InputError, match="no day from 2026-10-01 on is over"):
        ended_days(period, period.from_ms + 1, until_now=True)


def test_figures_are_written_for_people() -> None:
    assert amount_text(Money.of("6203.25", "USD")) == "6,203.25"
    assert amount_text(Money.of("-1234", "JPY")) == "-1,234"
    assert amount_text(Money.of("-0.005", "KWD")) == "-0.005"
    assert minutes_text(12_660_000) == "211,000.00"
    assert minutes_text(37) == "0.62"
    assert [price_text(price) for price in (2_940_000, 12_345_678, 0)] == ["0.0294", "0.12345678", "0.0000"]


def test_each_service_has_lines_of_its_own_behind_the_calls() -> None:
    data = Usage("Data", 1_000_000, 3, 0, 12_695, service=Service.DATA, unit=Unit.MEGABYTE, billed_volume=13)
    hour = Usage("Data", 1_000_000, 1, 1905, 31_750_000, service=Service.DATA)
    text = Usage("UK", 5_000_000, 2, 0, 10_000_000, service=Service.MESSAGE, unit=Unit.EVENT, billed_volume=2)
    sums = invoice_lines(USD, [text, data, hour, Usage("UK", 1, 1, 60, CENT), data])
    assert [(line.service, line.unit, line.calls, line.quantity) for line in sums.lines] == [
        (Service.VOICE, Unit.SECOND, 1, "1.00"),
        (Service.DATA, Unit.MEGABYTE, 6, "0.025"),
        (Service.DATA, Unit.SECOND, 1, "31.75"),
        (Service.MESSAGE, Unit.EVENT, 2, "2"),
    ]
    assert sums.total == Money.of("0.43", "USD")  # 0.01 + 0.00 + 0.32 + 0.10
    assert sums.billed_s == 1965


FEES = st.lists(st.builds(ShortCallFee, st.builds(ShortCallRule, st.integers(1, 10**8)), st.text(max_size=3),
                          st.just(1000), st.integers(0, 1000)), max_size=5)  # fmt: skip


@given(CURRENCIES, USAGES, FEES)
def test_surcharges_are_rounded_as_lines_are_and_are_no_calls(
    currency: Currency, usages: list[Usage], fees: list[ShortCallFee]
) -> None:
    alone, sums = invoice_lines(currency, usages), invoice_lines(currency, usages, surcharge_lines(fees, currency))
    assert (sums.lines, sums.calls, sums.billed_s) == (alone.lines, alone.calls, alone.billed_s)
    assert sums.surcharged.units == sum(fee.charge for fee in fees)
    exact = sum(usage.charge for usage in usages) + sums.surcharged.units
    assert sums.total.units - sums.difference.units == exact
    assert sums.total.to_minor() == sums.total
    assert len(sums.surcharges) == sum(fee.charge > 0 for fee in fees)


def test_a_surcharge_of_parts_of_a_cent_is_rounded_once() -> None:
    fee = ShortCallFee(ShortCallRule(fee=250_000, free_bp=0), "", 3, 3)  # 3 × 0.0025
    sums = invoice_lines(USD, [Usage("UK", 1, 3, 18, CENT)], surcharge_lines([fee], USD))
    assert (sums.total, sums.surcharged) == (Money.of("0.02", "USD"), Money.of("0.0075", "USD"))
    assert sums.difference == Money.of("0.0025", "USD")

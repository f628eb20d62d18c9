"""Money is exact, rounds by named rules, and never mixes currencies."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InputError
from domain.money import ROUNDINGS, Currency, Money, decimal_text, half_away, minor_digits, units_of

EUR, USD = Currency("EUR"), Currency("USD")
units = st.integers(-(10**20), 10**20)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("half_up", [3, 3, 2, -3, -2, 1, -1, 0]),
        ("half_even", [2, 3, 2, -2, -2, 0, 0, 0]),
        ("up", [3, 3, 3, -3, -3, 1, -1, 1]),
        ("down", [2, 2, 2, -2, -2, 0, 0, 0]),
    ],
)
def test_every_rounding_rule_on_halves_and_beside_them(method: str, expected: list[int]) -> None:
    tenths = [25, 26, 24, -25, -24, 5, -5, 1]
    assert [ROUNDINGS[method](numerator, 10) for numerator in tenths] == expected


@settings(deadline=None)
@given(units, st.integers(1, 10**12), st.sampled_from(sorted(ROUNDINGS)))
def test_rounding_never_moves_a_value_by_a_whole_unit(numerator: int, denominator: int, method: str) -> None:
    exact = Fraction(numerator, denominator)
    result = ROUNDINGS[method](numerator, denominator)
    assert abs(result - exact) < 1
    if method.startswith("half"):
        assert abs(result - exact) <= Fraction(1, 2)
    if method == "down":
        assert abs(result) <= abs(exact)
    if method == "up":
        assert abs(result) >= abs(exact)


@settings(deadline=None)
@given(units)
def test_what_is_written_is_read_back(value: int) -> None:
    assert units_of(decimal_text(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [(2_500_000, "0.025"), (0, "0.00"), (-1, "-0.00000001"), (10**8, "1.00"), (123_456_789_000, "1234.56789")],
)
def test_amounts_are_written_with_two_to_eight_decimals(value: int, text: str) -> None:
    assert decimal_text(value) == text
    assert decimal_text(100_000_000, least=0) == "1"


@pytest.mark.parametrize("text", ["", "abc", "1,5", "NaN", "inf", "0.000000001", "1.123456789", "1e-9"])
def test_what_is_no_amount_of_eight_decimals_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        units_of(text)


def test_amounts_are_read_from_text_integers_and_decimals() -> None:
    assert units_of(" 12.345 ") == units_of(Decimal("12.345")) == 1_234_500_000
    assert units_of(3) == 300_000_000
    assert units_of("1e-8") == 1


@pytest.mark.parametrize("act", [Money.__add__, Money.__sub__, Money.__lt__, Money.__le__])
def test_two_currencies_never_mix(act: object) -> None:
    assert callable(act)
    with pytest.raises(InputError, match="EUR and USD"):
        act(Money(1, EUR), Money(1, USD))


@settings(deadline=None)
@given(units, units)
def test_money_adds_and_compares_as_its_units(left: int, right: int) -> None:
    a, b = Money(left, EUR), Money(right, EUR)
    assert (a + b) - b == a
    assert a + (-a) == Money(0, EUR)
    assert (a < b, a <= b) == (left < right, left <= right)


def test_money_rounds_to_its_minor_unit_half_up() -> None:
    assert str(Money.of("1.005", "EUR").to_minor()) == "1.01 EUR"
    assert str(Money.of("-1.005", "EUR").to_minor()) == "-1.01 EUR"
    assert str(Money.of("100.5", "JPY").to_minor()) == "101.00 JPY"
    assert str(Money.of("1.0005", "KWD").to_minor()) == "1.001 KWD"
    assert str(Money.of("0.125", "EUR").rounded(2, "half_even")) == "0.12 EUR"
    assert [minor_digits(Currency(code)) for code in ("EUR", "JPY", "KWD", "CLF", "MGA")] == [2, 0, 3, 4, 2]


def test_a_thousand_short_calls_show_why_calls_are_not_rounded() -> None:
    exact = half_away(1000 * 7 * units_of("0.0025"), 60)
    assert decimal_text(exact) == "0.29166667"
    per_call = Money(half_away(7 * units_of("0.0025"), 60), USD)
    assert per_call.rounded(4).units * 1000 == units_of("0.3")
    assert per_call.rounded(2, "up").units * 1000 == units_of("10")

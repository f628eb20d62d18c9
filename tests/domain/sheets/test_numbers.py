"""Prices and increments as rate sheets write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InputError
from domain.money import decimal_text
from domain.sheets.numbers import decimal_mark, read_increments, read_price, read_seconds


@pytest.mark.parametrize(
    ("prices", "mark"),
    [
        (["0,0975", "0,097"], ","),
        (["0.0975", "1,234"], "."),
        (["1.234,50"], ","),
        (["1,234.50"], "."),
        (["1.234.567"], ","),
        (["0,097"], ","),  # nobody groups after a lone zero
        ([",5"], ","),
        (["12", "", "Closed"], "."),
        (["0.1", "0.2", "0,3"], "."),
        (["$ 0.05", "EUR 0.06"], "."),
    ],
)
def test_the_file_decides_the_decimal_mark(prices: list[str], mark: str) -> None:
    assert decimal_mark(prices)[0] == mark


@pytest.mark.parametrize("prices", [["1,234", "2,500"], ["1.234"], ["0.1", "0,1"]])
def test_a_file_that_does_not_decide_is_refused_until_told(prices: list[str]) -> None:
    with pytest.raises(InputError, match="decimals"):
        decimal_mark(prices)
    assert decimal_mark(prices, given=",")[0] == ","


@pytest.mark.parametrize(
    ("text", "mark", "units"),
    [
        ("0,0975", ",", 9_750_000),
        ("0.00000001", ".", 1),
        (".5", ".", 50_000_000),
        ("12", ",", 1_200_000_000),
        ("1.234,5", ",", 123_450_000_000),
        ("1,234,567.5", ".", 123_456_750_000_000),
        ("USD 0.05", ".", 5_000_000),
        ("0,05 €", ",", 5_000_000),
        ("1E-05", ".", 1_000),
        ("0.100000000000", ".", 10_000_000),
    ],
)
def test_a_price_is_read_exactly(text: str, mark: str, units: int) -> None:
    assert read_price(text, mark) == units


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("0.05", ","),
        ("0,05", "."),
        ("1,234", "."),
        ("1.234", ","),
        ("-0.05", "."),
        ("0.000000001", "."),
        ("2,000,000.01", "."),
        ("abc", "."),
        ("", "."),
        ("1.2.3", "."),
        ("12,34.5", "."),
        ("٠.٥", "."),
    ],
)
def test_a_price_that_could_be_another_is_refused(text: str, mark: str) -> None:
    with pytest.raises(InputError):
        read_price(text, mark)


@given(st.integers(0, 10**13), st.sampled_from(".,"))
def test_what_is_written_is_read(units: int, mark: str) -> None:
    assert read_price(decimal_text(units, least=0).replace(".", mark), mark) == units


@pytest.mark.parametrize(
    ("text", "increments"),
    [
        ("60/1", (60, 1)),
        ("30-6", (30, 6)),
        ("1+1", (1, 1)),
        ("60", (60, 60)),
        (" 6 / 6 ", (6, 6)),
        ("60 sec / 1 sec", (60, 1)),
        ("60s/60s", (60, 60)),
        ("1 sec", (1, 1)),
        ("1 min", (60, 60)),
        ("60.0", (60, 60)),
        ("30/6 sec.", (30, 6)),
        ("30–6", (30, 6)),
        ("per second", (1, 1)),
        ("Full minute", (60, 60)),
    ],
)
def test_increments_are_first_and_next_interval(text: str, increments: tuple[int, int]) -> None:
    assert read_increments(text) == increments


@pytest.mark.parametrize("text", ["0/1", "60/0", "a", "", "1/2/3", "3601/1", "2060-01-01", "60/1 min", "1-Jan"])
def test_wrong_increments_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_increments(text)


def test_seconds_may_carry_their_unit() -> None:
    assert [read_seconds(text) for text in ("60", "60.0", "60s", "6 sec")] == [60, 60, 60, 6]
    with pytest.raises(InputError, match="from 1 to 3600"):
        read_seconds("0")


@pytest.mark.parametrize(
    ("text", "times", "over", "units"),
    [
        ("0.0005", 60, 1, 3_000_000),
        ("0.000000005", 60, 1, 30),
        ("0.005", 60, 6, 5_000_000),
        ("0.1", 60, 60, 10_000_000),
    ],
)
def test_prices_for_other_units_are_converted_exactly(text: str, times: int, over: int, units: int) -> None:
    assert read_price(text, ".", times, over) == units


def test_a_price_that_is_not_exact_a_minute_is_refused() -> None:
    with pytest.raises(InputError, match="more than 8 decimals for the plan's unit"):
        read_price("0.01", ".", 60, 7)


def test_without_a_decision_only_whole_numbers_are_prices() -> None:
    assert read_price("12", "") == 1_200_000_000
    with pytest.raises(InputError, match="two ways"):
        read_price("0,12", "")


def test_days_that_were_increments_are_told() -> None:
    with pytest.raises(InputError, match="made a day of them"):
        read_increments("2026-01-01 00:00:00")

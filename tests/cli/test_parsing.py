"""What people type, read."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from cli import parsing
from cli.output import iso
from domain.money import decimal_text


@given(st.integers(-parsing.MAX_UNITS, parsing.MAX_UNITS))
def test_an_amount_is_read_as_it_is_written(units: int) -> None:
    assert parsing.units(decimal_text(units)) == units


@pytest.mark.parametrize("text", ["", "abc", "1,50", "0.123456789", "nan", "inf", "92233720368.54775808"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parsing.units(text)


def test_prices_may_be_zero_and_payments_may_not() -> None:
    assert parsing.price("0") == 0
    with pytest.raises(ValueError, match="negative"):
        parsing.price("-0.01")
    for text in ("0", "-12.50"):
        with pytest.raises(ValueError, match="not above zero"):
            parsing.amount(text)


def test_a_currency_is_three_letters_in_upper_case() -> None:
    assert parsing.currency("eur") == "EUR"
    for text in ("", "EU", "EURO", "E1R", "ÄÖÜ"):
        with pytest.raises(ValueError, match="three letters"):
            parsing.currency(text)


def test_a_zone_is_one_that_exists() -> None:
    assert parsing.zone("Africa/Nairobi") == "Africa/Nairobi"
    for text in ("", "Mars/Base", "../etc", "Africa"):
        with pytest.raises(ValueError, match="not a time zone"):
            parsing.zone(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-02", "2026-11-02T00:00:00.000Z"),
        ("2026-11-02T09:00", "2026-11-02T09:00:00.000Z"),
        ("2026-11-02 09:00:01.234", "2026-11-02T09:00:01.234Z"),
        ("2026-11-02T09:00:00Z", "2026-11-02T09:00:00.000Z"),
        ("2026-11-02T00:00:00+03:00", "2026-11-01T21:00:00.000Z"),
    ],
)
def test_a_moment_without_a_zone_is_utc(text: str, expected: str) -> None:
    assert iso(parsing.moment(text)) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "31.10.2026", "2026-02-30", "2026-11-02T25:00"])
def test_what_is_no_moment_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write 2026-10-31"):
        parsing.moment(text)


def test_a_date_in_a_zone_is_midnight_there() -> None:
    assert iso(parsing.in_zone(parsing.local("2026-11-04"), ZoneInfo("Africa/Nairobi"))) == "2026-11-03T21:00:00.000Z"
    assert (
        iso(parsing.in_zone(parsing.local("2026-11-04T00:00Z"), ZoneInfo("Africa/Nairobi")))
        == "2026-11-04T00:00:00.000Z"
    )


@given(st.dates(datetime(1990, 1, 1).date(), datetime(2190, 1, 1).date()), st.integers(0, 400))
def test_days_from_and_to_are_inclusive_and_half_open_inside(first: datetime, length: int) -> None:
    last = first + timedelta(days=length)
    from_ms, to_ms = parsing.moment(first.isoformat()), parsing.period_end(last.isoformat())
    assert to_ms - from_ms == (length + 1) * 86_400_000


def test_a_time_as_the_end_of_a_period_is_meant_exactly() -> None:
    assert iso(parsing.period_end("2026-10-31T21:00:00Z")) == "2026-10-31T21:00:00.000Z"


def test_an_empty_period_is_wrong_usage() -> None:
    assert parsing.checked_period(1, 2) == (1, 2)
    with pytest.raises(typer.BadParameter, match="not before"):
        parsing.checked_period(2, 2)


def test_an_open_end_lies_beyond_all_calls() -> None:
    assert datetime(2200, 1, 1, tzinfo=UTC) - parsing.EPOCH == timedelta(milliseconds=parsing.LAST_MS)

"""Names of sheets against names of ours; weeks; zones; how findings write."""

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from domain.money import Currency
from domain.profiles import windows_of
from domain.sheet_frames.checks import check
from domain.sheet_frames.checks.names import country_names, named_country, nearest, says_more, siblings
from domain.sheet_frames.checks.week import uncovered, week_faults
from domain.sheet_frames.checks.wording import day_text, days_text, minutes_text, money_text, price_text
from domain.sheet_frames.checks.zones import apart_min, zone_of
from tests.domain.builders import ms, rules
from tests.domain.sheet_frames.fixtures import Sheet, case_of, findings, former, reference
from tests.domain.sheet_frames.fixtures_times import other_zone_in_summer

_RECEIVED_MS = ms(2026, 11, 2, 9)


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("Kenya - Mobile (Kite)", "KE"),
        ("SOUTH AFRICA Fixed", "ZA"),
        ("Mobile Peru", "PE"),
        ("Mobile Kite", ""),
        ("Perugia", ""),
    ],
)
def test_the_country_of_a_name_is_the_longest_that_it_holds(name: str, country: str) -> None:
    assert named_country(name, country_names(reference())) == country


def likest(name: str, destination: str) -> list[tuple[str, int]]:
    pairs = pl.DataFrame({"name": [name], "destination": [destination], "country": ["KE"]})
    return nearest(pairs, reference(), 60).select("other", "alike").rows()


def test_a_name_that_is_more_like_another_destination_is_told() -> None:
    assert likest("KENYA-MOBILE (LARK)", "Kenya Mobile Kite") == [("Kenya Mobile Lark", 100)]
    assert likest("Kenya Mobile Kite", "Kenya Mobile Kite") == []


def test_a_name_that_says_more_or_less_than_its_destination_contradicts_nothing() -> None:
    assert likest("Kenya Mobile Lark", "Kenya") == []
    assert likest("Kenya Mobile", "Kenya Mobile Kite") == []
    assert says_more("Kenya-Mobile (Lark)", "Kenya Mobile")
    assert siblings("Kenya Mobile Lark", "Kenya Mobile Kite", "Kenya")
    assert not siblings("Kenya Mobile Lark", "Kenya Rural", "Kenya")


def test_a_week_that_is_covered_once_has_no_faults() -> None:
    whole = (*windows_of("day", range(7), 480, 1200), *windows_of("night", range(7), 1200, 480))
    assert week_faults(rules(windows=whole)) == uncovered(rules(windows=whole)) == []


def test_hours_without_a_window_and_with_two_are_named() -> None:
    windows = (*windows_of("day", range(5), 0, 1440), *windows_of("noon", [2], 720, 780))
    assert week_faults(rules(windows=windows)) == ["two time profiles cover 12:00-13:00 on Wednesday"]
    assert uncovered(rules(windows=windows)) == ["no time profile covers 00:00-24:00 on Saturday, Sunday"]


def test_holidays_need_windows_and_windows_need_holidays() -> None:
    days = windows_of("day", range(7), 0, 1440)
    christmas = frozenset({datetime(2026, 12, 25).date()})
    assert uncovered(rules(windows=days, holidays=christmas)) == ["no time profile covers 00:00-24:00 on holidays"]
    feasts = (*days, *windows_of("feast", [], 0, 1440, on_holidays=True))
    assert week_faults(rules(windows=feasts)) == ["a time profile is for holidays, but the plan names none"]
    assert uncovered(rules(windows=feasts, holidays=christmas)) == []


@pytest.mark.parametrize(
    ("text", "ahead"), [("GMT+3", 180), ("UTC-05:30", -330), ("Asia/Tokyo", 540), ("UTC", 0), ("GMT", 0)]
)
def test_zones_are_read_as_sheets_write_them(text: str, ahead: int) -> None:
    zone = zone_of(text)
    assert zone is not None
    assert apart_min(datetime(2026, 11, 2, tzinfo=UTC), zone) == ahead


def test_what_is_no_zone_is_none() -> None:
    assert zone_of("our time") is None
    assert zone_of("UTC+99") is None


def test_days_prices_and_money_are_written_as_analysts_do() -> None:
    assert day_text(ms(2026, 11, 9), "UTC", _RECEIVED_MS) == "9 Nov"
    assert day_text(ms(2026, 11, 8, 23), "Europe/Berlin", _RECEIVED_MS) == "9 Nov"
    assert day_text(ms(2027, 1, 4, 6, 30), "UTC", _RECEIVED_MS) == "4 Jan 2027 06:30"
    assert days_text(_RECEIVED_MS, ms(2026, 11, 4), "UTC") == "2 days after"
    assert days_text(_RECEIVED_MS, ms(2026, 11, 1), "UTC") == "1 day before"
    assert days_text(_RECEIVED_MS, ms(2026, 11, 2), "UTC") == "on the day of"
    assert price_text(7_800_000) == "0.0780"
    assert money_text(3_520_000_000, Currency("USD")) == "35.20 USD"
    assert money_text(-50_000_000, Currency("JPY")) == "-1 JPY"
    assert minutes_text(192_000_000) == "3,200 min"


def test_a_zone_that_differs_on_another_day_of_the_sheet_is_told() -> None:
    (found,) = findings(other_zone_in_summer()).filter(pl.col("check") == "R27").rows(named=True)
    assert "1 hour behind the contract's Europe/London: 00:00 here on 12 Apr is 23:00 there" in found["words"]


def test_sheets_of_which_nothing_could_be_read_do_not_say_the_same() -> None:
    told = case_of(Sheet(content="0-0", former=(former(content="0-0"),)))
    assert check(told).filter(pl.col("check") == "R02").height == 1
    unread = replace(told, reading=replace(told.reading, lines=told.reading.lines.clear()))
    assert not check(unread).filter(pl.col("check") == "R02").height


def test_an_amount_below_the_minor_unit_is_written_whole() -> None:
    assert money_text(400_000, Currency("USD")) == "0.004 USD"
    assert money_text(0, Currency("USD")) == "0.00 USD"

"""Dates as rate sheets write them."""

import pytest

from domain.errors import InputError
from domain.sheets.dates import DateOrder, date_order, read_date

OPEN, DMY, MDY = DateOrder("", ""), DateOrder("dmy", ""), DateOrder("mdy", "")
NOV_9 = 1_794_182_400_000


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-09",
        "2026-11-09 00:00:00",
        "2026-11-09T00:00:00.000",
        "2026/11/9",
        "20261109",
        "9-Nov-2026",
        "09 November 2026",
        "46335",
        "46335.0",
        "Monday, 9 November 2026",
        "Mon 09-Nov-2026",
        "Montag, 9. November 2026",
        "lundi 9 novembre 2026",
        "9 de noviembre de 2026",
        "November 9th, 2026",
        "9 ноября 2026 г.",
        "2026年11月9日",
        "2026-Nov-09",
        "09-NOV-2026 12:00 AM",
        "2026-11-08 24:00",
    ],
)
def test_a_plain_date_needs_no_decision(text: str) -> None:
    assert read_date(text, OPEN, "UTC") == NOV_9


@pytest.mark.parametrize(("text", "order"), [("09/11/2026", DMY), ("11/09/2026", MDY), ("9.11.2026", DMY)])
def test_day_and_month_follow_the_order_of_the_file(text: str, order: DateOrder) -> None:
    assert read_date(text, order, "UTC") == NOV_9


def test_a_day_begins_at_midnight_of_the_plan() -> None:
    assert read_date("2026-11-09", OPEN, "Asia/Riyadh") == NOV_9 - 3 * 3_600_000
    assert read_date("2026-11-09 03:00", OPEN, "Asia/Riyadh") == NOV_9


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["01/02/2026", "23/09/2026"], "dmy"),
        (["01/02/2026", "09/23/2026"], "mdy"),
        (["01/02/2026"], ""),
        (["13/02/2026", "02/13/2026"], ""),
        (["13/02/2026", "14/02/2026", "02/13/2026"], "dmy"),
        (["2026-11-09"], ""),
        (["13/11/2026 25:99", "14/11/2026"], "dmy"),
    ],
)
def test_the_whole_file_decides_the_order(dates: list[str], order: str) -> None:
    assert date_order(dates).order == order


def test_an_order_that_is_told_settles_it() -> None:
    assert date_order(["13/02/2026"], given="mdy").order == "mdy"


@pytest.mark.parametrize(
    ("text", "order", "reason"),
    [
        ("09/10/2026", OPEN, "could be two days"),
        ("31/02/2026", DMY, "does not exist"),
        ("23/09/2026", MDY, "does not exist"),
        ("immediately", DMY, "no date"),
        ("09/10/26", DMY, "no date"),
        ("9-Xyz-2026", DMY, "no date"),
        ("2026", DMY, "no date"),
    ],
)
def test_a_date_that_is_none_or_two_is_refused(text: str, order: DateOrder, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read_date(text, order, "UTC")


def test_a_date_that_reads_the_same_both_ways_is_no_riddle() -> None:
    assert read_date("11/11/2026", OPEN, "UTC") == NOV_9 + 2 * 86_400_000


RECEIVED = NOV_9 - 12 * 86_400_000


@pytest.mark.parametrize("text", ["09/11/26", "9-Nov-26", "Mon, 09.11.26", "9 Nov", "Nov 9", "9. November"])
def test_years_of_two_digits_or_none_are_read_where_the_receipt_makes_them_clear(text: str) -> None:
    assert read_date(text, DMY, "UTC", RECEIVED) == NOV_9
    with pytest.raises(InputError, match="no date"):
        read_date(text, DMY, "UTC")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("26/11/27", "could be two days"),
        ("Nov 26", "day or a year"),
        ("7 Apr", "names no year"),
        ("Tuesday, 9 November 2026", "another weekday"),
        ("9 Nov 2026 25:00", "does not exist"),
        ("1/1", "no date"),
    ],
)
def test_what_the_receipt_does_not_make_clear_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read_date(text, DMY, "UTC", RECEIVED)


def test_mardi_is_no_march() -> None:
    day = 86_400_000
    assert read_date("mar 10 nov 2026", OPEN, "UTC") == read_date("mar. 10 novembre 2026", OPEN, "UTC") == NOV_9 + day
    assert read_date("mar 10 2026", OPEN, "UTC") == read_date("2026-03-10", OPEN, "UTC")


def test_a_zone_that_the_cell_names_counts() -> None:
    assert read_date("2026-11-09T03:00:00+03:00", OPEN, "Asia/Tokyo") == NOV_9
    assert read_date("9 Nov 2026 00:00 GMT", OPEN, "Asia/Tokyo") == NOV_9


def test_workbooks_that_count_from_1904_are_four_years_and_a_day_behind() -> None:
    assert read_date("44873", OPEN, "UTC", date_1904=True) == NOV_9
    assert read_date("46335.75", OPEN, "UTC") == NOV_9 + 18 * 3_600_000


def test_the_last_minute_of_an_end_date_is_midnight() -> None:
    assert read_date("2026-11-08 23:59:59", OPEN, "UTC", end=True) == NOV_9
    assert read_date("2026-11-08 23:59", OPEN, "UTC", end=True) == NOV_9
    assert read_date("2026-11-08 23:59", OPEN, "UTC") == NOV_9 - 60_000

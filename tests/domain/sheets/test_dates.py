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

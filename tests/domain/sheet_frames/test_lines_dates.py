"""From when the rows of a rate sheet hold."""

import pytest

from domain.sheets.corrections import Corrected, Correction
from domain.sheets.terms import RateTerms
from tests.domain.sheet_frames.sheet_texts import DAY, NOV_4, RECEIVED, contract, ms, read, reason, refused, rows


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-04",
        "4 November 2026",
        "Wednesday, 4 November 2026",
        "Mittwoch, 4. November 2026",
        "04-Nov-26",
        "4 Nov",
        "04/11/2026",
        "46330",
    ],
)
def test_a_day_in_any_clear_form_begins_at_midnight_of_the_contract(text: str) -> None:
    reading = read(f"44|UK|0.05|{text}", "45|DK|0.05|13/11/2026", by=contract(zone="Asia/Riyadh"))
    assert rows(reading, "from_ms")[0] == (ms("2026-11-03T21:00"),)


@pytest.mark.parametrize("text", ["immediately", "NOW", "asap", "ab sofort"])
def test_at_once_means_the_receipt(text: str) -> None:
    assert rows(read(f"44|UK|0.05|{text}"), "from_ms") == [(RECEIVED,)]


def test_rows_without_a_date_have_that_of_the_sheet() -> None:
    reading = read("44|UK|0.05|", above=["Effective date: 6 November 2026"])
    assert rows(reading, "from_ms") == [(NOV_4 + 2 * DAY,)]
    assert "1 row has no date of its own." in reading.notes


def test_a_sheet_that_begins_on_two_days_does_not_date_its_rows() -> None:
    above = ["Increases effective 6 November 2026", "Decreases effective immediately"]
    assert refused(read("44|UK|0.05|", above=above, by=contract(effective_ms=None))) == [(4, "R26", "Date")]
    reading = read("44|UK|0.05|", above=above)
    assert rows(reading, "from_ms") == [(NOV_4,)], "what the importer gives holds"
    assert "it is not clear when it begins" in " ".join(reading.notes)


def test_rows_without_any_date_are_refused() -> None:
    assert "no effective date" in reason(read("44|UK|0.05|", by=contract(effective_ms=None)))


def test_the_day_of_issue_and_the_zone_are_told_and_date_nothing() -> None:
    above = ["Issue date:|28/10/2026", "All times in GMT+2"]
    reading = read("44|UK|0.05|", above=above)
    assert (reading.issued_ms, reading.zone) == (ms("2026-10-28"), "GMT+2")
    assert rows(reading, "from_ms") == [(NOV_4,)]


def test_day_and_month_are_decided_by_the_whole_file_or_not_at_all() -> None:
    assert rows(read("44|UK|0.05|05/11/2026", "45|DK|0.05|13/11/2026"), "from_ms")[0] == (NOV_4 + DAY,)
    assert rows(read("44|UK|0.05|11/05/2026", "45|DK|0.05|11/13/2026"), "from_ms")[0] == (NOV_4 + DAY,)
    assert "could be two days" in reason(read("44|UK|0.05|05/11/2026"))
    assert rows(read("44|UK|0.05|05/11/2026", dates="dmy"), "from_ms") == [(NOV_4 + DAY,)]


def test_workbooks_that_count_from_1904_are_shifted() -> None:
    assert rows(read("44|UK|0.05|44868", date_1904=True), "from_ms") == [(NOV_4,)]
    assert "may count days from 1904" in reason(read("44|UK|0.05|44868"))


@pytest.mark.parametrize(("text", "good"), [("2026-08-29", True), ("2026-08-28", False), ("2027-12-03", False)])
def test_days_far_from_the_receipt_are_refused(text: str, good: bool) -> None:
    reading = read(f"44|UK|0.05|{text}", by=contract(terms=RateTerms(past_days=60, ahead_days=400)))
    assert [check for _, check, _ in refused(reading)] == ([] if good else ["R26"])


def test_a_first_sheet_may_say_what_holds_since_long_ago_but_not_what_is_years_ahead() -> None:
    first = contract(first=True)
    assert rows(read("44|UK|0.05|2005-01-01", by=first), "from_ms") == [(ms("2005-01-01"),)]
    assert "2,555 days after the receipt" in reason(read("44|UK|0.05|2033-10-26", by=first))


def test_end_dates_may_be_open_and_must_be_behind() -> None:
    reading = read(
        *("44|0.05|2026-11-04|", "45|0.05|2026-11-04|until further notice", "46|0.05|2026-11-04|2099-12-31 23:59:59"),
        "47|0.05|2026-11-04|2026-11-04",
        header="Code|Rate|Date|Until",
    )
    assert rows(reading, "until_ms") == [(None,), (None,), (ms("2100-01-01"),)]
    assert reason(reading) == "it ends before it begins"


def test_a_code_that_ends_does_so_on_its_end_date() -> None:
    reading = read("44|0.05|2026-10-01|2026-11-05|closed", header="Code|Rate|Date|Until|Status")
    assert rows(reading, "from_ms", "until_ms", "closed") == [(NOV_4 + DAY, None, True)]


def test_rows_may_be_moved_to_another_moment() -> None:
    moved = Corrected(Correction.DATE, "Rates", row=2, value=str(NOV_4 + 3 * DAY))
    unread = Corrected(Correction.DATE, check="R26", value=str(NOV_4 + DAY))
    lines = ("44|UK|0.05|soon", "45|DK|0.05|later", "46|SE|0.05|2026-11-04")
    reading = read(*lines, by=contract(corrections=(moved, unread)))
    assert rows(reading, "from_ms") == [(NOV_4 + 3 * DAY,), (NOV_4 + DAY,), (NOV_4,)]
    earliest = Corrected(Correction.DATE, "Rates", row=4)
    assert rows(read(*lines, by=contract(corrections=(earliest,))), "from_ms") == [(NOV_4,)], "the comparison moves it"

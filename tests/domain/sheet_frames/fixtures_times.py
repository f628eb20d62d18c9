"""Sheets that fire one of R24 to R30 and R34: what is wrong with dates and time profiles."""

from dataclasses import replace

from domain.profiles import windows_of
from domain.rates import Window
from tests.domain.builders import ms
from tests.domain.sheet_frames.fixtures import HEADINGS, SOON, Fixture, Sheet, calls_to, contract, line

_WEEK = range(7)


def unknown_rate_type() -> Sheet:
    """R24: a line of a time of its own, of a plan that knows day and evening."""
    return _by_type({"2541": "Zone Four"}, _day_and_evening(8, 20))


def profile_gap() -> Sheet:
    """R25: nobody says what an hour at noon costs, and there is no price for any time."""
    day = (*windows_of("day", _WEEK, 0, 12 * 60), *windows_of("evening", _WEEK, 13 * 60, 24 * 60))
    return _typed(day)


def profile_overlap() -> Sheet:
    """R25: an hour has two prices."""
    return _typed((*windows_of("day", _WEEK, 0, 13 * 60), *windows_of("evening", _WEEK, 12 * 60, 24 * 60)))


def no_date() -> Sheet:
    """R26."""
    return Sheet().with_lines(line("2543", effective="2026-11-31"))


def days_from_1904() -> Sheet:
    """R26: a workbook of old Macs."""
    return Sheet(date_1904=True)


def other_zone_in_summer() -> Sheet:
    """R27: the same at receipt, an hour apart on a day of the sheet."""
    sheet = Sheet(above=("Savanna Telecom", "All times in GMT"), contract=contract(zone="Europe/London"))
    return sheet.with_lines(line("491", "0.0300", effective="2027-04-12"))


def other_zone() -> Sheet:
    """R27: midnight there is evening here."""
    return Sheet(above=("Savanna Telecom", "All times in GMT+3"), contract=contract(zone="UTC"))


def short_increase() -> Sheet:
    """R28: two days after receipt."""
    return Sheet().with_lines(line("2541", "0.0350", effective=SOON))


def short_new() -> Sheet:
    """R29: on the day of receipt."""
    return Sheet().with_lines(line("276", "0.0290", effective="2026-11-02"))


def short_closing() -> Sheet:
    """R30: two days after receipt."""
    return Sheet().with_lines(line("209", effective=SOON, status="Closed"))


def in_the_past() -> Sheet:
    """R34: a decrease that kept its notice, and began before anybody looked at the sheet."""
    sheet = Sheet(contract=contract(now_ms=ms(2026, 11, 12, 9)))
    sheet = replace(sheet, lines={code: replace(one, effective="2026-12-01") for code, one in sheet.lines.items()})
    billed = calls_to("491123456", 10, days_ago=-8, charge="0.32")
    return replace(sheet, calls=billed).with_lines(line("491", "0.0300", effective="2026-11-09"))


def _day_and_evening(start: int, end: int) -> tuple[Window, ...]:
    day = windows_of("day", _WEEK, start * 60, end * 60)
    return (*day, *windows_of("evening", _WEEK, end * 60, start * 60))


def _by_type(types: dict[str, str], windows: tuple[Window, ...]) -> Sheet:
    """The clean sheet with a column of rate types, empty but for these codes."""
    sheet = Sheet(headings=(*HEADINGS, "Rate Type"), contract=contract(windows=windows), rate_types=("day", "evening"))
    lines = {code: replace(one, more=(types.get(code, ""),)) for code, one in sheet.lines.items()}
    return replace(sheet, lines=lines)


def _typed(windows: tuple[Window, ...]) -> Sheet:
    """The clean sheet with a new code that costs something by day and in the evening only."""
    sheet = _by_type({"276": "day"}, windows)
    evening = line("276", "0.0280", status="New", more=("evening",))
    return replace(sheet, lines=sheet.lines | {"276 evening": evening})


FIXTURES: dict[str, Fixture] = {
    "R24": unknown_rate_type,
    "R25": profile_gap,
    "R25 twice": profile_overlap,
    "R26": no_date,
    "R26 1904": days_from_1904,
    "R27": other_zone,
    "R28": short_increase,
    "R29": short_new,
    "R30": short_closing,
    "R34": in_the_past,
}

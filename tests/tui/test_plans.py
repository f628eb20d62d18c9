"""Screen 6: the rates of a plan in two times, beside other plans, vendors and costs."""

import pytest

from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk
from tests.tui.figures import NOW_MS
from tests.tui.look_figures import DAY_MS
from tests.tui.test_keys import last_asked
from tui.moments import Moments, moment_of


async def test_a_plan_is_opened_filtered_and_a_rate_followed_to_its_history(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("6")
        await until_loaded(pilot)
        assert "kestrel-buy" in text(app) and "41,210" in text(app)
        await pilot.press("enter")
        await until_loaded(pilot)
        shown = text(app)
        assert "in force now or to come, as known now" in shown and "0.0820" in shown and "0.0710" in shown
        await pilot.press("slash", *"ke", "enter")
        await until_loaded(pilot)
        assert last_asked(desk, "LookingService/Find").text == "ke" and "447" not in text(app)
        await pilot.press("escape")
        await until_loaded(pilot)
        await pilot.press("home", "enter")
        await until_loaded(pilot)
        assert last_asked(desk, "LookingService/History").code == "254"
        assert "0.0690" in text(app) and "5 may.csv" in text(app)


async def test_a_reader_travels_in_both_times_and_back(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("6", "enter")
        await until_loaded(pilot)
        await pilot.press("a", *"-1w", "enter")
        await until_loaded(pilot)
        assert "in force at 26 Oct 2026 09:41 UTC, as known now" in text(app)
        await pilot.press("k", *"+1d", "enter")
        await until(pilot, lambda: "nobody knows yet" in text(app))
        await pilot.press("home", "delete", "minus", "enter")
        await until_loaded(pilot)
        asked = last_asked(desk, "LookingService/Find")
        assert abs(asked.known_at_ms - (NOW_MS - DAY_MS)) < 60_000
        assert "as known at 1 Nov 2026 09:41 UTC" in text(app)
        await pilot.press("a", "enter")
        await until_loaded(pilot)
        assert not last_asked(desk, "LookingService/Find").HasField("valid_at_ms")


async def test_vendors_stand_side_by_side_for_the_code_under_the_cursor(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("6", "enter")
        await until_loaded(pilot)
        await pilot.press("v")
        await until_loaded(pilot)
        assert last_asked(desk, "LookingService/Vendors").text == "254"
        assert "254 2541" in text(app) and "0.0912" in text(app) and "left out: plan ridge-buy" in text(app)
        await pilot.press("right")
        await until_loaded(pilot)
        assert "kestrel 4" in text(app) and "no route" in text(app)
        assert "by caller: EEA 0.006" in text(app)
        await pilot.press("slash", *"Kenya from +336", "enter")
        await until_loaded(pilot)
        asked = last_asked(desk, "LookingService/Vendors")
        assert (asked.text, asked.caller) == ("Kenya", "+336")


async def test_another_plan_is_named_and_compared(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("6")
        await until_loaded(pilot)
        await pilot.press("c", "x", "enter")
        await until(pilot, lambda: "there is no other plan 'x'" in text(app))
        await pilot.press("backspace", "s", "right", "enter")
        await until_loaded(pilot)
        assert "1 dearer, 1 cheaper, 1 missing" in text(app) and "0.0110" in text(app)
        await pilot.press("slash", *"dearer 254", "enter")
        await until_loaded(pilot)
        asked = last_asked(desk, "LookingService/Compare")
        assert (asked.plan, asked.other, asked.kind, asked.text) == ("kestrel-buy", "savanna-buy", "dearer", "254")
        await pilot.press("right")
        await until_loaded(pilot)
        assert last_asked(desk, "LookingService/Compare").by_destination and "United Kingdom" in text(app)


async def test_a_sell_plan_shows_what_it_earns_under_water_first(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("6")
        await until_loaded(pilot)
        await pilot.press("down", "enter", "right")
        await until_loaded(pilot)
        assert "1 under water, 1 without a vendor" in text(app) and "-4.13" in text(app)
        await pilot.press("slash", *"under 254", "enter")
        await until_loaded(pilot)
        asked = last_asked(desk, "LookingService/Margin")
        assert asked.under_water and asked.code == "254"


def test_moments_are_dates_times_and_spans_from_now() -> None:
    assert (moment_of("", 5), moment_of("now", 5)) == (None, None)
    assert moment_of("-1d", 2 * DAY_MS) == DAY_MS and moment_of("+2h", 0) == moment_of("+120m", 0) == 7_200_000
    assert moment_of("1970-01-02", 0) == moment_of("1970-01-02 03:00+03:00", 0) == DAY_MS
    with pytest.raises(ValueError, match="is no date or time"):
        moment_of("tomorrow", 0)
    assert Moments(None, DAY_MS).words() == "in force now or to come, as known at 2 Jan 1970 00:00 UTC"

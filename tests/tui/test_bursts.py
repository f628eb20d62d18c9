"""Keys that come in one packet, or faster than they are answered, do what they would do one after the other."""

import asyncio
from dataclasses import replace

import pytest
from textual.widgets import Input

from tests.tui.console import burst, console, text, until, until_loaded
from tests.tui.desk import Desk
from tests.tui.test_keys import last_asked
from tui.screens.lists import ListScreen


async def test_a_line_of_a_form_is_cleared_written_and_done_in_one_packet(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("3")
        await until_loaded(pilot)
        await pilot.press("o", *"ticket 7", "enter", *"-1h")
        await burst(pilot, "ctrl+u", *"+2h", "enter")
        await until(pilot, lambda: any(name == "RoutesService/Order" for name, _ in desk.asked))
        assert last_asked(desk, "RoutesService/Order").HasField("until_ms")


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        ((*"ab", "backspace", *"c"), "ac"),
        ((*"ab", "left", *"c"), "acb"),
        ((*"ab", "home", *"c", "end", *"d"), "cabd"),
        ((*"ab cd", "ctrl+w", *"x"), "ab x"),
        (("ctrl+u", *"1", "ctrl+u", *"23"), "23"),
    ],
)
async def test_what_is_typed_fast_stands_as_it_was_typed(desk: Desk, keys: tuple[str, ...], value: str) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "slash")
        await burst(pilot, *keys)
        assert app.screen.query_one("#filter", Input).value == value


async def test_a_filter_is_opened_and_written_in_one_packet(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("4")
        await until_loaded(pilot)
        await burst(pilot, "slash", *"254", "enter")
        await until(pilot, lambda: last_asked(desk, "RouteTreeService/Tree").text == "254")
        assert app.current_mode == "routes" and "Dest" in text(app)


async def test_a_formula_is_written_and_kept_in_one_packet(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4", "v")
        await until_loaded(pilot)
        await pilot.press("f")
        await until(pilot, lambda: "most  asr" in text(app))
        await burst(pilot, "ctrl+u", *"real_cost", "down", *"as agreed", "ctrl+s")
        await until(pilot, lambda: any(name == "PoliciesService/Set" for name, _ in desk.asked))
        change = last_asked(desk, "PoliciesService/Set")
        assert (dict(change.values), change.note) == ({"order": "real_cost"}, "as agreed")


async def test_keys_of_a_card_go_to_the_card_also_before_its_question_is_answered(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await burst(pilot, "4", "C", "c", "enter")
        await until(pilot, lambda: any(name == "RouteTreeService/Tree" for name, _ in desk.asked))
        await until(pilot, lambda: last_asked(desk, "RouteTreeService/Tree").client == "callwell")
        assert app.current_mode == "routes"
        await burst(pilot, "v", "right", "right")
        await until(pilot, lambda: "no-blue" in text(app))
        await burst(pilot, "equals_sign", *"weight=70", "enter")
        await until(pilot, lambda: any(name == "StaticsService/Set" for name, _ in desk.asked))
        assert dict(last_asked(desk, "StaticsService/Set").values) == {"weight": "70"}
        await until_loaded(pilot)


async def test_an_order_is_given_in_one_packet(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("3")
        await until_loaded(pilot)
        await burst(pilot, "down", "o", *"ticket 7", "enter", *"+2h", "enter")
        await until(pilot, lambda: any(name == "RoutesService/Order" for name, _ in desk.asked))
        order = last_asked(desk, "RoutesService/Order")
        assert (order.vendor, order.why, order.HasField("until_ms")) == ("nordlink", "ticket 7", True)


async def test_lists_are_opened_one_in_the_other_in_one_packet(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4")
        await until_loaded(pilot)
        await burst(pilot, "down", "enter")
        await until(pilot, lambda: len(app.screen_stack) >= 2)
        await until_loaded(pilot)
        assert last_asked(desk, "RouteTreeService/Tree").country == "KE"


async def test_enter_opens_its_row_though_new_figures_of_it_came_meanwhile(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("4")
        await until_loaded(pilot)
        screen = app.screen
        assert isinstance(screen, ListScreen)
        screen.listing.action_choose()
        screen.listing.show([replace(row) for row in screen.listing.rows])
        await until(pilot, lambda: len(app.screen_stack) == 2)


async def test_answers_that_do_not_come_take_no_key_away(desk: Desk) -> None:
    answered = asyncio.Event()
    for method in ("RouteTreeService/Tree", "PartnersService/List", "QualityService/List", "PoliciesService/Get"):
        desk.held[method] = answered
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.state.received_s is not None)
        await burst(pilot, "4")
        await until(pilot, lambda: "asking…" in text(app))
        await burst(pilot, "C", "c")
        await until(pilot, lambda: "Whose calls?" in text(app))
        await burst(pilot, "escape", "f", *"asr", "escape", "3")
        await until(pilot, lambda: "Countries" in text(app) and app.current_mode == "quality")
        await burst(pilot, "1")
        await until(pilot, lambda: app.current_mode == "board")
        answered.set()
        await burst(pilot, "4")
        await until(pilot, lambda: "Kenya" in text(app))

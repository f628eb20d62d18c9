"""A place that is opened is asked for, styled and laid out once, under the theme and for the size of now."""

from typing import Any

import pytest
from textual.color import Color
from textual.dom import DOMNode

from tests.tui.console import console, until_loaded
from tests.tui.desk import Desk
from tui.theme import DAY, NIGHT
from tui.widgets.listing import Listing


@pytest.mark.parametrize(
    ("key", "method"), [("2", "CallsService/Find"), ("8", "CdrsService/List"), ("m", "PartnersService/List")]
)
async def test_a_place_asks_the_desk_once_when_it_is_opened_and_once_when_one_comes_back(
    desk: Desk, key: str, method: str
) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        for times in (1, 2):
            await pilot.press(key)
            await until_loaded(pilot)
            assert [name for name, _ in desk.asked].count(method) == times
            await pilot.press("1")
            await until_loaded(pilot)


async def test_opening_a_place_leaves_the_one_before_as_it_was_styled(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        board, apply, styled = app.screen, app.stylesheet.apply, list[DOMNode]()

        def noted(node: DOMNode, *, animate: bool = False, cache: Any = None) -> None:
            styled.append(node)
            apply(node, animate=animate, cache=cache)

        monkeypatch.setattr(app.stylesheet, "apply", noted)
        await pilot.press("2")
        await until_loaded(pilot)
        assert styled.count(app.screen) == 2, "as it is made, and as it comes in sight"
        assert board not in styled


async def test_a_theme_is_that_of_places_that_were_opened_before_it_and_after_it(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        assert app.screen.styles.background == Color.parse(NIGHT.background or "")
        await pilot.press("2", "1", "ctrl+t")
        seen = []
        for key in ("1", "2", "8"):
            await pilot.press(key)
            await until_loaded(pilot)
            cursor = app.screen.query(Listing).first().get_component_styles("listing--cursor").background
            seen.append((app.screen.styles.background, cursor))
        assert seen == [seen[0]] * 3 and seen[0][0] == Color.parse(DAY.background or "")


async def test_a_place_knows_how_large_the_terminal_is_and_learns_when_that_changes(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_loaded(pilot)
        for size, classes in (((80, 24), {"-narrow", "-short"}), ((120, 40), {"-wide", "-tall"})):
            await pilot.resize_terminal(*size)
            for key in ("2", "1"):
                await pilot.press(key)
                await until_loaded(pilot)
                assert app.screen.classes & {"-narrow", "-wide", "-short", "-tall"} == classes

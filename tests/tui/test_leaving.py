"""The console leaves by itself when what it shows is over; readers leave a screen whenever they like."""

from pathlib import Path
from typing import Any

import pytest

from tests.tui.console import SOON, console, until, until_loaded
from tests.tui.desk import Desk
from tui.app import Console


async def test_the_console_leaves_when_it_is_told_that_all_is_over(desk: Desk, tmp_path: Path) -> None:
    over = False
    console = Console(desk.find, exports=tmp_path, patience=SOON, over=lambda: over)
    async with console.run_test() as pilot:
        await pilot.pause()
        assert console.is_running
        over = True
        await until(pilot, lambda: console._exit)


@pytest.mark.parametrize(
    ("keys", "name"),
    [(("5", "down", "down", "enter"), "_fetch"), (("2", "enter"), "_load"), (("5", "down", "down", "T"), "_load")],
)
async def test_an_answer_that_comes_after_its_screen_was_left_hurts_nobody(
    desk: Desk, keys: tuple[str, ...], name: str
) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press(keys[0])
        await until_loaded(pilot)
        await pilot.press(*keys[1:])
        await until_loaded(pilot)
        left: Any = app.screen
        assert len(app.screen_stack) == 2
        await pilot.press("escape")
        await until(pilot, lambda: not left.query("KeyBar"))
        late = getattr(type(left), name).__wrapped__  # as its worker does when the answer comes at that moment
        await late(left, *([left.active] if name == "_fetch" else []))

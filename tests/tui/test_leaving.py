"""The console leaves by itself when what it shows is over."""

from pathlib import Path

from tests.tui.console import SOON, until
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

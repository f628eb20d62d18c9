"""What a sheet would have us sell below cost is seen, and repriced or blocked by one key."""

from protos import sheets_pb2 as pb
from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk
from tests.tui.test_keys import last_asked
from tui.screens.sheets import SheetScreen


async def test_a_code_under_water_is_repriced_or_blocked_by_one_key(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("5")
        await until_loaded(pilot)
        await pilot.press("down", "down", "enter")
        await until_loaded(pilot)
        screen = app.screen
        assert isinstance(screen, SheetScreen)
        screen.action_list(-1)
        await until_loaded(pilot)
        assert "▾Impact" in text(app) and "254741" in text(app) and "0.1600" in text(app)
        await pilot.press("p", "enter", "enter")
        await until(pilot, lambda: last_asked(desk, "SheetsService/Reprice").codes == ["254741"])
        asked = last_asked(desk, "SheetsService/Reprice")
        assert isinstance(asked, pb.SheetSale) and (asked.plan, asked.price) == ("wholesale", "")
        await until_loaded(pilot)
        await pilot.press("b", *"2026-12-01", "enter")
        await until(pilot, lambda: last_asked(desk, "SheetsService/Block").HasField("from_ms"))


async def test_prices_are_in_the_money_of_the_plan_that_sells(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("5")
        await until_loaded(pilot)
        await pilot.press("down", "down", "enter")
        await until_loaded(pilot)
        screen = app.screen
        assert isinstance(screen, SheetScreen)
        screen.action_list(-1)
        await until_loaded(pilot)
        await pilot.press("down")
        await until_loaded(pilot)
        assert "sell 254722123456 by itself at 9.3336 EUR" in text(app)
        assert "bought at 9.33351515 EUR (10.14512345 USD)" in text(app)
        await pilot.press("p")
        await until(pilot, lambda: "empty: as proposed, 9.3336 EUR" in text(app))
        await pilot.press("escape", "down")
        await until_loaded(pilot)
        assert "no calls; a minute leaks 0.0500 USD" in text(app)
        assert "sold offpeak at 0.1500, bought any at 0.2000 USD, 84 h of a week" in text(app)
        await pilot.press("down")
        await until_loaded(pilot)
        assert "1,234 more codes" in text(app) and "4.50" in text(app)
        await pilot.press("p")
        await until_loaded(pilot)
        assert app.screen is screen, "what is added up is no code"

"""A template is made in the console only: by pointing at the first rows of the sheet."""

from domain.sheets.headings import Meaning
from domain.sheets.template import Per
from domain.sheets.template_json import template_of
from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk
from tests.tui.test_keys import last_asked


async def test_columns_header_and_marks_are_pointed_at_and_saved(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(notifications=True) as pilot:
        await until_loaded(pilot)
        await pilot.press("5")
        await until_loaded(pilot)
        await pilot.press("down", "down", "T")
        await until_loaded(pilot)
        assert "H  4 Destination" in text(app) and "price per minute" in text(app)
        await pilot.press("end", "enter", "i", "enter")
        await until_loaded(pilot)
        assert "is read as increments" in text(app)
        await pilot.press("d", "o", "p", "home", "x")
        await until_loaded(pilot)
        assert "changed, not saved" in text(app)
        await pilot.press("S", "enter")
        await until(pilot, lambda: any("version 3 is saved" in str(one.message) for one in app._notifications))
    asked = last_asked(desk, "SheetsService/Point")
    template = template_of(asked.template)
    assert (asked.id, asked.name) == (5, "savanna")
    assert (template.decimal, template.dates, template.per) == (".", "dmy", Per.SECOND)
    meanings = [column.meaning for column in template.tabs[0].columns]
    assert meanings == [Meaning.UNUSED, Meaning.CODE, Meaning.PRICE, Meaning.EFFECTIVE, Meaning.INCREMENTS]


async def test_another_row_is_marked_as_the_header(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("5")
        await until_loaded(pilot)
        await pilot.press("down", "down", "T")
        await until_loaded(pilot)
        await pilot.press("down", "h")
        await until_loaded(pilot)
        assert "H  5 Kenya Mobile" in text(app) and "header row 5" in text(app)
        await pilot.press("h")
        await until_loaded(pilot)
        assert "header none" in text(app)

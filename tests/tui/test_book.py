"""The reference book on screen 6, and sheets that come by themselves on screen 5."""

from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk
from tests.tui.test_keys import last_asked


def times(desk: Desk, method: str) -> int:
    return sum(name == method for name, _ in desk.asked)


async def test_first_digits_show_the_tree_with_rates_and_traffic_and_lead_further_down(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("6", "right")
        await until_loaded(pilot)
        assert "version 14 of the book" in text(app) and "United Kingdom" in text(app)
        await pilot.press("slash", *"254", "enter")
        await until_loaded(pilot)
        shown = text(app)
        assert "3 codes begin with 254" in shown and "0.0710 kestrel-buy +1" in shown and "18,204 20,190.0" in shown
        await pilot.press("down", "enter")
        await until_loaded(pilot)
        assert last_asked(desk, "ReferenceBookService/Branches").filter == "2547"
        assert "0.0710 kestrel-buy" in text(app), "the code above it decides for the rest of its numbers"
        await pilot.press("right")
        await until_loaded(pilot)
        assert last_asked(desk, "ReferenceBookService/History").name == "2547" and "1 to 8" in text(app)


async def test_a_part_of_a_name_is_sought_in_the_book_and_vendors_stand_beside_for_a_code(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("6", "right", "slash", *"kingdom", "enter")
        await until_loaded(pilot)
        assert last_asked(desk, "ReferenceBookService/List").filter == "kingdom" and "Kenya" not in text(app)
        await pilot.press("v")
        await until_loaded(pilot)
        assert last_asked(desk, "LookingService/Vendors").text == "44"


async def test_a_draft_is_confirmed_for_a_destination_or_refused_after_a_question(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("6", "left")
        await until_loaded(pilot)
        await pilot.press("A", "ctrl+u", *"Kenya", "enter")
        await until(pilot, lambda: times(desk, "ReferenceBookService/Confirm"))
        asked = last_asked(desk, "ReferenceBookService/Confirm")
        assert (list(asked.codes), asked.destination) == (["254769"], "Kenya")
        await until_loaded(pilot)
        await pilot.press("down", "x", "n", "x", "y")
        await until(pilot, lambda: times(desk, "ReferenceBookService/Refuse"))
        assert list(last_asked(desk, "ReferenceBookService/Refuse").codes) == ["882346"]
        await until_loaded(pilot)
        await pilot.press("slash", *"refused", "enter")
        await until_loaded(pilot)
        assert "ben" in text(app) or "25520" in text(app)
        await pilot.press("x", "A")
        await until_loaded(pilot)
        assert times(desk, "ReferenceBookService/Refuse") == 1 and "into the book" not in text(app)


async def test_drafts_of_a_sheet_under_a_destination_are_decided_together(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("6", "left", "left")
        await until_loaded(pilot)
        assert "99,312" in text(app) and "no code" in text(app), text(app)
        await pilot.press("A", "enter")
        await until(pilot, lambda: times(desk, "ReferenceBookService/Confirm"))
        asked = last_asked(desk, "ReferenceBookService/Confirm")
        assert (asked.sheet, asked.under, list(asked.codes), asked.destination) == (4, "Kenya Mobile", [], "")
        await until_loaded(pilot)
        await pilot.press("down", "down", "x")
        await until(pilot, lambda: "Refuse the draft of sheet 4 under no code? Later" in text(app))
        await pilot.press("y")
        await until(pilot, lambda: times(desk, "ReferenceBookService/Refuse"))
        asked = last_asked(desk, "ReferenceBookService/Refuse")
        assert asked.HasField("under") and (asked.sheet, asked.under) == (4, "")


async def test_keys_of_plans_mean_nothing_among_codes(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("6", "right")
        await until_loaded(pilot)
        await pilot.press("E", "A", "x")
        await until_loaded(pilot)
        assert "Kenya Mobile" in text(app)
        assert not {name for name, _ in desk.asked} & {"NoticesService/Export", "ReferenceBookService/Refuse"}


async def test_what_waits_becomes_a_sheet_of_a_plan_or_is_dismissed(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("5", "right")
        await until_loaded(pilot)
        assert "kestrel has 2 buy plans: which one is it for?" in text(app)
        await pilot.press("d", "y")
        await until(pilot, lambda: times(desk, "SheetSourcesService/Dismiss"))
        assert last_asked(desk, "SheetSourcesService/Dismiss").id == 12
        await until_loaded(pilot)
        await pilot.press("a", "enter")
        await until(pilot, lambda: "a sheet is for a plan" in text(app))
        await pilot.press(*"kestrel-buy", "enter")
        await until(pilot, lambda: times(desk, "SheetSourcesService/Take"))
        asked = last_asked(desk, "SheetSourcesService/Take")
        assert (asked.id, asked.plan) == (12, "kestrel-buy")
        await until(pilot, lambda: "Sheet 5" in text(app))
        await until_loaded(pilot)
        assert last_asked(desk, "SheetsService/Show").id == 5


async def test_what_was_taken_leads_to_its_sheet_and_is_not_asked_about_again(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("5", "right")
        await until_loaded(pilot)
        await pilot.press("down", "a", "d", "U", "C")
        await until_loaded(pilot)
        assert "Make a sheet" not in text(app) and not times(desk, "SheetsService/Undo")
        await pilot.press("enter")
        await until_loaded(pilot)
        assert "savanna 2026-11-02.xlsx → savanna-buy" in text(app)


async def test_a_source_whose_look_failed_says_so_by_word(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("5", "left")
        await until_loaded(pilot)
        assert "✓ looked into" in text(app) and "21 s" in text(app)
        await pilot.press("down")
        await until(pilot, lambda: "failed       the folder is not there" in text(app))

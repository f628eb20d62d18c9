"""Screen 5: sheets are seen at every state, and decided by a few keys."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from protos import operators_pb2 as op
from protos import sheets_pb2 as pb
from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk
from tests.tui.figures import NOW_MS
from tests.tui.sheet_figures import findings, sheets
from tests.tui.test_keys import last_asked
from tui.screens.sheets import SheetScreen


def only(desk: Desk, number: int, **changed: object) -> None:
    """Let the desk tell of one sheet, changed."""
    (sheet,) = [one for one in sheets() if one.id == number]
    sheet.MergeFrom(pb.Sheet(**changed))  # type: ignore[arg-type]  # fields of the message
    if changed.get("blocking") == 0:
        sheet.blocking = 0
    desk.answers = desk.answers | {
        "SheetsService/List": lambda _: pb.SheetPage(sheets=[sheet], total=1),
        "SheetsService/Show": lambda _: sheet,
    }


async def test_a_sheet_is_opened_down_to_the_prices_of_a_finding(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("5")
        await until_loaded(pilot)
        assert "savanna 2026…" in text(app) and "asking" in text(app) and "parse …" in text(app)
        await pilot.press("down", "down", "enter")
        await until_loaded(pilot)
        assert "an increase inside its notice" in text(app) and "18,204.11 → 18,965.40 USD" in text(app)
        await pilot.press("down", "down", "enter")
        await until_loaded(pilot)
        assert last_asked(desk, "SheetsService/Findings").check == "R28"
        assert "254722 becomes dearer on 2026-11-04" in text(app)
        await pilot.press("enter")
        await until_loaded(pilot)
        assert last_asked(desk, "SheetsService/Changes").code == "254722"
        assert "before" in text(app) and "0.0750" in text(app) and "a call of 30 s" in text(app)


async def test_changes_are_filtered_by_kind_and_code(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("5", "down", "down", "enter")
        await until_loaded(pilot)
        await pilot.press("right", "right", "slash", *"increase 2547", "enter")
        await until_loaded(pilot)
        asked = last_asked(desk, "SheetsService/Changes")
        assert (asked.kind, asked.code) == ("increase", "2547")


async def test_an_approval_says_who_may_and_is_given_and_applied_by_two_keys(desk: Desk) -> None:
    only(desk, 5, blocking=0, warnings=4)
    app = console(desk)
    async with app.run_test(notifications=True) as pilot:
        await until_loaded(pilot)
        await pilot.press("5")
        await until_loaded(pilot)
        await pilot.press("A")
        await until(pilot, lambda: "second person" in text(app))
        assert "4 warnings are accepted by this" in text(app)
        await pilot.press("y")
        await until(pilot, lambda: "is approved by ben" in text(app))
        asked = last_asked(desk, "SheetsService/Approve")
        assert (asked.id, asked.apply, asked.warnings_seen) == (5, True, 4)


async def test_nothing_is_approved_while_a_finding_blocks(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("5")
        await until_loaded(pilot)
        await pilot.press("down", "down", "A", "y")
        await until_loaded(pilot)
        assert not [name for name, _ in desk.asked if name == "SheetsService/Approve"]


async def test_what_is_asked_is_chosen_by_digits_and_answered_together(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("5")
        await until_loaded(pilot)
        await pilot.press("down", "enter")
        await until_loaded(pilot)
        assert "Two columns could hold the price" in text(app)
        await pilot.press("2")
        await until_loaded(pilot)
        assert not [name for name, _ in desk.asked if name == "SheetsService/Answer"]
        await pilot.press("1")
        await until_loaded(pilot)
        answers = dict(last_asked(desk, "SheetsService/Answer").answers)
        assert answers == {"price": 'column E "Premium" (0.036, 0.05)', "dates": "day first"}


async def test_digits_lead_to_other_screens_where_nothing_is_asked(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("5", "down", "down", "enter")
        await until_loaded(pilot)
        await pilot.press("2")
        assert app.current_mode == "calls"


async def test_a_check_is_moved_to_the_earliest_day_and_a_finding_accepted_with_a_comment(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("5", "down", "down", "enter")
        await until_loaded(pilot)
        await pilot.press("down", "down", "D", "enter", *"as agreed", "enter")
        await until_loaded(pilot)
        asked = last_asked(desk, "SheetsService/Decide")
        assert (asked.what, asked.check, asked.comment, asked.HasField("at_ms")) == ("move", "R28", "as agreed", False)
        await pilot.press("enter")
        await until_loaded(pilot)
        await pilot.press("a", *"fine", "enter")
        await until_loaded(pilot)
        asked = last_asked(desk, "SheetsService/Decide")
        assert (asked.what, list(asked.keys), asked.comment) == ("accept", ["R28:Rates:114:254722::"], "fine")


async def test_the_cursor_goes_on_with_the_next_finding_when_the_decided_one_moves_to_the_end(desk: Desk) -> None:
    order: list[Sequence[pb.SheetFinding]] = [findings(pb.SheetRowsQuery(id=5, check="R28")).findings]

    def decide(verdict: pb.SheetVerdict) -> op.Changed:
        order[0] = [*order[0][1:], order[0][0]]
        return op.Changed(what="kept")

    desk.answers = desk.answers | {
        "SheetsService/Decide": decide,
        "SheetsService/Findings": lambda _: pb.FindingPage(findings=order[0], total=len(order[0])),
    }
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("5", "down", "down", "enter")
        await until_loaded(pilot)
        await pilot.press("down", "down", "enter")
        await until_loaded(pilot)
        first, second = (one.key for one in order[0][:2])
        for key in (first, second):
            assert isinstance(app.screen, SheetScreen) and app.screen.listing.row is not None
            assert app.screen.listing.row.key == key
            await pilot.press("a", *"fine", "enter")
            await until_loaded(pilot)
            assert list(last_asked(desk, "SheetsService/Decide").keys) == [key]


async def test_a_moment_that_is_none_is_told_below_the_line(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("5", "down", "down", "enter")
        await until_loaded(pilot)
        await pilot.press("D", *"soon", "enter", "enter")
        await until_loaded(pilot)
        assert "'soon' is no moment" in text(app)
        assert not [name for name, _ in desk.asked if name == "SheetsService/Decide"]


async def test_a_reject_stands_beside_its_raw_row_and_is_mended(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("5", "down", "down", "enter")
        await until_loaded(pilot)
        await pilot.press("right", "right", "right", "right", "right")
        await until_loaded(pilot)
        assert "Malawi | 265 | 0,0,21" in text(app)
        await pilot.press("m", "end", *["backspace"] * 6, *"0.21", "enter", "enter", "enter")
        await until_loaded(pilot)
        asked = last_asked(desk, "SheetsService/Mend")
        assert (asked.tab, asked.row, asked.column, asked.value) == ("Rates", 88, "Rate", "0.21")


async def test_an_undo_asks_first_and_lists_what_followed(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(notifications=True) as pilot:
        await until_loaded(pilot)
        await pilot.press("5")
        await until_loaded(pilot)
        await pilot.press("down", "down", "down", "U", "enter")
        assert not [name for name, _ in desk.asked if name == "SheetsService/Undo"]
        await pilot.press("U", "y")
        await until(
            pilot,
            lambda: any("sheets after it with codes of it stay: 5" in str(one.message) for one in app._notifications),
        )


async def test_a_file_is_sent_and_one_that_is_not_there_is_told(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "k.csv"
    file.write_text("Code,Rate\n447,0.1\n")
    app = console(desk)
    async with app.run_test(notifications=True) as pilot:
        await until_loaded(pilot)
        await pilot.press("5")
        await until_loaded(pilot)
        await pilot.press("plus", *"nowhere.csv", *["enter"] * 7)
        await until(pilot, lambda: "there is no file 'nowhere.csv'" in text(app))
        await pilot.press("escape", "plus", *str(file), "enter", *["backspace"] * 20, *"kestrel-buy", "ctrl+s")
        await until(pilot, lambda: "SWITCHBOARD  Sheet 7" in text(app))
        sent = last_asked(desk, "SheetsService/Send")
        assert (sent.plan, sent.file_name) == ("kestrel-buy", "k.csv")
        assert not sent.HasField("effective_ms") and not sent.HasField("received_ms")


async def test_a_sheet_is_sent_with_all_that_the_command_may_say_of_it(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kestrel new.csv").write_text("Code,Rate\n447,0.1\n")
    app = console(desk)
    async with app.run_test(notifications=True) as pilot:
        await until_loaded(pilot)
        await pilot.press("5")
        await until_loaded(pilot)
        await pilot.press("plus", *"kes")
        await until(pilot, lambda: "kestrel new.csv" in text(app))
        await pilot.press("right", "enter", *["backspace"] * 20, *"kes")
        await until(pilot, lambda: "plan      kestrel-buy" in text(app))
        await pilot.press("right", "enter", *"2026-12-01", "enter", *"-2d", "enter", *"sav")
        await until(pilot, lambda: "template  savanna" in text(app))
        await pilot.press("right", "enter", *"pricing@kestrel.example", "enter", *"New A-Z", "enter")
        await until(pilot, lambda: "SWITCHBOARD  Sheet 7" in text(app))
    sent = last_asked(desk, "SheetsService/Send")
    assert (sent.file_name, sent.plan, sent.template) == ("kestrel new.csv", "kestrel-buy", "savanna")
    assert (sent.sender, sent.subject) == ("pricing@kestrel.example", "New A-Z")
    assert sent.effective_ms == 1_796_076_000_000  # midnight of the plan's zone, which is Kyiv
    assert sent.received_ms == NOW_MS - 2 * 86_400_000


async def test_a_date_that_is_none_is_told_and_a_pasted_path_may_be_quoted(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "a b.csv"
    file.write_text("Code,Rate\n447,0.1\n")
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("5")
        await until_loaded(pilot)
        await pilot.press("plus", *f"'{file}'", "down", "down", *"1/12", "ctrl+s")
        await until(pilot, lambda: "'1/12' is no date or time" in text(app))
        assert not [name for name, _ in desk.asked if name == "SheetsService/Send"]
        await pilot.press("up", "down", *["backspace"] * 4, *"now", "ctrl+s")
        await until(pilot, lambda: "SWITCHBOARD  Sheet 7" in text(app))
    assert last_asked(desk, "SheetsService/Send").effective_ms == NOW_MS


async def test_a_refused_order_is_told(desk: Desk) -> None:
    def refused(_: pb.SheetUndo) -> op.Changed:
        raise LookupError("a later sheet was applied")

    desk.answers = desk.answers | {"SheetsService/Undo": refused}
    app = console(desk)
    async with app.run_test(notifications=True) as pilot:
        await until_loaded(pilot)
        await pilot.press("5")
        await until_loaded(pilot)
        await pilot.press("down", "down", "down", "U", "y")
        await until(pilot, lambda: "a later sheet was applied" in text(app))


async def test_lists_may_be_walked_through_faster_than_they_are_answered(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("5")
        await until_loaded(pilot)
        await pilot.press("down", "down", "enter")
        await until_loaded(pilot)
        screen = app.screen
        assert isinstance(screen, SheetScreen)
        for _ in screen.tabs:
            screen.action_list(1)
        screen.action_list(1)
        await until_loaded(pilot)
        screen.action_list(1)
        screen.action_list(1)
        await until_loaded(pilot)
        assert "▾Implicit" in text(app) and "25578…" in text(app)

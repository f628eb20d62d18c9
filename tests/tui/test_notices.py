"""Notices of rates: what is due, made, approved with its late changes counted, sent again, answered; and forms."""

from pathlib import Path

from protos import notices_pb2 as pb
from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk
from tests.tui.figures import NOW_MS
from tests.tui.notice_figures import DAY_MS
from tests.tui.test_keys import last_asked
from tui.palette import ENTRIES
from tui.screens.notices import NoticesScreen

RETAIL = ("6", "down")
"""Keys to the sell plan that clients have."""


async def test_what_is_due_of_a_plan_tells_who_is_late_by_word(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press(*RETAIL, "n")
        await until_loaded(pilot)
        assert last_asked(desk, "NoticesService/Due").plan == "retail"
        shown = text(app)
        assert "3 clients must be told of a plan, 1 late" in shown and "301 cannot be told in time" in shown
        assert "14 h 6 waits" in shown
        await pilot.press("slash", *"orbita all", "enter")
        await until_loaded(pilot)
        asked = last_asked(desk, "NoticesService/Due")
        assert (asked.partner, asked.all) == ("orbita", True)


async def test_the_palette_leads_to_the_notices_of_all_plans(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        app.lead(next(one for one in ENTRIES if one.title == "Notices"))
        await until(pilot, lambda: isinstance(app.screen, NoticesScreen))
        await until_loaded(pilot)
        assert last_asked(desk, "NoticesService/Due").plan == "" and "4 clients must be told" in text(app)
        await pilot.press("end")
        await until(pilot, lambda: "it has no rates_emails" in text(app))


async def test_a_notice_is_read_from_its_changes_to_its_mail(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press(*RETAIL, "n", "right", "right", "end", "enter")
        await until_loaded(pilot)
        assert "1 bounced 2 delivered" in text(app) and "254722" in text(app)
        assert last_asked(desk, "NoticesService/Changes").kind == "changed"
        await pilot.press("slash", *"new 255", "enter")
        await until_loaded(pilot)
        asked = last_asked(desk, "NoticesService/Changes")
        assert (asked.id, asked.kind, asked.code) == (3, "new", "255")
        await pilot.press("right", "end")
        await until_loaded(pilot)
        assert "550 5.1.1 old@orbita.example: no such user" in text(app)
        await pilot.press("right")
        await until_loaded(pilot)
        assert "approved" in text(app) and "ben" in text(app)
        await pilot.press("right")
        await until_loaded(pilot)
        assert "Dear Orbita," in text(app) and "+ retail-2026-10-02.xlsx: 2,190 rows, 60,416 bytes" in text(app)


async def test_an_answer_to_a_sheet_changes_nothing_and_says_what_was_said(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press("6", "end", "n")
        await until_loaded(pilot)
        shown = text(app)
        assert "Answers about sheets of savanna-buy" in shown and "Your sheet savanna 2026-10-01.xlsx" in shown
        assert "every client knows" not in shown and "m make" not in shown and "o told" not in shown
        assert not [name for name, _ in desk.asked if name == "NoticesService/Due"]
        await pilot.press("enter")
        await until_loaded(pilot)
        shown = text(app)
        assert "answer to savanna about sheet 4 of savanna-buy" in shown and "Thank you, accepted." in shown
        assert not [name for name, _ in desk.asked if name == "NoticesService/Changes"]


async def test_late_changes_are_told_and_counted_before_a_notice_goes_out(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press(*RETAIL, "n", "right")
        await until_loaded(pilot)
        await pilot.press("A")
        await until(pilot, lambda: "301 of them told too late" in text(app))
        await pilot.press("a")
        await until(pilot, lambda: "Told too late" in text(app))
        await pilot.press(*"300", "enter", *"by phone", "enter")
        await until(pilot, lambda: "it is 301 that are told too late" in text(app))
        assert not [name for name, _ in desk.asked if name == "NoticesService/Approve"]
        await pilot.press("shift+tab", "end", "backspace", "1", "enter", "enter")
        await until(pilot, lambda: any(name == "NoticesService/Approve" for name, _ in desk.asked))
        asked = last_asked(desk, "NoticesService/Approve")
        assert (list(asked.ids), asked.late_seen, asked.comment) == ([7, 6], 301, "by phone")


async def test_one_in_time_goes_out_after_one_question(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press(*RETAIL, "n", "right")
        await until_loaded(pilot)
        await pilot.press("down", "A", "y")
        await until(pilot, lambda: any(name == "NoticesService/Approve" for name, _ in desk.asked))
        asked = last_asked(desk, "NoticesService/Approve")
        assert (list(asked.ids), asked.late_seen) == ([6], 0)


async def test_notices_are_made_of_what_is_under_the_cursor_by_a_form_with_other_fields(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(notifications=True) as pilot:
        await until_loaded(pilot)
        await pilot.press(*RETAIL, "n")
        await until_loaded(pilot)
        await pilot.press("m", "enter", "enter", *"short language=de", "enter", *"Hello.", "enter")
        await until(pilot, lambda: "made: notice 7 to orbita" in text(app))
        asked = last_asked(desk, "NoticesService/Make")
        assert (asked.partner, asked.plan, asked.form, dict(asked.values), asked.comment, asked.even) == (
            "orbita", "retail", "short", {"language": "de"}, "Hello.", False,
        )  # fmt: skip


async def test_a_contact_gets_it_again_or_is_answered_for_and_a_waiting_one_is_cancelled(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press(*RETAIL, "n", "right", "right", "end", "enter", "right", "end")
        await until_loaded(pilot)
        await pilot.press("R", "enter")
        await until(pilot, lambda: any(name == "NoticesService/Resend" for name, _ in desk.asked))
        assert last_asked(desk, "NoticesService/Resend").address == "old@orbita.example"
        await until_loaded(pilot)
        await pilot.press("home", "a", "enter", *"yes", "enter", "enter")
        await until(pilot, lambda: "'yes' is no answer" in text(app))
        await pilot.press("ctrl+u", *"accepted", "enter", *"on the phone", "enter")
        await until(pilot, lambda: any(name == "NoticesService/Answer" for name, _ in desk.asked))
        asked = last_asked(desk, "NoticesService/Answer")
        assert (asked.address, asked.state, asked.comment) == ("rates@orbita.example", "accepted", "on the phone")
        await pilot.press("x")  # it is sent: nothing is asked
        await pilot.press("escape", "left")
        await until_loaded(pilot)
        await pilot.press("x", "y")
        await until(pilot, lambda: any(name == "NoticesService/Cancel" for name, _ in desk.asked))
        assert last_asked(desk, "NoticesService/Cancel").id == 7


async def test_a_client_that_knows_otherwise_is_written_down_with_how(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test() as pilot:
        await until_loaded(pilot)
        await pilot.press(*RETAIL, "n")
        await until_loaded(pilot)
        await pilot.press("o", "enter", "enter", *"-1d", "enter", "enter")
        await until(pilot, lambda: "say who knows, and how" in text(app))
        await pilot.press(*"their portal", "enter")
        await until(pilot, lambda: any(name == "NoticesService/Told" for name, _ in desk.asked))
        asked = last_asked(desk, "NoticesService/Told")
        assert (asked.partner, asked.plan, asked.comment) == ("orbita", "retail", "their portal")
        assert abs(asked.at_ms - (NOW_MS - DAY_MS)) < 60_000


async def test_files_are_written_where_the_console_runs_and_never_over_others(desk: Desk, tmp_path: Path) -> None:
    app = console(desk, exports=tmp_path)
    (tmp_path / "mine.csv").write_text("old")
    async with app.run_test(notifications=True) as pilot:
        await until_loaded(pilot)
        await pilot.press(*RETAIL)
        await until_loaded(pilot)
        await pilot.press("E", "enter", *"eu", "enter", *"changes", "enter", *"mine.csv", "enter")
        await until(pilot, lambda: "another name" in text(app))
        assert not [name for name, _ in desk.asked if name == "NoticesService/Export"]
        await pilot.press("home", *"not", "enter")
        await until(pilot, lambda: "2,204 rows in" in text(app))
        asked = last_asked(desk, "NoticesService/Export")
        assert (asked.plan, asked.partner, asked.form) == ("retail", "callwell", "eu")
        assert dict(asked.values) == {"file": "csv", "scope": "changes"}, "the suffix says which kind of file"
        await pilot.press("n", "right")
        await until_loaded(pilot)
        await pilot.press("S", "enter")
        await until(pilot, lambda: (tmp_path / "retail-2026-11-02.xlsx").exists())
    assert (tmp_path / "mine.csv").read_text() == "old"
    assert (tmp_path / "notmine.csv").read_bytes() == b"a sheet"
    assert (tmp_path / "retail-2026-11-02.xlsx").read_bytes() == b"as it was sent"


async def test_forms_are_made_set_and_removed_but_not_those_that_contracts_name(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(notifications=True) as pilot:
        await until_loaded(pilot)
        await pilot.press(*RETAIL, "n", "left")
        await until_loaded(pilot)
        assert "decimal=, separator=;" in text(app) and "orbita, minnow" in text(app)
        await pilot.press("equals_sign")
        await until(pilot, lambda: "one of your own with +" in text(app))
        await pilot.press("plus", *"pdf", "enter", "ctrl+u", *"file=pdf title=true", "enter")
        await until(pilot, lambda: any(name == "SheetFormsService/Set" for name, _ in desk.asked))
        asked = last_asked(desk, "SheetFormsService/Set")
        assert (asked.id, dict(asked.values)) == ("pdf", {"file": "pdf", "title": "true"})
        await until_loaded(pilot)
        await pilot.press("down", "D", "down", "D", "y")
        await until(pilot, lambda: any(name == "SheetFormsService/Remove" for name, _ in desk.asked))
        assert last_asked(desk, "SheetFormsService/Remove").name == "short"
        await until_loaded(pilot)
        await pilot.press("equals_sign")
        await until(pilot, lambda: "Form short" in text(app))
        await pilot.press(*"zone=Europe/Berlin", "enter")
        await until(pilot, lambda: last_asked(desk, "SheetFormsService/Set").id == "short")


async def test_nobody_waits_for_a_notice_that_is_not_sent_any_more(desk: Desk) -> None:
    gone = pb.RateNotice(
        id=2, kind="rates", partner="minnow", plan="retail", state="superseded",
        contacts=[pb.NoticeContact(address=f"{who}@minnow.example", state="waiting") for who in ("rates", "noc")],
    )  # fmt: skip
    desk.answers = desk.answers | {
        "NoticesService/List": lambda _: pb.NoticePage(notices=[gone], total=1),
        "NoticesService/Show": lambda _: gone,
    }
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press(*RETAIL, "n", "right", "right")
        await until(pilot, lambda: "superseded 2 not sent" in text(app))
        assert "rates@minnow.example not sent" in text(app) and "waiting" not in text(app)
        await pilot.press("enter", "right")
        await until(pilot, lambda: "▾Contacts" in text(app) and "noc@minnow.example" in text(app))
        assert text(app).count("not sent") == 3 and "waiting" not in text(app)

"""`switchboard notices`, `switchboard forms` and `switchboard plans export`."""

import json
from pathlib import Path

import grpc
import pytest

from domain.notices.shown import changes_of, contact_state, kinds_words, states_text, time_left
from protos.notices_pb2 import (
    DueNotice,
    DueNotices,
    ExportChunk,
    NoticeContact,
    NoticeEvent,
    NoticePage,
    RateNotice,
    SheetForm,
    SheetForms,
)
from protos.operators_pb2 import Changed
from protos.sheets_pb2 import ChangePage, SheetChange, SheetTerms
from tests.cli.far_desk import FarDesk

NOON = 1_793_534_400_000
DAY_MS = 86_400_000
NOTICE = RateNotice(
    id=7, kind="rates", partner="orbita", plan="retail", plan_version=9, state="approved", subject="New rates",
    body="Dear Orbita,\n\nyour rates change.", file_name="retail.xlsx", size=2_048, rows=31,
    kinds={"new": 2, "closed": 1}, late=1, first_ms=NOON, tell_by_ms=NOON - 7 * DAY_MS,
    made_ms=NOON - DAY_MS, made_by="ana",
    contacts=[
        NoticeContact(address="rates@orbita.example", state="delivered", at_ms=NOON),
        NoticeContact(address="old@orbita.example", state="bounced", words="550 no such user", at_ms=NOON),
    ],
    events=[NoticeEvent(at_ms=NOON, what="approved", who="ben", words="1 late seen")],
)  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_what_is_due_says_how_long_there_is_and_what_keeps_it(desk: FarDesk) -> None:
    late = DueNotice(partner="orbita", plan="retail", kinds={"increase": 4}, first_ms=NOON, tell_by_ms=NOON - 1, late=4)
    soon = DueNotice(partner="minnow", plan="retail", kinds={"new": 1}, tell_by_ms=NOON + 5 * DAY_MS, told_ms=NOON)
    soon.queued, soon.words = 9, "it has no rates_emails"
    desk.says("Notices.Due", DueNotices(due=[late, soon], now_ms=NOON))
    told = desk.run("notices", "due", "--plan", "retail", "--all").stdout
    assert "4 increase" in told and "  late     4  nothing was told yet" in told
    assert "  5 d " in told and "notice 9 waits for approval; it has no rates_emails" in told
    asked = desk.asked("Notices.Due")
    assert (asked.plan, asked.partner, asked.all) == ("retail", "", True)


def test_notices_are_made_by_form_and_how_to_approve_them_is_said(desk: FarDesk) -> None:
    made = RateNotice(id=8, partner="orbita", plan="retail", state="queued", kinds={"new": 2})
    desk.says("Notices.Make", NoticePage(notices=[made, RateNotice(id=9, state="queued")], total=2))
    words = ("--partner", "orbita", "--form", "eu", "--set", "scope=changes", "--comment", "As agreed.", "--even")
    told = desk.run("notices", "make", *words).stdout
    assert "2 new" in told and "switchboard notices approve 8 9" in told
    asked = desk.asked("Notices.Make")
    assert (asked.partner, asked.form, dict(asked.values), asked.comment, asked.even) == (
        "orbita", "eu", {"scope": "changes"}, "As agreed.", True,
    )  # fmt: skip
    desk.says("Notices.Make", NoticePage())
    assert "nothing is due: no notice was made" in desk.run("notices", "make").stdout


def test_a_notice_is_shown_with_its_contacts_history_and_mail(desk: FarDesk) -> None:
    desk.says("Notices.List", NoticePage(notices=[NOTICE], total=3))
    listed = desk.run("notices", "list", "--state", "approved", "--limit", "1")
    assert "1 bounced 1 delivered" in listed.stdout and "1 to 1 of 3" in listed.stderr
    desk.says("Notices.Show", NOTICE)
    told = desk.run("notices", "show", "7").stdout
    assert "2 new, 1 closed" in told and "1: told after their notice began" in told
    assert "bounced" in told and "550 no such user" in told and "1 late seen" in told
    assert "Subject: New rates\n\nDear Orbita,\n\nyour rates change." in told
    assert json.loads(desk.run("notices", "show", "7", "--json").stdout)["contacts"][0]["state"] == "delivered"


def test_what_a_notice_tells_is_paged_by_code(desk: FarDesk) -> None:
    change = SheetChange(code="44", kind="increase", old=SheetTerms(next_price_units=1_000_000, first_s=1, next_s=1))
    change.terms.CopyFrom(SheetTerms(next_price_units=2_000_000, first_s=1, next_s=1))
    desk.says("Notices.Changes", ChangePage(changes=[change], total=5))
    told = desk.run("notices", "changes", "7", "--kind", "increase", "--code", "4", "--limit", "1")
    assert "0.01  0.02" in told.stdout and "1 to 1 of 5" in told.stderr
    asked = desk.asked("Notices.Changes")
    assert (asked.id, asked.kind, asked.code) == (7, "increase", "4")
    assert desk.run("notices", "changes", "7").exit_code == 0 and desk.run("notices", "changes", "7", "--kind", "all")
    assert [one.kind for one in desk.requests["Notices.Changes"][1:]] == ["changed", ""]


def test_late_changes_are_counted_at_approval_and_all_must_be_meant(desk: FarDesk) -> None:
    desk.says("Notices.Approve", Changed(what="2 notices are approved"))
    assert desk.run("notices", "approve", "7", "8", "--late", "3", "--comment", "ok").exit_code == 0
    asked = desk.asked("Notices.Approve")
    assert (list(asked.ids), asked.late_seen, asked.comment) == ([7, 8], 3, "ok")
    desk.says("Notices.List", NoticePage(notices=[RateNotice(id=9, partner="minnow"), NOTICE], total=2))
    told = desk.run("notices", "approve", "--all").stdout
    assert "minnow" in told and told.endswith("2 notices are approved\n")
    sent = desk.requests["Notices.Approve"]
    assert (list(sent[-1].ids), sent[-1].up_to) == ([], 9)
    assert desk.asked("Notices.List").state == "queued"
    assert desk.run("notices", "approve", "--all", "--up-to", "8").exit_code == 0
    assert sent[-1].up_to == 8
    desk.says("Notices.List", NoticePage())
    assert "no notice waits" in desk.run("notices", "approve", "--all").stdout
    assert len(sent) == 3, "nothing was seen: nothing is sent"
    assert desk.run("notices", "approve", "7", "--up-to", "8").exit_code == 2
    assert desk.run("notices", "approve").exit_code == 2
    assert desk.run("notices", "approve", "7", "--all").exit_code == 2
    desk.refuses("Notices.Approve", grpc.StatusCode.FAILED_PRECONDITION, "3 changes are told too late: --late 3")
    refused = desk.run("notices", "approve", "7")
    assert refused.exit_code == 1 and "told too late" in refused.stderr


def test_notices_are_cancelled_sent_again_and_answered(desk: FarDesk) -> None:
    for method in ("Cancel", "Resend", "Told", "Answer"):
        desk.says(f"Notices.{method}", Changed(what=f"{method} done"))
    assert desk.run("notices", "cancel", "7").stdout == "Cancel done\n"
    assert desk.run("notices", "resend", "7", "new@orbita.example").exit_code == 0
    assert desk.asked("Notices.Resend").address == "new@orbita.example"
    words = ("told", "orbita", "--plan", "retail", "--at", "2026-11-01", "--comment", "by phone")
    assert desk.run("notices", *words).exit_code == 0
    assert desk.asked("Notices.Told").at_ms == 1_793_491_200_000 and desk.asked("Notices.Told").comment == "by phone"
    assert desk.run("notices", "told", "orbita").exit_code == 2, "how it knows must be said"
    assert desk.run("notices", "answer", "7", "a@b.example", "accepted", "--comment", "on the phone").exit_code == 0
    asked = desk.asked("Notices.Answer")
    assert (asked.id, asked.address, asked.state, asked.comment) == (7, "a@b.example", "accepted", "on the phone")
    assert desk.run("notices", "answer", "7", "a@b.example", "perhaps").exit_code == 2


def test_a_plan_is_written_as_a_client_gets_it_and_says_what_changes(desk: FarDesk, here: Path) -> None:
    head = ExportChunk(file_name="../retail-2026.csv", rows=31, kinds={"increase": 2, "unchanged": 29}, data=b"Code,")
    desk.says("Notices.Export", head, ExportChunk(data=b"Rate\n"))
    told = desk.run("plans", "export", "retail", "--partner", "orbita", "--set", "file=csv", "--at", "2026-11-01")
    assert (here / "retail-2026.csv").read_bytes() == b"Code,Rate\n", "and never in another folder"
    assert "31 rows, 10 bytes" in told.stdout and "2 increase, 29 unchanged, against what orbita knows" in told.stdout
    asked = desk.asked("Notices.Export")
    assert (asked.plan, asked.partner, dict(asked.values), asked.at_ms) == (
        "retail", "orbita", {"file": "csv"}, 1_793_491_200_000,
    )  # fmt: skip


def test_a_file_that_is_there_is_kept_unless_forced(desk: FarDesk, here: Path) -> None:
    desk.says("Notices.File", ExportChunk(file_name="retail.csv", rows=1, data=b"new"))
    (here / "retail.csv").write_text("old")
    assert desk.run("notices", "file", "7").exit_code == 1
    told = desk.run("notices", "file", "7", "-o", "retail.csv")
    assert told.exit_code == 1 and "--force" in told.stderr
    assert (here / "retail.csv").read_text() == "old" and not list(here.glob("*.part"))
    assert desk.run("notices", "file", "7", "--force").exit_code == 0
    assert (here / "retail.csv").read_text() == "new"
    (here / "sent").mkdir()
    assert desk.run("notices", "file", "7", "-o", "sent").exit_code == 0 and (here / "sent" / "retail.csv").exists()
    lost = desk.run("notices", "file", "7", "-o", "nowhere/x.csv")
    assert lost.exit_code == 1 and "cannot be written" in lost.stderr


def test_forms_say_what_is_not_as_by_default(desk: FarDesk) -> None:
    values = {"file": "csv", "scope": "full", "language": "de", "columns": ""}
    eu = SheetForm(name="eu", values=values, differing=["language", "file"], used_by=["orbita", "minnow"])
    desk.says("SheetForms.List", SheetForms(forms=[SheetForm(values=values), eu]))
    told = desk.run("forms", "list").stdout
    assert "usual" in told and "file=csv language=de  orbita, minnow" in told
    desk.says("SheetForms.Show", eu)
    told = desk.run("forms", "show", "eu").stdout
    assert "*  file      csv" in told and "not as by default" in told
    desk.says("SheetForms.Set", Changed(what="form eu: language fr (was de)"))
    assert desk.run("forms", "set", "eu", "language=fr", "columns=code, price=USD/min").exit_code == 0
    asked = desk.asked("SheetForms.Set")
    assert (asked.id, dict(asked.values)) == ("eu", {"language": "fr", "columns": "code, price=USD/min"})
    desk.says("SheetForms.Remove", Changed(what="form eu is removed"))
    assert desk.run("forms", "remove", "eu").stdout == "form eu is removed\n"


def test_increases_by_other_codes_are_told_among_the_increases() -> None:
    kinds = {"increase": 1_002, "raising": 2, "new": 3, "unchanged": 7}
    assert changes_of(kinds) == 1_005
    assert kinds_words(kinds) == ["3 new", "1,002 increase (2 by new or closed codes)", "7 unchanged"]


def test_what_somebody_must_look_at_stands_first_and_time_that_is_over_is_a_word() -> None:
    assert states_text(["delivered", "bounced", "delivered", "else"]) == "1 bounced 2 delivered 1 else"
    told = [contact_state("superseded", one) for one in ("waiting", "waiting", "bounced")]
    assert states_text(told) == "1 bounced 2 not sent" and contact_state("queued", "waiting") == "waiting"
    assert time_left(None, 0, 0, 0) == "" and time_left(None, 0, 1, 0) == time_left(5, 6, 0, 4) == "late"
    assert time_left(5, 6, 0, 6) == "now", "no change of it is late"
    assert [time_left(days, 0, 0, 0) for days in (3 * DAY_MS, 30 * 3_600_000, 119 * 60_000)] == [
        "3 d",
        "30 h",
        "119 min",
    ]

"""`switchboard sheets`, `switchboard templates` and `switchboard plans terms`."""

import csv
import json
from pathlib import Path

import grpc
import pytest

from domain.sheets.header_rows import Preview
from domain.sheets.headings import Meaning
from domain.sheets.proposal import answered, propose
from domain.sheets.template_json import template_json, template_of
from protos.operators_pb2 import Changed, Plan, PlanPage
from protos.sheets_pb2 import (
    ChangePage,
    CheckCount,
    FindingPage,
    PlanTerms,
    RejectPage,
    Sheet,
    SheetChange,
    SheetFinding,
    SheetPreview,
    SheetQuestion,
    SheetReject,
    SheetsSent,
    SheetStep,
    SheetTemplate,
    SheetTerms,
)
from protos.switch_pb2 import Money
from tests.cli.far_desk import FarDesk

STEPS = [SheetStep(step="receive", began_ms=1, ended_ms=3, count=20), SheetStep(step="parse", began_ms=3, count=7)]
CHECKED = Sheet(id=7, plan="kestrel-buy", file_name="k.csv", state="checked", kinds={"new": 2, "closed": 1}, blocking=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "k.csv"
    path.write_text("Code,Rate\n44,0.1\n")
    return path


def test_a_sheet_is_sent_with_its_sender_and_watched_until_it_rests(desk: FarDesk, file: Path) -> None:
    working = Sheet(id=7, plan="kestrel-buy", state="working", steps=STEPS)
    desk.says("Sheets.Send", SheetsSent(sheets=[working]))
    desk.says("Sheets.Watch", working, CHECKED)
    desk.says("Plans.Show", PlanPage(plan=Plan(id="kestrel-buy", zone="Europe/Kyiv")))
    words = ["--plan", "kestrel-buy", "--sender", "a@b.example", "--effective", "2026-11-01", "--template", "k"]
    told = desk.run("sheets", "send", str(file), *words)
    assert told.exit_code == 0
    assert "changes   2 new, 1 closed" in told.stdout
    head, *pieces = desk.requests["Sheets.Send"]
    assert (head.plan, head.file_name, head.sender, head.template) == ("kestrel-buy", "k.csv", "a@b.example", "k")
    assert head.effective_ms == 1_793_484_000_000, "midnight of the plan's zone"
    assert not head.HasField("received_ms")
    assert b"".join(piece.data for piece in pieces) == file.read_bytes()


def test_a_sheet_that_is_refused_says_why_and_fails(desk: FarDesk, file: Path) -> None:
    refused = Sheet(id=8, state="refused", words="R01: this is no workbook")
    desk.says("Sheets.Send", SheetsSent(sheets=[refused, CHECKED]))
    desk.says_in_turn("Sheets.Watch", refused, CHECKED)
    told = desk.run("sheets", "send", str(file), "--plan", "p")
    assert told.exit_code == 1
    assert "refused: R01: this is no workbook" in told.stdout


def test_a_sheet_is_shown_with_its_steps_checks_and_questions(desk: FarDesk) -> None:
    check = CheckCount(check="R28", severity="B", rule="an increase inside its notice", count=3, open=2)
    check.money.CopyFrom(Money(units=12_300_000_000, currency="USD"))
    asked = SheetQuestion(key="A: price", tab="A", words="Which column is the price?", choices=["C", "D"])
    desk.says("Sheets.Show", Sheet(id=7, state="asking", steps=STEPS, checks=[check], questions=[asked]))
    told = desk.run("sheets", "show", "7").stdout
    lines = [" ".join(line.split()) for line in told.splitlines()]
    assert "R28 B 3 2 123.00 USD an increase inside its notice" in lines
    assert {"receive 20 2", "parse 7 …"} <= set(lines)
    assert "1. A: price: Which column is the price? (A)\n     1: C\n     2: D" in told


def test_findings_and_changes_are_paged_and_rejects_go_into_a_file(desk: FarDesk, tmp_path: Path) -> None:
    desk.says("Sheets.Findings", FindingPage(findings=[SheetFinding(key="k1", check="R28", words="short")], total=9))
    told = desk.run("sheets", "findings", "7", "--check", "R28", "--open", "--limit", "1")
    assert "whole sheet" in told.stdout and "more with --offset 1" in told.stderr
    asked = desk.asked("Sheets.Findings")
    assert (asked.id, asked.check, asked.open, asked.limit) == (7, "R28", True, 1)
    old, new = (SheetTerms(next_price_units=units, first_s=60, next_s=1) for units in (1_000_000, 2_000_000))
    change = SheetChange(code="44", kind="increase", old=old, terms=new, from_ms=1)
    desk.says("Sheets.Changes", ChangePage(changes=[change], total=1))
    assert "0.01  0.02  60/1" in desk.run("sheets", "changes", "7", "--kind", "increase").stdout
    rejects = [
        SheetReject(tab="A", row=row, column="Rate", value="x", check="R17", reason="no price") for row in (3, 4)
    ]
    desk.says_in_turn("Sheets.Rejects", RejectPage(rejects=rejects, total=2), RejectPage(total=2))
    out = tmp_path / "rejects.csv"
    assert "2 rejects written" in desk.run("sheets", "rejects", "7", "--csv", str(out)).stdout
    assert [row["row"] for row in csv.DictReader(out.open())] == ["3", "4"]


def test_questions_are_answered_by_key_or_number(desk: FarDesk) -> None:
    desk.says("Sheets.Answer", Changed(what="it is read on"))
    desk.says("Sheets.Watch", CHECKED)
    told = desk.run("sheets", "answer", "7", "A: price=C", "2=dmy")
    assert told.stdout.splitlines() == [
        "it is read on",
        "sheet 7 is checked: 2 new, 1 closed; 1 finding blocks the approval",
    ]
    assert dict(desk.asked("Sheets.Answer").answers) == {"A: price": "C", "2": "dmy"}
    assert desk.run("sheets", "answer", "7", "price").exit_code == 2
    assert desk.run("sheets", "answer", "7", "1=C", "1=D").exit_code == 2


def test_findings_are_accepted_moved_and_dropped_by_key_or_check(desk: FarDesk) -> None:
    desk.says("Sheets.Decide", Changed(what="done"))
    desk.says("Sheets.Watch", CHECKED)
    assert desk.run("sheets", "accept", "7", "--check", "R30", "--comment", "agreed by phone").exit_code == 0
    assert desk.run("sheets", "move", "7", "k1", "k2", "--date", "2026-11-20").exit_code == 0
    assert desk.run("sheets", "move", "7", "k1").exit_code == 0
    assert desk.run("sheets", "drop", "7").exit_code == 2
    accept, move, earliest = desk.requests["Sheets.Decide"]
    assert (accept.what, accept.check, accept.comment) == ("accept", "R30", "agreed by phone")
    assert (move.what, list(move.keys), move.at_ms) == ("move", ["k1", "k2"], 1_795_132_800_000)
    assert not earliest.HasField("at_ms")


def test_a_cell_is_mended_with_what_may_look_like_an_option(desk: FarDesk) -> None:
    desk.says("Sheets.Mend", Changed(what="mended"))
    desk.says("Sheets.Watch", CHECKED)
    assert desk.run("sheets", "mend", "7", "Rates", "12", "C", "-0.5").exit_code == 0
    assert desk.run("sheets", "mend", "7", "-", "12", "C", "1").exit_code == 0
    asked, of_csv = desk.requests["Sheets.Mend"]
    assert (asked.tab, asked.row, asked.column, asked.value) == ("Rates", 12, "C", "-0.5")
    assert of_csv.tab == "", "a file without tabs"


def test_what_the_desk_refuses_is_told_and_fails(desk: FarDesk) -> None:
    desk.refuses("Sheets.Approve", grpc.StatusCode.ALREADY_EXISTS, "sheet 7: 1 findings that block it are open")
    told = desk.run("sheets", "approve", "7", "--apply")
    assert told.exit_code == 1 and "findings that block it are open" in told.stderr
    assert desk.asked("Sheets.Approve").apply


def test_an_approval_says_how_many_warnings_were_seen(desk: FarDesk) -> None:
    desk.says("Sheets.Show", Sheet(id=7, state="checked", findings=4, warnings=3))
    assert "nothing blocks the approval; approve it with --warnings 3" in desk.run("sheets", "show", "7").stdout
    desk.says("Sheets.Approve", Changed(what="approved"))
    assert desk.run("sheets", "approve", "7", "--warnings", "3").exit_code == 0
    assert desk.asked("Sheets.Approve").warnings_seen == 3


def test_templates_are_shown_in_words(desk: FarDesk) -> None:
    shown = SheetTemplate(owner="kestrel", name="k", version=2, columns=["any tab: rates", "  column 1 'Code': code"])
    desk.says("SheetTemplates.Show", shown)
    assert "column 1 'Code': code" in desk.run("templates", "show", "kestrel", "k").stdout
    assert desk.asked("SheetTemplates.Show").owner == "kestrel"


def test_terms_are_shown_and_changed_by_field(desk: FarDesk) -> None:
    desk.says(
        "RateTerms.Show", PlanTerms(plan="p", values={"floor": "0.0001", "semantics": "full"}, differing=["semantics"])
    )
    told = desk.run("plans", "terms", "p").stdout
    assert "*  semantics  full" in told and "   floor" in told
    assert json.loads(desk.run("plans", "terms", "p", "--json").stdout)["values"]["floor"] == "0.0001"
    desk.says("RateTerms.Set", Changed(what="terms of plan p: increase_days 9 (was none)"))
    assert "increase_days 9" in desk.run("plans", "terms", "p", "increase_days=9", "ceilings.KE=0.5").stdout
    assert dict(desk.asked("RateTerms.Set").values) == {"increase_days": "9", "ceilings.KE": "0.5"}


def test_another_volume_tier_is_read_by_the_partners_template(desk: FarDesk) -> None:
    proposal = propose([Preview("", [("Code", "Rate 0-100k", "Rate 100k+"), ("44", "0.02", "0.01")], 2)])
    text = template_json(answered(proposal, {proposal.questions[0].key: "1"}).template)
    desk.says("Sheets.Preview", SheetPreview(template=text, owner="kestrel", name="kestrel-buy"))
    desk.says("Sheets.Point", Changed(what="template kestrel-buy version 2 is saved"))
    desk.says("Sheets.Watch", CHECKED)
    told = desk.run("sheets", "tier", "7", "100k+")
    assert told.exit_code == 0 and "version 2 is saved" in told.stdout
    order = desk.asked("Sheets.Point")
    assert (order.id, order.name) == (7, "kestrel-buy")
    read = [one.heading for one in template_of(order.template).tabs[0].columns if one.meaning is Meaning.PRICE]
    assert read == ["Rate 100k+"]
    wrong = desk.run("sheets", "tier", "7", "5m")
    assert wrong.exit_code == 2 and "There are: 'Rate 100k+'" in " ".join(wrong.stderr.replace("│", "").split())

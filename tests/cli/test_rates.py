"""`switchboard rates import`."""

import json
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from cli.parsing import moment
from cli.progress import CHUNK_BYTES
from protos.operators_pb2 import Changed, Plan, PlanPage
from protos.sheets_pb2 import (
    CheckCount,
    FindingPage,
    RejectPage,
    Sheet,
    SheetFinding,
    SheetQuestion,
    SheetReject,
    SheetsSent,
    SheetStep,
)
from tests.cli.far_desk import FarDesk

REJECT = SheetReject(row=3, column="Rate", value="-0.1", check="R17", reason="it is negative", raw="447 | -0.1")
WRONG_ROW = CheckCount(check="R17", severity="B", rule="this is no price", count=1, open=1)
SHORT = CheckCount(check="R28", severity="B", rule="an increase inside its notice", count=2, open=2)
WARNED = CheckCount(check="R34", severity="W", rule="it begins in the past", count=2, open=2)
STEPS = [SheetStep(step="parse", began_ms=3, ended_ms=10, count=3)]


def a_sheet(state: str = "checked", *checks: CheckCount, **fields: Any) -> Sheet:
    made = Sheet(id=7, plan="orbita", file_name="sheet.csv", state=state, rows=3, lines=3, codes=4, steps=STEPS)
    made.columns["Prefix"] = "code"
    made.notes.append("decimal comma")
    made.checks.extend(checks)
    made.blocking = sum(one.open for one in checks if one.severity == "B")
    made.warnings = sum(one.open for one in checks if one.severity == "W")
    for name, value in fields.items():
        setattr(made, name, value)
    return made


APPLIED = a_sheet("applied", version=8)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sheet.csv"
    path.write_bytes(b"code,rate\n" * (CHUNK_BYTES // 10 + 1))
    return path


def stage(desk: FarDesk, *sheets: Sheet, **pages: Message) -> None:
    """Let a desk take a sheet that is as these say, one each time that it rests; `pages` by method of the service."""
    desk.says("Sheets.Send", SheetsSent(sheets=[Sheet(id=7, state="working")]))
    desk.says_in_turn("Sheets.Watch", *sheets)
    for method in ("Decide", "Approve", "Cancel"):
        desk.says(f"Sheets.{method}", Changed(what="done"))
    for method, page in pages.items():
        desk.says(f"Sheets.{method}", page)


def imported(desk: FarDesk, file: Path, *words: str) -> Any:
    return desk.run("rates", "import", str(file), "--plan", "orbita", *words)


def test_a_clean_sheet_is_sent_watched_approved_and_applied(desk: FarDesk, file: Path) -> None:
    stage(desk, a_sheet(), APPLIED)
    done = imported(desk, file)
    assert done.exit_code == 0, done.output
    head, *rest = desk.requests["Sheets.Send"]
    assert (head.plan, head.file_name, head.data, head.HasField("effective_ms")) == ("orbita", "sheet.csv", b"", False)
    assert [len(chunk.data) for chunk in rest] == [CHUNK_BYTES, file.stat().st_size - CHUNK_BYTES]
    assert b"".join(chunk.data for chunk in rest) == file.read_bytes()
    asked = desk.asked("Sheets.Approve")
    assert (asked.id, asked.apply, asked.warnings_seen) == (7, True, 0)
    assert "Sheets.Decide" not in desk.requests
    assert done.stdout.splitlines()[0] == "parse: 3 in 7 ms", "its steps are seen"
    assert "3 of 3 rows went into orbita (4 codes), 0 rejected" in done.stdout
    assert "orbita is now at version 8, by sheet 7" in done.stdout
    assert "column 'Prefix' read as code" in done.stdout and "decimal comma" in done.stdout


def test_wrong_rows_are_listed_and_the_others_go_in(desk: FarDesk, file: Path) -> None:
    wrong: dict[str, Any] = {"rejects": 1, "rejected": 1}
    applied = a_sheet("applied", version=8, **wrong)
    stage(desk, a_sheet("checked", WRONG_ROW, **wrong), a_sheet(**wrong), applied, Rejects=RejectPage(rejects=[REJECT]))
    done = imported(desk, file)
    assert done.exit_code == 0, done.output
    decided = desk.asked("Sheets.Decide")
    assert (decided.what, decided.which) == ("accept", "rejects")
    assert "2 of 3 rows went into orbita (4 codes), 1 rejected" in done.stdout
    assert "3  Rate    -0.1   R17    it is negative  447 | -0.1" in done.stdout


def test_warnings_are_told_and_counted(desk: FarDesk, file: Path) -> None:
    stage(desk, a_sheet("checked", WARNED), a_sheet("applied", WARNED, version=8))
    done = imported(desk, file)
    assert done.exit_code == 0
    assert desk.asked("Sheets.Approve").warnings_seen == 2
    assert "R34        2  it begins in the past" in done.stdout


def test_what_blocks_is_listed_and_nothing_goes_in(desk: FarDesk, file: Path) -> None:
    finding = FindingPage(findings=[SheetFinding(check="R28", words="increase of 44 begins today")])
    stage(desk, a_sheet("checked", SHORT, WARNED), Findings=finding)
    done = imported(desk, file)
    assert done.exit_code == 1
    assert not {"Sheets.Approve", "Sheets.Decide", "Sheets.Cancel"} & set(desk.requests)
    assert "nothing went into orbita: R28 keeps it out; 3 rows were read (4 codes), 0 rejected" in done.stdout
    assert "R28       2  an increase inside its notice  increase of 44 begins today" in done.stdout
    assert "switchboard sheets findings 7 --open" in done.stdout
    assert "switchboard sheets approve 7 --apply --warnings 2" in done.stdout


def test_all_findings_may_stand_for_a_reason_that_is_kept(desk: FarDesk, file: Path) -> None:
    stage(desk, a_sheet("checked", SHORT, WARNED), a_sheet(), APPLIED)
    assert imported(desk, file, "--accept", "agreed by phone").exit_code == 0
    decided = desk.asked("Sheets.Decide")
    assert (decided.what, decided.which, decided.comment) == ("accept", "open", "agreed by phone")
    assert desk.asked("Sheets.Approve").comment == "agreed by phone"


JUMP = CheckCount(check="R20", severity="W", rule="the price jumps", count=1, open=1)


def test_prices_that_jump_do_not_go_in_unseen(desk: FarDesk, file: Path) -> None:
    finding = FindingPage(findings=[SheetFinding(check="R20", words="447 falls by 99 %")])
    stage(desk, a_sheet("checked", JUMP, WARNED), Findings=finding)
    done = imported(desk, file)
    assert done.exit_code == 1 and "Sheets.Approve" not in desk.requests
    assert "R20       1  the price jumps  447 falls by 99 %" in done.stdout
    assert 'import it again with --accept "why it is right" or --warnings 3' in done.stdout
    stage(desk, a_sheet("checked", JUMP, WARNED), Findings=finding)
    dry = imported(desk, file, "--dry-run", "--json")
    assert dry.exit_code == 1 and json.loads(dry.stdout)["blocking"][0]["check"] == "R20"


@pytest.mark.parametrize(("seen", "code"), [("3", 0), ("2", 1), ("0", 1)])
def test_warnings_that_were_seen_are_counted(desk: FarDesk, file: Path, seen: str, code: int) -> None:
    stage(desk, a_sheet("checked", JUMP, WARNED), a_sheet("applied", JUMP, WARNED, version=8), Findings=FindingPage())
    assert imported(desk, file, "--warnings", seen).exit_code == code
    assert ("Sheets.Approve" in desk.requests) is (code == 0) and "Sheets.Decide" not in desk.requests


def test_what_was_accepted_is_told_with_its_money(desk: FarDesk, file: Path) -> None:
    costs = CheckCount(check="R28", severity="B", rule="an increase inside its notice", count=2, open=2)
    costs.money.units, costs.money.currency = -35_20000000, "USD"
    for words in ((), ("--json",)):
        stage(desk, a_sheet("checked", costs, WARNED), a_sheet("checked"), APPLIED)
        done = imported(desk, file, "--accept", "agreed by phone", *words)
        assert done.exit_code == 0, done.output
        if not words:
            assert "R28        2  -35.20 USD  an increase inside its notice" in done.stdout
            assert "R34        2              it begins in the past" in done.stdout
    assert [one["check"] for one in json.loads(done.stdout)["let_stand"]] == ["R28", "R34"]


def test_only_what_the_first_look_found_is_accepted(desk: FarDesk, file: Path) -> None:
    stage(desk, a_sheet("checked", SHORT), a_sheet(), a_sheet("checked", WARNED), Findings=FindingPage())
    done = imported(desk, file, "--accept", "agreed by phone")
    assert done.exit_code == 1
    assert (len(desk.requests["Sheets.Decide"]), len(desk.requests["Sheets.Approve"])) == (1, 1)
    assert "sheet 7 is checked" in done.stdout and "R34" in done.stdout


@pytest.mark.parametrize("check", ["R03", "R05"])
def test_another_unit_or_contract_is_accepted_by_itself_only(desk: FarDesk, file: Path, check: str) -> None:
    wrong = CheckCount(check=check, severity="B", rule="is wrong", count=1, open=1)
    stage(desk, a_sheet("checked", wrong, SHORT), Findings=FindingPage())
    done = imported(desk, file, "--accept", "monthly")
    assert done.exit_code == 1 and not {"Sheets.Approve", "Sheets.Decide"} & set(desk.requests)
    assert "sheets accept 7 --check R.., each by itself" in done.stdout


def test_reasons_and_counts_are_not_given_together(desk: FarDesk, file: Path) -> None:
    assert imported(desk, file, "--accept", "x", "--warnings", "1").exit_code == 2


def test_a_plan_that_changes_meanwhile_is_checked_against_again(desk: FarDesk, file: Path) -> None:
    stage(desk, a_sheet(), a_sheet("checked", WARNED), APPLIED)
    assert imported(desk, file).exit_code == 0
    assert [one.warnings_seen for one in desk.requests["Sheets.Approve"]] == [0, 2]


def test_questions_are_shown_with_how_to_answer(desk: FarDesk, file: Path) -> None:
    asking = a_sheet("asking")
    asking.questions.append(SheetQuestion(key="dates", words="Which is 09/10?", choices=["dmy", "mdy"]))
    stage(desk, asking)
    done = imported(desk, file)
    assert done.exit_code == 1
    assert "dates: Which is 09/10?" in done.stdout and "switchboard sheets answer 7 1=1" in done.stdout


def test_a_dry_run_approves_nothing_and_gives_its_sheet_up(desk: FarDesk, file: Path) -> None:
    stage(desk, a_sheet())
    done = imported(desk, file, "--dry-run")
    assert done.exit_code == 0
    assert "3 of 3 rows would go into orbita" in done.stdout
    assert desk.asked("Sheets.Cancel").id == 7 and "Sheets.Approve" not in desk.requests


def test_an_effective_date_is_midnight_in_the_plans_zone(desk: FarDesk, file: Path) -> None:
    desk.says("Plans.Show", PlanPage(plan=Plan(id="orbita", zone="Africa/Nairobi")))
    stage(desk, a_sheet(), APPLIED)
    imported(desk, file, "--effective", "2026-11-04")
    assert desk.requests["Sheets.Send"][0].effective_ms == moment("2026-11-03T21:00Z")


def test_a_sheet_of_which_no_row_is_good_ends_with_1(desk: FarDesk, file: Path) -> None:
    bad = a_sheet("checked", WRONG_ROW, rows=1, lines=0, rejects=1, rejected=1)
    stage(desk, bad, Rejects=RejectPage(rejects=[REJECT]), Findings=FindingPage())
    done = imported(desk, file, "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert (told["rows"], told["accepted"], told["rejected"], told["state"]) == (1, 0, 1, "checked")
    assert told["rejects"][0]["reason"] == "it is negative" and told["rejects"][0]["row"] == 3
    assert "Sheets.Approve" not in desk.requests


def test_what_is_told_to_programs_has_all_that_is_told_to_people(desk: FarDesk, file: Path) -> None:
    stage(desk, a_sheet("checked", WARNED), a_sheet("applied", WARNED, version=8))
    told = json.loads(imported(desk, file, "--json").stdout)
    assert told["plan_version"] == 8 and told["codes"] == 4 and told["accepted"] == 3 and told["sheet"] == 7
    assert told["columns"] == {"Prefix": "code"} and told["notes"] == ["decimal comma"] and told["elapsed_ms"] >= 0
    assert told["warnings"] == [{"check": "R34", "open": 2, "rule": "it begins in the past"}]


def test_a_file_of_several_sheets_is_not_applied(desk: FarDesk, file: Path) -> None:
    desk.says("Sheets.Send", SheetsSent(sheets=[Sheet(id=7, file_name="a.csv"), Sheet(id=8, file_name="b.csv")]))
    done = imported(desk, file)
    assert done.exit_code == 1
    assert "it has 2 rate files: a.csv (sheet 7), b.csv (sheet 8)" in done.stderr


def test_a_refused_sheet_says_why(desk: FarDesk, file: Path) -> None:
    stage(desk, Sheet(id=7, plan="orbita", state="refused", words="R04: no column of codes"))
    done = imported(desk, file)
    assert done.exit_code == 1 and "R04: no column of codes" in done.stdout
    desk.refuses("Sheets.Send", grpc.StatusCode.INVALID_ARGUMENT, "sheet.csv: the file is empty. Send it again.")
    done = imported(desk, file)
    assert (done.exit_code, done.stderr) == (1, "Error: sheet.csv: the file is empty. Send it again.\n")


def test_a_file_that_is_not_there_is_wrong_usage(desk: FarDesk) -> None:
    result = desk.run("rates", "import", "/no/file.csv", "--plan", "orbita")
    assert result.exit_code == 2
    assert "does not exist" in result.stderr
    assert desk.requests == {}


def test_a_wrong_effective_date_is_wrong_usage(desk: FarDesk, file: Path) -> None:
    result = imported(desk, file, "--effective", "04.11.2026")
    assert result.exit_code == 2
    assert "write 2026-10-31" in result.stderr

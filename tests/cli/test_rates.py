"""`switchboard rates import`."""

import json
from pathlib import Path

import grpc
import pytest

from cli.parsing import moment
from cli.progress import CHUNK_BYTES
from protos.operators_pb2 import ImportReport, Plan, PlanPage, RejectedRow
from tests.cli.far_desk import FarDesk

REPORT = ImportReport(
    rows=3,
    accepted=2,
    rejected=1,
    codes=4,
    rejects=[RejectedRow(row=3, reason="rate is negative", raw="447,-0.1")],
    plan_version=8,
    columns={"Prefix": "code"},
    notes=["decimal comma"],
    elapsed_ms=12,
)


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "sheet.csv"
    path.write_bytes(b"code,rate\n" * (CHUNK_BYTES // 10 + 1))
    return path


def test_the_name_goes_first_and_the_bytes_follow_in_chunks(desk: FarDesk, sheet: Path) -> None:
    desk.says("Rates.Import", REPORT)
    assert desk.run("rates", "import", str(sheet), "--plan", "orbita").exit_code == 0
    head, *rest = desk.requests["Rates.Import"]
    assert (head.plan, head.file_name, head.dry_run, head.data) == ("orbita", "sheet.csv", False, b"")
    assert not head.HasField("effective_ms")
    assert [len(chunk.data) for chunk in rest] == [CHUNK_BYTES, sheet.stat().st_size - CHUNK_BYTES]
    assert b"".join(chunk.data for chunk in rest) == sheet.read_bytes()


def test_rejected_rows_are_listed_and_the_others_are_in(desk: FarDesk, sheet: Path) -> None:
    desk.says("Rates.Import", REPORT)
    result = desk.run("rates", "import", str(sheet), "--plan", "orbita")
    assert result.exit_code == 0
    assert "2 of 3 rows went into orbita (4 codes), 1 rejected" in result.stdout
    assert "orbita is now at version 8" in result.stdout
    assert "column 'Prefix' read as code" in result.stdout
    assert result.stdout.splitlines()[-1].split() == "3 rate is negative 447,-0.1".split()


def test_a_dry_run_is_sent_as_one_and_said_to_be_one(desk: FarDesk, sheet: Path) -> None:
    desk.says("Rates.Import", ImportReport(rows=3, accepted=3, dry_run=True))
    result = desk.run("rates", "import", str(sheet), "--plan", "orbita", "--dry-run")
    assert "3 of 3 rows would go into orbita" in result.stdout
    assert desk.requests["Rates.Import"][0].dry_run


def test_an_effective_date_is_midnight_in_the_plans_zone(desk: FarDesk, sheet: Path) -> None:
    desk.says("Plans.Show", PlanPage(plan=Plan(id="orbita", zone="Africa/Nairobi")))
    desk.says("Rates.Import", REPORT)
    desk.run("rates", "import", str(sheet), "--plan", "orbita", "--effective", "2026-11-04")
    assert desk.requests["Rates.Import"][0].effective_ms == moment("2026-11-03T21:00Z")


def test_a_sheet_of_which_no_row_is_good_ends_with_1(desk: FarDesk, sheet: Path) -> None:
    desk.says("Rates.Import", ImportReport(rows=1, rejected=1, rejects=REPORT.rejects))
    result = desk.run("rates", "import", str(sheet), "--plan", "orbita", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["rejects"] == [{"row": 3, "reason": "rate is negative", "raw": "447,-0.1"}]


def test_a_refused_sheet_says_why(desk: FarDesk, sheet: Path) -> None:
    desk.refuses("Rates.Import", grpc.StatusCode.INVALID_ARGUMENT, "sheet.csv: no column of codes. Name one 'code'.")
    result = desk.run("rates", "import", str(sheet), "--plan", "orbita")
    assert (result.exit_code, result.stderr) == (1, "Error: sheet.csv: no column of codes. Name one 'code'.\n")


def test_a_file_that_is_not_there_is_wrong_usage(desk: FarDesk) -> None:
    result = desk.run("rates", "import", "/no/file.csv", "--plan", "orbita")
    assert result.exit_code == 2
    assert "does not exist" in result.stderr
    assert desk.requests == {}


def test_a_wrong_effective_date_is_wrong_usage(desk: FarDesk, sheet: Path) -> None:
    result = desk.run("rates", "import", str(sheet), "--plan", "orbita", "--effective", "04.11.2026")
    assert result.exit_code == 2
    assert "write 2026-10-31" in result.stderr

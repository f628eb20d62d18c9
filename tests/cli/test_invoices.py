"""`switchboard invoices`."""

import json
from pathlib import Path

import grpc
import pytest

from cli.parsing import moment
from protos.operators_pb2 import (
    Invoice,
    InvoiceFee,
    InvoiceFile,
    InvoiceFileRequest,
    InvoiceLine,
    InvoiceRequest,
    Invoices,
)
from protos.switch_pb2 import Money
from tests.cli.far_desk import FarDesk

TOTAL = Money(units=620_325_000_000, currency="USD")
INVOICE = Invoice(
    number="2026-0001",
    partner="callwell",
    from_ms=moment("2026-10-01"),
    to_ms=moment("2026-11-01"),
    lines=[InvoiceLine(destination="India", price_units=1_350_000, calls=27_000, billed_s=4_050_000, amount=TOTAL)],
    total=TOTAL,
    state="issued",
)
ISSUE = "invoices issue --partner callwell --from 2026-10-01 --to 2026-10-31".split()


def test_issue_bills_whole_days_and_shows_the_lines(desk: FarDesk) -> None:
    desk.says("Invoices.Issue", INVOICE)
    result = desk.run(*ISSUE)
    assert desk.asked("Invoices.Issue") == InvoiceRequest(
        partner="callwell", first_day="2026-10-01", last_day="2026-10-31"
    )
    assert (result.exit_code, result.stderr) == (0, "")
    assert "total         6203.25 USD" in result.stdout
    assert (
        result.stdout.splitlines()[-1].split() == "voice India 0.0135 per minute 27,000 4,050,000 s 6203.25 USD".split()
    )


def test_fees_stand_behind_the_lines_with_how_they_came_about(desk: FarDesk) -> None:
    how = "1,230 answered, 210 ≤ 6 s = 17.07 %, 184 free at 15 %, 26 × 0.0100"
    fee = InvoiceFee(what="Short calls", arithmetic=how, calls=26, price_units=1_000_000, amount=TOTAL)
    with_fee = Invoice()
    with_fee.CopyFrom(INVOICE)
    with_fee.fees.append(fee)
    desk.says("Invoices.Issue", with_fee)
    last = desk.run(*ISSUE).stdout.splitlines()[-1]
    assert last.split() == f"Short calls {how} 26 0.0100 per call 6203.25 USD".split()


def test_one_may_issue_an_invoice_though_calls_have_not_ended(desk: FarDesk) -> None:
    desk.says("Invoices.Issue", INVOICE)
    desk.run(*ISSUE, "--with-open")
    assert desk.asked("Invoices.Issue").with_open


def test_moments_go_as_they_are_and_the_desk_says_whether_days_begin_there(desk: FarDesk) -> None:
    desk.says("Invoices.Issue", INVOICE)
    words = "invoices issue --partner callwell --from 2026-10-01T00:00+03:00 --to 2026-10-31 --until-now".split()
    assert desk.run(*words).exit_code == 0
    sent = desk.asked("Invoices.Issue")
    assert (sent.from_ms, sent.first_day, sent.last_day) == (moment("2026-09-30T21:00"), "", "2026-10-31")
    assert sent.until_now and not sent.to_ms
    assert desk.run("invoices", "issue", "--partner", "x", "--from", "soon", "--to", "later").exit_code == 2


def test_a_dry_run_issues_nothing_and_says_so(desk: FarDesk) -> None:
    desk.says("Invoices.Issue", INVOICE)
    assert "a dry run: nothing was issued" in desk.run(*ISSUE, "--dry-run").stdout
    assert desk.asked("Invoices.Issue").dry_run


def test_a_period_that_was_billed_before_is_refused(desk: FarDesk) -> None:
    desk.refuses("Invoices.Issue", grpc.StatusCode.ALREADY_EXISTS, "2026-0001 bills October of callwell already")
    result = desk.run(*ISSUE)
    assert (result.exit_code, result.stderr) == (1, "Error: 2026-0001 bills October of callwell already\n")


def test_list_shows_totals_and_json_is_exact(desk: FarDesk) -> None:
    desk.says("Invoices.List", Invoices(invoices=[INVOICE], total=1))
    assert "6203.25 USD" in desk.run("invoices", "list").stdout.splitlines()[1]
    (shown,) = json.loads(desk.run("invoices", "list", "--json").stdout)["invoices"]
    assert (shown["to"], shown["due"]) == ("2026-11-01T00:00:00.000Z", None)


def test_a_list_tells_what_came_after_on_demand(desk: FarDesk) -> None:
    late, none, draft = (Invoice(number=number, total=TOTAL) for number in ("a-1", "a-2", "a-3"))
    late.after.CopyFrom(Money(units=25_000_000, currency="USD"))
    none.after.CopyFrom(Money(currency="USD"))
    desk.says("Invoices.After", Invoices(invoices=[late, none, draft], total=3))
    lines = desk.run("invoices", "list", "--after").stdout.splitlines()
    assert "came after" in lines[0]
    assert (lines[1].endswith("0.25 USD"), lines[2].endswith("nothing")) == (True, True)


def test_download_writes_the_pieces_to_the_file_named(desk: FarDesk, tmp_path: Path) -> None:
    desk.says("Invoices.Download", InvoiceFile(data=b"%PDF"), InvoiceFile(data=b"-1.7"))
    target = tmp_path / "bill.pdf"
    result = desk.run("invoices", "download", "2026-0001", "-o", str(target))
    assert (result.exit_code, result.stdout) == (0, f"wrote {target} (8 bytes)\n")
    assert target.read_bytes() == b"%PDF-1.7"
    assert desk.asked("Invoices.Download") == InvoiceFileRequest(number="2026-0001")


def test_download_names_the_file_like_the_invoice(
    desk: FarDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    desk.says("Invoices.Download", InvoiceFile(data=b"a,b\n"))
    assert desk.run("invoices", "download", "2026/1", "--csv").exit_code == 0
    assert (tmp_path / "2026-1.csv").read_bytes() == b"a,b\n"
    assert desk.asked("Invoices.Download").csv


def test_a_refused_download_leaves_no_file(desk: FarDesk, tmp_path: Path) -> None:
    desk.refuses("Invoices.Download", grpc.StatusCode.NOT_FOUND, "no invoice 9")
    target = tmp_path / "bill.pdf"
    target.write_bytes(b"before")
    assert desk.run("invoices", "download", "9", "-o", str(target)).exit_code == 1
    assert target.read_bytes() == b"before"
    assert not list(tmp_path.glob("*.part"))


def test_a_file_that_cannot_be_written_is_named(desk: FarDesk, tmp_path: Path) -> None:
    desk.says("Invoices.Download", InvoiceFile(data=b"x"))
    result = desk.run("invoices", "download", "1", "-o", str(tmp_path / "none" / "bill.pdf"))
    assert result.exit_code == 1
    assert "cannot be written: No such file or directory; name another file with -o" in result.stderr

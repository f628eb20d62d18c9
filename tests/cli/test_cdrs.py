"""`switchboard cdrs`."""

import json
from pathlib import Path

import grpc
import pytest

from cli.parsing import LAST_MS, moment
from protos.operators_pb2 import (
    CallRef,
    CdrExplanation,
    CdrImportProgress,
    CdrImportReport,
    CdrPage,
    CdrQuery,
    Leg,
    ParkedPage,
    ParkedQuery,
    ParkedRecord,
    RejectedRow,
    RetryReport,
    RetryRequest,
    SourceState,
    SourceStates,
)
from protos.switch_pb2 import Money
from tests.cli.far_desk import FarDesk

LEG = Leg(
    leg_id=bytes(range(16)),
    call_key=bytes(range(16, 32)),
    side="client",
    state="closed",
    switch_id="gw1",
    partner="pampas",
    trunk="pampas-in",
    attempt=1,
    a="541112345678",
    b="593912345678",
    destination="Ecuador Mobile",
    code="5939",
    setup_ms=moment("2026-10-05T10:00"),
    connect_ms=moment("2026-10-05T10:00:03"),
    disconnect_ms=moment("2026-10-05T10:01:04"),
    duration_ms=61_000,
    billed_s=120,
    cause=16,
    release="caller",
    plan="pampas",
    plan_version=1,
    rate_type="any",
    price_units=20_000_000,
    charge=Money(units=40_000_000, currency="EUR"),
    fx_units=110_000_000,
    base_charge=Money(units=44_000_000, currency="USD"),
)
REPORT = CdrImportReport(file_name="day.csv", rows=4, accepted=1, duplicate=1, parked=1, rejected=1, elapsed_ms=5)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "day.csv"
    path.write_text("switch,call_id\n")
    return path


def done(report: CdrImportReport) -> CdrImportProgress:
    return CdrImportProgress(rows_done=report.rows, rows=report.rows, step="charged", report=report)


def test_import_sends_the_file_and_accounts_for_every_row(desk: FarDesk, file: Path) -> None:
    report = CdrImportReport()
    report.CopyFrom(REPORT)
    report.rejects.append(RejectedRow(row=4, reason="connect before setup", raw="x"))
    desk.says("Cdrs.Import", CdrImportProgress(step="rating", rows=4), done(report))
    result = desk.run("cdrs", "import", str(file))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "day.csv: 4 rows = 1 accepted + 1 duplicate + 1 parked + 1 rejected, 5 ms" in result.stdout
    assert result.stdout.splitlines()[-1].split() == "4 connect before setup x".split()
    head, body = desk.requests["Cdrs.Import"]
    assert (head.file_name, body.data) == ("day.csv", b"switch,call_id\n")


def test_a_file_of_an_exchange_is_imported_with_what_its_trailer_says(desk: FarDesk, file: Path) -> None:
    report = CdrImportReport(file_name="DDB-1.CDR", rows=33, accepted=33, switch_id="exchange", equipment="tdm")
    report.notes[:] = ["duration: the trailer says 3055, the records add up to 1,855 s"]
    desk.says("Cdrs.Import", done(report))
    first, second = desk.run("cdrs", "import", str(file), "--switch", "exchange").stdout.splitlines()
    assert first.startswith("DDB-1.CDR (tdm of exchange): 33 rows = 33 accepted + 0 duplicate")
    assert second == "  duration: the trailer says 3055, the records add up to 1,855 s"
    assert desk.requests["Cdrs.Import"][0].switch_id == "exchange"


def test_a_leg_of_an_exchange_and_one_whose_end_never_came_say_so(desk: FarDesk) -> None:
    legs = [Leg(side="client", state="open", overdue=True), Leg(side="client", state="closed", equipment="tdm")]
    desk.says("Cdrs.List", CdrPage(legs=legs, total=2))
    _, overdue, tdm, *_ = desk.run("cdrs", "list").stdout.splitlines()
    assert "overdue" in overdue and tdm.split()[-2:] == ["closed", "tdm"]
    desk.says("Cdrs.Show", CdrExplanation(legs=legs))
    shown = desk.run("cdrs", "show", "00").stdout
    assert "open (overdue: no end has come)" in shown and "(tdm)" in shown


def test_several_files_are_imported_one_after_the_other(desk: FarDesk, file: Path, tmp_path: Path) -> None:
    second = tmp_path / "second.csv"
    second.write_text("x")
    desk.says("Cdrs.Import", done(REPORT))
    shown = json.loads(desk.run("cdrs", "import", str(file), str(second), "--json").stdout)
    assert [report["rows"] for report in shown["reports"]] == [4, 4]
    assert [ask.file_name for ask in desk.requests["Cdrs.Import"] if ask.file_name] == ["day.csv", "second.csv"]


def test_a_file_that_was_imported_before_gives_nothing_new(desk: FarDesk, file: Path) -> None:
    desk.says("Cdrs.Import", done(CdrImportReport(file_name="day.csv", already=True)))
    result = desk.run("cdrs", "import", str(file))
    assert (result.exit_code, result.stdout) == (0, "day.csv: imported before, 0 new\n")


def test_a_file_without_one_good_row_ends_with_1(desk: FarDesk, file: Path) -> None:
    desk.says("Cdrs.Import", done(CdrImportReport(file_name="day.csv", rows=2, rejected=2)))
    assert desk.run("cdrs", "import", str(file)).exit_code == 1


def test_an_import_that_ends_without_a_report_has_failed(desk: FarDesk, file: Path) -> None:
    desk.says("Cdrs.Import", CdrImportProgress(step="rating", rows=4))
    result = desk.run("cdrs", "import", str(file))
    assert result.exit_code == 1
    assert "without a report; import the file again" in result.stderr


def test_import_needs_a_file_that_is_there(desk: FarDesk) -> None:
    assert desk.run("cdrs", "import").exit_code == 2
    assert desk.run("cdrs", "import", "/no/file.csv").exit_code == 2


def test_list_asks_for_whole_days(desk: FarDesk) -> None:
    desk.says("Cdrs.List", CdrPage(legs=[LEG], total=1))
    words = "cdrs list --partner pampas --side client --number 5939 --from 2026-10-01 --to 2026-10-31 --answered --open"
    result = desk.run(*words.split(), "--call", "F3E0A1B2 11D811B9 8001 1", "--switch", "gw1")
    assert desk.asked("Cdrs.List") == CdrQuery(
        partner="pampas",
        side="client",
        number="5939",
        from_ms=moment("2026-10-01"),
        to_ms=moment("2026-11-01"),
        limit=50,
        answered_only=True,
        open_only=True,
        call=CallRef(call="F3E0A1B2 11D811B9 8001 1", switch_id="gw1"),
    )
    row = result.stdout.splitlines()[1]
    for said in ("2026-10-05 10:00:03", "1:01", "120", "0.40 EUR", LEG.leg_id.hex()):
        assert said in row


def test_list_without_filters_asks_for_all_time(desk: FarDesk) -> None:
    desk.says("Cdrs.List", CdrPage())
    assert desk.run("cdrs", "list").stdout == "no CDRs\n"
    assert desk.asked("Cdrs.List") == CdrQuery(to_ms=LAST_MS, limit=50)


def test_wrong_filters_are_wrong_usage(desk: FarDesk) -> None:
    for words, said in (
        (["--side", "both"], "'client', 'vendor'"),
        (["--switch", "gw1"], "give both"),
        (["--from", "2026-10-31", "--to", "2026-10-01"], "--from is not before --to"),
    ):
        result = desk.run("cdrs", "list", *words)
        assert result.exit_code == 2
        assert said in result.stderr


def test_show_tells_one_leg_in_full(desk: FarDesk) -> None:
    desk.says("Cdrs.Show", CdrExplanation(legs=[LEG], why=["2 minutes begun at 0.20 = 0.40"]))
    result = desk.run("cdrs", "show", LEG.leg_id.hex())
    assert desk.asked("Cdrs.Show").call == LEG.leg_id.hex()
    assert "0.44 USD at 1.10" in result.stdout
    assert "2026-10-05T10:01:04.000Z" in result.stdout
    assert "2 minutes begun" not in result.stdout


def test_a_data_session_is_told_by_its_octets_and_its_price_by_the_megabyte(desk: FarDesk) -> None:
    leg = Leg()
    leg.CopyFrom(LEG)
    leg.service, leg.unit, leg.volume, leg.billed_s, leg.billed_volume = "data", "megabyte", 13_143, 0, 13
    desk.says("Cdrs.Show", CdrExplanation(legs=[leg]))
    shown = desk.run("cdrs", "show", LEG.leg_id.hex()).stdout
    assert "13,143 octets, billed 13 kB" in shown and "per MB, code 5939" in shown


def test_show_why_adds_the_explanation(desk: FarDesk) -> None:
    desk.says("Cdrs.Show", CdrExplanation(legs=[LEG, LEG], why=["2 minutes begun at 0.20 = 0.40"]))
    result = desk.run("cdrs", "show", LEG.call_key.hex(), "--why")
    assert result.stdout.endswith("why\n2 minutes begun at 0.20 = 0.40\n")
    shown = json.loads(desk.run("cdrs", "show", LEG.call_key.hex(), "--why", "--json").stdout)
    assert shown["why"] == ["2 minutes begun at 0.20 = 0.40"]
    assert shown["legs"][0]["base_charge"] == {"amount": "0.44", "currency": "USD"}


def test_parked_records_are_listed_with_their_cause(desk: FarDesk) -> None:
    at_ms = moment("2026-10-05")
    record = ParkedRecord(park_id=b"\1\2", cause="no-rate", detail="nordlink 99", raw='{"b": "99"}', received_ms=at_ms)
    desk.says("Cdrs.Parked", ParkedPage(records=[record], total=1))
    row = desk.run("cdrs", "parked", "no-rate", "--call", "c1@host").stdout.splitlines()[1]
    assert desk.asked("Cdrs.Parked") == ParkedQuery(filter="no-rate", call=CallRef(call="c1@host"), limit=50)
    assert row == '2026-10-05 00:00:00  0102  no-rate  nordlink 99  {"b": "99"}'


def test_all_parked_records_are_retried_page_by_page_and_added_up(desk: FarDesk) -> None:
    first = RetryReport(retried=3, charged=2, still_parked=1, causes={"no-rate": 1}, next="5:ab")
    desk.says_in_turn("Cdrs.Retry", first, RetryReport(retried=1, still_parked=1, causes={"no-rate": 1}))
    result = desk.run("cdrs", "retry", "--cause", "no-rate")
    assert result.stdout == "4 retried = 2 charged + 0 duplicate + 0 differing + 2 still parked\n  no-rate: 2\n"
    asked = desk.requests["Cdrs.Retry"]
    assert asked == [RetryRequest(cause="no-rate"), RetryRequest(cause="no-rate", after="5:ab")]


def test_records_are_retried_by_their_ids(desk: FarDesk) -> None:
    desk.says("Cdrs.Retry", RetryReport(retried=2, charged=1, duplicate=1))
    shown = json.loads(desk.run("cdrs", "retry", "0102", "ff", "--json").stdout)
    assert desk.asked("Cdrs.Retry") == RetryRequest(park_ids=[b"\1\2", b"\xff"])
    assert (shown["retried"], shown["charged"], shown["duplicate"], shown["causes"]) == (2, 1, 1, {})


def test_a_retry_of_no_id_of_no_cause_or_of_both_is_wrong_usage(desk: FarDesk) -> None:
    for words, said in (
        (["xyz"], "no id of a parked record"),
        (["--cause", "sloth"], "'no-rate'"),
        (["0102", "--cause", "no-rate"], "ids or a cause, not both"),
    ):
        result = desk.run("cdrs", "retry", *words)
        assert result.exit_code == 2
        assert said in result.stderr


def test_a_record_that_is_not_parked_ends_with_1(desk: FarDesk) -> None:
    desk.refuses("Cdrs.Retry", grpc.StatusCode.NOT_FOUND, "no record 0102 is parked; see `switchboard cdrs parked`")
    result = desk.run("cdrs", "retry", "0102")
    assert (result.exit_code, "no record 0102 is parked" in result.stderr) == (1, True)


def test_sources_are_counted(desk: FarDesk) -> None:
    desk.says("Cdrs.Sources", SourceStates(sources=[SourceState(source="files", files=31, accepted=616_000)]))
    assert desk.run("cdrs", "sources").stdout.splitlines()[1].split() == "files 31 616,000 0 0 0".split()

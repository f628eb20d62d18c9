"""`switchboard end-users`."""

from pathlib import Path

import grpc

from protos.end_users_pb2 import EndUserImportReport
from protos.operators_pb2 import Changed, RejectedRow
from tests.cli.far_desk import FarDesk


def test_a_top_up_has_a_reference_by_which_it_is_repeated(desk: FarDesk) -> None:
    desk.says("EndUsers.TopUp", Changed(what="he may spend 30.00 USD in all"))
    assert desk.run("end-users", "top-up", "cards", "77", "25", "--reference", "v 1").stdout.count("reference") == 0
    assert desk.asked("EndUsers.TopUp").reference == "v 1"
    told = [desk.run("end-users", "top-up", "cards", "77", "25").stdout for _ in range(2)]
    one, other = (asked.reference for asked in desk.requests["EndUsers.TopUp"][1:])
    assert one != other
    assert told == [f"he may spend 30.00 USD in all\nreference {given}\n" for given in (one, other)]
    desk.refuses("EndUsers.TopUp", grpc.StatusCode.UNAVAILABLE, "the desk went away")
    result = desk.run("end-users", "top-up", "cards", "77", "25")
    given = desk.requests["EndUsers.TopUp"][-1].reference
    assert result.stderr.splitlines()[0] == f"It may be posted or not: repeat it with --reference {given}"


def test_a_file_tells_its_wrong_rows_and_fails_only_where_all_are(desk: FarDesk, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("id\n")
    wrong = [RejectedRow(row=3, reason="44 is a key of end user al already", raw="bob,44")]
    desk.says("EndUsers.Import", EndUserImportReport(rows=500, added=7, changed=3, rejects=wrong, wrong=490))
    result = desk.run("end-users", "import", "cards", str(tmp_path / "users.csv"), "--dry-run")
    assert result.exit_code == 0
    assert "500 rows: would be 7 added, 3 changed, 490 wrong; 1 of them listed" in result.stdout
    assert "44 is a key of end user al already" in result.stdout
    desk.says("EndUsers.Import", EndUserImportReport(rows=1, rejects=wrong, wrong=1))
    assert desk.run("end-users", "import", "cards", str(tmp_path / "users.csv")).exit_code == 1


def test_a_top_up_that_takes_back_is_an_amount_and_no_option(desk: FarDesk) -> None:
    desk.says("EndUsers.TopUp", Changed(what="he may spend 5.00 USD in all"))
    assert desk.run("end-users", "top-up", "cards", "77", "-30").exit_code == 0
    desk.run("end-users", "top-up", "cards", "77", "-2.50", "--reference", "v1")
    first, second = desk.requests["EndUsers.TopUp"]
    assert (first.units, second.units, second.reference) == (-30 * 10**8, -250_000_000, "v1")
    for words in (("-x",), ("5", "--refrence", "v2")):
        assert desk.run("end-users", "top-up", "cards", "77", *words).exit_code == 2
    assert len(desk.requests["EndUsers.TopUp"]) == 2

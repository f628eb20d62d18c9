"""`switchboard rerating`."""

import json
from pathlib import Path
from typing import Any

import grpc

from protos.operators_pb2 import Changed
from protos.rerating_pb2 import RerateCall, RerateCalls, RerateSum, RerateTable, Rerating, Reratings
from protos.switch_pb2 import Money
from tests.cli.far_desk import FarDesk

AT = 1_793_491_200_000


def usd(units: int) -> Money:
    return Money(units=units, currency="USD")


def one(**fields: Any) -> Rerating:
    return Rerating(
        id=7, state="proposed", plan="kestrel-buy", side="buy", from_version=2, to_version=3, sheets=[5],
        from_ms=AT - 10**9, until_ms=AT, calls=9_000, before=usd(55_350_000_000), after=usd(52_650_000_000),
        difference=usd(-2_700_000_000), equal=12, unrated=1, proposed_ms=AT,
        sums=[RerateSum(partner="kestrel", destination="UK Mobile", calls=9_000, before=usd(3), after=usd(1))],
        **fields,
    )  # fmt: skip


def test_proposals_are_listed_with_what_they_come_to(desk: FarDesk) -> None:
    desk.says("Rerating.List", Reratings(reratings=[one()], total=1))
    line = desk.run("rerating", "list", "--plan", "kestrel-buy", "--state", "proposed").stdout.splitlines()[1]
    assert line.split()[:9] == "7 kestrel-buy 3 proposed 9,000 553.50 USD 526.50 USD".split()
    assert "-27.00 USD" in line
    asked = desk.asked("Rerating.List")
    assert (asked.plan, asked.state) == ("kestrel-buy", "proposed")


def test_a_proposal_is_shown_by_partner_and_destination(desk: FarDesk) -> None:
    desk.says("Rerating.Show", one())
    shown = desk.run("rerating", "show", "7").stdout
    assert "versions 2 to 3" in shown and "-27.00 USD" in shown
    assert "kestrel  UK Mobile    9,000  0.00000003  0.00000001  -0.00000002" in shown
    told = json.loads(desk.run("rerating", "show", "7", "--json").stdout)
    assert (told["calls"], told["difference"]) == (9_000, {"amount": "-27.00", "currency": "USD"})
    assert told["sheets"] == [5]


def test_one_that_has_ended_says_why(desk: FarDesk) -> None:
    ended = one(ended_ms=AT, why="as agreed")
    ended.state = "dismissed"
    desk.says("Rerating.Show", ended)
    assert "7, dismissed 2026-11-01 00:00:00: as agreed" in desk.run("rerating", "show", "7").stdout


def test_calls_are_shown_as_they_were_and_as_they_would_be(desk: FarDesk) -> None:
    call = RerateCall(partner="kestrel", number="447911123456", destination="UK Mobile", at_ms=AT, code="447",
                      billed_s=60, charge=usd(2_460_000), new_code="4479", new_billed_s=61,
                      new_charge=usd(2_340_000))  # fmt: skip
    lost = RerateCall(partner="kestrel", number="1", at_ms=AT, charge=usd(1), fault="no-rate")
    desk.says("Rerating.Cdrs", RerateCalls(calls=[call, lost], total=9))
    said = desk.run("rerating", "cdrs", "7", "--partner", "kestrel")
    first, second = said.stdout.splitlines()[1:]
    assert first.split() == "2026-11-01 00:00:00 kestrel 447911123456 UK Mobile 447 60 0.0246 4479 61 0.0234".split()
    assert second.split()[-1] == "no-rate"
    assert "1 to 2 of 9" in said.stderr
    assert desk.asked("Rerating.Cdrs").partner == "kestrel"


def test_all_calls_go_into_a_file_that_is_not_written_over(desk: FarDesk, tmp_path: Path) -> None:
    desk.says("Rerating.Table", RerateTable(data=b"call_key\n1\n"), RerateTable(data=b"2\n"))
    file = tmp_path / "calls.csv"
    assert "2 calls" in desk.run("rerating", "cdrs", "7", "-o", str(file)).stdout
    assert file.read_bytes() == b"call_key\n1\n2\n"
    again = desk.run("rerating", "cdrs", "7", "-o", str(file))
    assert again.exit_code == 1 and "--force" in again.stderr
    assert desk.run("rerating", "cdrs", "7", "-o", str(file), "--force").exit_code == 0
    assert desk.run("rerating", "cdrs", "7", "-o", str(file), "--partner", "kestrel").exit_code == 2


def test_a_list_that_is_gone_leaves_no_file(desk: FarDesk, tmp_path: Path) -> None:
    desk.refuses("Rerating.Table", grpc.StatusCode.NOT_FOUND, "its list of calls is there no longer")
    said = desk.run("rerating", "cdrs", "7", "-o", str(tmp_path / "calls.csv"))
    assert said.exit_code == 1 and list(tmp_path.glob("*.csv*")) == []


def test_a_proposal_is_counted_again_and_dismissed_with_a_comment(desk: FarDesk) -> None:
    desk.says("Rerating.Refresh", one())
    assert "9,000" in desk.run("rerating", "refresh", "7").stdout
    desk.says("Rerating.Dismiss", Changed(what="rerating 7 is dismissed"))
    assert desk.run("rerating", "dismiss", "7", "--comment", "as agreed").stdout == "rerating 7 is dismissed\n"
    assert desk.asked("Rerating.Dismiss").comment == "as agreed"
    assert desk.run("rerating", "dismiss", "7").exit_code == 2

"""`switchboard sheets reprice` and `block` change nothing until it is said what."""

import pytest

from protos.operators_pb2 import Changed
from protos.sheets_pb2 import LeakPage, SheetLeak
from protos.switch_pb2 import Money
from tests.cli.far_desk import FarDesk


def leak(plan: str, code: str, units: int) -> SheetLeak:
    return SheetLeak(
        plan=plan, sell_code="49", code=code, buy_code=code, sell_price_units=2_500_000, buy_price_units=5_450_000,
        proposed_units=5_995_000, leak=Money(units=units, currency="USD"),
    )  # fmt: skip


LEAKS = [
    leak("retail", "49151", 300),
    leak("retail", "49152", 200),
    leak("other", "49152", 100),
    leak("other", "43", 0),
]


@pytest.mark.parametrize(("command", "done"), [("reprice", "repriced"), ("block", "blocked")])
def test_what_would_be_done_is_shown_and_nothing_is_changed(desk: FarDesk, command: str, done: str) -> None:
    desk.says("Sheets.Impact", LeakPage(leaks=LEAKS, total=4))
    told = desk.run("sheets", command, "63")
    assert told.exit_code == 0
    assert f"Nothing is changed. With --all 3 codes would be {done}; with --code those that you name." in told.stdout
    assert "49151" in told.stdout and "43" not in told.stdout, "what had no calls is left as it is"
    assert set(desk.requests) == {"Sheets.Impact"}


def test_one_plan_may_be_asked_for(desk: FarDesk) -> None:
    desk.says("Sheets.Impact", LeakPage(leaks=LEAKS, total=4))
    told = desk.run("sheets", "reprice", "63", "--plan", "other", "--price", "0.07")
    assert "With --all 1 code would be repriced at 0.07" in told.stdout and "retail" not in told.stdout


def test_codes_or_all_of_them_are_repriced(desk: FarDesk) -> None:
    desk.says("Sheets.Reprice", Changed(what="sheet 63: retail 49152 0.0600"))
    assert desk.run("sheets", "reprice", "63", "--code", "49152").stdout == "sheet 63: retail 49152 0.0600\n"
    assert desk.run("sheets", "reprice", "63", "--all").exit_code == 0
    assert [list(one.codes) for one in desk.requests["Sheets.Reprice"]] == [["49152"], []]
    both = desk.run("sheets", "reprice", "63", "--all", "--code", "49152")
    assert both.exit_code == 2 and "not both" in both.stderr


def test_all_that_lose_money_are_blocked_plan_by_plan(desk: FarDesk) -> None:
    desk.says("Sheets.Impact", LeakPage(leaks=LEAKS, total=4))
    desk.says("Sheets.Block", Changed(what="blocked"))
    assert desk.run("sheets", "block", "63", "--all").exit_code == 0
    asked = [(one.plan, list(one.codes)) for one in desk.requests["Sheets.Block"]]
    assert asked == [("other", ["49152"]), ("retail", ["49151", "49152"])]


def test_where_nothing_had_calls_it_says_so(desk: FarDesk) -> None:
    desk.says("Sheets.Impact", LeakPage(leaks=LEAKS[3:], total=1))
    told = desk.run("sheets", "block", "63", "--all")
    assert told.exit_code == 1 and "had calls" in told.stdout

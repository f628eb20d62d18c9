"""`switchboard sheets reprice` and `block` change nothing until it is said what."""

import json

import pytest

from protos.operators_pb2 import Changed
from protos.sheets_pb2 import LeakPage, Sheet, SheetLeak, SheetLeakHours
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
    desk.says("Sheets.Reprice", Changed(what="sheet 63: retail 49152 0.0600; it is checked again"))
    desk.says("Sheets.Watch", Sheet(id=63, state="working"), Sheet(id=63, state="checked", kinds={"increase": 3}))
    desk.says("Sheets.Impact", LeakPage(leaks=LEAKS[:1], total=2))
    told = desk.run("sheets", "reprice", "63", "--code", "49152")
    assert told.stdout.splitlines() == [
        "sheet 63: retail 49152 0.0600; it is checked again",
        "sheet 63 is checked: 3 increase; nothing blocks the approval",
        "2 codes are sold below cost once it is in force",
    ]
    assert desk.asked("Sheets.Impact").kind == "loss"
    assert desk.run("sheets", "reprice", "63", "--all").exit_code == 0
    assert [list(one.codes) for one in desk.requests["Sheets.Reprice"]] == [["49152"], []]
    both = desk.run("sheets", "reprice", "63", "--all", "--code", "49152")
    assert both.exit_code == 2 and "not both" in both.stderr


def test_all_that_lose_money_are_blocked_by_one_order(desk: FarDesk) -> None:
    desk.says("Sheets.Block", Changed(what="sheet 63: other 49152 blocked, retail 49151 blocked; it is checked again"))
    assert desk.run("sheets", "block", "63", "--all", "--plan", "other", "--no-wait").exit_code == 0
    asked = desk.asked("Sheets.Block")
    assert (asked.every, asked.plan, list(asked.codes)) == (True, "other", [])
    assert set(desk.requests) == {"Sheets.Block"}, "a second order would meet a sheet that is read"


def test_what_stays_approved_is_not_waited_for(desk: FarDesk) -> None:
    desk.says("Sheets.Reprice", Changed(what="sheet 63: retail 49152 0.0600; 1 more that it lists is sold below cost"))
    desk.says("Sheets.Watch", Sheet(id=63, state="approved", kinds={"increase": 3}))
    told = desk.run("sheets", "reprice", "63", "--all")
    assert told.stdout.splitlines()[1] == "sheet 63 is approved: 3 increase" and "Sheets.Impact" not in desk.requests


def test_impact_shows_prices_in_the_money_of_the_plan_that_sells(desk: FarDesk) -> None:
    euros = leak("retail-eu", "49151", 300)
    euros.MergeFrom(SheetLeak(
        kind="loss", currency="EUR", own_sell_price_units=2_300_000, own_buy_price_units=5_014_000,
        own_proposed_units=5_520_000, rate_type="offpeak", minute_units=3_000_000,
    ))  # fmt: skip
    quiet = leak("retail", "43", 0)
    quiet.MergeFrom(SheetLeak(kind="thin", currency="USD", minute_units=3_857_142, rate_type="any"))
    more = SheetLeak(kind="more", codes=1_234, leak=Money(units=450_000_000, currency="USD"))
    desk.says("Sheets.Impact", LeakPage(leaks=[euros, quiet, more], total=3))
    heads, first, second, last = desk.run("sheets", "impact", "63", "--kind", "loss").stdout.splitlines()[:4]
    assert heads.split() == (
        "what plan in sold as for at split bought as at in USD from (UTC) minutes a week leak a week sell at".split()
    )
    assert all(text in first for text in ("loss", "EUR", "offpeak", "0.0230", "0.05014", "0.0545", "0.0552"))
    assert "0.03857142 a minute" in second, "without calls it is told what a minute leaks"
    assert "1,234 more codes" in last and "4.50 USD" in last
    assert desk.asked("Sheets.Impact").kind == "loss"


def test_json_tells_talk_as_a_time_and_not_as_a_moment(desk: FarDesk) -> None:
    one = leak("retail", "49151", 300)
    one.talk_ms = 90_000
    one.hours.append(SheetLeakHours(sold_for="offpeak", bought_for="any", week_ms=3_600_000, talk_ms=90_000))
    desk.says("Sheets.Impact", LeakPage(leaks=[one], total=1))
    (told,) = json.loads(desk.run("sheets", "impact", "63", "--json").stdout)["leaks"]
    assert (told["talk_ms"], told["hours"][0]["week_ms"]) == (90_000, 3_600_000)


def test_where_nothing_had_calls_it_says_so(desk: FarDesk) -> None:
    desk.says("Sheets.Impact", LeakPage(leaks=LEAKS[3:], total=1))
    told = desk.run("sheets", "block", "63")
    assert told.exit_code == 1 and "had calls" in told.stdout

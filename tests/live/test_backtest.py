"""A back-test in a running switchboard: its parts are tasks, its answer exact, and it can be called off."""

import csv
from datetime import UTC, datetime, timedelta

import pytest

from cluster.tasks.cdr_file import COLUMNS
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.running import Running

pytestmark = pytest.mark.live

CODE, NUMBER = "256976", "256976234567"
HOSTS = {"mere-dear": "127.0.76.8", "mere-fine": "127.0.76.9", "weir-dear": "127.0.76.10", "weir-fine": "127.0.76.11"}
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


def called(board: Running, vendor: str, *days_ago: int, client: str = "mere-client", number: str = NUMBER) -> None:
    """Import calls of 61 s by a vendor, both legs of each, one at noon of each of these days."""
    path = board.folder / f"{vendor}.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.DictWriter(stream, COLUMNS, restval="")
        rows.writeheader()
        for at, days in enumerate(days_ago):
            connect = NOON - timedelta(days=days)
            said = {name: moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") for name, moment in
                    {"setup": connect - timedelta(seconds=4), "connect": connect,
                     "disconnect": connect + timedelta(seconds=61)}.items()}  # fmt: skip
            said |= {"switch": f"{client}-sw", "call_id": f"{vendor}-{at}@mere", "attempt": "1", "a": "12025550100",
                     "b": number, "duration_ms": "61000", "cause": "16", "release_side": "caller"}  # fmt: skip
            rows.writerow(said | {"side": "client", "session_id": f"{at}-c"})
            rows.writerow(said | {"side": "vendor", "session_id": f"{at}-v", "remote": HOSTS[vendor],
                                  "remote_port": "5060"})  # fmt: skip
    (report,) = board.told("cdrs", "import", str(path))["reports"]
    assert (report["accepted"], report["parked"]) == (2 * len(days_ago), 0), report


def test_last_weeks_calls_are_tried_under_another_order(switchboard: Running) -> None:
    board = switchboard
    enter_client(board, switch_of("mere-client", "127.0.76.1", "plain"), Price(CODE, "0.5"))
    enter_vendor(board, "mere-dear", HOSTS["mere-dear"], Price(CODE, "0.0240", "30/6"))
    enter_vendor(board, "mere-fine", HOSTS["mere-fine"], Price(CODE, "0.0246"))
    called(board, "mere-dear", 6, 5, 4, 2)
    called(board, "mere-fine", 3)
    period = ("--from", f"{NOON - timedelta(days=7):%Y-%m-%d}", "--to", f"{NOON:%Y-%m-%d}", "--client", "mere-client")
    found = board.told("policies", "backtest", *period, "--order", "real_cost")
    assert (found["calls"], found["answered"], found["unknown"], found["parts"]) == (5, 5, 0, 8)
    money = {name: amount["amount"] for name, amount in found["money"].items()}
    assert money["revenue"] == money["revenue_now"]
    assert (money["cost"], money["cost_now"]) == ("0.13061", "0.12505")
    (moved,) = found["moves"]
    assert (moved["then"], moved["now"], moved["calls"]) == ("mere-dear", "mere-fine", 4)
    (against,) = board.told("policies", "backtest", *period, "--order", "real_cost", "--against-order", "price")[
        "moves"
    ]
    assert against["calls"] == 4
    nothing = board.told("policies", "backtest", *period, "--order", "price", "--against-order", "price")
    assert nothing["moves"] == [] and nothing["money"]["cost"] == nothing["money"]["cost_now"]
    shown = board.sb("policies", "backtest", "default", *period)
    assert "mere-client" in shown and "µs a call" in shown
    jobs = board.told("jobs", "list")["jobs"]
    assert {(job["kind"], job["state"]) for job in jobs if job["kind"] == "backtest"} == {("backtest", "done")}


def test_a_files_rates_are_tried_on_last_weeks_calls_and_its_sheet_is_cancelled(switchboard: Running) -> None:
    """By the file weir-fine would be first, and takes one call at once: of two in one moment one goes on, as it was."""
    board = switchboard
    enter_client(board, switch_of("weir-client", "127.0.76.2", "plain"), Price("256977", "0.5"))
    enter_vendor(board, "weir-dear", HOSTS["weir-dear"], Price("256977", "0.0240"))
    enter_vendor(board, "weir-fine", HOSTS["weir-fine"], Price("256977", "0.0300"))
    board.sb("trunks", "set", "weir-fine-out", "max_calls=1")
    called(board, "weir-dear", 6, 5, 4, 4, number="256977234567", client="weir-client")
    offer = board.folder / "weir-offer.csv"
    offer.write_text(f"Code,Rate,Increments,Effective\n256977,0.0200,1/1,{NOON + timedelta(days=9):%Y-%m-%d}\n")
    before = board.told("plans", "show", "weir-fine-buy")
    period = ("--from", f"{NOON - timedelta(days=7):%Y-%m-%d}", "--to", f"{NOON:%Y-%m-%d}")
    found = board.told("policies", "backtest", *period, "--plan", f"weir-fine-buy={offer}")
    (moved,) = (one for one in found["moves"] if one["then"] == "weir-dear")
    assert (moved["now"], moved["calls"]) == ("weir-fine", 3)
    assert [moved["money"][side]["amount"] for side in ("cost", "cost_now")] == ["0.0732", "0.06099999"]
    (spilt,) = (one for one in found["overflow"] if one["first"] == "weir-fine")
    assert (spilt["now"], spilt["calls"], spilt["answered"]) == ("weir-dear", 1, 1)
    assert [spilt["money"][side]["amount"] for side in ("cost", "cost_now")] == ["0.02033333", "0.0244"]
    alone = board.told("policies", "backtest", *period, "--plan", f"weir-fine-buy={offer}", "--client", "weir-client")
    assert [one["calls"] for one in alone["moves"]] == [4] and not alone["overflow"], "room is told of all calls only"
    sheets = [one for one in board.told("sheets", "list")["sheets"] if one["plan"] == "weir-fine-buy"]
    assert {one["state"] for one in sheets if one["file_name"] == offer.name} == {"cancelled"}
    assert board.told("plans", "show", "weir-fine-buy") == before

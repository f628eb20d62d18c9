"""A decrease of last week in a running switchboard: the exact list of calls that it would charge anew."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cluster.tasks.cdr_file import COLUMNS
from protos import connect
from protos.operators_pb2 import Empty
from protos.operators_pb2_grpc import LedgerServiceStub
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.running import Running

pytestmark = pytest.mark.live

CODE, NUMBER, HOST = "256951", "256951234567", "127.0.66.9"
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
SINCE = (NOON - timedelta(days=3)).date()
"""The day from which the new price holds."""


def called(board: Running, name: str, *days_ago: int) -> list[datetime]:
    """Import calls of 61 s to the vendor, one at noon of each of these days; return when they connected."""
    moments = [NOON - timedelta(days=days) for days in days_ago]
    path = board.folder / f"{name}.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.DictWriter(stream, COLUMNS, restval="")
        rows.writeheader()
        for at, connect in enumerate(moments):
            said = {name: moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") for name, moment in
                    {"setup": connect - timedelta(seconds=4), "connect": connect,
                     "disconnect": connect + timedelta(seconds=61)}.items()}  # fmt: skip
            rows.writerow(said | {"switch": "heath-client-sw", "call_id": f"{name}-{at}@heath", "side": "vendor",
                                  "attempt": "1", "session_id": f"{at}", "remote": HOST, "remote_port": "5060",
                                  "a": "12025550100", "b": NUMBER, "duration_ms": "61000", "cause": "16",
                                  "release_side": "caller"})  # fmt: skip
    (report,) = board.told("cdrs", "import", str(path))["reports"]
    assert (report["accepted"], report["parked"]) == (len(moments), 0), report
    return moments


def decreased(board: Running) -> str:
    """Send and apply the vendor's sheet; return what the switchboard says to that."""
    path = board.folder / "heath-new.csv"
    path.write_text(f"Prefix;Destination;Rate per min;Valid from;Billing\n{CODE};Heath Mobile;0.0234;{SINCE};1/1\n")
    (sheet,) = board.told("sheets", "send", str(path), "--plan", "heath-buy")
    number = str(sheet["id"])
    for check in {one["check"] for one in sheet["checks"] if one["open"]}:
        board.sb("sheets", "accept", number, "--check", check, "--comment", "agreed by mail")
    return board.sb("sheets", "approve", number, "--apply")


def test_a_decrease_of_last_week_lists_exactly_its_calls(switchboard: Running, tmp_path: Path) -> None:
    board = switchboard
    enter_client(board, switch_of("heath-client", "127.0.66.1", "plain"), Price(CODE, "0.5"))
    enter_vendor(board, "heath", HOST, Price(CODE, "0.0246"))
    board.sb("plans", "terms", "heath-buy", "decrease_days=0", "past_days=30")
    sealed = called(board, "first", 9, 4, 2)
    where = connect.endpoint(board.folder)
    with connect.channel(where.desk) as channel:
        LedgerServiceStub(channel).Seal(Empty(), metadata=tuple(connect.metadata(where.token)))
    held = called(board, "second", 5, 1)
    told = decreased(board)
    (one,) = board.told("rerating", "list", "--plan", "heath-buy")["reratings"]
    number = str(one["id"])
    assert f"rerating {number} (proposed): heath-buy version 3: 2 calls, -0.00244 USD" in told
    shown = board.told("rerating", "show", number)
    assert (shown["calls"], shown["equal"], shown["unrated"]) == (2, 0, 0)
    assert (shown["before"]["amount"], shown["after"]["amount"]) == ("0.05002", "0.04758")
    assert [(group["partner"], group["calls"]) for group in shown["sums"]] == [("heath", 2)]
    file = tmp_path / "calls.csv"
    board.sb("rerating", "cdrs", number, "-o", str(file))
    with file.open(encoding="utf-8") as stream:
        rows = [(row["at"], row["number"], row["charge"], row["new_charge"]) for row in csv.DictReader(stream)]
    expected = [moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") for moment in (sealed[2], held[1])]
    assert rows == [(at, NUMBER, "0.02501", "0.02379") for at in expected]
    page = board.told("rerating", "cdrs", number, "--partner", "heath")
    legs = {leg["leg_id"] for leg in board.told("cdrs", "list", "--partner", "heath")["legs"]}
    assert page["total"] == 2 and {call["leg_id"] for call in page["calls"]} < legs
    called(board, "late", 3)
    assert board.told("rerating", "refresh", number)["calls"] == 2, "it was charged by the new price already"
    board.sb("rerating", "dismiss", number, "--comment", "kept as it was")
    assert board.told("rerating", "list", "--plan", "heath-buy")["reratings"][0]["state"] == "dismissed"

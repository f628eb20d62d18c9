"""Reports that cannot be charged yet wait, and are charged once: when something is mended, or when looked up."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cluster.demo.world import SwitchEntry
from protos import connect
from protos import switch_pb2 as sw
from protos.operators_pb2 import Empty
from protos.operators_pb2_grpc import LedgerServiceStub
from protos.switch_pb2_grpc import SwitchStub
from tests.live.market import Price, enter_client, switch_of
from tests.live.running import Running
from tests.live.waiting import until

pytestmark = pytest.mark.live

DAY_MS = 86_400_000


def yesterday() -> str:
    return (datetime.now(UTC) - timedelta(days=1)).date().isoformat()


def a_stop(entry: SwitchEntry, call_id: str, called: str, *, days: int = 0) -> sw.Report:
    """The end of a call of a minute, so many days ago."""
    end_ms = time.time_ns() // 1_000_000 - days * DAY_MS
    return sw.Report(
        kind=sw.Report.STOP, side=sw.Report.CLIENT, switch_id=entry.id, call_id=call_id, session_id=call_id,
        caller="254722000001", called=called, setup_ms=end_ms - 63_000, connect_ms=end_ms - 60_000,
        disconnect_ms=end_ms, duration_ms=60_000, cause=16,
    )  # fmt: skip


async def told(board: Running, *reports: sw.Report) -> list[sw.ReportReply]:
    where = connect.endpoint(board.folder)
    async with connect.aio_channel(where.nodes["node-0"]) as channel:
        return [await SwitchStub(channel).Stop(each, metadata=connect.metadata(where.token)) for each in reports]


async def seal(board: Running) -> None:
    where = connect.endpoint(board.folder)
    async with connect.aio_channel(where.desk) as channel:
        await LedgerServiceStub(channel).Seal(Empty(), metadata=connect.metadata(where.token))


def owed(board: Running, partner: str) -> Decimal:
    return Decimal(board.told("partners", "show", partner)["owed"]["amount"])


def parked(board: Running, call_of: str) -> list[dict[str, Any]]:
    return [each for each in board.told("cdrs", "parked", "--limit", "200")["records"] if call_of in each["raw"]]


async def test_a_call_without_a_rate_waits_and_is_charged_once_when_the_rate_is_there(switchboard: Running) -> None:
    entry = switch_of("parka", "127.0.31.71", "plain")
    enter_client(switchboard, entry, Price("25471", "0.1050"), "--credit-limit", "100")
    (reply,) = await told(switchboard, a_stop(entry, "parked-1", "254799000001"))
    assert (reply.recorded, reply.parked, reply.cause) == (True, True, "no-rate")
    (record,) = parked(switchboard, "254799000001")
    assert switchboard.told("cdrs", "parked", "--call", "parked-1", "--switch", entry.id)["records"] == [record]
    assert switchboard.told("calls", "show", "parked-1")["state"] == "parked"
    still = switchboard.told("cdrs", "retry", record["park_id"])
    assert (still["still_parked"], still["causes"]) == (1, {"no-rate": 1})
    sheet = switchboard.folder / "parka-more.csv"
    sheet.write_text(f"Code,Rate,Increments,Effective\n25479,0.2000,1/1,{yesterday()}\n")
    blocked = switchboard.tried("rates", "import", str(sheet), "--plan", "parka-sell")
    assert blocked.exit_code == 1 and "R34" in blocked.stdout, "a sheet of a plan in use does not begin in the past"
    switchboard.sb("rates", "import", str(sheet), "--plan", "parka-sell", "--accept", "a call of yesterday waits")
    assert switchboard.sb("cdrs", "retry", record["park_id"]).startswith("1 retried = 1 charged")
    assert parked(switchboard, "254799000001") == []
    assert "is parked" in switchboard.tried("cdrs", "retry", record["park_id"]).stderr
    assert (await told(switchboard, a_stop(entry, "parked-1", "254799000001")))[0].recorded
    assert owed(switchboard, "parka") == Decimal("0.2")


async def test_a_report_of_last_week_is_looked_up_by_the_desk_and_charged_once(switchboard: Running) -> None:
    entry = switch_of("parkb", "127.0.31.72", "plain")
    enter_client(switchboard, entry, Price("25471", "0.1050"), "--credit-limit", "100")
    await told(switchboard, a_stop(entry, "late-0", "254711000770", days=7))
    until(lambda: owed(switchboard, "parkb"), "the first of that day is charged", within_s=90)
    await seal(switchboard)
    late = a_stop(entry, "late-1", "254711000771", days=7)
    replies = await told(switchboard, late, late)
    assert [(reply.recorded, reply.parked) for reply in replies] == [(True, True)] * 2
    until(lambda: owed(switchboard, "parkb") == Decimal("0.21"), "the late report is charged", within_s=90)
    await seal(switchboard)  # and its id is forgotten, since its day is long over
    assert (await told(switchboard, late))[0].parked
    again = switchboard.told("cdrs", "retry", "--cause", "late-report")  # unless the desk was faster
    assert again["charged"] == again["differing"] == again["still_parked"] == 0
    assert parked(switchboard, "254711000771") == []
    assert owed(switchboard, "parkb") == Decimal("0.21")

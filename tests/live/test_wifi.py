"""Sessions of a hot spot and of a line: granted time or volume, charged by it, billed apart from calls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cluster.demo.figures import WireFigures
from cluster.demo.radius_client import RadiusClient
from cluster.demo.world import SwitchEntry
from domain.wire.radius_attributes import Values, attribute
from domain.wire.radius_packet import Code, RadiusPacket
from tests.live.market import enter_switch, switch_of
from tests.live.running import Running
from tests.live.waiting import until

pytestmark = pytest.mark.live

CAFE = switch_of("cafe", "127.0.34.1", "wifi")
LINES = switch_of("lines", "127.0.34.2", "xdsl")
START, STOP, INTERIM = 1, 2, 3


class Nas:
    """A network access server of one kind: asks, and accounts."""

    def __init__(self, questions: RadiusClient, records: RadiusClient) -> None:
        self._questions, self._records = questions, records

    async def ask(self, **said: Any) -> tuple[Code, Values]:
        """Send an Access-Request."""
        answer = await self._questions.ask(Code.ACCESS_REQUEST, _attributes(said))
        assert answer is not None, "asked in vain"
        return answer.code, Values(answer.attributes)

    async def tell(self, status: int, **said: Any) -> None:
        """Send an Accounting-Request; it is durable when this returns."""
        answer: RadiusPacket | None = await self._records.ask(
            Code.ACCOUNTING_REQUEST, _attributes({"Acct_Status_Type": status} | said)
        )
        assert answer is not None and answer.code is Code.ACCOUNTING_RESPONSE


def _attributes(said: dict[str, Any]) -> list[Any]:
    return [attribute(name.replace("_", "-"), value) for name, value in said.items()]


@asynccontextmanager
async def nas_at(board: Running, entry: SwitchEntry) -> AsyncIterator[Nas]:
    where = board.node
    clients = [
        RadiusClient(entry.address, server, entry.secret, WireFigures(), 1)
        for server in (where.radius_auth, where.radius_acct)
    ]
    for client in clients:
        await client.open()
    try:
        yield Nas(*clients)
    finally:
        for client in clients:
            client.close()


def enter_sessions(board: Running, entry: SwitchEntry, unit: str, price: str, heading: str) -> None:
    """Enter a prepaid client whose trunk carries data, its plan and 20 dollars."""
    client = str(entry.partner)
    sheet = board.folder / f"{client}.csv"
    sheet.write_text(f"Code,Destination,{heading},Increments,Effective\n00000,Data,{price},1/1,2026-01-01\n")
    board.sb("plans", "add", f"{client}-sell", "--side", "sell", "--currency", "USD", "--unit", unit)
    board.sb("rates", "import", str(sheet), "--plan", f"{client}-sell")
    board.sb("partners", "add", client, "--currency", "USD", "--sell-plan", f"{client}-sell", "--prepaid")
    enter_switch(board, entry)
    words = ("--partner", client, "--direction", "in", "--switch", entry.id, "--set", "service=data")
    board.sb("trunks", "add", f"{client}-in", *words)
    board.sb("payments", "add", "--partner", client, "--amount", "20.00", "--currency", "USD")


def funds(board: Running, client: str) -> tuple[Decimal, Decimal]:
    shown = board.told("partners", "show", client)
    return -Decimal(shown["owed"]["amount"]), Decimal(shown["held"]["amount"])


def line_of(board: Running, client: str) -> dict[str, Any]:
    """Return the one line of an invoice of yesterday and today."""
    today = datetime.now(UTC).date()
    period = ("--from", str(today - timedelta(days=1)), "--to", str(today))
    made = board.told("invoices", "issue", "--partner", client, *period, "--dry-run")
    (line,) = made["lines"]
    return dict(line)


async def test_a_session_by_time_costs_its_seconds_and_is_no_call(switchboard: Running) -> None:
    board = switchboard
    enter_sessions(board, CAFE, "second", "0.01", "Rate")
    before = board.told("status")["board"]
    session = {"User_Name": "guest7", "Calling_Station_Id": "02-11-22-AA-BB-CC", "Acct_Session_Id": "4D2"}
    async with nas_at(board, CAFE) as nas:
        code, values = await nas.ask(**session)
        assert code is Code.ACCESS_ACCEPT
        assert values.integer("Session-Timeout") == 14_400
        assert values.octets("Mikrotik-Total-Limit") is None
        assert funds(board, "cafe") == (Decimal(20), Decimal("2.4"))
        await nas.tell(START, **session)
        moved = {"Acct_Input_Octets": 100, "Acct_Output_Octets": 50, "Acct_Session_Time": 600}
        await nas.tell(INTERIM, **session, **moved)
        moved = {"Acct_Input_Octets": 7_761, "Acct_Output_Octets": 5_382, "Acct_Session_Time": 1_905}
        await nas.tell(STOP, **session, **moved)
        await nas.tell(STOP, **session, **moved)
    assert funds(board, "cafe") == (Decimal("19.6825"), Decimal(0))
    line = line_of(board, "cafe")
    assert (line["service"], line["destination"], line["billed_s"]) == ("data", "Data", 1905)
    assert Decimal(line["amount"]["amount"]) == Decimal("0.32")
    after = board.told("status")["board"]
    assert after.get("attempts_1h", 0) == before.get("attempts_1h", 0)
    assert board.told("ledger", "check")["differences"] == []


async def test_a_session_by_volume_has_a_quota_and_costs_its_octets(switchboard: Running) -> None:
    board = switchboard
    enter_sessions(board, LINES, "megabyte", "0.50", "Price per MB")
    async with nas_at(board, LINES) as nas:
        code, values = await nas.ask(User_Name="line1")  # it knows no session yet, and is lent an id
        assert code is Code.ACCESS_ACCEPT
        assert values.integer("Mikrotik-Total-Limit") == 40 * 1024 * 1024
        assert funds(board, "lines") == (Decimal(20), Decimal(20))
        refused, _ = await nas.ask(User_Name="line2", Acct_Session_Id="other")
        assert refused is Code.ACCESS_REJECT
        lent = values.octets("Class")
        session = {"User_Name": "line1", "Acct_Session_Id": "81a", "Class": lent}
        await nas.tell(START, **session)
        await nas.tell(STOP, **session, Acct_Input_Octets=1_048_576, Acct_Output_Octets=524_288, Acct_Session_Time=0)
    assert funds(board, "lines") == (Decimal("19.25"), Decimal(0))
    line = line_of(board, "lines")
    assert (line["service"], line["unit"], line["billed_volume"]) == ("data", "megabyte", 1536)
    assert Decimal(line["amount"]["amount"]) == Decimal("0.75")
    (leg,) = until(lambda: board.told("cdrs", "list", "--partner", "lines")["legs"], "the leg is listed", 60)
    assert (leg["volume"], leg["billed_volume"]) == (1_572_864, 1536)
    why = "\n".join(board.told("cdrs", "show", leg["leg_id"], "--why")["why"])
    assert "1,572,864 octets = 1,536 kB at 0.50 per MB, any = 0.75" in why, why
    assert "data sold at 0.5000 USD per MB" in why, why

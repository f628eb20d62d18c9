"""A customer who was just entered by commands makes a first call, at each door; the books say what they must."""

import json
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import grpc
import pytest

from cluster.demo.switch import Admitted
from cluster.demo.world import SwitchEntry
from protos import connect
from protos import switch_pb2 as sw
from protos.switch_pb2_grpc import SwitchStub
from tests.live.market import Price, enter_client, enter_vendor, switch_of
from tests.live.phone import legs, phone
from tests.live.running import Running
from tests.live.waiting import until

pytestmark = pytest.mark.live

SOON_S = 20.0
"""The call is asked once, right after the last command: it must not need a second try. How long that takes is no test's
matter on a machine that may be busy with others."""
"""From the last command to the first call."""


@pytest.fixture(scope="module")
def market(switchboard: Running) -> Running:
    """Two vendors of Kenya, the cheaper one first."""
    enter_vendor(switchboard, "first-cheap", "127.0.21.1", Price("25471", "0.0720"))
    enter_vendor(switchboard, "first-dear", "127.0.21.2", Price("25471", "0.0780"))
    return switchboard


def new_customer(board: Running, name: str, address: str, recipe: str) -> SwitchEntry:
    """Enter a postpaid client that pays 0.1050 a minute, and return its switch."""
    entry = switch_of(name, address, recipe)
    enter_client(board, entry, Price("25471", "0.1050"), "--credit-limit", "100")
    return entry


def client_of(board: Running, partner: str) -> dict[str, Any]:
    shown: dict[str, Any] = board.told("partners", "show", partner)
    return shown


def amount(money: dict[str, str]) -> Decimal:
    assert money["currency"] == "USD"
    return Decimal(money["amount"])


def owed_and_open(shown: dict[str, Any]) -> tuple[str, str, int]:
    return shown["owed"]["amount"], shown["held"]["amount"], shown["open_calls"]


def assert_books_are_true(board: Running) -> None:
    check = board.told("ledger", "check")
    assert amount(check["trial_balance"]) == amount(check["cdrs_minus_postings"]) == 0
    assert check["holds_add_up"] and check["balances_add_up"] and check["differences"] == []


async def test_a_new_customers_first_call_by_radius_is_routed_held_and_charged(market: Running) -> None:
    entry = new_customer(market, "radi", "127.0.31.1", "cisco")
    entered = time.monotonic()
    async with phone(entry, market.node) as radi:
        call = radi.new_call()
        admitted = await radi.ask("254711000001", call)
        assert time.monotonic() - entered < SOON_S
        assert isinstance(admitted, Admitted), admitted
        assert [(o.host, o.mark) for o in admitted.offers] == [
            ("127.0.21.1", "first-cheap-out.1"),
            ("127.0.21.2", "first-dear-out.2"),
        ]
        assert admitted.granted_s == 14_400
        held = client_of(market, "radi")
        assert (amount(held["held"]), held["open_calls"]) == (Decimal("25.2"), 1)
        client, vendor = legs(call, "254711000001", admitted.offers[0], 61)
        await radi.begin(client, vendor)
        open_calls = market.told("calls", "list", "--client", "radi")["calls"]
        assert [(c["client"], c["b"], c["started"]) for c in open_calls] == [("radi", "254711000001", True)]
        await radi.end(client, vendor)
    shown = client_of(market, "radi")
    assert owed_and_open(shown) == ("0.10675", "0.00", 0)
    assert amount(shown["available"]) == Decimal("99.89325")
    assert amount(shown["unbilled"]) == Decimal("0.10675")
    assert amount(client_of(market, "first-cheap")["payable"]) == Decimal("0.0732")
    key = market.told("cdrs", "list", "--partner", "radi")["legs"][0]["call_key"]
    for written in (key, call.lower(), call.replace(" ", ""), f"h323-conf-id={call}"):
        assert market.told("calls", "show", written)["call_key"] == key
    assert market.told("cdrs", "show", call, "--switch", entry.id)["legs"][0]["call_key"] == key
    legs_told = market.told("cdrs", "list", "--call", call.lower())
    assert {leg["side"]: (leg["billed_s"], leg["state"], amount(leg["charge"])) for leg in legs_told["legs"]} == {
        "client": (61, "closed", Decimal("0.10675")),
        "vendor": (61, "closed", Decimal("0.0732")),
    }
    assert_books_are_true(market)


async def test_why_tells_how_a_call_was_decided_and_charged(market: Running) -> None:
    entry = new_customer(market, "whys", "127.0.31.2", "cisco")
    async with phone(entry, market.node) as whys:
        call = whys.new_call()
        admitted = await whys.ask("254711000002", call)
        assert isinstance(admitted, Admitted)
        await whys.end(*legs(call, "254711000002", admitted.offers[0], 30))
    leg = market.told("cdrs", "list", "--partner", "whys")["legs"][0]["leg_id"]

    def told() -> list[str]:
        why: list[str] = market.told("cdrs", "show", leg, "--why")["why"]
        return why if "decision:" in why else []

    why = "\n".join(until(told, "the node writes its decisions down", 60))
    for words in ("0.0525", "plan whys-sell version", "1. first-cheap by first-cheap-out", "2. first-dear"):
        assert words in why


async def test_a_new_customers_first_call_by_sip_is_redirected_and_held(market: Running) -> None:
    entry = new_customer(market, "sipi", "127.0.31.3", "sip302")
    entered = time.monotonic()
    async with phone(entry, market.node) as sipi:
        call = sipi.new_call()
        admitted = await sipi.ask("254711000003", call)
        assert time.monotonic() - entered < SOON_S
        assert isinstance(admitted, Admitted), admitted
        assert [o.mark for o in admitted.offers] == ["first-cheap-out.1", "first-dear-out.2"]
        assert amount(client_of(market, "sipi")["held"]) == Decimal("1.05")  # ten minutes: time is not enforced
        assert market.told("calls", "show", call)["state"] == "asked"
        client, vendor = legs(call, "254711000003", admitted.offers[0], 60)
        await sipi.begin(client, vendor)
        assert [one["client"] for one in market.told("calls", "list", "--call", call)["calls"]] == ["sipi"]
        await sipi.end(client, vendor)
    shown = client_of(market, "sipi")
    assert owed_and_open(shown) == ("0.105", "0.00", 0)
    assert_books_are_true(market)


async def test_a_new_customers_first_call_by_grpc_is_decided_held_and_charged(market: Running) -> None:
    entry = new_customer(market, "grpi", "127.0.31.4", "plain")
    entered = time.monotonic()
    where = connect.endpoint(market.folder)
    token = connect.metadata(where.token)
    async with connect.aio_channel(where.nodes["node-0"]) as channel:
        stub = SwitchStub(channel)
        request = sw.CallRequest(switch_id=entry.id, call_id="g-1", caller="254722000001", called="254711000004")
        decided = await stub.Route(request, metadata=token)
        assert time.monotonic() - entered < SOON_S
        assert decided.admitted and not decided.granted_s and not decided.held.units
        admitted = await stub.Authorize(request, metadata=token)
        assert [route.vendor for route in admitted.routes] == ["first-cheap", "first-dear"]
        assert (admitted.granted_s, admitted.time_enforced) == (14_400, False)
        assert await stub.Authorize(request, metadata=token) == admitted  # asked again: the same hold
        assert client_of(market, "grpi")["open_calls"] == 1
        report = report_of(entry, "g-1", admitted.routes[0])
        for side in (sw.Report.CLIENT, sw.Report.VENDOR):
            report.side, report.session_id = side, f"g-1/{side}"
            assert (await stub.Start(report, metadata=token)).recorded
            stopped = await stub.Stop(report, metadata=token)
            assert stopped.recorded and not stopped.parked
        assert stopped.charge == sw.Money(units=7_200_000, currency="USD")
    assert amount(client_of(market, "grpi")["owed"]) == Decimal("0.105")
    assert_books_are_true(market)


async def test_streams_answer_in_the_order_of_the_questions(market: Running) -> None:
    entry = new_customer(market, "strm", "127.0.31.5", "plain")
    where = connect.endpoint(market.folder)
    token = connect.metadata(where.token)
    async with connect.aio_channel(where.nodes["node-0"]) as channel:
        stub = SwitchStub(channel)
        asked = [
            sw.CallRequest(switch_id=entry.id, call_id=f"s-{n}", caller="1", called=f"2547110001{n:02d}")
            for n in range(50)
        ]
        decisions = [d async for d in stub.AuthorizeStream(iter(asked), metadata=token)]
        assert [d.called for d in decisions] == [request.called for request in asked]
        assert all(d.admitted for d in decisions)
        reports = []
        for request in asked:
            report = report_of(entry, request.call_id, decisions[0].routes[0])
            report.kind, report.called = sw.Report.STOP, request.called
            reports.append(report)
        replies = [r async for r in stub.ReportStream(iter(reports), metadata=token)]
        assert [(r.recorded, r.parked, r.charge.units) for r in replies] == [(True, False, 10_500_000)] * 50
    assert market.told("cdrs", "list", "--partner", "strm")["total"] == 50
    assert client_of(market, "strm")["open_calls"] == 0
    assert_books_are_true(market)


async def test_the_switch_port_tells_a_stranger_how_to_be_known(market: Running) -> None:
    where = connect.endpoint(market.folder)
    async with connect.aio_channel(where.nodes["node-0"]) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await SwitchStub(channel).Route(sw.CallRequest(switch_id="x", called="254711000001"))
    assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_the_installed_program_says_the_same_as_its_commands(market: Running) -> None:
    program = Path(sys.executable).with_name("switchboard")
    command = [str(program), "partners", "show", "first-cheap", "--json", "--data", str(market.folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout)["partner"] == client_of(market, "first-cheap")["partner"]


def report_of(entry: SwitchEntry, call_id: str, route: sw.Route) -> sw.Report:
    """Return what a switch says of a leg of sixty seconds that ended just now."""
    end_ms = time.time_ns() // 1_000_000
    return sw.Report(
        switch_id=entry.id,
        call_id=call_id,
        session_id=call_id,
        caller="254722000001",
        called="254711000004",
        mark=route.mark,
        remote=route.host,
        remote_port=route.port,
        setup_ms=end_ms - 63_000,
        connect_ms=end_ms - 60_000,
        disconnect_ms=end_ms,
        duration_ms=60_000,
        cause=16,
    )

"""One order through every door: SIP 302, ENUM, RADIUS, gRPC, the SS7 form and the static table (DESIGN §2)."""

import csv
import re
import socket
from pathlib import Path

import pytest

from cluster.demo.script import Attempt
from cluster.demo.switch import Admitted, SyntheticSwitch
from cluster.demo.switch_enum import EnumSwitch
from cluster.demo.switch_radius import RadiusSwitch
from cluster.demo.switch_sip import SipSwitch
from cluster.demo.vendors import Vendors
from cluster.demo.world import SwitchEntry
from domain.ids import PartnerId, SwitchId
from domain.wire.sip_message import SipResponse, build_request, parse
from protos.client import Switchboard
from protos.switch_pb2 import CallRequest
from tests.live.market import Price, enter_client, enter_plan, enter_switch, switch_of
from tests.live.running import Running
from tests.live.waiting import until

pytestmark = pytest.mark.live

NUMBER = "254733000001"
SIP = switch_of("doors", "127.0.49.1", "sip302")
OTHERS = {
    name: SwitchEntry(SwitchId(f"doors-{name}"), PartnerId("doors"), f"127.0.49.{at}", recipe)
    for at, (name, recipe) in enumerate((("enum", "enum"), ("radius", "cisco"), ("grpc", "plain"), ("ss7", "ss7")), 2)
}
VENDORS = (("fine", "0.0246", "1/1", "701"), ("coarse", "0.0240", "30/6", "702"), ("dear", "0.0290", "1/1", "703"))
"""In the order that their real cost gives; by price the second would come first."""
ORDER = [f"doors-{name}" for name, *_ in VENDORS]


@pytest.fixture(scope="module")
def market(switchboard: Running) -> Running:
    """A client behind five switches, and three vendors with a tech prefix each."""
    board = switchboard
    for at, (name, price, increments, prefix) in enumerate(VENDORS, 1):
        vendor = f"doors-{name}"
        enter_plan(board, f"{vendor}-buy", "buy", Price("254733", price, increments))
        board.sb("partners", "add", vendor, "--currency", "USD", "--buy-plan", f"{vendor}-buy")
        where = ("--direction", "out", "--host", f"127.0.50.{at}", "--tech-prefix", prefix)
        board.sb("trunks", "add", f"{vendor}-out", "--partner", vendor, *where)
    enter_client(board, SIP, Price("254733", "0.0500"), "--credit-limit", "1000")
    for entry in OTHERS.values():
        enter_switch(board, entry)
        board.sb("trunks", "add", f"{entry.id}-in", "--partner", "doors", "--direction", "in", "--switch", entry.id)
    return board


async def offered(switch: SyntheticSwitch, call_id: str) -> list[str]:
    """Ask at a door; return the vendors in the order of the answer."""
    await switch.start()
    try:
        found = await switch.ask(Attempt(0, PartnerId("doors"), "", 0, 0, "254722000001", NUMBER), call_id)
    finally:
        await switch.close()
    assert isinstance(found, Admitted), found
    return [offer.mark.removesuffix(f"-out.{at}") for at, offer in enumerate(found.offers, 1)]


def redirected_by_number(board: Running) -> SipResponse:
    """Ask as a gateway of SS7 does."""
    entry = OTHERS["ss7"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((entry.address, 5060))
        line.settimeout(60)
        headers = [
            ("Via", f"SIP/2.0/UDP {entry.address}:5060;branch=z9hG4bKss7"),
            ("From", f"<sip:254722000001@{entry.address}>;tag=1"),
            ("To", f"<sip:{NUMBER}@switchboard>"),
            ("Call-ID", "doors-ss7"),
            ("CSeq", "1 INVITE"),
            ("Max-Forwards", "70"),
        ]
        line.sendto(build_request("INVITE", f"sip:{NUMBER}@switchboard", headers), board.node.sip)
        while True:
            answer = parse(line.recv(65_535))
            assert isinstance(answer, SipResponse)
            if answer.status > 100:
                return answer


async def test_the_order_is_one_through_every_door(market: Running, tmp_path: Path) -> None:
    node, vendors = market.node, Vendors()
    assert await offered(SipSwitch(SIP, node, vendors), "doors-sip@a") == ORDER
    assert await offered(EnumSwitch(OTHERS["enum"], node, vendors), "doors-enum@a") == ORDER
    assert await offered(RadiusSwitch(OTHERS["radius"], node, vendors), "0A0B0C0D 11223344 55667788 000000D1") == ORDER
    target = market.supervisor.home.settings.node[0].grpc
    token = (market.folder / "token").read_text().strip()
    async with Switchboard.connect(target, token) as switch:
        asked = CallRequest(switch_id="doors-grpc", call_id="doors-grpc", called=NUMBER, caller="254722000001")
        decision = await switch.authorize(asked)
    assert [route.vendor for route in decision.routes] == ORDER
    market.sb("tables", "export", "doors-sw", "--client", "doors", "--to", str(tmp_path))
    rows = list(csv.DictReader((tmp_path / "doors-in.csv").open()))
    assert [row["vendor"] for row in rows if row["code"] == "254733"] == ORDER


def test_a_gateway_of_ss7_gets_redirection_numbers_with_cause_23(market: Running) -> None:
    answer = redirected_by_number(market)
    assert answer.status == 302
    assert answer.header("reason") == "Q.850;cause=23"
    assert re.findall(r"<sip:(\d+)@", answer.header("contact")) == [f"{prefix}{NUMBER}" for *_, prefix in VENDORS]


def test_a_table_is_made_anew_when_a_rate_changes(market: Running) -> None:
    market.sb("switches", "set", "doors-grpc", "table=wide")
    folder = market.folder / "tables" / "doors-grpc"

    def first_line() -> str:
        path = folder / "doors-grpc-in.txt"
        return path.read_text().splitlines()[0] if path.exists() else ""

    before = until(first_line, "the table is there", 60)
    assert before.startswith("254733;")
    market.sb("trunks", "set", "doors-dear-out", "enabled=false")
    try:
        after = until(lambda: first_line() if first_line() != before else "", "the table has changed", 60)
        assert "127.0.50.3" in before and "127.0.50.3" not in after
    finally:
        market.sb("trunks", "set", "doors-dear-out", "enabled=true")

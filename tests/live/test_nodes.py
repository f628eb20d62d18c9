"""Several nodes and switches, one place: a change by command is in force at all of them when the command returns.

The desk and the first node speak TLS, the second node does not.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from cluster.demo.script import Attempt
from cluster.demo.switch import Admitted, NodeAddress, SyntheticSwitch
from cluster.demo.switch_radius import RadiusSwitch
from cluster.demo.switch_sip import SipSwitch
from cluster.demo.vendors import Vendors
from cluster.demo.world import SwitchEntry
from domain.ids import PartnerId, SwitchId
from domain.settings import host_port
from protos import connect
from protos.client import Switchboard
from protos.switch_pb2 import CallRequest
from tests.live.market import Price, enter_client, enter_switch, enter_vendor, switch_of
from tests.live.running import Running, free_ports, running
from tests.live.test_grpc import enter, example

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

NUMBER = "254735000001"
SIP = switch_of("many", "127.0.41.1", "sip302")
RADIUS = SwitchEntry(SwitchId("many-radius"), PartnerId("many"), "127.0.41.2", "cisco")
GRPC = SwitchEntry(SwitchId("many-grpc"), PartnerId("many"), "127.0.41.3", "plain")
_SECOND = """grpc_tls = true

[[node]]
name = "node-1"
sip = "127.0.0.1:{sip}"
sip_tls = ""
radius_auth = "127.0.0.1:{auth}"
radius_acct = "127.0.0.1:{acct}"
enum = "127.0.0.1:{enum}"
grpc = "127.0.0.1:{grpc}"
"""


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Two nodes; one client behind three switches of three kinds; two vendors."""
    ports = free_ports("sip", "auth", "acct", "enum", "grpc")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SWITCHBOARD_DESK__TLS", "true")
        with running(tmp_path_factory.mktemp("nodes"), _SECOND.format(**ports)) as started:
            enter_market(started)
            yield started


def enter_market(board: Running) -> None:
    for at, (vendor, price) in enumerate((("savanna", "0.0200"), ("nordlink", "0.0210")), 1):
        enter_vendor(board, vendor, f"127.0.42.{at}", Price("254735", price))
    enter_client(board, SIP, Price("254735", "0.0500"), "--credit-limit", "1000")
    for entry in (RADIUS, GRPC):
        enter_switch(board, entry)
        trunk = ("--partner", "many", "--direction", "in", "--switch", entry.id)
        board.sb("trunks", "add", f"{entry.id}-in", *trunk)


def node(board: Running, at: int) -> NodeAddress:
    listeners = board.supervisor.home.settings.node[at]
    addresses = (listeners.sip, listeners.radius_auth, listeners.radius_acct, listeners.enum)
    return NodeAddress(*map(host_port, addresses))


async def offered(switch: SyntheticSwitch, call_id: str) -> list[str]:
    """Ask as a switch does; return the vendors in the order of the answer."""
    await switch.start()
    try:
        found = await switch.ask(Attempt(0, PartnerId("many"), "", 0, 0, "254722000001", NUMBER), call_id)
    finally:
        await switch.close()
    assert isinstance(found, Admitted), found
    return [offer.mark.partition("-out.")[0] for offer in found.offers]


async def told(board: Running, call_id: str) -> list[str]:
    """Ask over gRPC."""
    target = board.supervisor.home.settings.node[1].grpc
    token = (board.folder / "token").read_text().strip()
    async with Switchboard.connect(target, token) as switch:
        asked = CallRequest(switch_id=GRPC.id, call_id=call_id, called=NUMBER, caller="254722000001")
        decision = await switch.authorize(asked)
    return [route.vendor for route in decision.routes]


async def orders(board: Running, at: int) -> list[list[str]]:
    """The order that each of the three switches gets, two of them at the second node."""
    vendors = Vendors()
    return [
        await offered(SipSwitch(SIP, node(board, 0), vendors), f"many-{at}@a"),
        await offered(RadiusSwitch(RADIUS, node(board, 1), vendors), f"0A0B0C0D 11223344 55667788 000000E{at}"),
        await told(board, f"many-{at}"),
    ]


def versions(board: Running) -> set[int]:
    """The versions that the nodes decide from, as the status shows them."""
    actors = board.told("status")["actors"]
    shown = [int(actor["figures"]["version"]) for actor in actors if actor["kind"] == "node"]
    assert len(shown) == 2
    return set(shown)


async def test_a_change_of_price_turns_the_order_at_every_switch_at_once(board: Running) -> None:
    assert await orders(board, 1) == [["savanna", "nordlink"]] * 3
    (before,) = versions(board)
    sheet = board.folder / "cheaper.csv"
    sheet.write_text(f"Code,Rate,Increments,Effective\n254735,0.0150,1/1,{datetime.now(UTC).date()}\n")
    board.sb("rates", "import", str(sheet), "--plan", "nordlink-buy")
    (after,) = versions(board)
    assert after > before
    assert await orders(board, 2) == [["nordlink", "savanna"]] * 3


async def test_a_switch_of_a_known_kind_works_by_configuration_alone(board: Running) -> None:
    new = SwitchEntry(SwitchId("many-new"), PartnerId("many"), "127.0.41.4", "cisco")
    enter_switch(board, new)
    board.sb("trunks", "add", "many-new-in", "--partner", "many", "--direction", "in", "--switch", new.id)
    switch = RadiusSwitch(new, node(board, 0), Vendors())
    assert len(await offered(switch, "0A0B0C0D 11223344 55667788 000000F1")) == 2
    assert len(versions(board)) == 1


def test_commands_and_switches_speak_tls_where_the_settings_say_so(board: Running) -> None:
    enter(board, "tlsy", 2)
    where = connect.endpoint(board.folder)
    assert where.desk_tls is not None
    shown = example(board, where.token, "tlsy-sw", "254751000002", where.nodes_tls["node-0"].ca)
    assert "100 of 100 calls went over a stream" in shown

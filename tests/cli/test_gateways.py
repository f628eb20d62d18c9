"""`switchboard gateways`."""

import json

from protos.operators_pb2 import Ban, Changed, Gateway, GatewayStates
from tests.cli.far_desk import FarDesk

STATES = GatewayStates(
    gateways=[
        Gateway(
            node="node-0",
            name="sip",
            address="0.0.0.0:5060",
            received=12_345,
            sent=12_300,
            errors=7,
            p50_ms=1.25,
            p99_ms=9.5,
            counts={"retransmitted": 3, "dropped": 0},
        ),
        Gateway(node="node-1", away=True),
    ],
    bans=[Ban(node="node-0", source="203.0.113.9", reason="scanner", since_ms=1_000, until_ms=601_000, packets=812)],
)


def test_each_listener_shows_its_packets_and_delays_and_a_node_that_is_away_says_so(desk: FarDesk) -> None:
    desk.says("Gateways.List", STATES)
    _, sip, away, banned = desk.run("gateways", "list").stdout.splitlines()
    assert sip.split()[:8] == ["node-0", "sip", "0.0.0.0:5060", "12,345", "12,300", "7", "0", "0"]
    assert sip.endswith("9.5  retransmitted 3")
    assert away.split() == ["node-1", "away"]
    assert banned == "1 source is banned: `switchboard gateways bans`"
    assert json.loads(desk.run("gateways", "list", "--json").stdout)["gateways"][1]["away"] is True


def test_bans_say_why_and_until_when(desk: FarDesk) -> None:
    desk.says("Gateways.List", STATES)
    assert desk.run("gateways", "bans").stdout.splitlines()[1].split() == [
        "node-0", "203.0.113.9", "scanner", "1970-01-01", "00:00:01", "1970-01-01", "00:10:01", "812",
    ]  # fmt: skip


def test_a_ban_is_lifted_by_address(desk: FarDesk) -> None:
    desk.says("Gateways.Unban", Changed(what="203.0.113.9 is no longer banned on node-0"))
    assert "no longer banned" in desk.run("gateways", "unban", "203.0.113.9").stdout
    assert desk.asked("Gateways.Unban").name == "203.0.113.9"

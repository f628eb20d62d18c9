"""Gateways and bans of every node, whether it answers or not."""

from types import SimpleNamespace
from typing import Any

import pytest

from actors.desk import gateways
from actors.desk.core import Desk
from actors.desk.gateways import GatewaysService
from actors.gateways.state import GatewayState
from domain.errors import InputError, NotFoundError
from domain.guard import Ban
from protos import operators_pb2 as pb

NOBODY: Any = None


class OneNode:
    """What node-0 says, as an actor's handle is asked."""

    def __init__(self) -> None:
        self.banned = {"203.0.113.9"}

    def __getattr__(self, method: str) -> Any:
        async def remote(*args: str) -> Any:
            match method:
                case "gateways":
                    return [GatewayState("sip", "udp 127.0.0.1:5060", received=7, counts={"invite": 5}, p99_ms=3.5)]
                case "bans":
                    return [Ban(source, "scanner", 1, 2, 800) for source in self.banned]
                case _:
                    held = set(args) & self.banned
                    self.banned -= held
                    return bool(held)

        return SimpleNamespace(remote=remote)


@pytest.fixture
def service(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> GatewaysService:
    node = OneNode()

    def handle(name: str) -> Any:
        if name != "node-0":
            raise ValueError(f"no actor {name}")
        return node

    monkeypatch.setattr(gateways, "handle", handle)
    monkeypatch.setattr(GatewaysService, "_names", lambda self: ["node-0", "node-1"])
    return GatewaysService(desk)


async def test_a_node_that_is_away_is_shown_as_such_beside_the_others(service: GatewaysService) -> None:
    found = await service.List(pb.Empty(), NOBODY)
    sip, away = found.gateways
    assert (sip.node, sip.name, sip.received, sip.counts["invite"], sip.p99_ms) == ("node-0", "sip", 7, 5, 3.5)
    assert (away.node, away.away) == ("node-1", True)
    assert [(ban.source, ban.packets) for ban in found.bans] == [("203.0.113.9", 800)]


async def test_a_ban_is_lifted_once_and_stands_in_the_audit_trail(service: GatewaysService, desk: Desk) -> None:
    said = (await service.Unban(pb.Named(name="203.0.113.9"), NOBODY)).what
    assert said == "203.0.113.9 is no longer banned on node-0; not told, since away: node-1"
    assert [(entry.action, entry.key) for entry in desk.catalog.audit.list("source")] == [("unban", "203.0.113.9")]
    with pytest.raises(NotFoundError, match="is not banned"):
        await service.Unban(pb.Named(name="203.0.113.9"), NOBODY)
    with pytest.raises(InputError, match="is no address"):
        await service.Unban(pb.Named(name="gw1"), NOBODY)

"""A route is explained as a node would decide it: by the trunk that is named, and by the routing number."""

from dataclasses import replace
from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.routing import RoutingService
from domain.directory import Portability, TrunkOptions
from domain.errors import InputError, NotFoundError
from domain.ids import TrunkId
from protos import operators_pb2 as pb
from tests.cluster.tasks.places import BY

NOBODY: Any = None


@pytest.fixture
async def routing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> RoutingService:
    async def world() -> Any:
        return desk.world

    monkeypatch.setattr(desk, "fresh_world", world)
    await desk.publish()
    return RoutingService(desk)


async def test_a_trunk_by_its_name_decides_by_its_own_rules(routing: RoutingService) -> None:
    plain = await routing.Explain(pb.RouteRequest(client="orbita", to="02071234567"), NOBODY)
    assert plain.called != "442071234567"
    named = await routing.Explain(pb.RouteRequest(trunk="orbita-uk", to="02071234567"), NOBODY)
    assert (named.client, named.called) == ("orbita", "442071234567")


async def test_a_trunk_that_is_no_incoming_one_of_the_client_is_refused(routing: RoutingService) -> None:
    with pytest.raises(NotFoundError, match="no incoming trunk 'orbita-uk' of pampas"):
        await routing.Explain(pb.RouteRequest(client="pampas", trunk="orbita-uk", to="447911123456"), NOBODY)
    with pytest.raises(InputError, match="neither a partner nor a trunk"):
        await routing.Explain(pb.RouteRequest(to="447911123456"), NOBODY)


async def test_a_closed_trunk_is_asked_as_the_switch_would_ask(desk: Desk, routing: RoutingService) -> None:
    trunk = desk.catalog.trunks.get(TrunkId("orbita-uk"))
    await desk.change(lambda catalog, _: catalog.trunks.change(replace(trunk, enabled=False), **BY))
    found = await routing.Explain(pb.RouteRequest(trunk="orbita-uk", to="02071234567"), NOBODY)
    assert found.cause == "trunk-closed"


async def test_a_routing_number_counts_where_the_trunk_believes_it(desk: Desk, routing: RoutingService) -> None:
    ask = pb.RouteRequest(trunk="orbita-in", to="447911123456", routing_number="254722000000")
    assert (await routing.Explain(ask, NOBODY)).code.startswith("44")
    trunk = desk.catalog.trunks.get(TrunkId("orbita-in"))
    believing = replace(trunk, options=TrunkOptions(portability=Portability.ROUTE))
    await desk.change(lambda catalog, _: catalog.trunks.change(believing, **BY))
    assert (await routing.Explain(ask, NOBODY)).code.startswith("254")

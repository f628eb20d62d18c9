"""A route is explained as a node would decide it: by the trunk that is named, and by the routing number."""

from dataclasses import replace
from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.routing import RoutingService
from domain.directory import Portability, StirPolicy, TrunkOptions
from domain.errors import InputError, NotFoundError
from domain.ids import PlanId, TrunkId
from domain.money import units_of
from domain.portability import PortedSource, SourceKind
from protos import operators_pb2 as pb
from tests.actors.test_dips import moved, server
from tests.cluster.tasks.places import BY, NOW
from tests.domain.builders import row

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
    ignored = await routing.Explain(ask, NOBODY)
    assert ignored.code.startswith("44")
    assert "routing number 254722000000 does not count: trunk orbita-in has portability=ignore" in ignored.explanation
    trunk = desk.catalog.trunks.get(TrunkId("orbita-in"))
    believing = replace(trunk, options=TrunkOptions(portability=Portability.ROUTE))
    await desk.change(lambda catalog, _: catalog.trunks.change(believing, **BY))
    believed = await routing.Explain(ask, NOBODY)
    assert believed.code.startswith("254")
    assert not [line for line in believed.explanation if "does not count" in line]


async def test_an_identity_proves_the_number_that_calls(desk: Desk, routing: RoutingService) -> None:
    trunk = desk.catalog.trunks.get(TrunkId("orbita-in"))
    strict = replace(trunk, options=TrunkOptions(stir=StirPolicy.REQUIRE_AB))
    await desk.change(lambda catalog, _: catalog.trunks.change(strict, **BY))
    ask = pb.RouteRequest(trunk="orbita-in", to="447911123456", caller="+254 722 000001")
    told = {}
    for attestation in ("", "A", "B", "C"):
        ask.attestation = attestation
        told[attestation] = (await routing.Explain(ask, NOBODY)).cause
    assert (told[""], told["C"]) == ("stir-identity-missing", "stir-attestation-too-low")
    assert told["A"] == told["B"] and not told["A"].startswith("stir")
    with pytest.raises(InputError, match="'D' is no attestation"):
        await routing.Explain(pb.RouteRequest(trunk="orbita-in", to="447911123456", attestation="D"), NOBODY)
    with pytest.raises(InputError, match="nobody's number is proved"):
        await routing.Explain(pb.RouteRequest(trunk="orbita-in", to="447911123456", attestation="A"), NOBODY)


async def test_a_server_is_asked_as_nodes_ask_it(desk: Desk, routing: RoutingService) -> None:
    trunk = desk.catalog.trunks.get(TrunkId("orbita-in"))
    looking = replace(trunk, options=replace(trunk.options, portability=Portability.LOOK_UP))
    await desk.change(lambda catalog, _: catalog.trunks.change(looking, **BY))
    async with server(moved) as (asking, _, _):
        lnp = PortedSource("lnp", SourceKind.ENUM, server=asking.source.server, timeout_ms=2_000)
        await desk.change(lambda catalog, _: catalog.ported.add(lnp, **BY))
        told = await routing.Explain(pb.RouteRequest(trunk="orbita-in", to="447911123456"), NOBODY)
    assert told.code.startswith("254"), "it is sold by where it is now"
    assert "ported: routed and rated by 254733" in told.explanation
    assert "looked up in source lnp" in told.explanation


async def test_a_quote_shows_what_a_minimum_and_a_rounding_add_as_plain_money(desk: Desk) -> None:
    low = row("33", "0.0060", minimum_charge="0.0289", connect_fee="0.0002")
    desk.catalog.plans.add_rates(PlanId("sell"), [low], **BY)
    asked = pb.QuoteRequest(plan="sell", to="33612345678", at_ms=NOW, seconds=7)
    found = await RoutingService(desk).Quote(asked, NOBODY)
    assert [(part.what, part.price_units) for part in found.parts] == [
        ("connect fee", units_of("0.0002")),
        ("time", units_of("0.0060")),
        ("minimum charge", units_of("0.028")),
    ]
    assert found.charge.units == units_of("0.0289")

"""A route is explained with what the client's book would answer: whether there is money, in figures."""

from dataclasses import replace
from typing import Any

import pytest

from actors.desk import shards
from actors.desk.core import Desk
from actors.desk.routing import RoutingService
from domain.directory import Outage, PartnerStatus
from domain.ids import PartnerId
from protos import operators_pb2 as pb
from protos import switch_pb2
from tests.actors.desk.two_shards import TwoShards, of_two_shards
from tests.cluster.tasks.places import BY, NOW
from tests.domain.call_builders import ask, paid

NOBODY: Any = None
CALL = pb.RouteRequest(client="orbita", to="447911123456")


@pytest.fixture
async def two(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Any:
    async def world() -> Any:
        return desk.world

    monkeypatch.setattr(desk, "fresh_world", world)
    await desk.publish()
    with of_two_shards(desk) as its:
        monkeypatch.setattr(shards, "handle", its.handle)
        yield its


async def explained(desk: Desk, request: pb.RouteRequest = CALL) -> switch_pb2.Decision:
    return await RoutingService(desk).Explain(request, NOBODY)


async def test_without_money_it_says_so_in_figures_and_shows_the_routes(desk: Desk, two: TwoShards) -> None:
    two.do("orbita", desk, paid("0.0589"), ask("c1", at_ms=NOW, max_s=120))
    found = await explained(desk)
    assert not found.admitted and found.cause == "no-credit" and found.routes
    assert found.detail == (
        "no money: balance 0.0589 USD, credit limit 0.00, held for open calls 0.0588: 0.0001 is left, "
        "and the first 1 s of this call needs 0.0005"
    )
    assert found.explanation[0] == f"refused: no-credit, {found.detail}"


async def test_with_money_it_says_how_much_is_left_and_for_how_long(desk: Desk, two: TwoShards) -> None:
    two.do("orbita", desk, paid("100"))
    found = await explained(desk)
    assert found.admitted and not found.detail and found.granted_s > 0 and found.held.units > 0
    assert found.explanation[-1].startswith("money: 100.00 USD is left, ")
    assert two.actors["shard-0"].shard.partners[PartnerId("orbita")].holds == {}, "nothing was held"


async def test_what_else_its_book_would_refuse_is_told_too(desk: Desk, two: TwoShards) -> None:
    two.do("orbita", desk, paid("100"))
    terms = desk.catalog.partners.terms(PartnerId("orbita"))
    shard = two.actors["shard-0"].shard
    known = {**shard.directory.partners, PartnerId("orbita"): replace(terms.partner, status=PartnerStatus.SUSPENDED)}
    shard.directory = replace(shard.directory, partners=known)
    assert (await explained(desk)).cause == "partner-suspended"


async def test_a_balance_that_nobody_knows_is_an_outage_as_the_contract_has_it(desk: Desk, two: TwoShards) -> None:
    two.actors["shard-0"].away = True
    found = await explained(desk)
    assert found.cause == "balance-unavailable" and "shard-0 is away since" in found.detail
    partner = replace(desk.catalog.partners.get(PartnerId("orbita")), outage=Outage.TRUST)
    await desk.change(lambda catalog, _: catalog.partners.change(partner, **BY))
    found = await explained(desk)
    assert found.admitted and "trusted by the contract" in found.explanation[-1]


async def test_of_another_moment_nobody_knows_the_balance(desk: Desk, two: TwoShards) -> None:
    assert (await explained(desk, pb.RouteRequest(client="orbita", to="447911123456", at_ms=NOW - 1000))).admitted

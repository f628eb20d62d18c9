"""Routes explained at the desk: every vendor with its terms, also as a policy on trial would have them."""

from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.explaining import ExplainingService
from domain.directory import Policy
from domain.errors import InputError, NotFoundError
from protos import explaining_pb2 as pb
from protos import operators_pb2 as op

NOBODY: Any = None
CALL = op.RouteRequest(client="orbita", to="447911123456")


@pytest.fixture
async def explaining(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> ExplainingService:
    async def world() -> Any:
        return desk.world

    monkeypatch.setattr(desk, "fresh_world", world)
    await desk.publish()
    return ExplainingService(desk)


async def ask(service: ExplainingService, **fields: Any) -> pb.ExplainedRoutes:
    return await service.Explain(pb.ExplainRequest(call=CALL, **fields), NOBODY)


async def test_each_vendor_has_its_figures_its_terms_and_the_price_that_would_have_won(
    explaining: ExplainingService,
) -> None:
    found = await ask(explaining)
    assert [(one.vendor, one.place) for one in found.vendors if one.place] == [
        (route.vendor, place) for place, route in enumerate(found.decision.routes, 1)
    ]
    assert [term.text for term in found.terms] == ["real_cost", "price"]
    rated = [one for one in found.vendors if one.rated]
    assert rated and all([figure.name for figure in one.worth] == ["real_cost", "price"] for one in rated)
    assert rated[0].wins_units >= rated[0].price_units
    assert not any(one.HasField("wins_units") for one in (await ask(explaining, without_prices=True)).vendors)


async def test_a_policy_on_trial_lies_over_the_others_and_changes_nothing(explaining: ExplainingService) -> None:
    before = await ask(explaining)
    other = await ask(explaining, trial=pb.TrialPolicy(order="most price"))
    assert (other.policy, [term.most for term in other.terms]) == ("default v1 + trial v1", [True])
    prices = [one.price_units for one in other.vendors if one.place]
    assert prices == sorted(prices, reverse=True)
    assert await ask(explaining) == before


async def test_who_is_first_by_a_split_is_told(explaining: ExplainingService, desk: Desk) -> None:
    assert (await ask(explaining)).drawn == ""
    policy = Policy("default", split="by 1 / price")
    await desk.change(lambda catalog, at_ms: catalog.policies.set(policy, who="ada", at_ms=at_ms))
    await desk.publish()
    assert (await ask(explaining)).drawn == "kestrel first by the policy's split"


async def test_a_trial_that_cannot_be_is_refused_with_its_column(explaining: ExplainingService) -> None:
    with pytest.raises(InputError, match="'prise' in column 1"):
        await ask(explaining, trial=pb.TrialPolicy(order="prise"))
    with pytest.raises(NotFoundError, match="no policy 'nowhere'"):
        await ask(explaining, trial=pb.TrialPolicy(policy="nowhere"))


async def test_a_named_policy_is_tried_as_it_is_or_with_another_order(explaining: ExplainingService) -> None:
    assert (await ask(explaining, trial=pb.TrialPolicy(policy="default"))).policy == "default v1 + default v1"
    changed = await ask(explaining, trial=pb.TrialPolicy(policy="default", order="price"))
    assert changed.policy == "default v1 + trial of default v1"


async def test_the_routes_of_a_client_stand_side_by_side_by_destination(explaining: ExplainingService) -> None:
    pieces = [piece async for piece in explaining.Table(pb.LcrQuery(client="orbita", text="447"), NOBODY)]
    rows = [row for piece in pieces for row in piece.rows]
    routes = (await ask(explaining)).decision.routes
    assert rows and pieces[0].total == len(rows)
    row = next(row for row in rows if "447" in row.codes)
    shown = [(one.vendor, one.margin_units) for one in row.vendors if one.place]
    assert shown == [(route.vendor, route.margin_units) for route in routes]
    nothing = [piece async for piece in explaining.Table(pb.LcrQuery(client="orbita", text="nowhere at all"), NOBODY)]
    assert [(list(piece.rows), piece.total) for piece in nothing] == [([], 0)]

"""A former version of a plan is what nodes decide by at once, until its rates change again."""

from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.plans import PlansService
from domain.errors import ConflictError, NotFoundError
from domain.ids import PlanId
from protos import operators_pb2 as pb
from tests.cluster.tasks.places import BY
from tests.domain.builders import row

NOBODY: Any = None
PLAN = PlanId("sell")


@pytest.fixture
async def plans(desk: Desk) -> PlansService:
    await desk.publish()
    await priced(desk, "0.9")
    return PlansService(desk)


async def priced(desk: Desk, price: str) -> None:
    await desk.change(lambda catalog, _: catalog.plans.add_rates(PLAN, [row("44", price)], **BY))


def price(desk: Desk) -> int:
    assert desk.world is not None
    found = desk.world.plans[PLAN].rates_at("441632960000", BY["at_ms"])
    assert found is not None
    return found.rows[0].terms.next_price


async def test_a_plan_goes_back_and_forth_and_says_what_waits(desk: Desk, plans: PlansService) -> None:
    newest = price(desk)
    back = await plans.Back(pb.PlanBack(plan=PLAN), NOBODY)
    former = (await plans.Versions(pb.Named(name=PLAN), NOBODY)).versions
    assert price(desk) != newest
    assert [(one.in_force, one.kept) for one in former] == [(False, True), (True, True)]
    assert f"charge by version {former[1].version}; the rates of version {former[0].version} wait" in back.what
    listed = next(one for one in (await plans.List(pb.Empty(), NOBODY)).plans if one.id == PLAN)
    assert (listed.version, listed.published) == (former[0].version, former[1].version)
    await plans.Back(pb.PlanBack(plan=PLAN, version=former[0].version), NOBODY)
    assert price(desk) == newest


async def test_the_next_change_of_rates_is_in_force_again(desk: Desk, plans: PlansService) -> None:
    await plans.Back(pb.PlanBack(plan=PLAN), NOBODY)
    await priced(desk, "0.7")
    assert price(desk) == 70_000_000


async def test_what_cannot_be_put_back_is_told_with_what_can(desk: Desk, plans: PlansService) -> None:
    known = [one.version for one in (await plans.Versions(pb.Named(name=PLAN), NOBODY)).versions]
    with pytest.raises(ConflictError, match=f"version {known[0]} is in force"):
        await plans.Back(pb.PlanBack(plan=PLAN, version=known[0]), NOBODY)
    with pytest.raises(NotFoundError, match="never published"):
        await plans.Back(pb.PlanBack(plan=PLAN, version=99), NOBODY)
    for path in desk.home.snapshots.glob(f"plan-{PLAN}-{known[1]}-*"):
        path.unlink()
    with pytest.raises(ConflictError, match=f"the file of version {known[1]} is gone"):
        await plans.Back(pb.PlanBack(plan=PLAN, version=known[1]), NOBODY)
    with pytest.raises(NotFoundError, match="no version before"):
        await plans.Back(pb.PlanBack(plan=PLAN), NOBODY)

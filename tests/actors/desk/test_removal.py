"""What nothing refers to may be removed; what a call, a record or a posting names says so and what to do instead."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.desk.board import Board
from actors.desk.core import Desk
from actors.desk.partners import PartnersService
from actors.desk.plans import PlansService
from actors.desk.switches import SwitchesService, TrunksService
from domain.calls import Parked
from domain.causes import ParkCause
from domain.commands import Park
from domain.errors import ConflictError, NotFoundError
from domain.ids import PlanId, SwitchId, TrunkId
from domain.rates import PlanRules
from domain.users import Role, User
from protos import operators_pb2 as pb
from store.publication import publish
from tests.cluster.tasks.places import BY, NOW, Place, a_place
from tests.domain.builders import row
from tests.domain.call_builders import a_leg, ask, key_of, paid, report

NOBODY: Any = None
Remove = Callable[[str, str], Awaitable[str]]


@pytest.fixture
def place(desk: Desk, tmp_path: Path) -> Iterator[Place]:
    with a_place(tmp_path) as opened:
        yield opened


@pytest.fixture
def remove(desk: Desk) -> Remove:
    services: dict[str, Any] = {
        "partner": PartnersService(desk), "trunk": TrunksService(desk), "plan": PlansService(desk),
        "switch": SwitchesService(desk, Board(desk)),
    }  # fmt: skip

    async def removed(noun: str, name: str) -> str:
        return str((await services[noun].Remove(pb.Named(name=name), NOBODY)).what)

    return removed


async def test_what_was_never_used_goes_and_its_name_may_come_again(desk: Desk, remove: Remove, place: Place) -> None:
    catalog = desk.catalog
    for trunk in catalog.trunks.list():
        if trunk.partner == "orbita":
            assert await remove("trunk", trunk.id) == f"trunk {trunk.id} removed"
    partner = catalog.partners.terms(next(one.id for one in catalog.partners.list() if one.id == "orbita"))
    assert await remove("partner", "orbita") == "partner orbita removed"
    assert desk.world is not None and "orbita" not in desk.world.index.directory.partners
    [entry] = catalog.audit.list("partner", "orbita", limit=1)
    assert (entry.action, entry.before["id"], entry.after) == ("remove", "orbita", None)
    catalog.partners.add(partner.partner, partner.contract, **BY)
    with pytest.raises(NotFoundError):
        await remove("trunk", "orbita-in")


async def test_a_partner_with_trunks_or_money_stays(desk: Desk, remove: Remove, place: Place) -> None:
    with pytest.raises(ConflictError, match=r"cannot be removed: trunk.* refer.* to it.*suspend it instead"):
        await remove("partner", "pampas")
    place.shard.turn([paid("10", "naked")])
    with pytest.raises(ConflictError, match=r"named by 1 transfer.*Suspend it instead: `switchboard partners suspend"):
        await remove("partner", "naked")


async def test_a_trunk_stays_while_a_call_or_a_leg_names_it(desk: Desk, remove: Remove, place: Place) -> None:
    place.shard.turn([ask("c1", trunk=TrunkId("orbita-in"))])
    with pytest.raises(ConflictError, match=r"named by 1 open call.*disable orbita-in"):
        await remove("trunk", "orbita-in")
    out = next(trunk for trunk in desk.catalog.trunks.list() if trunk.direction == "out" and trunk.enabled)
    with pytest.raises(ConflictError, match=r"calls are open that may go by it.*Close it first"):
        await remove("trunk", out.id)
    place.shard.turn([report(a_leg("c2", trunk=TrunkId("orbita-uk")))])
    with pytest.raises(ConflictError, match="named by 1 leg"):
        await remove("trunk", "orbita-uk")


async def test_what_open_calls_alone_name_may_go_when_they_have_ended(desk: Desk, remove: Remove, place: Place) -> None:
    place.shard.turn([ask("c1", trunk=TrunkId("orbita-in"), switch=SwitchId("ab"))])
    ended = "remove it when they have ended: `switchboard"
    for noun, name, order in (
        ("trunk", "orbita-in", "trunks disable orbita-in"),
        ("partner", "orbita", "partners suspend orbita"),
        ("switch", "ab", "trunks disable NAME"),
    ):
        with pytest.raises(ConflictError, match=rf"named by 1 open call\. Let no new one come.*{ended} {order}"):
            await remove(noun, name)
    place.shard.turn([report(a_leg("c2", trunk=TrunkId("orbita-in")))])
    with pytest.raises(ConflictError, match=r"1 open call, 1 leg\. Close it instead"):
        await remove("trunk", "orbita-in")


@pytest.mark.parametrize(("noun", "column"), [("trunk", "trunk"), ("switch", "switch"), ("plan", "plan")])
async def test_sealed_legs_keep_what_they_name(
    desk: Desk, remove: Remove, place: Place, noun: str, column: str
) -> None:
    desk.catalog.plans.add(_rules(desk, "old"), "sell", **BY)
    names = {"trunk": "orbita-uk", "switch": "ab", "plan": "old"}
    named: dict[str, Any] = {column: names[noun]}
    place.shard.turn([report(a_leg("c1", **named))])
    assert place.seal() == 1
    with pytest.raises(ConflictError, match="named by 1 sealed leg"):
        await remove(noun, names[noun])


async def test_a_switch_stays_for_its_trunks_its_parked_records_and_its_token(
    desk: Desk, remove: Remove, place: Place
) -> None:
    with pytest.raises(ConflictError, match=r"trunks? .*orbita-in.* to it"):
        await remove("switch", "gw")
    raw = b'{"switch":"ab"}'
    place.shard.turn([Park(Parked(b"p" * 16, key_of("c"), a_leg().leg_id, ParkCause.NO_RATE, "", raw, NOW))])
    with pytest.raises(ConflictError, match="named by 1 parked record"):
        await remove("switch", "ab")
    desk.catalog.users.add(User("km", Role.SWITCH), "a-long-random-token-of-km", **BY)
    with pytest.raises(ConflictError, match=r"user km refers to it.*--disabled"):
        await remove("switch", "km")
    desk.catalog.users.change(User("km", Role.SWITCH, enabled=False), **BY)
    assert not [trunk for trunk in desk.catalog.trunks.list() if trunk.switch == "km"]
    assert await remove("switch", "km") == "switch km removed"
    assert SwitchId("km") not in [switch.id for switch in desk.catalog.switches.list()]


async def test_a_plan_stays_while_somebody_has_it_and_its_name_goes_on_counting(
    desk: Desk, remove: Remove, place: Place
) -> None:
    with pytest.raises(ConflictError, match=r"partner orbita refers to it.*plans assign"):
        await remove("plan", "sell")
    desk.catalog.plans.add(_rules(desk, "spare"), "sell", **BY)
    desk.catalog.plans.add_rates(PlanId("spare"), [row("44", "0.01")], **BY)
    folder = desk.home.snapshots
    before = publish(desk.catalog, folder, who="desk", at_ms=NOW, before_ms=0, ahead_ms=10**9).plans[PlanId("spare")]
    assert await remove("plan", "spare") == "plan spare removed"
    desk.catalog.plans.add(_rules(desk, "spare"), "sell", **BY)
    after = publish(desk.catalog, folder, who="desk", at_ms=NOW, before_ms=0, ahead_ms=10**9).plans[PlanId("spare")]
    assert desk.catalog.plans.rates_known(PlanId("spare")) == ()
    assert after.version > before.version and after.name != before.name


def _rules(desk: Desk, name: str) -> PlanRules:
    return replace(desk.catalog.plans.get(PlanId("sell")).rules, plan=PlanId(name))

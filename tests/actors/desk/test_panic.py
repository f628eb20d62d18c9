"""Panic orders at the desk: taken from the nodes, entered once, spread to those that were down."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.desk import panic as panics
from actors.desk.core import Desk
from actors.desk.panic import PanicMemory, orders_about
from actors.panic import PanicRoom
from actors.pulse import Pulse
from domain.ids import PartnerId
from domain.panic import Aim, PanicOrder
from tests.cluster.tasks.places import NOW


class NodeFace:
    """A node as the desk reaches it: its orders in a folder of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name, self.room = name, PanicRoom(folder, name, lambda _: None)

    @property
    def panic(self) -> "NodeFace":
        return self

    async def remote(self, orders: list[PanicOrder], told: list[str]) -> tuple[list[PanicOrder], list[PanicOrder]]:
        known = await self.room.learn(orders, told)
        return list(known.last.values()), list(known.untold)

    @property
    def pulse(self) -> Pulse:
        return Pulse(self.name, "node", 1, 1, 1.0, figures={"panic": float(self.room.panic.mark)})


class Floor:
    """The desk's memory and two nodes."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self.alarms: dict[str, str] = {}
        self.nodes = [NodeFace(folder / name, name) for name in ("node-0", "node-1")]
        self.memory = PanicMemory(desk, lambda key, text, _: self.alarms.__setitem__(key, text))

    async def round(self, *nodes: NodeFace) -> None:
        await self.memory.round([node.pulse for node in nodes or self.nodes])
        await self.desk.at_rest(5)

    def entered(self) -> list[tuple[str, str, str, int]]:
        found = self.desk.catalog.audit.list("panic")
        return [(its.who, its.action, its.key, its.at_ms) for its in reversed(found)]


@pytest.fixture
def floor(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Floor:
    its = Floor(desk, tmp_path / "elsewhere")
    monkeypatch.setattr(panics, "handle", lambda name: next(node for node in its.nodes if node.name == name))
    return its


def order(order_id: str, lift: bool = False, at_ms: int = NOW) -> PanicOrder:
    return PanicOrder(order_id, Aim.VENDOR, "kestrel", lift, "noc", at_ms, "loops")


async def test_an_order_of_a_node_is_entered_as_of_its_moment_alarmed_and_spread(floor: Floor) -> None:
    one, other = floor.nodes
    await one.room.give(order("1", at_ms=NOW - 60_000))
    await floor.round()
    assert floor.entered() == [("noc", "drop", "vendor kestrel", NOW - 60_000)]
    alarm = "vendor kestrel is dropped by noc: loops; `switchboard panic lift vendor kestrel`"
    assert floor.alarms["panic vendor kestrel"] == alarm
    await floor.round()
    assert other.room.panic.in_force() == one.room.panic.in_force() == [order("1", at_ms=NOW - 60_000)]
    assert not one.room.panic.untold
    assert [its.order.vendor for its in orders_about(floor.desk, PartnerId("kestrel"), ())] == ["kestrel"]


async def test_the_same_order_given_to_every_node_is_entered_once_though_the_desk_starts_anew(floor: Floor) -> None:
    for node, late_ms in zip(floor.nodes, (0, 3), strict=True):
        await node.room.give(order("1", at_ms=NOW + late_ms))
    await floor.round()
    again = PanicMemory(floor.desk, lambda *_: None)
    await again.round([node.pulse for node in floor.nodes])
    await floor.desk.at_rest(5)
    assert len(floor.entered()) == 1


async def test_a_second_order_is_entered_beside_the_first_and_gives_the_reason(floor: Floor) -> None:
    for node in floor.nodes:
        await node.room.give(order("1"))
    await floor.round()
    for node in floor.nodes:
        await node.room.give(replace(order("2", at_ms=NOW + 600_000), who="boss", reason="fraud"))
    await floor.round()
    await floor.round()
    entered = [(its.who, its.action, its.after["reason"]) for its in reversed(floor.desk.catalog.audit.list("panic"))]
    assert entered == [("noc", "drop", "loops"), ("boss", "drop", "fraud")]
    assert floor.alarms["panic vendor kestrel"].startswith("vendor kestrel is dropped by boss: fraud;")
    [shown] = orders_about(floor.desk, PartnerId("kestrel"), ())
    assert (shown.order.reason, shown.who, shown.since_ms) == ("fraud", "boss", NOW)


async def test_all_that_was_ordered_while_the_desk_was_down_is_entered(floor: Floor) -> None:
    one, _ = floor.nodes
    await one.room.give(order("1"))
    await one.room.give(order("2", lift=True, at_ms=NOW + 5))
    await floor.round()
    assert [action for _, action, _, _ in floor.entered()] == ["drop", "lift"]
    assert floor.alarms.get("panic vendor kestrel", "") == ""


async def test_no_order_hides_behind_the_id_of_another(floor: Floor) -> None:
    one, _ = floor.nodes
    for lift, at_ms in ((False, 0), (True, 5_000), (False, 600_000), (True, 900_000)):
        await one.room.give(order("1", lift=lift, at_ms=NOW + at_ms))
        await floor.round()
    await one.room.give(replace(order("1", at_ms=NOW + 900_000), name="bluewire"))
    await floor.round()
    await floor.round()
    assert [(action, key, at_ms - NOW) for _, action, key, at_ms in floor.entered()] == [
        ("drop", "vendor kestrel", 0),
        ("lift", "vendor kestrel", 5_000),
        ("drop", "vendor kestrel", 600_000),
        ("lift", "vendor kestrel", 900_000),
        ("drop", "vendor bluewire", 900_000),
    ]
    assert not one.room.panic.untold


async def test_a_node_that_was_down_learns_the_lift(floor: Floor) -> None:
    one, was_down = floor.nodes
    await one.room.give(order("1"))
    await floor.round()
    await floor.round()
    await one.room.give(order("2", lift=True, at_ms=NOW + 5))
    await floor.round(one)
    assert was_down.room.panic.in_force()
    await floor.round()
    assert not was_down.room.panic.in_force() and floor.alarms["panic vendor kestrel"] == ""


async def test_with_the_database_away_orders_spread_and_wait_to_be_entered(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = floor.nodes

    def gone(*_: object, **__: Any) -> None:
        raise OSError("no database")

    with monkeypatch.context() as away:
        away.setattr(floor.desk.catalog.audit, "note", gone)
        await one.room.give(order("1"))
        await floor.round()
        await floor.round()
    assert other.room.panic.in_force() and floor.desk.panic.untold and one.room.panic.untold
    await asyncio.sleep(0)
    await floor.round()
    await floor.round()
    assert len(floor.entered()) == 1 and not one.room.panic.untold

"""What the desk does about machines: an alarm for one that is away, and its shards where the settings want them."""

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from ray.exceptions import RaySystemError

from actors.desk import machines
from actors.desk.cluster import ClusterService
from actors.desk.core import Desk
from actors.desk.machines import FIRST_WAIT_S, MOVING, Machines
from actors.desk.placing import order
from domain.errors import InputError, NotFoundError
from domain.placement import Orders
from domain.settings import Settings
from protos import cluster_pb2 as pb
from tests.actors.desk.clusters import NAMES, TWO, of_two_machines

NOBODY: Any = None
"""Who asks: nobody in particular."""

BOTH = {"first": "10.0.0.1", "second": "10.0.0.2"}
ALONE = {"first": "10.0.0.1"}


class Gone:
    """A catalog whose database is away, but for the orders where they are given."""

    def __init__(self, placement: object = None) -> None:
        self._placement = placement

    @property
    def placement(self) -> object:
        return self._placement or self.audit

    @property
    def audit(self) -> object:
        raise psycopg.OperationalError("connection refused")


@dataclass(slots=True)
class Eye:
    """The desk's eye in a test's hands."""

    desk: Desk
    monkeypatch: pytest.MonkeyPatch
    now_s: float = 1000.0
    alarms: dict[str, str] = field(default_factory=dict)
    machines: Machines = field(init=False)

    def __post_init__(self) -> None:
        self.machines = Machines(self.desk, lambda key, text, _: self.alarms.update({key: text}), lambda: self.now_s)

    async def sees(self, found: dict[str, str], after_s: float = 1.0) -> set[str]:
        self.now_s += after_s
        self.monkeypatch.setattr(machines, "present", lambda: dict(found))
        absent = await self.machines.look(NAMES)
        await self.desk.at_rest(10)
        return absent

    def runs_at(self) -> str:
        return self.desk.home.machine_of("shard-1")


@pytest.fixture
def moving(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Eye:
    return Eye(of_two_machines(desk, away="move", away_s=5), monkeypatch)


@pytest.fixture
def patient(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Eye:
    return Eye(of_two_machines(desk, away="wait", away_s=5), monkeypatch)


async def test_who_is_alone_asks_nobody_which_machines_are_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> dict[str, str]:
        raise AssertionError("a cluster of one machine is not asked")

    monkeypatch.setattr(machines, "present", asked)
    assert desk.home.settings == Settings()
    assert await Machines(desk, lambda *_: None).look(["shard-0", "node-0"]) == set()


async def test_actors_of_a_machine_that_is_away_are_waited_for_and_named_in_an_alarm(moving: Eye) -> None:
    assert await moving.sees(BOTH) == set()
    assert moving.alarms["machine second"] == ""
    assert await moving.sees(ALONE) == {"shard-1", "node-1"} == moving.desk.absent
    assert moving.alarms["machine second"] == "machine second is away: shard-1, node-1 waits for it"
    assert await moving.sees(BOTH) == set() == moving.desk.absent
    assert moving.alarms["machine second"] == ""


async def test_a_shard_comes_home_when_its_machine_has_been_away_for_as_long_as_told(moving: Eye) -> None:
    await moving.sees(BOTH)
    await moving.sees(ALONE)
    await moving.sees(ALONE, after_s=4.9)
    assert moving.runs_at() == "second"
    await moving.sees(ALONE, after_s=0.2)
    assert moving.runs_at() == "first"
    assert moving.desk.catalog.placement.get() == moving.desk.home.orders(), "durable, not only said"
    (entry,) = moving.desk.catalog.audit.list("shard")
    assert (entry.action, entry.key) == ("move", "shard-1")


async def test_it_is_ordered_home_once_and_stays_when_the_machine_is_back(moving: Eye) -> None:
    for found in (BOTH, ALONE, ALONE, ALONE, BOTH):
        await moving.sees(found, after_s=6)
    assert moving.desk.home.orders().epoch == 1
    assert moving.runs_at() == "first"


async def test_a_machine_that_comes_and_goes_is_waited_for_anew_each_time(moving: Eye) -> None:
    for _ in range(5):
        await moving.sees(BOTH)
        await moving.sees(ALONE, after_s=3)
        await moving.sees(ALONE, after_s=3)
    assert moving.runs_at() == "second"


async def test_a_machine_that_never_joined_since_the_start_is_given_time_to(moving: Eye) -> None:
    await moving.sees(ALONE)
    await moving.sees(ALONE, after_s=FIRST_WAIT_S - 1)
    assert moving.runs_at() == "second"
    await moving.sees(ALONE, after_s=2)
    assert moving.runs_at() == "first"


async def test_a_database_that_is_away_too_ends_nothing_and_the_shard_comes_home_when_it_is_back(moving: Eye) -> None:
    await moving.sees(BOTH)
    await moving.sees(ALONE)
    catalog = moving.desk.catalog
    moving.desk.catalog = Gone()  # type: ignore[assignment]  # as its pool says it
    assert await moving.sees(ALONE, after_s=6) == {"shard-1", "node-1"}
    assert moving.runs_at() == "second" and "shard-1: the order to run on first waits" in moving.alarms[MOVING]
    moving.desk.catalog = catalog
    await moving.sees(ALONE)
    assert (moving.runs_at(), moving.alarms[MOVING]) == ("first", "")
    assert [entry.key for entry in catalog.audit.list("shard")] == ["shard-1"]


async def test_a_database_that_hangs_makes_the_watch_wait_for_nothing(moving: Eye) -> None:
    await moving.sees(BOTH)
    await moving.sees(ALONE)
    moving.now_s += 6
    async with moving.desk._writing:  # a transaction that takes its time
        for _ in range(3):
            assert await asyncio.wait_for(moving.machines.look(NAMES), 10) == {"shard-1", "node-1"}
        assert moving.runs_at() == "second"
    await moving.sees(ALONE)
    assert moving.runs_at() == "first" and moving.desk.home.orders().epoch == 1, "begun once, and done"


async def test_a_move_is_noted_though_the_database_went_between_the_two(moving: Eye) -> None:
    await moving.sees(BOTH)
    await moving.sees(ALONE)
    catalog = moving.desk.catalog
    moving.desk.catalog = Gone(catalog.placement)  # type: ignore[assignment]
    await moving.sees(ALONE, after_s=6)
    assert moving.runs_at() == "first" and MOVING in moving.alarms and catalog.audit.list("shard") == []
    moving.desk.catalog = catalog
    await moving.sees(ALONE)
    assert moving.alarms[MOVING] == "" and len(catalog.audit.list("shard")) == 1


async def test_the_machines_last_seen_stay_while_ray_does_not_answer(moving: Eye) -> None:
    def gone() -> dict[str, str]:
        raise RaySystemError("no GCS")  # type: ignore[no-untyped-call]  # Ray

    await moving.sees(ALONE)
    moving.monkeypatch.setattr(machines, "present", gone)
    assert await moving.machines.look(NAMES) == {"shard-1", "node-1"}


async def test_shards_wait_for_their_machine_where_the_settings_say_so(patient: Eye) -> None:
    for found in (BOTH, ALONE, ALONE, ALONE):
        await patient.sees(found, after_s=1000)
    assert patient.runs_at() == "second" and patient.desk.home.orders().epoch == 0
    assert "shard-1" in patient.alarms["machine second"]


async def test_an_order_to_a_machine_that_was_taken_out_of_the_settings_counts_no_more_and_can_be_forgotten(
    patient: Eye,
) -> None:
    desk = patient.desk
    await order(desk, partial(Orders.moved, shard="shard-0", machine="second"))
    assert desk.home.machine_of("shard-0") == "second"
    alone = Settings.model_validate({"store": TWO["store"]})
    desk.home = replace(desk.home, settings=alone)
    assert desk.home.machine_of("shard-0") == "first" == desk.home.machine_of("shard-1")
    assert await patient.sees(ALONE) == set()
    assert patient.alarms == {
        "order of shard-0": "shard-0 runs on first: it was ordered to second, which the settings do not name. "
        "`switchboard cluster move shard-0 first` forgets that order"
    }
    service = ClusterService(desk, SimpleNamespace(machines=patient.machines))  # type: ignore[arg-type]
    with pytest.raises(NotFoundError, match=r"the settings name no machine 'second'\. They name first"):
        await service.Move(pb.ShardMove(shard="shard-0", machine="second"), NOBODY)
    changed = await service.Move(pb.ShardMove(shard="shard-0", machine="first"), NOBODY)
    assert changed.what == "shard-0 stays on first: what was ordered of it before is forgotten"
    await patient.sees(ALONE)
    assert not any(patient.alarms.values()) and desk.home.orders().machines == {"shard-0": "first"}
    with pytest.raises(InputError, match="shard-0 runs on first already"):
        await service.Move(pb.ShardMove(shard="shard-0", machine="first"), NOBODY)

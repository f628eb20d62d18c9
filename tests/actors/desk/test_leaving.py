"""A machine that leaves is emptied first: nodes, then shards, as the settings have it."""

from typing import Any

import pytest

from actors.desk import leaving
from actors.desk.core import Desk
from actors.desk.leaving import leave
from domain.errors import InputError
from tests.actors.desk.clusters import Actor, of_two_machines


@pytest.fixture
def actors(monkeypatch: pytest.MonkeyPatch) -> dict[str, Actor]:
    """All actors of two machines; what is stopped is noted in one list, in order."""
    stopped: list[str] = []
    made = {name: Actor(name, stopped=stopped) for name in ("shard-0", "shard-1", "node-0", "node-1")}

    def handle(name: str) -> Any:
        if name not in made:
            raise ValueError(f"no actor {name}")
        return made[name]

    monkeypatch.setattr(leaving, "handle", handle)
    monkeypatch.setattr(leaving, "LOOK_S", 0.001)
    return made


async def test_nodes_finish_before_the_shards_close_their_books(desk: Desk, actors: dict[str, Actor]) -> None:
    of_two_machines(desk, away="wait")
    said = await leave(desk, "second")
    assert said == "second leaves: node-1 answered what was under way; shard-1 wait until it is back"
    assert actors["node-0"].stopped == ["node-1", "shard-1"]
    assert desk.home.machine_of("shard-1") == "second"
    (entry,) = desk.catalog.audit.list("machine")
    assert (entry.action, entry.key) == ("leave", "second")


async def test_shards_move_and_are_waited_for_where_the_settings_say_so(desk: Desk, actors: dict[str, Actor]) -> None:
    of_two_machines(desk, away="move")
    actors["shard-1"].moves = True
    said = await leave(desk, "second")
    assert said == "second leaves: node-1 answered what was under way; shard-1 moved to first"
    assert actors["node-0"].stopped == ["node-1"], "the keeper stops a shard that is to move"
    assert desk.home.machine_of("shard-1") == "first"


async def test_a_shard_that_does_not_come_up_keeps_nobody_for_ever(
    desk: Desk, actors: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    of_two_machines(desk, away="move")
    monkeypatch.setattr(leaving, "MOVE_S", 0.01)
    assert (await leave(desk, "second")).endswith("shard-1 moved to first, shard-1 not answering there yet")


async def test_a_node_that_cannot_be_stopped_keeps_nobody(desk: Desk, actors: dict[str, Actor]) -> None:
    of_two_machines(desk, away="wait")
    actors["node-1"].broken = True
    del actors["shard-1"]
    assert (await leave(desk, "second")).startswith("second leaves")


async def test_the_first_machine_cannot_leave_and_an_unknown_one_leaves_nothing(
    desk: Desk, actors: dict[str, Actor]
) -> None:
    of_two_machines(desk)
    with pytest.raises(InputError, match="first is the first machine"):
        await leave(desk, "first")
    assert await leave(desk, "third") == "third leaves: nothing ran there"
    assert actors["node-0"].stopped == []

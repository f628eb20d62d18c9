"""Shards are moved to where operators ordered them: the former one ends before the next one is made."""

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import ray
import ray.exceptions

from actors.home import Home
from cluster import bring_up
from cluster.bring_up import actors
from cluster.keeper import Keeper
from domain.placement import Orders
from domain.settings import Settings
from store.placement_file import read_orders, write_orders

TWO = Settings.model_validate(
    {
        "cluster": {"address": "10.0.0.1"},
        "store": {"url": "postgresql+psycopg://db/x", "books": 2},
        "shard": [{"name": "shard-1", "machine": "second"}],
    }
)


@dataclass(slots=True)
class Stage:
    """A cluster in which shards end when a test lets them."""

    there: set[str] = field(default_factory=lambda: {"first", "second"})
    ends: bool = True
    breaks: bool = False
    done: list[tuple[str, ...]] = field(default_factory=list)

    def machines(self) -> set[str]:
        return self.there

    def stop(self, shard: str) -> None:
        self.done.append(("stop", shard))

    def end(self, shard: str) -> bool:
        self.done.append(("end", shard))
        return self.ends

    def make(self, shard: str, machine: str) -> None:
        if self.breaks:
            raise ValueError("Ray has no answer")
        self.done.append(("make", shard, machine))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, TWO)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def keeper(home: Home, stage: Stage) -> Keeper:
    return Keeper(home, {"shard-0": "first", "shard-1": "second"}, stage)


def move(home: Home, shard: str, machine: str) -> None:
    write_orders(home.data, read_orders(home.data).moved(shard, machine))


def test_nothing_is_moved_without_an_order(keeper: Keeper, stage: Stage) -> None:
    keeper.look()
    keeper.look()
    assert stage.done == []


def test_a_shard_is_stopped_ended_and_made_anew_once(keeper: Keeper, stage: Stage, home: Home) -> None:
    move(home, "shard-1", "first")
    keeper.look()
    keeper.look()
    assert stage.done == [("stop", "shard-1"), ("end", "shard-1"), ("make", "shard-1", "first")]
    move(home, "shard-1", "second")
    keeper.look()
    assert stage.done[-1] == ("make", "shard-1", "second")


def test_a_shard_whose_machine_is_away_cannot_be_told_to_stop(keeper: Keeper, stage: Stage, home: Home) -> None:
    stage.there = {"first"}
    move(home, "shard-1", "first")
    keeper.look()
    assert stage.done == [("end", "shard-1"), ("make", "shard-1", "first")]


def test_a_shard_that_does_not_end_is_tried_again_and_never_made_twice(
    keeper: Keeper, stage: Stage, home: Home
) -> None:
    stage.ends = False
    move(home, "shard-1", "first")
    keeper.look()
    assert ("make", "shard-1", "first") not in stage.done
    stage.ends = True
    keeper.look()
    keeper.look()
    assert stage.done.count(("make", "shard-1", "first")) == 1


def test_a_shard_that_could_not_be_made_is_made_with_the_next_look(keeper: Keeper, stage: Stage, home: Home) -> None:
    stage.breaks = True
    move(home, "shard-1", "first")
    with pytest.raises(ValueError, match="no answer"):
        keeper.look()
    stage.breaks = False
    keeper.look()
    assert stage.done[-1] == ("make", "shard-1", "first")


def made(home: Home, placed: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Make all actors on a Ray of the test's own; return each with the machine on which it was made."""
    machines: list[tuple[str, str]] = []

    def options(**given: Any) -> SimpleNamespace:
        machines.append((given["name"], next(iter(given["resources"])).removeprefix("at-")))
        return SimpleNamespace(remote=lambda *_: None)

    monkeypatch.setattr(bring_up, "ray", SimpleNamespace(remote=lambda kind: SimpleNamespace(options=options)))
    assert len(list(actors(home, placed))) == len(machines)
    return machines


def test_who_begins_takes_for_done_what_was_ordered_when_shards_were_made(
    home: Home, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_orders(home.data, Orders().moved("shard-1", "first"))
    placed: dict[str, str] = {}
    assert ("shard-1", "first") in made(home, placed, monkeypatch)
    Keeper(home, placed, stage).look()
    assert stage.done == []


def test_an_order_that_came_while_the_actors_started_is_carried_out(
    home: Home, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed: dict[str, str] = {}
    made(home, placed, monkeypatch)
    move(home, "shard-1", "first")
    assert ("shard-1", "second") in made(home, placed, monkeypatch), "the start is repeated while the database is away"
    Keeper(home, placed, stage).look()
    assert stage.done == [("stop", "shard-1"), ("end", "shard-1"), ("make", "shard-1", "first")]


def test_a_shard_that_is_ordered_to_a_machine_that_has_gone_is_stopped_where_it_is(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[str] = []

    def get_actor(name: str, **_: Any) -> SimpleNamespace:
        return SimpleNamespace(stop=SimpleNamespace(remote=lambda: name))

    ours = SimpleNamespace(get_actor=get_actor, get=lambda name, **_: stopped.append(name), exceptions=ray.exceptions)
    monkeypatch.setattr(bring_up, "ray", ours)
    monkeypatch.setattr(bring_up, "present", lambda: {"first": "10.0.0.1"})
    move(home, "shard-0", "second")
    bring_up.stop_actors(home, {"shard-0": "first", "shard-1": "second"})
    assert stopped == ["node-0", "desk", "shard-0"]

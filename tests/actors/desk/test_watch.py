"""The watch tells why an actor does not start, and changes are done though nobody can be told."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import ray
from ray.exceptions import RayTaskError

from actors.desk import core, watch
from actors.desk.core import Desk
from actors.desk.watch import Watch
from actors.pulse import Pulse
from domain.booking import fingerprint
from domain.calls import Leg, LegState
from domain.clock import Clock
from domain.commands import RecordLeg
from domain.errors import StoppedError
from tests.cluster.tasks.places import NOW, a_place
from tests.domain.call_builders import a_leg


async def nothing() -> None:
    """Wait for nothing."""


class Actor:
    """An actor whose methods fail as told, or answer."""

    def __init__(self) -> None:
        self.listens: dict[str, str] = {}
        self.figures: dict[str, float] = {}
        self.waits: Callable[[], Awaitable[object]] = nothing
        self.error: Exception | None = RayTaskError("ping", "", OSError("cannot listen on 127.0.0.1:5060"))  # type: ignore[no-untyped-call]  # Ray

    @property
    def ping(self) -> "Actor":
        return self

    announce = totals = ping

    async def remote(self, *_: object) -> Pulse:
        await self.waits()
        if self.error is not None:
            raise self.error
        return Pulse("node-0", "node", 1, 1, 1.0, listens=self.listens, figures=self.figures)


@pytest.fixture
def actor(monkeypatch: pytest.MonkeyPatch) -> Actor:
    actor = Actor()
    for module in (core, watch):
        monkeypatch.setattr(module, "handle", lambda name: actor)
    return actor


def alarms(watching: Watch) -> dict[str, Any]:
    return {alarm.key: alarm.text for alarm in watching.status().board.alarms}


async def test_a_node_that_was_told_to_stop_is_away_and_does_not_fail_to_start(desk: Desk, actor: Actor) -> None:
    watching = Watch(desk)
    actor.error = RayTaskError("ping", "", StoppedError("node-0 was told to stop"))  # type: ignore[no-untyped-call]  # Ray
    await watching._ping("node-0")
    assert alarms(watching) == {} and watching.pulse("node-0") is None


async def test_very_much_that_waits_for_other_books_is_an_alarm(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "WAITING_MANY", 10)
    watching = Watch(desk)
    for count, told in ((9.0, []), (10.0, ["waiting shard-0"]), (0.0, [])):
        watching._pulses["shard-0"] = Pulse("shard-0", "shard", 1, 1, 1.0, figures={"outbox": count})
        watching._tell_waiting()
        assert list(alarms(watching)) == told


async def test_who_runs_another_program_than_the_desk_is_named_until_it_is_the_same(desk: Desk) -> None:
    watching = Watch(desk)
    for other in (1.0, 0.0):
        watching._pulses["shard-0"] = Pulse("shard-0", "shard", 1, 1, 1.0, figures={"other_program": other})
        watching._tell_other_programs()
        assert [text.split(" run ")[0] for text in alarms(watching).values()] == ["shard-0"] * int(other)


async def test_a_node_that_cannot_listen_is_an_alarm_until_it_can(desk: Desk, actor: Actor) -> None:
    watching = Watch(desk)
    await watching._ping("node-0")
    assert alarms(watching) == {"start node-0": "node-0 does not start: OSError: cannot listen on 127.0.0.1:5060"}
    actor.error = None
    await watching._ping("node-0")
    assert list(alarms(watching)) == ["restart node-0"]


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Whom the watch killed."""
    found: list[object] = []
    monkeypatch.setattr(ray, "kill", lambda actor, no_restart: found.append(actor))
    return found


def impatient(desk: Desk, hang_s: float) -> Watch:
    limits = desk.home.settings.limits.model_copy(update={"hang_s": hang_s})
    desk.home = replace(desk.home, settings=desk.home.settings.model_copy(update={"limits": limits}))
    return Watch(desk)


async def test_who_hangs_is_killed_and_the_next_one_is_given_time_to_start(
    desk: Desk, actor: Actor, killed: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    watching = impatient(desk, 0.01)
    actor.error = None
    await watching._ping("node-0")
    actor.waits = asyncio.Event().wait
    await watching._ping("node-0")
    assert killed == [actor]
    for _ in range(5):
        await watching._ping("node-0")
    assert killed == [actor], "it is starting"
    assert watching.pulse("node-0") is None
    monkeypatch.setattr(watch, "START_S", 0.0)
    await watching._ping("node-0")
    assert killed == [actor, actor], "one that never comes up is replaced too"


def stand_still(seconds: float) -> Callable[[], Awaitable[object]]:
    """Return what stops the whole process, the desk in it, and then never answers."""

    async def wait() -> None:
        time.sleep(seconds)  # noqa: ASYNC251  # the whole process stands still
        await asyncio.Event().wait()

    return wait


async def test_where_the_desk_itself_stood_still_all_are_asked_again_and_nobody_is_killed(
    desk: Desk, actor: Actor, killed: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "SLEPT_S", 0.1)
    watching, names = impatient(desk, 0.01), ("shard-0", "quality-0", "node-0")
    actor.error = None
    for name in names:
        await watching._ping(name)
    actor.waits = stand_still(0.15)
    await asyncio.gather(*(watching._ping(name) for name in names))
    assert killed == [] and all(watching.pulse(name) for name in names)
    actor.waits = asyncio.Event().wait
    await watching._ping("node-0")
    assert killed == [actor], "asked again it does not answer either, and the desk was there to hear"
    actor.waits = nothing
    await watching._ping("shard-0")
    assert "away shard-0" not in alarms(watching)


async def test_a_transaction_that_lasted_while_the_machine_stood_still_kills_no_shard(
    desk: Desk, actor: Actor, killed: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "SLEPT_S", 0.1)
    watching = impatient(desk, 0.01)
    actor.error = None
    await watching._ping("shard-0")

    async def wait() -> None:
        time.sleep(0.15)  # noqa: ASYNC251  # the same

    actor.waits, actor.figures = wait, {"transaction_s": 0.15}
    await watching._ping("shard-0")
    assert killed == []
    actor.waits = nothing
    await watching._ping("shard-0")
    assert killed == [actor], "it lasts, and now the desk was there"


async def test_who_hangs_is_killed_though_the_desk_stands_still_again_and_again(
    desk: Desk, actor: Actor, killed: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "SLEPT_S", 0.01)
    watching = impatient(desk, 0.01)
    actor.error = None
    await watching._ping("node-0")
    actor.waits = stand_still(0.05)
    for _ in range(watch.MOST_AGAIN):
        await watching._ping("node-0")
    assert killed == []
    await watching._ping("node-0")
    assert killed == [actor]


async def test_who_takes_long_to_start_is_not_asked_twice_and_answers_in_the_end(
    desk: Desk, actor: Actor, killed: list[object]
) -> None:
    watching = impatient(desk, 0.01)
    actor.error, slow = None, asyncio.Event()
    asked = []

    async def wait() -> None:
        asked.append(1)
        await slow.wait()

    actor.waits = wait
    await watching._ping("node-0")
    await watching._ping("node-0")
    slow.set()
    await watching._ping("node-0")
    assert (len(asked), killed) == (1, []) and watching.pulse("node-0") is not None


async def test_the_status_lists_all_that_listens_where_it_really_does(desk: Desk, actor: Actor) -> None:
    watching = Watch(desk)
    actor.error, actor.listens = None, {"sip": "127.0.0.1:40000", "enum": "127.0.0.1:8053"}
    await watching._ping("node-0")
    told = {(one.owner, one.setting): (one.address, one.listening) for one in watching.status().listeners}
    assert told["desk", "metrics"] == ("127.0.0.1:9464", True)
    assert told["node-0", "sip"] == ("127.0.0.1:40000", True)
    assert told["node-0", "grpc"] == ("127.0.0.1:50052", False)


async def test_a_change_is_done_though_an_actor_fails_when_it_is_told(desk: Desk, actor: Actor) -> None:
    assert await desk.change(lambda catalog, at_ms: "done") == "done"
    assert desk.home.manifest() is not None


def begun_at(at_ms: int) -> Leg:
    return a_leg(f"c{at_ms}", setup_ms=at_ms, connect_ms=at_ms, alert_ms=at_ms, state=LegState.OPEN)


async def test_a_call_whose_end_never_came_is_an_alarm(desk: Desk, actor: Actor, tmp_path: Path) -> None:
    longest_s = desk.home.settings.limits.max_call_s + desk.home.settings.limits.hold_grace_s
    with a_place(tmp_path) as place:
        begun = [begun_at(NOW - age_s * 1000) for age_s in (60, longest_s + 1)]
        place.shard.turn([RecordLeg(leg, fingerprint(leg), b"{}", NOW) for leg in begun])
        watching = Watch(desk)
        actor.error = ValueError("no totals")
        await watching._gather()
        assert alarms(watching) == {"overdue": "1 legs have begun and not ended: see `switchboard cdrs list --open`"}
        ended = replace(begun[1], state=LegState.CLOSED, disconnect_ms=NOW)
        place.shard.turn([RecordLeg(ended, fingerprint(ended), b"{}", NOW)])
        await watching._gather()
        assert alarms(watching) == {}


async def test_silence_counts_from_when_nodes_shards_and_store_were_all_there(desk: Desk, actor: Actor) -> None:
    watching, actor.error = Watch(desk), None
    watching._started_ms, desk.clock = 0, Clock(0, 0)

    def since_ms() -> int:
        return watching.listening_since_ms()

    for name in watching.names():
        watching._pulses[name] = Pulse(name, "any", 1, 1_000, 1.0)
    assert since_ms() == 1_000
    shard = desk.home.placement.shard_names[0]
    watching._pulses[shard] = Pulse(shard, "shard", 2, 5_000, 1.0)
    assert since_ms() == 5_000, "the shard began anew: what was sent meanwhile was not written"
    watching._store.back_ms = 9_000
    assert since_ms() == 9_000, "the database was away"
    now = desk.now_ms()
    desk.away = "the database hangs"
    assert watching.listening_since_ms() >= now
    desk.away = ""
    watching._silent_since[shard] = 1.0
    assert watching.listening_since_ms() >= now

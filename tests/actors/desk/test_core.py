"""The desk's core: what it begins it ends, and in order."""

import asyncio
import threading
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from actors.desk import core
from actors.desk.cdr_import import import_file
from actors.desk.core import Desk
from actors.desk.jobs import JobCancelledError
from actors.refs import UnavailableError
from cluster.tasks.cdr_file import COLUMNS
from domain.clock import Clock
from domain.ids import PlanId, TrunkId
from domain.money import units_of
from store.book_bulk import SegmentDraft
from store.catalog import Catalog
from store.catalog.jobs import JobState
from store.manifest import read_manifest
from tests.cluster.tasks.places import DAY_MS, NOW
from tests.domain.builders import row

PLAN = PlanId("sell")


async def test_a_change_whose_client_is_gone_is_published_before_the_next_begins(desk: Desk) -> None:
    begun, may_end = asyncio.Event(), threading.Event()
    loop, order = asyncio.get_running_loop(), list[str]()

    def first(catalog: Catalog, at_ms: int) -> None:
        loop.call_soon_threadsafe(begun.set)
        may_end.wait(10)
        catalog.codes.enter([], "test", who="ada", at_ms=at_ms)
        order.append("first")

    asked = asyncio.create_task(desk.change(first))
    await begun.wait()
    asked.cancel()
    next_one = asyncio.create_task(desk.change(lambda catalog, at_ms: order.append("second")))
    await asyncio.sleep(0)
    may_end.set()
    await next_one
    assert asked.cancelled()
    assert order == ["first", "second"]
    assert read_manifest(desk.home.snapshots) == desk.home.manifest() is not None
    await desk.at_rest(1)
    assert not desk._running


async def test_the_start_waits_for_no_plan_that_is_published(desk: Desk) -> None:
    await desk.open()
    first = desk.home.manifest()
    assert first is not None and desk.world is not None
    desk.clock, desk.world = Clock(NOW + 3 * DAY_MS, 0, 0.0), None
    await desk.open()
    assert desk.home.manifest() == first
    assert _price(desk, NOW) == units_of("0.1")


async def test_a_dated_rate_is_found_when_its_day_comes_though_nobody_changes_anything(desk: Desk) -> None:
    later = NOW + 20 * DAY_MS
    rates = [row("254", "0.05", valid_from_ms=later)]
    await desk.change(lambda catalog, at_ms: catalog.plans.add_rates(PLAN, rates, who="ada", at_ms=at_ms))
    assert _price(desk, later) is None
    desk.clock = Clock(later - DAY_MS, 0, 0.0)
    await desk.publish()
    assert _price(desk, later) == units_of("0.05")
    once = desk.home.manifest()
    await desk.publish()
    assert desk.home.manifest() == once


async def test_an_import_whose_client_is_gone_goes_to_its_end_and_leaves_no_stages(desk: Desk) -> None:
    steps = import_file(desk, "day.csv", _rows(), dry_run=True)
    assert (await anext(steps)).step == "read, attribute, rate"
    await steps.aclose()
    desk.tasks.may_go_on.set()  # type: ignore[attr-defined]  # Here
    await desk.at_rest(10)
    assert not desk.importing and not desk._running
    assert list((desk.home.data / "staging").iterdir()) == []


async def test_a_cancelled_import_takes_no_more_blocks(desk: Desk) -> None:
    steps = import_file(desk, "day.csv", _rows(), dry_run=False)
    await anext(steps)
    [job] = desk.catalog.jobs.list()
    assert (job.kind, job.step, job.state) == ("import", "day.csv", JobState.RUNNING)
    desk.catalog.jobs.cancel(job.id, who="ada", at_ms=NOW)
    desk.tasks.may_go_on.set()  # type: ignore[attr-defined]  # Here
    with pytest.raises(JobCancelledError):
        [step async for step in steps]
    assert desk.catalog.jobs.get(job.id).state is JobState.CANCELLED
    assert list((desk.home.data / "staging").iterdir()) == []


async def test_an_import_that_fails_leaves_no_stages(desk: Desk) -> None:
    desk.tasks.may_go_on.set()  # type: ignore[attr-defined]  # Here
    with pytest.raises(ValueError, match="no actor"):
        [step async for step in import_file(desk, "day.csv", _rows(), dry_run=False)]
    assert list((desk.home.data / "staging").iterdir()) == []
    assert not desk.importing


class Shards:
    """Shards of two books by name: one answers and has nothing to seal, the other one hangs."""

    def __init__(self, hanging: str) -> None:
        self.hanging, self.asked = hanging, list[str]()

    def __call__(self, name: str) -> Any:
        async def answer(*_: object) -> int:
            if name == self.hanging:
                await asyncio.sleep(3600)
            self.asked.append(name)
            return 0

        method = SimpleNamespace(remote=answer)
        return SimpleNamespace(ping=method, stop_waiting=method, forget=method)


async def test_a_shard_that_is_away_keeps_no_other_book_from_being_sealed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shards = Shards("shard-0")
    two = desk.home.settings.store.model_copy(update={"books": 2})
    desk.home = replace(desk.home, settings=desk.home.settings.model_copy(update={"store": two}))
    monkeypatch.setattr(core, "handle", shards)
    monkeypatch.setattr(core, "ASK_WAIT_S", 0.05)

    async def nothing(book: int) -> list[SegmentDraft]:
        return []

    monkeypatch.setattr(desk.tasks, "draft_segments", nothing, raising=False)
    with pytest.raises(UnavailableError, match="shard-0 does not answer"):
        await asyncio.wait_for(desk.seal(), 10)
    assert set(shards.asked) == {"shard-1"}
    desk.absent = {"shard-1"}
    shards.hanging = ""
    with pytest.raises(UnavailableError, match="the machine of shard-1 is away"):
        await desk.seal()


def _price(desk: Desk, at_ms: int) -> int | None:
    assert desk.world is not None
    found = desk.world.plans[PLAN].rates_at("254722000111", at_ms)
    return found.rows[0].terms.next_price if found else None


def _rows() -> bytes:
    given = {"switch": "gw", "call_id": "abc1 1 2 3", "side": "client", "session_id": "s1", "b": "447911123456"}
    return (",".join(COLUMNS) + "\n" + ",".join(given.get(name, "") for name in COLUMNS) + "\n").encode()


async def test_who_did_not_hear_of_a_change_is_told_again_until_it_has(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, heard = desk.home.settings.node[0].name, list[int]()

    class Told:
        async def announce(self) -> int:
            heard.append(1)
            return 7

    class Ref:
        announce = type("Method", (), {"remote": staticmethod(lambda: Told().announce())})

    await desk.change(lambda catalog, at_ms: None)
    await desk.tell_again()
    assert not desk.versions, "nobody is there yet"
    monkeypatch.setattr("actors.desk.core.handle", lambda name: Ref())
    await desk.tell_again()
    await desk.tell_again()
    assert desk.versions[node] == 7 and len(heard) == len(desk.home.placement.shard_names) + 1, "each once"


async def test_calls_are_counted_anew_when_a_trunk_begins_to_sell_another_product(desk: Desk) -> None:
    await desk.publish()
    trunk = desk.catalog.trunks.get(TrunkId("orbita-in"))

    async def sells(product: str) -> bool:
        desk.quality_stale.clear()
        await desk.change(
            lambda catalog, at_ms: catalog.trunks.change(
                replace(trunk, options=replace(trunk.options, product=product)), who="ada", at_ms=at_ms
            )
        )
        return desk.quality_stale.is_set()

    assert await sells("gold")
    assert not await sells("gold")
    assert await sells("")

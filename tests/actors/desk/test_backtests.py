"""Back-tests asked of the desk: what it answers, how it is told how far they are, and how they are called off."""

import asyncio
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from typing import Any

import polars as pl
import pytest

from actors.desk import core, shards, watch
from actors.desk.backtests import BacktestsService
from actors.desk.core import Desk
from actors.desk.jobs import JobCancelledError
from actors.home import Home
from actors.sheet_work import CHANGES
from cluster.tasks import RayTasks
from domain.clock import Clock
from domain.errors import InputError, NotFoundError
from domain.ids import PartnerId, PlanId
from domain.limits import Limit, LimitId
from domain.money import units_of
from domain.policies.policy import Policy
from domain.rates import ANY_TIME
from domain.sheet_frames.columns import TERMS
from domain.sheets.steps import SheetState
from protos import backtests_pb2 as pb
from store.catalog import Catalog
from store.catalog.jobs import JobState
from store.sheets.folder import SheetFolder
from tests.actors.desk.conftest import nobody
from tests.cluster.tasks.octobers import enter_demo, load
from tests.cluster.tasks.places import BY, NOW, Place, a_place
from tests.domain.builders import ms
from tests.store.catalog.builders import a_sheet

OCTOBER: dict[str, Any] = {"from_ms": ms(2026, 10, 30), "until_ms": ms(2026, 11, 1)}
NOBODY: Any = None


class OneByOne(RayTasks):
    """Parts in a thread, one at a time, without Ray; each waits until it may go on."""

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.home, self.places, self.may_go_on = home, asyncio.Semaphore(1), asyncio.Event()
        self.begun: list[str] = []
        self.part_begun = asyncio.Event()
        self.may_go_on.set()

    async def _run(self, module: str, function: str, *args: object) -> Any:
        async with self.places:
            self.begun.append(function)
            work = getattr(import_module(f"cluster.tasks.{module}"), function)
            found = await asyncio.to_thread(work, self.home, *args)
            if function == "backtest_part":
                self.part_begun.set()
                await self.may_go_on.wait()
            return found


@pytest.fixture(scope="module")
def october(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A data folder with the last day of the demo's October, and two policies."""
    folder = tmp_path_factory.mktemp("october")
    catalog = Catalog.open(f"sqlite:///{folder / 'catalog.db'}")
    enter_demo(catalog)
    catalog.policies.set(Policy("cheapest", order="price"), **BY)
    catalog.policies.set(Policy("proved", keep="attestation = 'A'"), **BY)
    catalog.policies.set(Policy("shared", split="by if attestation = 'A' then 2 else 1"), **BY)
    with a_place(folder, directory=catalog.directory()) as place:
        load(place, ["2026-10-31"])
        place.seal()
        yield place
    catalog.close()


@pytest.fixture
def desk(october: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for module in (core, shards, watch):
        monkeypatch.setattr(module, "handle", nobody)
    catalog = Catalog.open(october.home.catalog_url())
    made = Desk(october.home, catalog, OneByOne(october.home), None)  # type: ignore[arg-type]  # no book is asked
    made.clock = Clock(NOW, 0, 0.0)
    yield made
    catalog.close()


async def steps_of(desk: Desk, **query: Any) -> list[pb.BacktestStep]:
    return [step async for step in BacktestsService(desk).Run(pb.BacktestQuery(**(OCTOBER | query)), NOBODY)]


async def test_a_result_says_both_sides_of_money_vendors_and_clients(desk: Desk) -> None:
    *steps, last = await steps_of(desk, order="real_cost", against="cheapest")
    assert (
        {step.total for step in steps} <= {0, 4}
        and steps[0].what == "cutting"
        and last.done == 4
        and not any(step.HasField("result") for step in steps)
    )
    found = last.result
    assert found.words == "order 'real_cost' instead of policy cheapest v1"
    saved = found.money.cost.units - found.money.cost_now.units
    assert saved > 0 and found.money.margin_now.units - found.money.margin.units == saved
    assert (found.parts, found.sample_bp, found.unknown, found.moves_total) == (2, 10_000, 0, 1)
    move = found.moves[0]
    assert (move.then, move.now, move.refused) == ("bluewire", "kestrel", "")
    assert saved == move.answered // 10 * units_of("0.0042")
    assert [one.client for one in found.clients if one.moved] == ["callwell"]
    assert {one.vendor for one in found.vendors} == {"bluewire", "kestrel", "nordlink", "savanna"}
    assert found.calls == sum(one.calls for one in found.vendors) == sum(one.calls_now for one in found.vendors)
    job = desk.catalog.jobs.get(last.job)
    assert (job.state, job.args["what"]) == (JobState.DONE, found.words)


async def test_who_finds_no_room_is_told_with_whom_has_the_call_then(desk: Desk) -> None:
    """Kestrel takes two calls at once to the UK: those beyond go on to Bluewire, where most of them were."""
    limit = Limit(LimitId("few"), vendor=PartnerId("kestrel"), code="447", max_calls=2)
    desk.catalog.limits.add(limit, **BY)
    try:
        *steps, last = await steps_of(desk, order="real_cost", against="cheapest")
    finally:
        desk.catalog.limits.remove(limit.id, **BY)
    assert [step.what for step in steps][-1] == "following calls" and not any(step.HasField("result") for step in steps)
    found, free = last.result, (await steps_of(desk, order="real_cost", against="cheapest"))[-1].result
    assert not free.overflow
    spilt = {(one.first, one.now): one for one in found.overflow}
    assert spilt.keys() == {("kestrel", "bluewire"), ("kestrel", "")}, "Bluewire had failed those who are nobody's"
    assert spilt["kestrel", "bluewire"].calls > 100 and spilt["kestrel", ""].money.revenue_now.units == 0
    for name in ("revenue", "cost", "margin"):
        before, after = (
            sum(getattr(one.money, side).units for one in spilt.values()) for side in (name, f"{name}_now")
        )
        assert getattr(found.money, f"{name}_now").units - getattr(free.money, f"{name}_now").units == after - before
    calls = {one.vendor: one.calls_now for one in found.vendors}
    without = {one.vendor: one.calls_now for one in free.vendors}
    assert without["kestrel"] - calls["kestrel"] == sum(one.calls for one in spilt.values())
    assert calls["bluewire"] - without["bluewire"] == spilt["kestrel", "bluewire"].calls


def offered(desk: Desk, price: str, state: SheetState = SheetState.CHECKED) -> int:
    """Receive a sheet of Kestrel's that has one price, and bring it to a state."""
    row = {"code": "447", "rate_type": ANY_TIME, "origin": "", "kind": "decrease", "asked_ms": NOW, "until_ms": None,
           "blocked": False, **dict.fromkeys(TERMS, 0), "first_s": 1, "next_s": 1,
           "first_price": units_of(price), "next_price": units_of(price)}  # fmt: skip
    sheet = a_sheet(desk.catalog, "kestrel-buy", f"{price}.csv")
    changes = BytesIO()
    pl.DataFrame([row], schema_overrides={**TERMS, "until_ms": pl.Int64}).write_parquet(changes)
    SheetFolder(desk.home.data).keep(sheet, {CHANGES: changes.getvalue()})
    desk.catalog.sheets.move(sheet, state, **BY)
    return sheet


async def test_a_sheet_that_waits_is_tried_as_if_it_held(desk: Desk) -> None:
    """As its price would be, at which Kestrel is cheaper than Bluewire; it stays as it is, and so does the plan."""
    sheet, version = offered(desk, "0.0234"), desk.catalog.plans.get(PlanId("kestrel-buy")).version
    both: dict[str, Any] = {"order": "price", "against_order": "price"}
    found, priced = [
        (await steps_of(desk, **both, rates=[{"plan": "kestrel-buy", **its}]))[-1].result
        for its in ({"sheet": sheet}, {"code": "447", "price": "0.0234"})
    ]
    assert [(move.then, move.now) for move in found.moves] == [("bluewire", "kestrel")]
    assert found.money == priced.money and found.money.cost_now.units < found.money.cost.units
    assert "plan kestrel-buy by a sheet" in found.words
    assert desk.catalog.sheets.get(sheet).state is SheetState.CHECKED
    assert desk.catalog.plans.get(PlanId("kestrel-buy")).version == version


async def test_a_sheet_that_is_not_compared_or_of_another_plan_is_not_tried(desk: Desk) -> None:
    asking, of_kestrel = offered(desk, "0.0200", SheetState.ASKING), offered(desk, "0.0210")
    with pytest.raises(InputError, match="not compared with its plan"):
        await steps_of(desk, rates=[{"plan": "kestrel-buy", "sheet": asking}])
    with pytest.raises(InputError, match="it is of plan kestrel-buy"):
        await steps_of(desk, rates=[{"plan": "bluewire-buy", "sheet": of_kestrel}])
    with pytest.raises(InputError, match="two sheets are given"):
        await steps_of(desk, rates=[{"plan": "kestrel-buy", "sheet": of_kestrel}] * 2)


async def test_a_cancelled_back_test_begins_no_further_part(desk: Desk) -> None:
    tasks = desk.tasks
    assert isinstance(tasks, OneByOne)
    tasks.may_go_on.clear()
    asking = BacktestsService(desk).Run(pb.BacktestQuery(**OCTOBER, policy="cheapest"), NOBODY)
    step = await anext(asking)
    await desk.jobs.cancel(step.job)
    with pytest.raises(JobCancelledError):
        async for _ in asking:
            pass
    assert tasks.begun.count("backtest_part") <= 1
    assert desk.catalog.jobs.get(step.job).state is JobState.CANCELLED


async def test_who_goes_away_calls_it_off(desk: Desk) -> None:
    tasks = desk.tasks
    assert isinstance(tasks, OneByOne)
    tasks.may_go_on.clear()

    async def listen() -> None:
        await steps_of(desk, policy="cheapest")

    listening = asyncio.create_task(listen())
    await tasks.part_begun.wait()
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    assert tasks.begun.count("backtest_part") == 1


@pytest.mark.parametrize(
    ("query", "error", "says"),
    [
        ({}, InputError, "neither a policy nor rates are named"),
        ({"policy": "none"}, NotFoundError, "no policy 'none'"),
        ({"policy": "cheapest", "order": "price"}, InputError, "a name and a formula"),
        ({"order": "prise"}, InputError, "'prise' in column 1 is no figure"),
        ({"policy": "cheapest", "against_order": "asr +"}, InputError, "column"),
        ({"policy": "proved"}, InputError, "attestation"),
        ({"policy": "shared"}, InputError, "attestation"),
        ({"policy": "cheapest", "client": "nobody"}, NotFoundError, "no partner 'nobody'"),
        ({"policy": "cheapest", "until_ms": OCTOBER["from_ms"]}, InputError, "the period is empty"),
        ({"policy": "cheapest", "from_ms": 0}, InputError, "longer than 400 days"),
        ({"policy": "cheapest", "sample_bp": 10_001}, InputError, "more than all calls"),
        ({"policy": "cheapest", "quality": "soon"}, InputError, "no way to know quality. Give one of then, now"),
        ({"policy": "cheapest", "from_ms": ms(2026, 9, 1), "until_ms": ms(2026, 9, 2)}, InputError, "no calls in the"),
        ({"rates": [{"plan": "none", "code": "44", "price": "1"}]}, NotFoundError, "there is no plan"),
        ({"rates": [{"plan": "kestrel-buy", "code": "4x", "price": "1"}]}, InputError, "'4x' is no code"),
        ({"rates": [{"plan": "kestrel-buy", "code": "44", "price": "-1"}]}, InputError, "-1 is no price"),
        ({"rates": [{"plan": "kestrel-buy", "sheet": 77}]}, NotFoundError, "sheet"),
        ({"plans": [{"partner": "kestrel", "side": "buy", "plan": "orbita-sell"}]}, InputError, "it is a sell plan"),
        ({"plans": [{"partner": "nobody", "side": "buy", "plan": "kestrel-buy"}]}, NotFoundError, "no partner"),
    ],
)
async def test_what_cannot_be_tried_is_said(
    desk: Desk, query: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        await steps_of(desk, **query)

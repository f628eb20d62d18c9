"""Work runs as Ray tasks and comes back as values; errors of ours come back as themselves."""

import asyncio
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import ray

from actors.home import Home
from actors.notice_work import ExportOrder
from actors.sheet_work import RowsQuery
from actors.tasks import LegQuery, Tasks, behind
from cluster.tasks import RayTasks
from domain.calls import Parked
from domain.causes import ParkCause
from domain.commands import Park
from domain.errors import InputError, NotFoundError
from domain.ids import CallKey, LegId, PlanId
from domain.notices.form import SheetForm
from domain.quality_refill import Refill
from domain.settings import RaySettings, Settings
from store.backups.take import prune
from store.book import Book
from store.catalog import Catalog
from tests.cluster.tasks.places import BY, NOW
from tests.domain.builders import rules

GOLD = PlanId("gold")
UNREADABLE = Parked(b"p", CallKey(b"k"), LegId(b"l"), ParkCause.UNREADABLE, "no call id", b"\x04", 0)


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tasks]:
    home = Home(tmp_path_factory.mktemp("data"), Settings(ray=RaySettings(workers=1)))
    catalog = Catalog.open(home.catalog_url())
    catalog.plans.add(rules(plan=GOLD), "sell", **BY)
    catalog.close()
    with ray.init(address="local", num_cpus=1, object_store_memory=100 * 2**20, include_dashboard=False):
        yield pickle.loads(pickle.dumps(RayTasks(home)))


def let_go(pipe: Path) -> None:
    """Let who reads a pipe go on, when there is one; it finds nothing in it."""
    os.close(os.open(pipe, os.O_WRONLY))


def test_live_actors_that_hold_the_tasks_do_not_load_polars() -> None:
    said = "import sys; import cluster.tasks; print('polars' in sys.modules)"
    root = Path(__file__).parents[3]
    told = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, cwd=root, check=True)
    assert told.stdout.strip() == "False"


@pytest.mark.live
async def test_each_kind_of_work_answers(tasks: Tasks, tmp_path: Path) -> None:
    assert await tasks.find_legs(LegQuery()) == ([], 0)
    assert await tasks.draft_segments(0) == []
    assert await tasks.traffic(0, 1) == []
    assert (await tasks.proof()).charged == {}
    assert await tasks.quality_refill(0) == Refill()
    assert await tasks.replay([UNREADABLE], 0) == [Park(UNREADABLE, unpark=b"p")]
    assert await tasks.sheet_files("x.csv", b"Code,Rate\n44,0.1\n") == [("x.csv", b"Code,Rate\n44,0.1\n")]


@pytest.mark.live
async def test_what_goes_on_behind_gives_its_place_to_who_waits_and_begins_anew(tasks: Tasks, tmp_path: Path) -> None:
    told = tmp_path / "told.parquet"
    os.mkfifo(told)  # reading it takes until somebody writes it
    with behind():
        counting = asyncio.create_task(tasks.due_sum(ExportOrder(GOLD, SheetForm(), NOW, told=told)))
    await asyncio.sleep(0)  # it has the only place
    assert await asyncio.wait_for(tasks.find_legs(LegQuery()), 60) == ([], 0)
    assert not counting.done()
    await asyncio.wait_for(asyncio.to_thread(let_go, told), 60)
    with pytest.raises(NotFoundError, match="cannot be read"):
        await asyncio.wait_for(counting, 60)
    assert await asyncio.wait_for(tasks.find_legs(LegQuery()), 60) == ([], 0), "its place is free again"


@pytest.mark.live
async def test_what_takes_a_moment_leaves_what_goes_on_behind_alone(tasks: Tasks, tmp_path: Path) -> None:
    told = tmp_path / "told.parquet"
    os.mkfifo(told)
    with behind():
        counting = asyncio.create_task(tasks.due_sum(ExportOrder(GOLD, SheetForm(), NOW, told=told)))
    await asyncio.sleep(0)  # it has the only place
    part = tmp_path / "changes.parquet"
    pl.DataFrame({"code": ["44", "254"]}).write_parquet(part)
    for _ in range(3):
        page = await asyncio.wait_for(tasks.sheet_rows(RowsQuery(part, code="25")), 60)
        assert (page.rows, page.total) == ((("254",),), 1)
    with pytest.raises(NotFoundError, match="has no none yet"):
        await tasks.sheet_rows(RowsQuery(tmp_path / "none.parquet"))
    assert not counting.done()
    await asyncio.wait_for(asyncio.to_thread(let_go, told), 60)  # who reads it is the one who began
    with pytest.raises(NotFoundError, match="cannot be read"):
        await asyncio.wait_for(counting, 60)


@pytest.mark.live
async def test_a_plain_sheet_waits_for_no_place(tasks: Tasks, tmp_path: Path) -> None:
    pipe = tmp_path / "told.parquet"
    os.mkfifo(pipe)
    counting = asyncio.create_task(tasks.due_sum(ExportOrder(GOLD, SheetForm(), NOW, told=pipe)))
    await asyncio.sleep(0)
    assert await asyncio.wait_for(tasks.sheet_files("x.csv", b"44,0.1\n"), 60) == [("x.csv", b"44,0.1\n")]
    assert not counting.done(), "a person waits for that: it keeps its place"
    await asyncio.wait_for(asyncio.to_thread(let_go, pipe), 60)
    with pytest.raises(NotFoundError):
        await counting


@pytest.mark.live
async def test_an_error_of_ours_comes_out_as_itself(tasks: Tasks, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("nothing\n")
    with pytest.raises(InputError) as caught:
        await tasks.stage_cdrs(path, 0)
    assert type(caught.value) is InputError
    assert str(caught.value).startswith("calls.csv: no column is named switch")


@pytest.mark.live
async def test_seeding_tells_its_progress_while_it_runs(tasks: Tasks) -> None:
    steps: asyncio.Queue[tuple[int, int, str]] = asyncio.Queue()
    codes = await tasks.seed_codes(steps)
    assert len(codes) > 10_000 and steps.qsize() > 200


@pytest.mark.live
async def test_a_backup_that_is_given_up_has_let_go_of_its_place(tasks: RayTasks, tmp_path: Path) -> None:
    home = tasks._home
    Book.open("", home.books, 0).close()
    for number in range(2_000):
        (home.data / f"sheet-{number}.csv").write_bytes(b"44,0.0294\n")
    steps: asyncio.Queue[tuple[int, int, str]] = asyncio.Queue()
    taking = asyncio.create_task(tasks.back_up(tmp_path / "place", 1, steps))
    await asyncio.wait_for(steps.get(), 60)
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    prune(tmp_path / "place", 1, "any")  # it would say that another backup is being written there
    assert [path.name for path in (tmp_path / "place").iterdir()] == [".lock"]

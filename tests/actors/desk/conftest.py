"""A desk over a catalog, alone: its shards and nodes are all down."""

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from actors.desk import core, shards, watch
from actors.desk.core import Desk
from actors.home import Home
from actors.ported_work import PortedBuilt, PortedOrder
from actors.rerate_work import Booked, CountOrder, ListedPage, ListedQuery, TableQuery
from actors.route_work import ArmsCount, ArmsOrder, PastAnswer, PastOrder
from actors.tasks import FoundLeg, LegQuery, StagedFile, UserBillQuery, UserCut
from cluster.tasks import RayTasks
from cluster.tasks.canary_arms import count_arms
from cluster.tasks.cdr_staging import stage_cdrs
from cluster.tasks.end_users import user_bill
from cluster.tasks.leg_search import find_legs
from cluster.tasks.past_call import decide_past
from cluster.tasks.ported import build_ported
from cluster.tasks.rerating import count_rerating
from cluster.tasks.rerating_late import booked_since
from cluster.tasks.rerating_list import rerating_calls, rerating_table
from cluster.tasks.route_table import lcr_table
from cluster.tasks.segments import sealed_legs
from domain.clock import Clock
from domain.ids import TrunkId
from domain.lcr_table import LcrRow
from domain.quality_board import QualityBoard
from domain.reratings import Counted
from domain.settings import Settings
from store.catalog import Catalog
from tests.cluster.tasks.places import BY, NOW, a_catalog


class Here(RayTasks):
    """Staging, which waits until it may go on, looking for legs and counting them without Ray."""

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.home = home
        self.may_go_on = asyncio.Event()

    async def stage_cdrs(self, path: Path, now_ms: int, switch: str = "") -> StagedFile:
        staged = await asyncio.to_thread(stage_cdrs, self.home, path, now_ms, switch)
        await self.may_go_on.wait()
        return staged

    async def build_ported(self, order: PortedOrder) -> PortedBuilt:
        return await asyncio.to_thread(build_ported, self.home, order)

    async def user_bill(self, query: UserBillQuery) -> UserCut:
        return await asyncio.to_thread(user_bill, self.home, query)

    async def sealed_legs(self, column: str, value: str) -> int:
        return await asyncio.to_thread(sealed_legs, self.home, column, value)

    async def count_rerating(self, order: CountOrder) -> Counted:
        return await asyncio.to_thread(count_rerating, self.home, order)

    async def booked_since(self, seqs: Mapping[int, int]) -> Booked:
        return await asyncio.to_thread(booked_since, self.home, seqs)

    async def rerating_calls(self, query: ListedQuery) -> ListedPage:
        return await asyncio.to_thread(rerating_calls, self.home, query)

    async def rerating_table(self, query: TableQuery) -> bytes:
        return await asyncio.to_thread(rerating_table, self.home, query)

    async def lcr_table(
        self, trunk: TrunkId, text: str, most: int, board: QualityBoard, at_ms: int
    ) -> tuple[list[LcrRow], int]:
        return await asyncio.to_thread(lcr_table, self.home, trunk, text, most, board, at_ms)

    async def count_arms(self, order: ArmsOrder) -> ArmsCount:
        return await asyncio.to_thread(count_arms, self.home, order)

    async def decide_past(self, order: PastOrder) -> PastAnswer:
        return await asyncio.to_thread(decide_past, self.home, order)

    async def find_legs(self, query: LegQuery) -> tuple[list[FoundLeg], int]:
        return await asyncio.to_thread(find_legs, self.home, query)


def nobody(name: str) -> Any:
    raise ValueError(f"no actor {name}")


@pytest.fixture(scope="session")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog whose plans were all looked at, to be copied: looking takes a transaction for each."""
    path = tmp_path_factory.mktemp("looked-at") / "catalog.db"
    catalog = a_catalog(f"sqlite:///{path}")
    for unseen in catalog.reratings.unseen():
        catalog.reratings.seen(unseen, None, **BY)
    catalog.close()
    return path


@pytest.fixture
def desk(tmp_path: Path, looked_at: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk whose shards and nodes are all down."""
    for module in (core, shards, watch):
        monkeypatch.setattr(module, "handle", nobody)
    home = Home(tmp_path, Settings())
    shutil.copy(looked_at, home.catalog_url().removeprefix("sqlite:///"))
    catalog = Catalog.open(home.catalog_url())
    made = Desk(home, catalog, Here(home), None)  # type: ignore[arg-type]  # no book is asked
    made.clock = Clock(NOW, 0, 0.0)
    yield made
    catalog.close()

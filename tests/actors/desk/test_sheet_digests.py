"""Sheets at work when something comes between: the store is away, an analyst gives one up, many come at once."""

import asyncio
import sqlite3
import threading

import pytest

from actors.desk.core import Desk
from actors.desk.sheet_digests import Digests
from actors.desk.sheet_intake import SheetIntake
from actors.desk.sheets import SheetsService
from actors.sheet_work import Digest, DigestOrder, DigestStep
from domain.errors import ConflictError
from domain.sheets.corrections import Corrected, Correction
from domain.sheets.steps import SheetState
from protos import sheets_pb2 as pb
from tests.actors.desk.test_sheets import NOBODY, SHEET, Digesting, rested, sent
from tests.cluster.tasks.places import BY


class Counting(Digesting):
    """Digestion that knows how many it did at once, and in all."""

    now = most = total = 0

    async def digest_sheet(self, order: DigestOrder, steps: "asyncio.Queue[DigestStep]") -> Digest:
        self.now, self.total = self.now + 1, self.total + 1
        self.most = max(self.most, self.now)
        try:
            return await super().digest_sheet(order, steps)
        finally:
            self.now -= 1


@pytest.fixture
def tasks(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Counting:
    monkeypatch.setattr("actors.desk.sheet_digests.os.cpu_count", lambda: 2)
    monkeypatch.setattr("actors.desk.sheet_digests.AGAIN_S", 0.05, raising=False)
    (desk.home.data / "snapshots").mkdir(exist_ok=True)
    desk.tasks = tasks = Counting(desk.home)
    return tasks


@pytest.fixture
def digests(desk: Desk, tasks: Counting) -> Digests:
    return Digests(desk)


@pytest.fixture
def service(desk: Desk, digests: Digests) -> SheetsService:
    return SheetsService(desk, digests)


def order(desk: Desk, statement: str) -> None:
    with sqlite3.connect(desk.home.catalog_url().removeprefix("sqlite:///"), timeout=10) as database:
        database.execute(statement)


def away(desk: Desk, when: str) -> None:
    """Let the database fail as one whose disk is full."""
    order(desk, f"create trigger away before {when} begin select raise(abort, 'database or disk is full'); end")


def back(desk: Desk) -> None:
    order(desk, "drop trigger away")


async def test_what_was_read_is_kept_when_the_store_is_back(desk: Desk, service: SheetsService) -> None:
    away(desk, "update on sheet when new.state <> 'working'")
    sheet = await sent(service)
    await asyncio.sleep(1.5)
    assert desk.catalog.sheets.get(sheet).state is SheetState.WORKING
    back(desk)
    await desk.at_rest(20)
    assert desk.catalog.sheets.get(sheet).state is SheetState.CHECKED


async def test_a_sheet_that_the_store_kept_from_being_read_is_read_when_it_is_back(
    desk: Desk, service: SheetsService, digests: Digests
) -> None:
    away(desk, "insert on job")
    sheet = await sent(service)
    await desk.at_rest(20)
    back(desk)
    assert desk.catalog.sheets.get(sheet).state is SheetState.WORKING
    intake = SheetIntake(desk, digests, lambda key, text, severity: None)
    await intake.resume()
    assert not digests.has_begun(sheet), "it may have come just now"
    await intake.resume()
    await desk.at_rest(20)
    assert desk.catalog.sheets.get(sheet).state is SheetState.CHECKED


async def test_of_two_analysts_at_once_one_is_refused_and_nothing_of_his_is_kept(
    desk: Desk, service: SheetsService
) -> None:
    sheet = await sent(service)
    await rested(service, sheet)
    verdict = pb.SheetVerdict(id=sheet, what="accept", check="R28", comment="agreed")
    answers = await asyncio.gather(*(service.Decide(verdict, NOBODY) for _ in range(2)), return_exceptions=True)
    (refused,) = (one for one in answers if isinstance(one, BaseException))
    assert isinstance(refused, ConflictError) and "being read just now" in str(refused)
    await desk.at_rest(20)
    assert len(desk.catalog.sheets.corrections(sheet)) == 1
    assert desk.catalog.sheets.get(sheet).state is SheetState.CHECKED


async def test_a_sheet_that_waits_for_its_turn_may_be_cancelled(
    desk: Desk, service: SheetsService, digests: Digests, tasks: Counting
) -> None:
    tasks.held = threading.Event()
    first, second = await sent(service), await sent(service, SHEET.replace("0.03", "0.031"))
    await asyncio.sleep(0.2)
    assert "is cancelled" in (await service.Cancel(pb.SheetRef(id=second), NOBODY)).what
    tasks.held.set()
    await desk.at_rest(20)
    assert [desk.catalog.sheets.get(one).state.value for one in (first, second)] == ["checked", "cancelled"]
    assert (tasks.total, digests.folder.parts(second)) == (1, set())
    assert digests.folder.raw(second)


async def test_a_sheet_cancelled_before_it_is_a_job_is_not_read(
    desk: Desk, service: SheetsService, digests: Digests, tasks: Counting
) -> None:
    sheet = await sent(service)
    await rested(service, sheet)
    assert digests.folder.parts(sheet)
    desk.catalog.sheets.correct(sheet, [Corrected(Correction.DROP, row=2)], **BY)
    digests.begin(sheet)
    await service.Cancel(pb.SheetRef(id=sheet), NOBODY)
    await service.Cancel(pb.SheetRef(id=sheet), NOBODY)
    await desk.at_rest(20)
    assert desk.catalog.sheets.get(sheet).state is SheetState.CANCELLED
    assert (tasks.total, digests.folder.parts(sheet)) == (1, set()), "what was read before goes too"
    assert digests.folder.raw(sheet)


async def test_what_is_read_of_a_sheet_that_is_cancelled_behind_its_back_is_removed(
    desk: Desk, service: SheetsService, digests: Digests, tasks: Counting
) -> None:
    tasks.held = threading.Event()
    sheet = await sent(service)
    await asyncio.sleep(0.2)
    desk.catalog.sheets.move(sheet, SheetState.CANCELLED, **BY)
    tasks.held.set()
    await desk.at_rest(20)
    assert desk.catalog.sheets.get(sheet).state is SheetState.CANCELLED
    assert digests.folder.parts(sheet) == set()


async def test_sheets_are_read_one_by_one_where_there_are_two_cores(
    desk: Desk, service: SheetsService, tasks: Counting
) -> None:
    sheets = [await sent(service, SHEET.replace("0.03", f"0.03{number}")) for number in range(3)]
    assert [(await rested(service, one)).state for one in sheets] == ["checked"] * 3
    assert (tasks.most, tasks.total) == (1, 3)

"""The desk's retries over two books: which records they take, in which order, what they answer."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from actors.desk import core
from actors.desk import retry as retries
from actors.desk.core import Desk
from actors.desk.retry import retry, retry_late
from actors.home import Home
from actors.refs import LocalBook, LocalBooks
from actors.shard import Shard
from actors.tasks import BooksProof
from cluster.tasks import RayTasks
from cluster.tasks.leg_sums import proof
from cluster.tasks.replay import replay
from domain.attribution import DirectoryIndex
from domain.booking import fingerprint
from domain.calls import CallReport, Leg, Parked, ReportKind, Side
from domain.causes import ParkCause
from domain.charging import charge_report, report_to_json
from domain.clock import Clock
from domain.commands import Command, Park, RecordLeg, Reply
from domain.errors import InputError, NotFoundError
from domain.ids import SwitchId
from domain.parking import Retried
from domain.settings import Settings, StoreSettings
from domain.world import World
from protos import operators_pb2 as pb
from store.book import Book
from store.catalog import Catalog
from tests.actors.builders import assert_true
from tests.cluster.tasks.places import DAY_MS, NOW, a_catalog, world_of_catalog
from tests.cluster.tasks.test_replay import a_report
from tests.domain.call_builders import directory


class Here(RayTasks):
    """The same work without Ray."""

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.home = home

    async def proof(self) -> BooksProof:
        return await asyncio.to_thread(proof, self.home)

    async def replay(self, parked: list[Parked], now_ms: int) -> list[Retried]:
        return await asyncio.to_thread(replay, self.home, parked, now_ms)


class Office:
    """A desk over two books in this process, and the world of its nodes."""

    def __init__(self, folder: Path) -> None:
        home = Home(folder, Settings(store=StoreSettings(books=2)))
        home.books.mkdir()
        a_catalog(home.catalog_url()).close()
        catalog = Catalog.open(home.catalog_url())
        self.world = world_of_catalog(catalog)
        self.shards = [self._shard(home, number) for number in (0, 1)]
        books = [LocalBook(partial(_turn, shard)) for shard in self.shards]
        self.desk = Desk(home, catalog, Here(home), LocalBooks(home.placement, books))  # type: ignore[arg-type]  # twins
        self.desk.clock = Clock(NOW, 0, 0.0)

    @staticmethod
    def _shard(home: Home, number: int) -> Shard:
        shard = Shard(Book.open("", home.books, number), directory(), home.hold_times(), home.placement)
        shard.recover()
        return shard

    def blind(self) -> World:
        """The world without trunks."""
        return replace(self.world, index=DirectoryIndex(replace(self.world.index.directory, trunks={})))

    def report(self, *reports: CallReport, world: World | None = None) -> None:
        for report in reports:
            charged = charge_report(report, world or self.world)
            home = self.shards[self.desk.home.placement.book_of_call(charged.call_key)]
            if isinstance(charged, Leg):
                told = RecordLeg(charged, fingerprint(charged), report_to_json(report), report.received_ms)
                home.turn([told])
            else:
                home.turn([Park(charged)])

    def parked(self) -> list[Parked]:
        return retries._queued(self.desk, (-1, b""), [*ParkCause])

    def charges(self) -> list[int]:
        rows = [row for shard in self.shards for row in shard.book.driver.query("SELECT charge FROM leg")]
        return sorted(row[0] for row in rows)


def _turn(shard: Shard, commands: Sequence[Command]) -> Sequence[Reply]:
    return shard.turn(commands)[0]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = Office(tmp_path)
    yield opened
    assert_true(*opened.shards)
    for shard in opened.shards:
        shard.book.close()
    opened.desk.catalog.close()


async def test_all_that_was_mended_is_charged_and_the_rest_is_told_by_cause(office: Office) -> None:
    office.report(*(a_report(f"call-{n}", came=n) for n in range(12)), world=office.blind())
    office.report(a_report("c9", called="33612345678"), world=office.blind())
    told = await retry(office.desk, pb.RetryRequest())
    assert told == pb.RetryReport(retried=13, charged=12, still_parked=1, causes={"no-rate": 1})
    assert [record.cause for record in office.parked()] == [ParkCause.NO_RATE]
    assert office.charges() == [3_000_000] * 12
    assert {len(shard.book.driver.query("SELECT 1 FROM leg")) > 0 for shard in office.shards} == {True}


async def test_long_queues_are_answered_page_by_page_in_the_order_of_arrival(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "MOST", 2)
    ends = [a_report("c1", came=1), a_report("c1", came=3, duration_ms=30_000), a_report("c2", came=2)]
    office.report(*ends, world=office.blind())
    first = await retry(office.desk, pb.RetryRequest())
    assert (first.charged, bool(first.next)) == (2, True)
    assert await retry(office.desk, pb.RetryRequest(after=first.next)) == pb.RetryReport(retried=1, differing=1)
    assert [record.cause for record in office.parked()] == [ParkCause.DIFFERS]
    assert office.charges() == [3_000_000] * 2  # of two ends the first one stands


async def test_a_start_that_is_mended_brings_its_end_along_which_nobody_asked_for(office: Office) -> None:
    office.desk.world = office.world
    said: dict[str, Any] = {"switch": SwitchId("km"), "setup_ms": None, "side": Side.VENDOR, "duration_ms": None}
    stop = a_report(connect_ms=None, came=1, **said)
    start = a_report(kind=ReportKind.START, disconnect_ms=None, came=2, **said)
    office.report(stop, start, world=office.blind())
    told = await retry(office.desk, pb.RetryRequest(cause="vendor-not-identified"))
    assert told == pb.RetryReport(retried=2, charged=2)
    assert office.parked() == []
    assert len(office.charges()) == 1 and office.charges()[0] > 0


async def test_the_named_ones_are_retried_and_no_others(office: Office) -> None:
    office.report(a_report("c1"), a_report("c2"), world=office.blind())
    first, second = office.parked()
    assert (await retry(office.desk, pb.RetryRequest(park_ids=[first.park_id]))).charged == 1
    assert office.parked() == [second]
    with pytest.raises(NotFoundError, match=first.park_id.hex()):
        await retry(office.desk, pb.RetryRequest(park_ids=[first.park_id]))


async def test_a_cause_is_asked_for_and_those_for_a_person_are_refused(office: Office) -> None:
    office.report(a_report("c1"), world=office.blind())
    assert (await retry(office.desk, pb.RetryRequest(cause="no-rate"))).retried == 0
    assert (await retry(office.desk, pb.RetryRequest(cause="unknown-trunk"))).charged == 1
    for request in (
        pb.RetryRequest(cause="differs-from-first-report"),
        pb.RetryRequest(cause="sloth"),
        pb.RetryRequest(after="here"),
        pb.RetryRequest(park_ids=[b"%d" % n for n in range(201)]),
    ):
        with pytest.raises(InputError):
            await retry(office.desk, request)


async def test_the_desk_takes_late_reports_alone(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "MOST", 2)
    late = [a_report(f"c{n}", days=5, came=n) for n in range(5)]
    for shard in office.shards:
        shard.book.sealed_days.add(NOW // DAY_MS - 5)  # others of that day are sealed
    office.report(*late, late[0])
    office.report(a_report("c9"), world=office.blind())
    assert office.charges() == []
    await retry_late(office.desk)
    assert [record.cause for record in office.parked()] == [ParkCause.NO_TRUNK]
    assert office.charges() == [3_000_000] * 5
    assert late[0].connect_ms is not None and late[0].connect_ms < NOW - 5 * DAY_MS


async def test_books_forget_nothing_while_somebody_relies_on_a_look_up(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, forgotten = [5, 5, 3, 0], list[int]()

    class Handle:
        """A shard's, without Ray: it has some ids left to forget."""

        @property
        def forget(self) -> "Handle":
            return self

        async def remote(self, book: int, before_day: int) -> int:
            forgotten.append(left[len(forgotten)])
            return forgotten[-1]

    monkeypatch.setattr(core, "handle", lambda name: Handle())
    async with office.desk.looking_up():
        async with office.desk.looking_up():
            await office.desk._forget(0)
        await office.desk._forget(0)
    assert forgotten == []
    await office.desk._forget(0)
    assert forgotten == left

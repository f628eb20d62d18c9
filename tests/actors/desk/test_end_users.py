"""Operators' end users: files of them, money on top, and bills that stay as they were issued."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from actors.desk import core
from actors.desk.core import Desk
from actors.desk.end_users import EndUsersService
from domain.end_users import EndUser, EndUserStatus
from domain.errors import InputError
from domain.ids import EndUserId, PartnerId
from domain.invoicing import InvoiceSums, invoice_period
from domain.limits import Period
from domain.money import Money
from domain.user_bills import UserUsage
from protos import end_users_pb2 as pb
from protos.operators_pb2 import ImportChunk
from store import publication
from store.tables import EndUserBillRecord
from tests.cluster.tasks.places import BY, DAY_MS, NOW, a_place
from tests.domain.builders import ms
from tests.domain.call_builders import USD, lost, start, stop

NOBODY: Any = None
ORBITA = PartnerId("orbita")


async def imported(service: EndUsersService, text: str, *, dry_run: bool = False) -> pb.EndUserImportReport:
    async def chunks() -> AsyncIterator[ImportChunk]:
        yield ImportChunk(file_name="users.csv", dry_run=dry_run, partner=ORBITA, data=text.encode())

    return await service.Import(chunks(), NOBODY)


@pytest.fixture
def service(desk: Desk) -> EndUsersService:
    return EndUsersService(desk)


async def test_a_file_changes_only_its_columns_and_a_dry_run_says_what_it_will_do(
    desk: Desk, service: EndUsersService
) -> None:
    alice = EndUser(
        EndUserId("alice"), "", ("alice",), status=EndUserStatus.SUSPENDED, max_units=10**9, period=Period.EVER
    )
    desk.catalog.end_users.add(ORBITA, alice, **BY)
    file = "id,user_names,name\nalice,alice,Alice\nbob,alice,Bob\neve,eve\nzoe,zoe,Zoe\n"
    tried = await imported(service, file, dry_run=True)
    assert desk.catalog.end_users.get(ORBITA, alice.id) == alice
    assert await imported(service, file) == tried
    assert (tried.rows, tried.added, tried.changed, tried.wrong) == (4, 1, 1, 2)
    assert [(one.row, one.raw) for one in tried.rejects] == [(3, "bob,alice,Bob"), (4, "eve,eve")]
    told = desk.catalog.audit.list("end-user", str(ORBITA), limit=1)[0].after
    assert told == {"added": 1, "changed": 1, "wrong": 2}, "rows that cannot be read count, too"
    after = desk.catalog.end_users.get(ORBITA, alice.id)
    assert (after.name, after.status, after.max_units, after.period) == (
        "Alice", EndUserStatus.SUSPENDED, 10**9, Period.EVER,
    )  # fmt: skip


async def test_a_top_up_counts_once_by_its_reference_and_without_one_each_time(
    desk: Desk, service: EndUsersService
) -> None:
    desk.catalog.end_users.add(ORBITA, EndUser(EndUserId("card"), "", ("7",), period=Period.EVER), **BY)

    async def top_up(reference: str) -> str:
        asked = pb.EndUserTopUp(partner=ORBITA, id="card", units=5 * 10**8, reference=reference)
        return (await service.TopUp(asked, NOBODY)).what

    assert await top_up("v1") == "end user card of orbita may spend 5.00 USD in all"
    assert await top_up("v1") == "end user card of orbita may spend 5.00 USD in all: this reference is posted already"
    assert [await top_up("") for _ in range(2)][1] == "end user card of orbita may spend 15.00 USD in all"


async def bill(service: EndUsersService, **asked: Any) -> tuple[pb.EndUserBill, list[pb.BilledCall]]:
    day = "2026-10-15"
    given: dict[str, Any] = {"partner": ORBITA, "id": "alice", "first_day": day, "last_day": day, "calls": True}
    made, *more = [part async for part in service.Bill(pb.EndUserBillRequest(**given | asked), NOBODY)]
    return made.bill, [call for part in more for call in part.calls]


async def test_a_bill_waits_for_the_end_of_calls_and_its_list_stays_what_adds_up_to_it(
    service: EndUsersService, tmp_path: Path
) -> None:
    day = ms(2026, 10, 15, 12)
    its: dict[str, Any] = {"setup_ms": day, "connect_ms": day, "end_user": EndUserId("alice")}
    with a_place(tmp_path) as place:
        place.shard.turn([stop("sealed", **its)])
        place.seal()
        place.shard.turn(
            [
                stop("c1", **its),
                start("open", **its),
                start("ours", **its),
                start("bobs", **its | {"end_user": EndUserId("bob")}),
            ]
        )
        place.shard.turn([lost("ours", **its)])
        says = "1 calls of end user alice of orbita in these days have not ended, and 1 were ended by us"
        with pytest.raises(InputError, match=says):
            await bill(service)
        draft, calls = await bill(service, draft=True)
        assert (draft.number, draft.calls, len(calls)) == ("", 3, 3)
        place.shard.turn([replace(stop(call, **its), checked=True) for call in ("open", "ours")])
        issued, calls = await bill(service)
        assert (issued.number, issued.calls, issued.later.units) == ("orbita-2026-U000001", 4, 0)
        assert sum(call.amount.units for call in calls) == issued.total.units > 0
        place.shard.turn([stop("late", **its)])
        place.seal()
        again, same = await bill(service)
        assert same == calls, "the list is of the bill, not of now"
        assert again.later.units > 0
        again.later.units = 0
        assert again == issued
        assert [len(list((tmp_path / "bills").iterdir())), len((await bill(service, draft=True))[1])] == [1, 5]


async def test_a_bill_may_be_issued_over_open_calls_and_one_of_nothing_leaves_no_list(
    service: EndUsersService, tmp_path: Path
) -> None:
    day = ms(2026, 10, 15, 12)
    its: dict[str, Any] = {"setup_ms": day, "connect_ms": day, "end_user": EndUserId("alice")}
    with a_place(tmp_path) as place:
        place.shard.turn([start("open", **its)])
        with pytest.raises(InputError, match="no charged calls"):
            await bill(service, with_open=True)
        assert list((tmp_path / "bills").iterdir()) == []
        place.shard.turn([stop("c1", **its)])
        issued, calls = await bill(service, with_open=True)
        assert (issued.calls, len(calls)) == (1, 1)


async def test_a_bill_that_was_issued_though_the_databases_answer_was_lost_keeps_its_list(
    service: EndUsersService, tmp_path: Path
) -> None:
    day = ms(2026, 10, 15, 12)
    lose = [True]

    def lost_once(session: Session) -> None:
        if lose and any(isinstance(row, EndUserBillRecord) for row in session):
            lose.clear()
            raise ConnectionResetError("the answer to COMMIT is lost")

    event.listen(Session, "after_commit", lost_once)
    try:
        with a_place(tmp_path) as place:
            place.shard.turn([stop("c1", setup_ms=day, connect_ms=day, end_user=EndUserId("alice"))])
            issued, calls = await bill(service)
            assert (issued.number, len(calls), lose) == ("orbita-2026-U000001", 1, [])
            assert await bill(service) == (issued, calls)
    finally:
        event.remove(Session, "after_commit", lost_once)


async def test_a_bill_that_is_refused_when_it_is_counted_leaves_no_list(
    desk: Desk, service: EndUsersService, tmp_path: Path
) -> None:
    day, sums = ms(2026, 10, 15, 12), InvoiceSums((), 0, 0, Money(0, USD), Money(0, USD))
    days = invoice_period(date(2026, 10, 14), date(2026, 10, 16), "UTC")
    with a_place(tmp_path) as place:
        place.shard.turn([stop("c1", setup_ms=day, connect_ms=day, end_user=EndUserId("alice"))])
        desk.catalog.end_user_bills.issue(ORBITA, EndUserId("alice"), days, sums, **BY)
        with pytest.raises(InputError, match="covers part of that period"):
            await bill(service)
    assert list((tmp_path / "bills").iterdir()) == []


async def test_a_prepaid_user_is_shown_without_reading_all_history_and_his_fields_without_any(
    desk: Desk, service: EndUsersService, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    async def user_traffic(partner: str, from_ms: int, to_ms: int, user: str | None = None) -> list[UserUsage]:
        read.append(from_ms)
        return []

    monkeypatch.setattr(desk.tasks, "user_traffic", user_traffic)
    for name, period in (("card", Period.EVER), ("sip", Period.MONTH)):
        user = EndUser(EndUserId(name), "", (name,), max_units=10**8, period=period)
        desk.catalog.end_users.add(ORBITA, user, **BY)
    fields = (await service.Fields(pb.EndUserRef(partner=ORBITA, id="card"), NOBODY)).values
    assert (fields["max_money"], fields["period"], read) == ("1.00", "ever", [])
    card = await service.Show(pb.EndUserRef(partner=ORBITA, id="card"), NOBODY)
    assert (len(read), card.HasField("period"), card.fields["period"]) == (1, False, "ever")
    assert min(read) > NOW - 2 * DAY_MS
    assert (await service.Show(pb.EndUserRef(partner=ORBITA, id="sip"), NOBODY)).HasField("period")


async def test_changes_that_come_together_are_published_together_and_before_they_are_said_to_be_done(
    desk: Desk, service: EndUsersService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "GATHER_S", 0.05)
    published = 0

    def counted(*args: Any, **more: Any) -> Any:
        nonlocal published
        published += 1
        return publication.publish(*args, **more)

    monkeypatch.setattr(core, "publish", counted)

    async def add(name: str) -> bool:
        await service.Add(pb.EndUserFields(partner=ORBITA, id=name, values={"user_names": name}), NOBODY)
        directory = desk.home.directory()
        return directory is not None and directory.end_users[ORBITA].get(EndUserId(name)) is not None

    assert all(await asyncio.gather(*(add(f"u{number}") for number in range(12))))
    assert published < 8
    assert await add("one-more")

"""Operators' end users: files of them, money on top, and bills that stay as they were issued."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.end_users import EndUsersService
from domain.end_users import EndUser, EndUserStatus
from domain.ids import EndUserId, PartnerId
from domain.limits import Period
from protos import end_users_pb2 as pb
from protos.operators_pb2 import ImportChunk
from tests.cluster.tasks.places import BY

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

"""Static entries over gRPC: what is entered comes back with names, the most specific first."""

from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.statics import StaticsService
from domain.directory import Direction, Trunk
from domain.errors import InputError
from domain.ids import TrunkId
from protos.operators_pb2 import Named, PageRequest
from protos.statics_pb2 import StaticEntry
from store.catalog.codes import CodeSeed
from tests.cluster.tasks.places import BY

NOBODY: Any = None


@pytest.fixture
def statics(desk: Desk) -> StaticsService:
    """The service, with a destination and a vendor's trunk."""
    desk.catalog.codes.enter([CodeSeed("2547", "Kenya Mobile", "KE")], "test", **BY)
    vendor = next(one.id for one in desk.catalog.partners.list() if one.id != "orbita")
    desk.catalog.trunks.add(Trunk(TrunkId("its-out"), vendor, Direction.OUT, "its.example"), **BY)
    return StaticsService(desk)


async def test_what_is_entered_is_listed_the_most_specific_first(statics: StaticsService, desk: Desk) -> None:
    entries = [
        StaticEntry(id="all", place="last", trunk="its-out", priority=2, weight=1),
        StaticEntry(id="there", place="never", destination="Kenya Mobile", priority=1, weight=1),
        StaticEntry(id="code", place="first", code="25471", client="orbita", trunk="its-out", priority=1, weight=60),
    ]
    for entry in entries:
        await statics.Add(entry, NOBODY)
    assert list((await statics.List(PageRequest(), NOBODY)).entries) == entries[::-1]
    found = await statics.List(PageRequest(filter="kenya"), NOBODY)
    assert ([one.id for one in found.entries], found.total) == (["there"], 1)
    assert (await statics.Remove(Named(name="there"), NOBODY)).what == "static entry there removed"
    page = await statics.List(PageRequest(limit=1, offset=1), NOBODY)
    assert ([one.id for one in page.entries], page.total) == (["all"], 2)


async def test_what_is_left_out_is_one(statics: StaticsService) -> None:
    await statics.Add(StaticEntry(id="e", place="any", trunk="its-out", at_most_bp=500), NOBODY)
    [entry] = (await statics.List(PageRequest(), NOBODY)).entries
    assert (entry.priority, entry.weight, entry.at_most_bp) == (1, 1, 500)


async def test_a_place_that_is_none_is_told(statics: StaticsService) -> None:
    with pytest.raises(InputError, match="no place 'middle'"):
        await statics.Add(StaticEntry(id="e", place="middle", trunk="its-out"), NOBODY)
    with pytest.raises(InputError, match="there is no destination 'Kenia Mobile'"):
        await statics.Add(StaticEntry(id="e", place="never", destination="Kenia Mobile"), NOBODY)

"""Static entries over gRPC: what is entered comes back with names, the most specific first."""

from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.statics import StaticsService
from domain.directory import Direction, Trunk
from domain.errors import ConflictError, InputError
from domain.ids import TrunkId
from protos.operators_pb2 import FieldChanges, Named, PageRequest
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


async def test_an_entry_is_changed_field_by_field(statics: StaticsService, desk: Desk) -> None:
    await statics.Add(StaticEntry(id="e", place="first", trunk="its-out", weight=60), NOBODY)
    await statics.Add(StaticEntry(id="other", place="last", client="orbita", trunk="its-out"), NOBODY)
    values = {"weight": "40", "destination": "kenya mobile", "at_most": "12.5"}
    said = (await statics.Set(FieldChanges(id="e", values=values), NOBODY)).what
    assert said == ("static entry e: destination Kenya Mobile (was none), weight 40 (was 60), at_most 12.5 (was none)")
    assert (await statics.Set(FieldChanges(id="e", values={"weight": "40"}), NOBODY)).what.endswith("is so already")
    cleared = {"destination": "", "at_most": "", "code": "254"}
    await statics.Set(FieldChanges(id="e", values=cleared), NOBODY)
    [first, *_] = (await statics.List(PageRequest(), NOBODY)).entries
    assert (first.id, first.code, first.destination, first.HasField("at_most_bp")) == ("e", "254", "", False)
    for wrong, words in (
        ({"wait": "1"}, "there is no field 'wait'"),
        ({"at_most": "100"}, "none that can be kept"),
        ({"trunk": ""}, "any vendor cannot be first"),
        ({"client": "orbita", "code": ""}, "entry other is about the same routes"),
    ):
        with pytest.raises((InputError, ConflictError), match=words):
            await statics.Set(FieldChanges(id="e", values=wrong), NOBODY)
    [change, *_] = desk.catalog.audit.list("static", limit=1)
    assert (change.action, change.before["weight"], change.after["code"]) == ("set", 40, "254")

"""While one shard is away the others' figures are shown, its own are unset and never zero, and it is named."""

from collections.abc import Iterator
from typing import Any

import pytest

from actors.desk import shards
from actors.desk.cluster import ClusterService
from actors.desk.core import Desk
from actors.desk.end_users import EndUsersService
from actors.desk.limits import LimitsService
from actors.desk.partners import PartnersService
from actors.desk.watch import Watch
from actors.pulse import Pulse
from domain.end_users import EndUser
from domain.ids import EndUserId, PartnerId
from domain.limits import Limit, LimitId
from domain.placement import Orders
from protos import end_users_pb2
from protos import operators_pb2 as pb
from store.placement_file import write_orders
from tests.actors.desk.two_shards import TwoShards, of_two_shards
from tests.cluster.tasks.places import BY, NOW
from tests.domain.call_builders import ask, paid

NOBODY: Any = None
SINCE = NOW - 60_000
EVERY = pb.PageRequest()


@pytest.fixture
def two(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoShards]:
    """Orbita and bluewire live in shard-0, which answers; all others in shard-1, which is away."""
    for name, named in (("orbita-calls", "orbita"), ("naked-calls", "naked")):
        desk.catalog.limits.add(Limit(LimitId(name), client=PartnerId(named), max_calls=9), **BY)
    desk.catalog.limits.add(Limit(LimitId("kestrel-calls"), vendor=PartnerId("kestrel"), max_calls=9), **BY)
    for client in ("orbita", "naked"):
        desk.catalog.end_users.add(PartnerId(client), EndUser(EndUserId("alice"), user_names=(client,)), **BY)
    with of_two_shards(desk) as its:
        monkeypatch.setattr(shards, "handle", its.handle)
        its.do("orbita", desk, paid("100"), ask("c1", at_ms=NOW))
        its.actors["shard-1"].away = True
        desk.silent["shard-1"] = SINCE
        yield its


def away(message: Any) -> list[tuple[str, int]]:
    return [(one.shard, one.since_ms) for one in message.away]


async def test_all_partners_are_listed_with_the_balances_that_are_known(desk: Desk, two: TwoShards) -> None:
    listed = {one.partner.id: one for one in (await PartnersService(desk).List(EVERY, NOBODY)).partners}
    assert len(listed) == 5
    assert listed["orbita"].held.units > 0 and listed["orbita"].open_calls == 1 and not listed["orbita"].away
    assert listed["bluewire"].HasField("payable") and listed["bluewire"].open_calls == 0, "it never had any"
    for name in ("naked", "kestrel", "pampas"):
        its = listed[name]
        assert not any(its.HasField(field) for field in ("owed", "held", "available", "payable", "standing"))
        assert not its.HasField("open_calls") and its.HasField("unbilled"), name
        assert away(its) == [("shard-1", SINCE)]


async def test_who_does_not_answer_now_is_away_since_it_was_asked(desk: Desk, two: TwoShards) -> None:
    del desk.silent["shard-1"]
    listed = {one.partner.id: one for one in (await PartnersService(desk).List(EVERY, NOBODY)).partners}
    assert away(listed["naked"]) == [("shard-1", NOW)] and not listed["naked"].HasField("owed")


async def test_a_pinned_partner_may_be_anywhere(desk: Desk, two: TwoShards) -> None:
    away = [shards.Away("shard-1", SINCE)]
    assert shards.needed_for(desk.home.placement, PartnerId("bluewire"), away) == []
    write_orders(desk.home.data, Orders(pins={PartnerId("bluewire"): 0}))
    assert shards.needed_for(desk.home.placement, PartnerId("bluewire"), away) == away


async def test_one_partner_is_shown_with_what_is_known_of_it(desk: Desk, two: TwoShards) -> None:
    await desk.publish()
    service = PartnersService(desk)
    kestrel = await service.Show(pb.Named(name="kestrel"), NOBODY)
    assert not kestrel.HasField("payable") and kestrel.fields and kestrel.trunks
    assert not any(trunk.HasField("open_calls") or trunk.use_known for trunk in kestrel.trunks)
    assert away(kestrel) == [("shard-1", SINCE)]
    orbita = await service.Show(pb.Named(name="orbita"), NOBODY)
    assert orbita.open_calls == 1 and [trunk.open_calls for trunk in orbita.trunks if trunk.trunk == "orbita-in"] == [1]


async def test_limits_are_known_where_their_keeper_answers(desk: Desk, two: TwoShards) -> None:
    await desk.publish()
    listed = {use.limit.id: use for use in (await LimitsService(desk, Watch(desk)).List(EVERY, NOBODY)).limits}
    assert listed["orbita-calls"].open_calls == 1 and not listed["orbita-calls"].away
    assert not listed["naked-calls"].HasField("open_calls") and not listed["naked-calls"].HasField("refused")
    assert not listed["kestrel-calls"].HasField("open_calls"), "all books count it"
    assert listed["kestrel-calls"].refused == 0, "the nodes say that"
    assert away(listed["naked-calls"]) == away(listed["kestrel-calls"]) == [("shard-1", SINCE)]


async def test_end_users_of_a_partner_whose_shard_is_away_use_nobody_knows_what(desk: Desk, two: TwoShards) -> None:
    service = EndUsersService(desk)
    [his] = (await service.List(end_users_pb2.EndUserQuery(partner="orbita"), NOBODY)).users
    [hers] = (await service.List(end_users_pb2.EndUserQuery(partner="naked"), NOBODY)).users
    assert his.use_known and his.open_calls == 0 and not his.away
    assert not hers.use_known and not hers.HasField("open_calls") and away(hers) == [("shard-1", SINCE)]


async def test_the_board_names_who_is_away_and_an_alarm_lasts_until_it_is_back(desk: Desk, two: TwoShards) -> None:
    del desk.silent["shard-1"]
    watch = Watch(desk)
    watch._pulses["shard-1"] = Pulse("shard-1", "shard", 1, 1, 1.0, figures={"open_calls": 7.0})
    watch._pulses["shard-0"] = Pulse("shard-0", "shard", 1, 1, 1.0, figures={"open_calls": 2.0, "partners": 3.0})
    watch._gone("shard-1")
    board = watch.status().board
    assert away(board) == [("shard-1", NOW)]
    assert [alarm.text for alarm in board.alarms] == [
        "shard-1 does not answer: calls of its partners are refused or trusted by their contract"
    ]
    there, gone = (await ClusterService(desk, watch).Show(pb.Empty(), NOBODY)).shards
    assert (there.open_calls, there.partners) == (2, 3)
    assert not gone.HasField("open_calls") and not gone.HasField("partners") and gone.since_ms == NOW

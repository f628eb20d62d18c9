"""What trunks, partners and end users say themselves is shown by name, with its use, as limits of the catalog are."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from actors.desk import shards
from actors.desk.core import Desk
from actors.desk.limits import LimitsService
from actors.desk.watch import Watch
from domain.end_users import EndUser, EndUserList
from domain.errors import InputError, NotFoundError
from domain.ids import EndUserId, PartnerId, TrunkId
from domain.money import units_of
from protos import operators_pb2 as pb
from tests.actors.desk.two_shards import TwoShards, of_two_shards
from tests.cluster.tasks.places import BY, NOW
from tests.domain.call_builders import ask, paid

NOBODY: Any = None
ALICE = EndUser(EndUserId("alice"), user_names=("alice",), max_calls=3, max_units=units_of("5"))


@pytest.fixture
def two(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoShards]:
    catalog = desk.catalog
    for name in ("orbita-in", "kestrel-out"):
        catalog.trunks.change(replace(catalog.trunks.get(TrunkId(name)), max_calls=7), **BY)
    catalog.partners.change(replace(catalog.partners.get(PartnerId("orbita")), max_cps=4), **BY)
    catalog.end_users.add(PartnerId("orbita"), ALICE, **BY)
    with of_two_shards(desk) as its:
        monkeypatch.setattr(shards, "handle", its.handle)
        shard = its.actors["shard-0"].shard
        shard.directory = replace(shard.directory, end_users={PartnerId("orbita"): EndUserList([ALICE])})
        shard.limits.enter(shard.directory, shard.partners)
        its.do("orbita", desk, paid("100"), ask("c1", at_ms=NOW, end_user=ALICE.id, trunk_out=TrunkId("kestrel-out")))
        yield its


async def shown(desk: Desk, name: str) -> pb.LimitUse:
    await desk.load_world()
    return await LimitsService(desk, Watch(desk)).Show(pb.Named(name=name), NOBODY)


async def test_an_incoming_trunk_a_partner_and_an_end_user_are_counted_with_the_holds(
    desk: Desk, two: TwoShards
) -> None:
    for name, field, most in (("trunk orbita-in", "max_calls", 7), ("partner orbita", "max_cps", 4)):
        use = await shown(desk, name)
        assert (use.limit.id, use.open_calls, getattr(use.limit, field), use.hard) == (name, 1, most, True)
    for name in ("orbita/alice", "user orbita/alice"):
        use = await shown(desk, name)
        assert (use.limit.id, use.open_calls, use.limit.max_calls) == ("user orbita/alice", 1, 3)
        assert use.used_units > 0 and use.limit.max_units == units_of("5") and use.period_ms > 0


async def test_an_outgoing_trunk_is_counted_where_it_is_limited(desk: Desk, two: TwoShards) -> None:
    await desk.publish()
    use = await shown(desk, "trunk kestrel-out")
    assert (use.limit.trunk, use.limit.max_calls, use.hard) == ("kestrel-out", 7, False) and use.HasField("open_calls")
    assert not (await shown(desk, "trunk bluewire-out")).HasField("open_calls"), "nobody counts them"


async def test_while_its_shard_is_away_its_use_is_not_known(desk: Desk, two: TwoShards) -> None:
    two.actors["shard-0"].away = True
    for name in ("trunk orbita-in", "partner orbita", "orbita/alice"):
        use = await shown(desk, name)
        assert not use.HasField("open_calls") and [one.shard for one in use.away] == ["shard-0"], name


async def test_who_is_not_there_is_named_and_setting_it_names_the_command(desk: Desk, two: TwoShards) -> None:
    for name in ("trunk nowhere", "partner nobody", "orbita/nobody", "user nobody/alice"):
        with pytest.raises((InputError, NotFoundError), match=r"nowhere|nobody"):
            await shown(desk, name)
    service = LimitsService(desk, Watch(desk))
    with pytest.raises(InputError, match=r"switchboard trunks set orbita-in max_calls"):
        await service.Set(pb.FieldChanges(id="trunk orbita-in", values={"max_calls": "1"}), NOBODY)
    with pytest.raises(InputError, match=r"switchboard end-users set orbita alice max_calls"):
        await service.Remove(pb.Named(name="orbita/alice"), NOBODY)

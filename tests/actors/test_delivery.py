"""Each book is brought what waits for it, whatever becomes of the others."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors import shard_actor
from actors.delivery import Delivery, Items, UnreachableError
from actors.home import Home
from actors.outbox import Outbox
from actors.shard import Shard
from actors.shard_actor import ShardActor
from actors.turn import Turn
from actors.writer import Writer
from domain.calls import Side
from domain.commands import Posting
from domain.errors import StoppedError
from domain.ids import CallKey, PartnerId
from domain.money import Currency
from domain.settings import Settings, StoreSettings
from tests.actors.builders import open_shard

OURS, NEAR, FAR = 0, 1, 2
"""Our two books and that of another shard."""
MOST = 2


def posting(number: int) -> Posting:
    return Posting(PartnerId("orbita"), Side.CLIENT, Currency("USD"), number, CallKey(b""), "", 0)


class Road:
    """Outboxes of two books, and the way to three: to some of them it hangs, or leads nowhere."""

    def __init__(self) -> None:
        self.outboxes = {OURS: Outbox(), NEAR: Outbox()}
        self.came: dict[int, list[int]] = defaultdict(list)
        self.given: dict[int, list[int]] = defaultdict(list)
        """How many parcels each book was given at once, oldest first."""
        self.hangs: set[int] = set()
        self.cut: set[int] = set()
        self.broken = False
        self.free = asyncio.Event()
        self.delivery = Delivery(lambda: self.outboxes, self.carry, self.forget, most=MOST, answer_s=0.1)

    def send(self, to_book: int, *numbers: int, of: int = OURS) -> None:
        self.outboxes[of].update({number: (to_book, posting(number)) for number in numbers})

    async def carry(self, to_book: int, from_book: int, items: Items) -> list[int]:
        self.given[to_book].append(len(items))
        if self.broken:
            raise RuntimeError("a bug")
        if to_book in self.cut:
            raise UnreachableError
        if to_book in self.hangs:
            await self.free.wait()
        numbers = [number for number, _ in items]
        self.came[to_book] += numbers
        return numbers

    async def forget(self, from_book: int, numbers: list[int]) -> None:
        for number in numbers:
            del self.outboxes[from_book][number]

    async def is_empty(self, book: int = OURS, but_for: int | None = None) -> None:
        async with asyncio.timeout(10):
            while any(to_book != but_for for to_book, _ in self.outboxes[book].values()):  # noqa: ASYNC110  as who waits does
                await asyncio.sleep(0.005)


@pytest.fixture
async def road() -> AsyncIterator[Road]:
    made = Road()
    running = asyncio.create_task(made.delivery.run())
    yield made
    running.cancel()
    await asyncio.wait([running])


async def test_what_waits_comes_in_its_order_a_batch_at_a_time(road: Road) -> None:
    road.send(NEAR, 1, 2, 4, 5, 7)
    road.send(FAR, 3, 6)
    road.send(OURS, 1, of=NEAR)
    await road.is_empty()
    await road.is_empty(NEAR)
    assert road.came == {NEAR: [1, 2, 4, 5, 7], FAR: [3, 6], OURS: [1]}
    assert max(road.given[NEAR]) == MOST


@pytest.mark.parametrize("how", ["hangs", "cut"])
async def test_a_book_out_of_reach_holds_up_none_but_what_is_for_it(road: Road, how: str) -> None:
    getattr(road, how).add(FAR)
    road.send(FAR, 1, 2)
    road.send(NEAR, 3, 4, 5)
    await road.is_empty(but_for=FAR)
    road.send(NEAR, 6)
    road.send(OURS, 1, of=NEAR)
    await road.is_empty(but_for=FAR)
    await road.is_empty(NEAR)
    assert road.came == {NEAR: [3, 4, 5, 6], OURS: [1]}
    assert list(road.outboxes[OURS]) == [1, 2], "kept until it is durable there"
    getattr(road, how).clear()
    await road.is_empty()
    assert road.came[FAR] == [1, 2]


async def test_a_book_that_does_not_answer_is_asked_again_with_a_parcel_at_a_time(road: Road) -> None:
    road.hangs.add(FAR)
    road.send(FAR, 1, 2, 3)
    async with asyncio.timeout(10):
        while len(road.given[FAR]) < 3:  # noqa: ASYNC110  as who waits does
            await asyncio.sleep(0.005)
    assert road.given[FAR][:3] == [2, 1, 1]
    road.hangs.clear()
    await road.is_empty()
    assert road.came[FAR] == [1, 2, 3] and road.given[FAR][-1] == 2, "and then with as many as ever"


class Elsewhere:
    """The handle of another shard: it takes what it is given, or never answers."""

    def __init__(self, hangs: bool) -> None:
        self.hangs = hangs

    @property
    def receive(self) -> "Elsewhere":
        return self

    async def remote(self, book: int, from_book: int, items: Items) -> list[int]:
        if self.hangs:
            await asyncio.Event().wait()
        return [number for number, _ in items]


async def test_a_shard_delivers_to_those_that_answer_and_keeps_what_is_for_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard_actor, "handle", lambda name: Elsewhere(hangs=name == f"shard-{FAR}"))
    home = Home(tmp_path, Settings(store=StoreSettings(books=3)))
    actor, shard = ShardActor("shard-0", home), open_shard("", tmp_path, placement=home.placement)
    actor._shards[OURS], actor._writers[OURS] = shard, (writer := Writer(shard, lambda _: None))

    def post(its: Shard) -> None:
        turn = Turn()
        for number, to_book in enumerate((FAR, NEAR)):
            its.send(posting(number), to_book, turn)
        its._commit(turn)

    actor._background = [asyncio.create_task(actor._resend())]
    try:
        for posted in (1, 2, 3):  # the later ones when the first is waited for
            await writer.bulk(post)
            async with asyncio.timeout(10):
                while len(shard.outbox) > posted:  # noqa: ASYNC110  as who waits does
                    await asyncio.sleep(0.005)
            rows = await writer.bulk(lambda its: its.book.driver.query("SELECT to_book FROM outbox"))
            assert [row[0] for row in rows] == [FAR] * posted
    finally:
        await actor.stop()


async def test_a_bug_ends_the_delivery_and_is_not_hidden() -> None:
    road = Road()
    road.broken = True
    road.send(NEAR, 1)
    with pytest.raises(RuntimeError, match="a bug"):
        await asyncio.wait_for(road.delivery.run(), 10)


async def test_a_shard_that_was_told_to_stop_answers_no_ping(tmp_path: Path) -> None:
    actor = ShardActor("shard-0", Home(tmp_path, Settings()))
    await actor.stop()
    with pytest.raises(StoppedError, match="shard-0 was told to stop"):
        await actor.ping()

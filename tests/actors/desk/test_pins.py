"""Pins of partners: an order is durable before the partner moves, and is carried out in the end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from actors.desk.core import Desk
from actors.desk.pins import pin, settle_all
from actors.refs import LocalBook
from domain.commands import Command, Done, MovePartner, Reply
from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import PartnerId
from domain.placement import Orders
from domain.settings import Settings, StoreSettings
from store.catalog import Catalog
from store.placement_file import orders_of, orders_text, read_orders, write_orders

ORBITA = PartnerId("orbita")
ORDERS = Orders().pinned(ORBITA, 2).moved("shard-1", "second")


@pytest.fixture(params=["sqlite", "postgres"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    url = f"sqlite:///{tmp_path}/c.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    its = Catalog.open(url)
    yield its
    its.close()


def test_orders_count_up_and_a_later_one_replaces_an_earlier() -> None:
    assert Orders(2, {ORBITA: 2}, {"shard-1": "second"}) == ORDERS
    assert ORDERS.pinned(ORBITA, 1).pinned(ORBITA, None) == Orders(4, {}, {"shard-1": "second"})


def test_orders_come_out_of_their_file_as_they_went_in(tmp_path: Path) -> None:
    assert read_orders(tmp_path) == Orders()
    write_orders(tmp_path, ORDERS)
    assert read_orders(tmp_path) == ORDERS == orders_of(orders_text(ORDERS))


def test_the_catalog_keeps_the_newest_orders(catalog: Catalog) -> None:
    assert catalog.placement.get() == Orders()
    catalog.placement.put(ORDERS)
    catalog.placement.put(Orders(1))
    assert catalog.placement.get() == ORDERS


@dataclass
class Both:
    """Two books, of which one has orbita: who is asked to move it does so, or is out of reach."""

    desk: Desk
    lives_in: int = 0
    away: bool = False
    moves: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.desk.home = replace(self.desk.home, settings=Settings(store=StoreSettings(books=2)))
        self.desk.books = self  # type: ignore[assignment]  # its twin
        self.placement = self.desk.home.placement

    def of_partner(self, partner: PartnerId) -> LocalBook:
        assert partner == ORBITA
        return LocalBook(None if self.away else self.turn)

    def turn(self, commands: Sequence[Command]) -> list[Reply]:
        (command,) = commands
        assert isinstance(command, MovePartner)
        if command.to_book == self.lives_in:
            return [Done(0)]
        self.lives_in = command.to_book
        self.moves.append(command.to_book)
        return [Done(1)]

    @property
    def pins(self) -> dict[PartnerId, int]:
        return self.desk.home.orders().pins


@pytest.fixture
def both(desk: Desk) -> Both:
    return Both(desk)


async def test_a_pinned_partner_moves_and_one_that_is_unpinned_moves_back(desk: Desk, both: Both) -> None:
    assert await pin(desk, ORBITA, 1) == "partner orbita is pinned to book 1"
    assert (both.lives_in, both.pins) == (1, {ORBITA: 1})
    assert await pin(desk, ORBITA, None) == "partner orbita is back in book 0"
    assert (both.lives_in, both.pins) == (0, {})


async def test_an_order_that_cannot_be_carried_out_yet_is_kept_and_carried_out_later(desk: Desk, both: Both) -> None:
    both.away = True
    assert await pin(desk, ORBITA, 1) == "partner orbita is pinned to book 1; it moves as soon as its book answers"
    assert (both.lives_in, both.pins) == (0, {ORBITA: 1})
    assert desk.catalog.placement.get().pins == {ORBITA: 1}, "durable, though nobody answered"
    await settle_all(desk)
    both.away = False
    await settle_all(desk)
    await settle_all(desk)
    assert (both.lives_in, both.moves) == (1, [1])


async def test_a_partner_on_its_way_home_stays_in_the_orders_until_it_is_there(desk: Desk, both: Both) -> None:
    await pin(desk, ORBITA, 1)
    both.away = True
    await pin(desk, ORBITA, None)
    assert both.pins == {ORBITA: 0}, "else nobody would look for it in its own book"
    both.away = False
    await settle_all(desk)
    assert (both.lives_in, both.pins) == (0, {})


async def test_what_is_no_order_is_refused_and_nothing_is_changed(desk: Desk, both: Both) -> None:
    with pytest.raises(InputError, match=r"there is no book 2.*Books are 0 to 1"):
        await pin(desk, ORBITA, 2)
    with pytest.raises(NotFoundError):
        await pin(desk, PartnerId("nobody"), 1)
    with pytest.raises(ConflictError, match="lives in book 0 already"):
        await pin(desk, ORBITA, None)
    await pin(desk, ORBITA, 1)
    with pytest.raises(ConflictError, match="lives in book 1 already"):
        await pin(desk, ORBITA, 1)
    assert (both.moves, desk.home.orders().epoch) == ([1], 1)

"""Orders about placement: whoever gives them at once, each counts, and file and catalog say the same."""

import asyncio
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest

from actors.desk import placing
from actors.desk.core import Desk
from actors.desk.pins import _at_home
from actors.desk.placing import order, restore
from domain.ids import PartnerId
from domain.placement import Orders
from domain.settings import Settings, StoreSettings
from store.placement_file import read_orders, write_orders

ORBITA, KESTREL = PartnerId("orbita"), PartnerId("kestrel")


@pytest.fixture(autouse=True)
def eight_books(desk: Desk) -> None:
    desk.home = replace(desk.home, settings=Settings(store=StoreSettings(books=8)))
    desk.books = SimpleNamespace(placement=None)  # type: ignore[assignment]  # no book is asked


def both(desk: Desk) -> Orders:
    """Return what is ordered: the file and the catalog have to agree on it."""
    found = read_orders(desk.home.data)
    assert found == desk.catalog.placement.get()
    return found


async def test_orders_that_come_at_once_all_count(desk: Desk) -> None:
    pins = [partial(Orders.pinned, partner=PartnerId(f"p{number}"), book=number) for number in range(8)]
    moves = [partial(Orders.moved, shard=f"shard-{number}", machine="second") for number in range(8)]
    await asyncio.gather(*(order(desk, change) for change in [*pins, *moves]))
    assert both(desk) == Orders(
        16, {PartnerId(f"p{number}"): number for number in range(8)}, {f"shard-{n}": "second" for n in range(8)}
    )


async def test_an_order_whose_file_was_not_written_is_part_of_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(placing, "write_orders", full)
        with pytest.raises(OSError, match="No space"):
            await order(desk, partial(Orders.pinned, partner=ORBITA, book=2))
    await order(desk, partial(Orders.moved, shard="shard-1", machine="second"))
    assert both(desk) == Orders(2, {ORBITA: 2}, {"shard-1": "second"})


async def test_the_catalog_counts_where_the_file_says_something_else(desk: Desk) -> None:
    await order(desk, partial(Orders.pinned, partner=ORBITA, book=2))
    for other in (Orders(), Orders(1, {KESTREL: 1})):
        write_orders(desk.home.data, other)
        await restore(desk)
        assert both(desk) == Orders(1, {ORBITA: 2})


async def test_a_partner_that_was_pinned_elsewhere_while_it_came_home_stays_pinned(desk: Desk) -> None:
    await order(desk, partial(Orders.pinned, partner=ORBITA, book=0))
    pinned = await order(desk, partial(Orders.pinned, partner=ORBITA, book=2))
    await order(desk, partial(_at_home, partner=ORBITA, book=0))
    assert both(desk) == pinned
    await order(desk, partial(_at_home, partner=ORBITA, book=2))
    assert both(desk) == Orders(3)

"""Pins of partners: an order is durable before the partner moves, and is carried out in the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.ids import PartnerId
from domain.placement import Orders
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

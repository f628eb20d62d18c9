"""Several threads, and changes that fail in the middle."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from domain.errors import InputError
from domain.ids import PartnerId
from domain.money import Money
from store.catalog import Catalog
from tests.store.catalog.builders import AT, BY, DAY, partner, rate, with_plan


def test_threads_that_change_together_take_turns(catalog: Catalog) -> None:
    names = [f"p{number}" for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: catalog.partners.add(partner(name), **BY), names))
        invoices = list(
            pool.map(lambda name: catalog.invoices.open(PartnerId(name), AT, AT + DAY, Money.of(1, "USD"), **BY), names)
        )
    assert sorted(invoice.number for invoice in invoices) == [f"main-2026-{number:06d}" for number in range(1, 13)]
    assert len(catalog.partners.list()) == 12


def test_a_change_that_is_refused_leaves_neither_rows_nor_a_trail(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    before = catalog.audit.list()
    with pytest.raises(InputError):
        catalog.plans.add_rates(plan, [rate("44"), rate("bad")], **BY)
    assert catalog.audit.list() == before
    assert catalog.plans.get(plan).version == 1


def test_what_was_committed_is_there_when_it_is_opened_again(catalog_url: str) -> None:
    first = Catalog.open(catalog_url)
    first.partners.add(partner(), **BY)
    first.close()
    again = Catalog.open(catalog_url, may_migrate=False)
    assert [each.id for each in again.partners.list()] == ["orbita"]
    assert again.base_currency == "USD"
    again.close()


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    Catalog.open(f"sqlite:///{tmp_path}/data/catalog.db").close()
    assert (tmp_path / "data" / "catalog.db").stat().st_mode & 0o777 == 0o600

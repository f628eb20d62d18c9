"""The schema: made, brought up to date and checked."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command

from domain.errors import BrokenWorldError, InputError
from store.catalog import Catalog
from store.catalog.engine import open_engine
from store.catalog.schema import alembic_config, current, migrate, newest


def test_migrations_make_exactly_the_tables_of_the_models(catalog_url: str) -> None:
    engine = open_engine(catalog_url)
    with engine.connect() as connection:
        assert current(connection) == newest() is not None
        command.check(alembic_config(connection))  # raises when the models say something else
    engine.dispose()


def test_migrations_can_be_undone_and_done_again(catalog_url: str) -> None:
    engine = open_engine(catalog_url)
    with engine.connect() as connection:
        command.downgrade(alembic_config(connection), "base")
        connection.commit()
        assert current(connection) is None
    migrate(engine)
    with engine.connect() as connection:
        assert current(connection) == newest()
    engine.dispose()


def test_several_that_open_a_new_catalog_together_make_it_once(tmp_path: object, postgres_url: str) -> None:
    for url in (f"sqlite:///{tmp_path}/data/catalog.db", postgres_url):
        with ThreadPoolExecutor(3) as pool:
            opened = list(pool.map(lambda _, url=url: Catalog.open(url), range(3)))
        assert [policy.name for policy in opened[0].policies.list()] == ["default"]
        for catalog in opened:
            catalog.close()


def test_who_may_not_migrate_refuses_another_schema(tmp_path: object) -> None:
    with pytest.raises(BrokenWorldError, match="migrate"):
        Catalog.open(f"sqlite:///{tmp_path}/catalog.db", may_migrate=False)


def test_a_catalog_keeps_its_base_currency(catalog_url: str) -> None:
    with pytest.raises(InputError, match="base currency is USD, not EUR"):
        Catalog.open(catalog_url, base_currency="EUR")


def test_a_catalog_keeps_its_number_of_books(catalog_url: str) -> None:
    for _ in range(2):
        Catalog.open(catalog_url, books=2).close()
    with pytest.raises(InputError, match="kept in 2 books, not 3"):
        Catalog.open(catalog_url, books=3)
    Catalog.open(catalog_url).close()


def test_a_url_of_another_database_is_refused() -> None:
    with pytest.raises(InputError, match="sqlite"):
        Catalog.open("mysql://somewhere/x")

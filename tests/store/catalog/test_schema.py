"""The schema: made, brought up to date and checked."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from sqlalchemy import text

from domain.directory import Directory
from domain.errors import BrokenWorldError, InputError
from domain.ids import PlanId, SwitchId
from domain.users import Role, User
from store.catalog import Catalog
from store.catalog.engine import open_engine
from store.catalog.schema import alembic_config, current, migrate, newest
from tests.store.catalog.builders import AT, BY, DAY, partner, rate, switch, trunk, with_plan
from tests.store.catalog.comparing import prices, put_in, says


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


def test_a_filled_catalog_goes_down_to_its_first_schema_and_up_again_with_all_its_rows(catalog_url: str) -> None:
    catalog = Catalog.open(catalog_url)
    before = filled(catalog)
    catalog.close()
    engine = open_engine(catalog_url)
    with engine.connect() as connection:
        command.downgrade(alembic_config(connection), "0001")
        assert current(connection) == "0001"
        roles = connection.execute(text("SELECT name, role FROM users ORDER BY name")).all()
        assert [tuple(row) for row in roles] == [("bob", "billing"), ("eve", "routing"), ("joe", "viewer")]
        assert connection.execute(text("SELECT switch FROM trunk WHERE id = 'orbita-in'")).scalar() == "gw1"
    migrate(engine)
    with engine.connect() as connection:
        assert current(connection) == newest()
        if engine.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    engine.dispose()
    catalog = Catalog.open(catalog_url)
    assert catalog.directory() == before
    assert len(catalog.plans.rates_for(PlanId("sell-a"), "254722000111", AT + DAY)) == 1
    assert [(user.name, user.role) for user in catalog.users.list()] == [
        ("bob", Role.FINANCE),
        ("eve", Role.OPERATOR),
        ("joe", Role.VIEWER),
    ]
    catalog.close()


def filled(catalog: Catalog) -> Directory:
    """Put in one of each that names others, and return the directory."""
    plan = with_plan(catalog)
    catalog.plans.add_rates(plan, [rate()], **BY)
    catalog.partners.add(partner(sell_plan=plan), **BY)
    catalog.switches.add(switch(), **BY)
    catalog.trunks.add(trunk(switch=SwitchId("gw1"), plan=plan), **BY)
    for name, role in (("bob", Role.FINANCE), ("eve", Role.OPERATOR), ("joe", Role.VIEWER)):
        catalog.users.add(User(name, role), f"{name} and his long token", **BY)
    return catalog.directory()


def test_rates_of_before_their_versions_were_counted_stay_when_a_sheet_over_them_goes(catalog_url: str) -> None:
    catalog = Catalog.open(catalog_url)
    plan = with_plan(catalog)
    for price in (1, 2):
        catalog.plans.add_rates(plan, [rate("44", price), rate("49", price)], **BY)
    before = prices(catalog, plan)
    catalog.close()
    engine = open_engine(catalog_url)
    with engine.connect() as connection:
        command.downgrade(alembic_config(connection), "0005")
    engine.dispose()
    catalog = Catalog.open(catalog_url)
    sheet = put_in(catalog, plan, says("44", 3), says("1", 4))
    assert prices(catalog, plan) != before
    catalog.plan_changes.undo(sheet, **BY)
    assert prices(catalog, plan) == before
    catalog.close()


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

"""A fresh catalog for each test, on both databases: migrated once, then copied (SQLite) or emptied (PostgreSQL)."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from store.catalog import Catalog
from store.tables import CatalogTable
from tests.store.postgres import PostgresServer


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "catalog.db"
    Catalog.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def postgres_catalog_url(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.database() as name:
        Catalog.open(postgres_server.url(name)).close()
        yield postgres_server.url(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        copy = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "catalog.db")
        return f"sqlite:///{copy}"
    url: str = request.getfixturevalue("postgres_catalog_url")
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in reversed(CatalogTable.metadata.sorted_tables):
            connection.execute(table.delete())
    engine.dispose()
    Catalog.open(url).close()
    return url


@pytest.fixture
def catalog(catalog_url: str) -> Iterator[Catalog]:
    opened = Catalog.open(catalog_url)
    yield opened
    opened.close()

"""A fresh catalog for each test, on both databases: migrated once, then copied (SQLite) or renewed (PostgreSQL)."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.catalog import Catalog
from store.catalog.engine import open_engine
from store.tables import CatalogTable
from tests.store.postgres import PostgresServer


class PostgresCatalog:
    """A migrated catalog at `url` that is put back to what it was when it was new.

    Tests share the connections of `engine`: a new one costs the server 20 ms of work until it knows the tables.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        Catalog.open(url).close()
        self.engine = open_engine(url)
        self._tables = CatalogTable.metadata.sorted_tables
        with self.engine.connect() as connection:
            found = {table: connection.execute(table.select()).mappings().all() for table in self._tables}
            self._first = {table: [dict(row) for row in rows] for table, rows in found.items() if rows}

    def renew(self) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(";".join(f"DELETE FROM {table.name}" for table in reversed(self._tables)))
            for table, rows in self._first.items():
                connection.execute(table.insert(), rows)

    def close(self) -> None:
        self.engine.dispose()


@pytest.fixture(scope="session")
def postgres_catalog(postgres_server: PostgresServer) -> Iterator[PostgresCatalog]:
    with postgres_server.database() as name:
        made = PostgresCatalog(postgres_server.url(name))
        yield made
        made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        copy = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "catalog.db")
        return f"sqlite:///{copy}"
    made: PostgresCatalog = request.getfixturevalue("postgres_catalog")
    made.renew()
    return made.url


@pytest.fixture
def catalog(request: pytest.FixtureRequest, catalog_url: str) -> Iterator[Catalog]:
    if catalog_url.startswith("postgresql"):
        yield Catalog(request.getfixturevalue("postgres_catalog").engine)
        return
    opened = Catalog.open(catalog_url)
    yield opened
    opened.close()

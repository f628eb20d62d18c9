"""A migrated catalog, to be copied: migrating takes 80 ms."""

from pathlib import Path

import pytest

from store.catalog import Catalog


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "catalog.db"
    Catalog.open(f"sqlite:///{path}").close()
    return path

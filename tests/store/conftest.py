"""Databases for the tests of the store: one PostgreSQL server per session, one fresh database per test."""

from collections.abc import Iterator

import pytest

from tests.store.postgres import PostgresServer, running_server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """SQLAlchemy URL (postgresql+psycopg://…) of an empty database of the test's own."""
    with postgres_server.database() as name:
        yield postgres_server.url(name)

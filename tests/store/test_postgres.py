"""The PostgreSQL that the other tests use."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from tests.actors.builders import open_shard
from tests.domain.call_builders import ask, start, stop
from tests.store.postgres import PostgresServer


def test_the_server_is_postgresql_18_or_later(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        version = connection.execute(text("SHOW server_version_num")).scalar_one()
    engine.dispose()
    assert int(version) >= 180000


def test_each_database_is_fresh(postgres_server: PostgresServer) -> None:
    for _ in range(2):
        with postgres_server.database() as name:
            engine = create_engine(postgres_server.url(name))
            with engine.begin() as connection:
                connection.execute(text("CREATE TABLE mine (id int)"))
                assert connection.execute(text("SELECT count(*) FROM mine")).scalar_one() == 0
            engine.dispose()


def test_a_connection_left_open_does_not_keep_its_database(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as name:
        engine = create_engine(postgres_server.url(name))
        left = engine.connect()
        left.execute(text("CREATE TABLE mine (id int)"))  # in a transaction that nobody ends
    with pytest.raises(OperationalError):
        left.execute(text("SELECT 1"))
    engine.dispose(close=False)


def test_a_database_is_lent_again_with_nothing_in_it(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as first:
        run(
            postgres_server.url(first),
            "CREATE TABLE mine (id int)",
            "CREATE SCHEMA book_0",
            "CREATE TABLE book_0.leg ()",
        )
    with postgres_server.database() as second:
        left = run(postgres_server.url(second), "SELECT count(*) FROM pg_tables WHERE tablename IN ('mine', 'leg')")
    assert (first, left) == (second, 0)


def test_tables_of_books_are_lent_again_without_rows_unless_they_were_changed(postgres_server: PostgresServer) -> None:
    with postgres_server.database(books=True) as first:
        url = postgres_server.url(first)
        for number in (0, 7):
            shard = open_shard(url, Path(), book=number)
            shard.turn([ask(), start(), stop()])
            shard.book.close()
        run(
            url,
            "UPDATE book_0.book SET value = 99 WHERE name = 'schema'",
            "ALTER TABLE book_7.leg DROP COLUMN alive_ms",
        )
        run(url, "CREATE TABLE mine (id int)")
    with postgres_server.database(books=True) as second:
        left = run(
            postgres_server.url(second), "SELECT count(*) FROM pg_tables WHERE schemaname IN ('book_7', 'public')"
        )
        shard = open_shard(postgres_server.url(second), Path())
        rows = shard.book.driver.query("SELECT (SELECT count(*) FROM leg) + (SELECT count(*) FROM balance)")
        assert (first, left, shard.book.epoch, rows) == (second, 0, 1, [(0,)])
        assert (len(shard.partners), len(shard.outbox)) == (0, 0)
        shard.book.close()


def test_two_never_have_the_same_database(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as one, postgres_server.database() as other:
        assert one != other


def run(url: str, *statements: str) -> int | None:
    """Run statements in one transaction; return the figure that the last one gives."""
    engine = create_engine(url)
    with engine.begin() as connection:
        *_, last = [connection.execute(text(statement)) for statement in statements]
        figure = last.scalar_one() if last.returns_rows else None
    engine.dispose()
    return figure

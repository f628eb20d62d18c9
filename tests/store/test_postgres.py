"""The PostgreSQL that the other tests use."""

from sqlalchemy import create_engine, text

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
        engine.connect()
    with postgres_server.database() as other:
        assert other != name
    engine.dispose(close=False)

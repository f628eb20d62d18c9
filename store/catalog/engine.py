"""How the catalog is reached: an engine for SQLite or PostgreSQL, reading sessions and writing sessions."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, create_pool_from_url, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from domain.errors import InputError
from store.catalog.schema import ADVISORY_LOCK
from store.drivers import patience

BUSY_TIMEOUT_MS = 5000


class Sessions:
    """Short sessions on the catalog, for any thread.

    Invariant: at most one writing session is open at a time, in whatever process: SQLite takes its write lock when
    the transaction begins, PostgreSQL an advisory lock. So what a writer has read holds until it commits.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(catalog_writer=True)
        on_postgres = engine.dialect.name == "postgresql"
        self._reader = engine.execution_options(isolation_level="REPEATABLE READ") if on_postgres else engine

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that sees one state of the catalog and changes nothing."""
        with Session(self._reader) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session that commits at its end; an exception undoes all of it."""
        with Session(self._writer) as session, session.begin():
            if self.engine.dialect.name == "postgresql":
                session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            yield session


def open_engine(url: str) -> Engine:
    """Make the engine for a URL: sqlite:////path/catalog.db or postgresql+psycopg://…  Raises InputError on others."""
    try:
        engine = _made(url)
    except (ArgumentError, ImportError) as error:
        raise InputError(f"{error}", where="catalog", mend="Give sqlite:////path or postgresql+psycopg://…") from error
    if engine.dialect.name == "sqlite":
        if engine.url.database not in (None, "", ":memory:"):
            file = Path(engine.url.database)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)  # it holds the switches' secrets; SQLite gives its other files the same mode
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _begin_sqlite)
    elif engine.dialect.name != "postgresql" or engine.dialect.driver != "psycopg":
        raise InputError(f"{engine.url.drivername} is no catalog", mend="Use sqlite or postgresql+psycopg.")
    return engine


def _made(url: str) -> Engine:
    if url.startswith("sqlite://"):
        return _on_sqlite(url)
    return _on_postgres(url) if url.startswith("postgresql+psycopg://") else create_engine(url)


def _on_sqlite(url: str) -> Engine:
    """Make an engine that knows the statements which engines before it compiled.

    Compiling what the catalog is read with takes longer than reading a small one, and batch tasks open it each time.
    """
    first = _first_sqlite()
    engine = Engine(create_pool_from_url(url), first.dialect, make_url(url))
    engine.update_execution_options(compiled_cache=first._compiled_cache)  # holds 500 statements
    return engine


def _on_postgres(url: str) -> Engine:
    """Make an engine with connections of its own that knows what the first one for the URL has learned."""
    first = _first_postgres(url)
    engine = Engine(first.pool.recreate(), first.dialect, first.url)
    engine.update_execution_options(compiled_cache=first._compiled_cache)
    return engine


@lru_cache(maxsize=8)
def _first_postgres(url: str) -> Engine:
    # a connection that broke while it lay idle is not handed out
    engine = create_engine(url, pool_pre_ping=True, connect_args=patience(url))
    engine.connect().close()  # the dialect learns the server's version from it, before two threads could use it
    engine.dispose()
    return engine


@cache
def _first_sqlite() -> Engine:
    engine = create_engine("sqlite://")
    engine.connect().close()  # the dialect learns the library's version from it
    engine.dispose()
    return engine


def _on_sqlite_connect(connection: Any, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late, and never before DDL
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("catalog_writer", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

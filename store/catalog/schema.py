"""The catalog's schema: brought to the newest version under a lock, or checked that it is."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

import store.migrations
from domain.errors import BrokenWorldError

ADVISORY_LOCK = 0x5357_4342
"""PostgreSQL advisory lock of the catalog's one writer ("SWCB")."""


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest version. Two processes that start together take turns."""
    with _locked(engine) as connection:
        if current(connection) != newest():
            command.upgrade(alembic_config(connection), "head")


def require_newest(engine: Engine) -> None:
    """Raise BrokenWorldError unless the schema is the one that this program was written for."""
    with engine.connect() as connection:
        found = current(connection)
    if found != newest():
        raise BrokenWorldError(f"the catalog's schema is {found}, this program needs {newest()}: stop, migrate, start")


def current(connection: Connection) -> str | None:
    """Return the schema version of the database; None for an empty one."""
    context = MigrationContext.configure(connection, opts={"version_table": "catalog_schema"})
    return context.get_current_revision()


@cache
def newest() -> str | None:
    """Return the schema version of this program."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration; the migrations lie beside the code, wherever it is installed."""
    config = Config()
    config.set_main_option("script_location", str(Path(store.migrations.__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _locked(engine: Engine) -> Iterator[Connection]:
    """Yield a connection under the lock: on PostgreSQL the one that holds it, since each costs the server a process."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
            try:
                yield connection
            finally:
                connection.rollback()  # what failed, and what was only read
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
    elif engine.url.database and engine.url.database != ":memory:":
        with Path(f"{engine.url.database}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with engine.connect() as connection:
                yield connection
    else:
        with engine.connect() as connection:
            yield connection

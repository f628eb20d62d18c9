"""Runs inside Alembic, on the connection that store.catalog.schema put into the configuration; commits its work."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from domain.errors import BrokenWorldError
from store.tables import CatalogTable


def render_item(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Write SQLModel's strings as plain ones, so that a migration needs no import of SQLModel."""
    if kind == "type" and type(item).__name__ == "AutoString":
        return "sa.String()"
    return False


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Open the one transaction of all migrations. Raises BrokenWorldError where it would leave rows without parents.

    SQLite alters a table by copying and dropping it, which the rows that name its rows would forbid: its foreign keys
    are off meanwhile and looked through before the commit. The switch for them does nothing within a transaction,
    so it is thrown on the driver's connection, before SQLAlchemy begins.
    """
    connection.commit()  # whoever called has read the schema's version, and read only
    if connection.dialect.name != "sqlite":
        with connection.begin():
            yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            yield
            if lost := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
                table, _, parent, _ = lost[0]
                raise BrokenWorldError(f"{len(lost)} rows lost what they name, as one of {table} in {parent}")
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


with transaction(context.config.attributes["connection"]):
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=CatalogTable.metadata,
        version_table="catalog_schema",
        include_name=lambda name, kind, _: kind != "table" or name in CatalogTable.metadata.tables,
        render_as_batch=True,  # SQLite alters a table by copying it
        render_item=render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()

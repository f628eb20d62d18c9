"""Runs inside Alembic, on the connection that store.catalog.schema put into the configuration."""

from typing import Any, Literal

from alembic import context

from store.tables import CatalogTable


def render_item(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Write SQLModel's strings as plain ones, so that a migration needs no import of SQLModel."""
    if kind == "type" and type(item).__name__ == "AutoString":
        return "sa.String()"
    return False


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

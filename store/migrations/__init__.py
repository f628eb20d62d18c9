"""Alembic's migrations of the catalog; store.catalog.schema runs them."""

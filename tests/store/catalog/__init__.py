"""Tests of the catalog, on SQLite and on PostgreSQL."""

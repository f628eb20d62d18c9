"""Tests of what outlives a process; catalog and books are tested on SQLite and on a real PostgreSQL."""

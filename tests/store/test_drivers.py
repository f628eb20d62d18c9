"""Both drivers do the same."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import book_schema
from store.drivers import WAL_PAGES, Driver, PostgresDriver, SqliteDriver, open_driver
from tests.domain.call_builders import a_leg
from tests.store.books import staged


@pytest.fixture
def driver(book_url: str, tmp_path: Path) -> Iterator[Driver]:
    driver = open_driver(book_url, tmp_path, 3)
    driver.run(f"CREATE TABLE t (id {driver.int_type} NOT NULL PRIMARY KEY, data {driver.bytes_type}, word TEXT)")
    yield driver
    driver.close()


def test_rows_come_back_as_they_were_written(driver: Driver) -> None:
    rows = [(2**62, b"\x00\xff", "é"), (-1, None, "")]
    driver.run_many("INSERT INTO t VALUES (?, ?, ?)", rows)
    assert sorted(driver.query("SELECT * FROM t WHERE id IN (?, ?)", (-1, 2**62))) == sorted(rows)


def test_a_book_in_a_file_is_read_by_its_owner_only(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        driver = open_driver("", tmp_path / "books", 0)
        driver.run("CREATE TABLE t (id INTEGER)")
    finally:
        os.umask(before)
    paths = [tmp_path / "books", *(tmp_path / "books").iterdir()]
    assert {path.name for path in paths} >= {"books", "book-0.db", "book-0.db-wal", "book-0.lock"}
    assert [path.name for path in paths if path.stat().st_mode & 0o077] == []
    driver.close()


def test_few_commits_wait_until_the_file_has_what_the_log_holds(tmp_path: Path) -> None:
    driver = open_driver("", tmp_path, 0)
    assert isinstance(driver, SqliteDriver)
    driver.run("CREATE TABLE t (data BLOB)")
    file, log = tmp_path / "book-0.db", tmp_path / "book-0.db-wal"
    while file.stat().st_size < 1_000_000:
        waiting = log.stat().st_size
        driver.begin(durable=False)
        driver.run("INSERT INTO t VALUES (?)", (bytes(4_000),))
        driver.commit()
    assert WAL_PAGES * 4_096 * 0.99 < waiting < WAL_PAGES * 4_200, "it was the first commit that copied anything"
    driver.close()
    assert not log.exists()


def test_what_is_rolled_back_never_was(driver: Driver) -> None:
    driver.begin(durable=True)
    assert driver.run("INSERT INTO t VALUES (1, NULL, 'x')") == 1
    driver.rollback()
    driver.begin(durable=False)
    driver.run("INSERT INTO t VALUES (2, NULL, 'y')")
    driver.commit()
    assert driver.query("SELECT id FROM t") == [(2,)]


def test_a_rollback_without_a_transaction_is_nothing(driver: Driver) -> None:
    driver.rollback()
    assert driver.query("SELECT count(*) FROM t") == [(0,)]


def test_books_do_not_see_each_other(driver: Driver, book_url: str, tmp_path: Path) -> None:
    driver.run("INSERT INTO t VALUES (1, NULL, 'x')")
    other = open_driver(book_url, tmp_path, 4)
    other.run("CREATE TABLE t (id INTEGER)")
    assert other.query("SELECT * FROM t") == []
    other.close()


def test_sums_beyond_a_column_are_an_error_never_another_number(driver: Driver) -> None:
    driver.run_many("INSERT INTO t (id) VALUES (?)", [(2**62,), (2**62 + 1,), (2**62 - 1,)])
    if isinstance(driver, PostgresDriver):
        assert driver.query("SELECT sum(id) FROM t") == [(3 * 2**62,)]
    else:
        with pytest.raises(sqlite3.OperationalError, match="overflow"):
            driver.query("SELECT sum(id) FROM t")


def test_a_temporary_look_at_a_staging_file_ends_with_its_transaction(driver: Driver, tmp_path: Path) -> None:
    for statement in book_schema.tables(bytes_type=driver.bytes_type, int_type=driver.int_type):
        driver.run(statement)
    stage = staged(tmp_path / "stage.db", [a_leg("c1"), a_leg("c2")])
    for _ in range(2):
        driver.attach(stage)
        driver.begin(durable=True)
        driver.load_stage(stage)
        assert driver.query("SELECT count(*) FROM stage_leg") == [(2,)]
        assert driver.query("SELECT count(*) FROM stage_parked") == [(0,)]
        driver.commit()
        driver.drop_stage()

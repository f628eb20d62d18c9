"""A book's file gets what the WAL has while commits go on, and nothing is left behind."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from store import checkpoints, drivers
from store.checkpoints import is_safe
from store.drivers import Driver, open_driver

WORD = b"a word that is nowhere else"


@pytest.fixture
def safe(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if this SQLite were one that has its bug mended."""
    monkeypatch.setattr(drivers, "is_safe", lambda: True)


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 6), False),
        ((3, 50, 7), True), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 52, 0), True), ((4, 0, 0), True),
    ],
)  # fmt: skip
def test_a_sqlite_that_may_lose_commits_by_it_copies_in_commits_alone(
    version: tuple[int, int, int], safe: bool
) -> None:
    assert is_safe(version) == safe


def test_a_book_of_such_a_sqlite_has_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drivers, "is_safe", lambda: False)
    before = threading.active_count()
    driver = open_driver("", tmp_path, 0)
    assert threading.active_count() == before
    assert driver.query("PRAGMA wal_autocheckpoint") == [(1_000,)]
    driver.close()


def committed(driver: Driver, data: bytes) -> None:
    driver.begin(durable=False)
    driver.run("INSERT INTO t (data) VALUES (?)", (data,))
    driver.commit()


def is_in(path: Path, word: bytes) -> bool:
    # by another process: to close a file is to give up its locks, for all of this one
    script = "import sys; sys.exit(sys.argv[2].encode() not in open(sys.argv[1], 'rb').read())"
    return subprocess.run([sys.executable, "-c", script, str(path), word.decode()], check=False).returncode == 0


@pytest.mark.usefixtures("safe")
def test_what_was_committed_comes_into_the_file_without_another_commit(tmp_path: Path) -> None:
    driver = open_driver("", tmp_path, 0)
    driver.run("CREATE TABLE t (data BLOB)")
    committed(driver, WORD)
    assert is_in(tmp_path / "book-0.db-wal", WORD)
    until_s = time.monotonic() + 20
    while not is_in(tmp_path / "book-0.db", WORD) and time.monotonic() < until_s:
        time.sleep(0.05)
    assert is_in(tmp_path / "book-0.db", WORD)
    driver.close()


@pytest.mark.usefixtures("safe")
def test_the_wal_of_a_book_that_is_always_written_to_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY_S", 0.02)
    monkeypatch.setattr(drivers, "MOST_PAGES", 50)
    driver = open_driver("", tmp_path, 0)
    driver.run("CREATE TABLE t (data BLOB)")
    for _ in range(2_000):
        committed(driver, bytes(4_000))
    written = 2_000 * 4_000
    assert (tmp_path / "book-0.db-wal").stat().st_size < written / 2, "an earlier part of it is written over"
    assert driver.query("SELECT count(*) FROM t") == [(2_000,)]
    assert driver.query("PRAGMA integrity_check") == [("ok",)]
    driver.close()


@pytest.mark.usefixtures("safe")
def test_a_closed_book_has_neither_a_wal_nor_a_thread(tmp_path: Path) -> None:
    before = threading.active_count()
    driver = open_driver("", tmp_path, 0)
    driver.run("CREATE TABLE t (data BLOB)")
    committed(driver, WORD)
    assert threading.active_count() == before + 1
    driver.close()
    assert threading.active_count() == before
    assert {path.name for path in tmp_path.iterdir()} == {"book-0.db", "book-0.lock"}

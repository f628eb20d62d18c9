"""Which errors pass by themselves: a database that is gone, a disk that is full; and which do not."""

import errno
import pickle
import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from domain.errors import BrokenWorldError, InputError
from store import away as away_module
from store.away import AwayError, away, database_named, disk_of, refused, require_room
from store.book import Book


def test_a_database_that_is_gone_is_away_also_within_other_errors() -> None:
    gone = psycopg.OperationalError("connection refused\nIs the server running?")
    assert away(gone, "db/books") == "the database db/books does not answer (connection refused)"
    assert "does not answer" in away(OperationalError("SELECT 1", {}, gone))
    assert away(pickle.loads(pickle.dumps(AwayError("gone")))) == "gone"


def test_a_full_disk_is_away_and_named(tmp_path: Path) -> None:
    said = away(sqlite3.OperationalError("database or disk is full"), str(tmp_path))
    assert said.startswith(f"the disk {disk_of(tmp_path)} of {tmp_path} is full")
    assert "is full" in away(OSError(errno.ENOSPC, "No space left on device", str(tmp_path)))
    assert away(OSError(errno.ENOENT, "gone")) == ""


def test_a_broken_world_and_wrong_input_are_not_away() -> None:
    for error in (BrokenWorldError("differs"), InputError("no"), sqlite3.OperationalError("no such table: leg"), None):
        assert away(error) == ""


def test_who_is_not_let_in_is_told_so_at_once() -> None:
    assert refused(psycopg.OperationalError('password authentication failed for user "x"'))
    assert not refused(psycopg.OperationalError("connection refused"))


def test_a_database_is_named_without_its_password() -> None:
    assert database_named("postgresql+psycopg://me:hidden@db.example:5432/books") == "db.example:5432/books"
    assert database_named("postgresql+psycopg://me@/books?host=/run/pg") == "/run/pg/books"


def test_a_book_does_not_begin_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_room(tmp_path)
    monkeypatch.setattr(away_module, "ROOM_BYTES", 2**62)
    with pytest.raises(AwayError, match="is full"):
        require_room(tmp_path)


def test_a_book_that_could_not_be_opened_can_be_tried_again_by_the_same_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("store.book_schema.WORDS", "NOT SQL")
        for _ in range(2):
            with pytest.raises(sqlite3.OperationalError):
                Book.open("", tmp_path, 0)
    Book.open("", tmp_path, 0).close()

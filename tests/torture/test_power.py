"""The power cut itself: which transactions it takes from a book, and which it leaves."""

import shutil
from pathlib import Path

import pytest

from cluster.bench.recovery import open_hold
from store.book import Book, Writes
from tests.store.books import calls, holding, opened
from tests.torture.power import cut_power, read_wal

LEGS, HOLDS = "SELECT count(*) FROM leg", "SELECT count(*) FROM hold"


def held(book: Book, *numbers: int) -> None:
    """Put holds into a book, each in a transaction of its own, which is not synced."""
    for number in numbers:
        hold = open_hold(number)
        book.commit(Writes(holds={hold.hold_id: hold}))


def copied(book: Book, folder: Path, to: Path) -> Path:
    """Copy a book's files while it is open, and so without the checkpoint of a close."""
    to.mkdir()
    for file in folder.glob("book-0.db*"):
        shutil.copyfile(file, to / file.name)
    return to / "book-0.db"


def left(database: Path) -> tuple[int, int]:
    """Return the legs and holds that a book has when it is opened after the cut."""
    book = opened("", database.parent)
    try:
        return book.driver.query(LEGS)[0][0], book.driver.query(HOLDS)[0][0]
    finally:
        book.close()


@pytest.mark.parametrize("torn", [False, True])
def test_money_outlives_the_cut_and_holds_after_it_do_not(tmp_path: Path, torn: bool) -> None:
    book = opened("", tmp_path / "book")
    held(book, 1, 2)
    holding(book, *calls("a", "b"))
    held(book, 3, 4, 5)
    database = copied(book, tmp_path / "book", tmp_path / "copy")
    book.close()
    assert cut_power(database, torn=torn) == 3
    assert left(database) == (2, 2)


def test_what_a_checkpoint_has_copied_is_never_cut(tmp_path: Path) -> None:
    book = opened("", tmp_path / "book")
    holding(book, *calls("a"))
    held(book, 1, 2)
    book.driver.query("PRAGMA wal_checkpoint(PASSIVE)")
    held(book, 3)
    database = copied(book, tmp_path / "book", tmp_path / "copy")
    book.close()
    assert cut_power(database) in (0, 1), "a log that was begun anew has one transaction"
    assert left(database)[0] == 1 and left(database)[1] >= 2


def test_a_log_ends_where_its_salts_do(tmp_path: Path) -> None:
    book = opened("", tmp_path / "book")
    holding(book, *calls("a"))
    log = tmp_path / "book" / "book-0.db-wal"
    before = read_wal(log)
    assert before is not None and before.commits[-1] == before.frames
    book.driver.query("PRAGMA wal_checkpoint(RESTART)")
    held(book, 1)  # over the beginning of the old log
    after = read_wal(log)
    book.close()
    assert after is not None and after.frames < before.frames and len(after.commits) == 1

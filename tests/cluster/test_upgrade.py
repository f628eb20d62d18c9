"""Folders and databases of former programs are brought up, whole or not at all; a newer one's are left alone."""

import errno
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from actors.home import Home
from actors.shard import Shard
from cluster.books_proof import prove_folder
from cluster.folder import prepare
from cluster.tasks.segments import draft_segments
from cluster.upgrade import FORMER as KEPT
from cluster.upgrade import upgrade
from domain.booking import fingerprint
from domain.calls import Side
from domain.commands import RecordLeg
from domain.errors import BrokenWorldError
from domain.ids import PartnerId
from domain.settings import Settings, StoreSettings
from store import book_schema
from store.away import ROOM_BYTES, AwayError, away
from store.book import Book
from store.catalog import Catalog
from store.catalog.schema import newest
from tests.cluster.tasks.places import BY, NOW
from tests.domain.builders import NOON
from tests.domain.call_builders import USD, a_leg, ask, directory, stop
from tests.store.former import FORMER, leave_database, leave_folder, leave_segment

pytestmark = pytest.mark.parametrize(("book", "catalog"), FORMER)


@pytest.fixture
def postgres_books(postgres_url: str) -> str:
    """A database without tables: they are made as the former program had them."""
    return postgres_url


def left(data: Path, url: str, book: int, catalog: str) -> Home:
    """Leave what that program left, in files or in a database."""
    if url:
        data.mkdir()
        leave_segment(data, book)
        leave_database(url, book, catalog)
    else:
        leave_folder(data, book, catalog)
    return Home(data, Settings(store=StoreSettings(url=url)))


def contents(path: Path) -> list[Any]:
    with sqlite3.connect(path) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
        return [(name, db.execute(f'SELECT * FROM "{name}"').fetchall()) for name in names]


def test_what_a_former_program_left_goes_on(book_url: str, tmp_path: Path, book: int, catalog: str) -> None:
    home = left(tmp_path / "data", book_url, book, catalog)
    prepare(home)
    opened = Book.open(book_url, home.books, 0)
    shard = Shard(opened, directory(), home.hold_times(), home.placement)
    shard.recover()
    orbita = shard.partners[PartnerId("orbita")]
    assert (len(orbita.holds), orbita.owed(USD)) == (2, -1_241_180_000)
    legs = [a_leg(name, side) for name in ("c1", "c3", "c9") for side in (Side.CLIENT, Side.VENDOR)]
    replies = shard.turn([RecordLeg(leg, fingerprint(leg), b"{}", NOON) for leg in legs])[0]
    assert [getattr(reply, "outcome", "") for reply in replies] == ["duplicate"] * 4 + ["new"] * 2
    shard.turn([stop("c4"), ask("c10")])
    for draft in draft_segments(home, 0):
        shard.seal([draft], NOW)
    differing = [(what, found) for what, must, found in prove_folder(home, lambda *_: None) if must != found]
    assert differing == []
    opened.close()
    kept = Catalog.open(home.catalog_url(), may_migrate=False)
    assert {partner.id for partner in kept.partners.list()} == {"orbita", "kestrel"}
    assert kept.jobs.add("seal", {}, **BY)
    assert len(kept.directory().trunks) == 2
    kept.close()


def test_the_former_files_are_copied_aside_as_they_were(tmp_path: Path, book: int, catalog: str) -> None:
    home = left(tmp_path / "data", "", book, catalog)
    before = [contents(home.data / name) for name in ("catalog.db", "books/book-0.db")]
    upgrade(home)
    assert [contents(home.data / KEPT / name) for name in ("catalog.db", "books/book-0.db")] == before
    upgrade(home)  # there is nothing to do, and the copy stays
    assert [contents(home.data / KEPT / name) for name in ("catalog.db", "books/book-0.db")] == before


def test_an_upgrade_that_fails_keeps_the_copy_from_before_and_is_done_again(
    tmp_path: Path, book: int, catalog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = left(tmp_path / "data", "", book, catalog)
    before = [contents(home.data / name) for name in ("catalog.db", "books/book-0.db")]

    def broken(*_: object) -> None:
        raise BrokenWorldError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("cluster.upgrade.Book.open", broken)
        for _ in range(2):  # as `up` does: the catalog is of this program by now, the book is not
            with pytest.raises(BrokenWorldError):
                upgrade(home)
    assert contents(home.books / "book-0.db") == before[1]
    assert [contents(home.data / KEPT / name) for name in ("catalog.db", "books/book-0.db")] == before
    prepare(home)
    assert [contents(home.data / KEPT / name) for name in ("catalog.db", "books/book-0.db")] == before


def test_who_went_back_and_worked_on_gets_a_copy_anew_at_the_next_upgrade(
    tmp_path: Path, book: int, catalog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = left(tmp_path / "data", "", book, catalog)

    def broken(*_: object) -> None:
        raise BrokenWorldError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("cluster.upgrade._bring_up", broken)
        with pytest.raises(BrokenWorldError):
            upgrade(home)
    with sqlite3.connect(home.books / "book-0.db") as db:  # the former program is started once more and takes money
        db.execute("UPDATE book SET value = value + 1 WHERE name = 'epoch'")
        db.execute("UPDATE balance SET posted = posted + 1")
    before = [contents(home.data / name) for name in ("catalog.db", "books/book-0.db")]
    upgrade(home)
    assert [contents(home.data / KEPT / name) for name in ("catalog.db", "books/book-0.db")] == before


def test_without_room_for_the_copy_nothing_is_begun_and_the_start_waits(
    tmp_path: Path, book: int, catalog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = left(tmp_path / "data", "", book, catalog)
    before = [contents(home.data / name) for name in ("catalog.db", "books/book-0.db")]

    def unused(*_: object) -> None:
        raise AssertionError("it was copied")

    with monkeypatch.context() as patched:
        patched.setattr("cluster.upgrade.free_bytes", lambda _: ROOM_BYTES + 1)
        patched.setattr("cluster.upgrade._copy", unused)
        with pytest.raises(AwayError, match="needed to copy the former books aside") as raised:
            upgrade(home)
    assert away(raised.value), "who starts waits until there is room"
    assert [contents(home.data / name) for name in ("catalog.db", "books/book-0.db")] == before
    upgrade(home)


def test_a_copy_that_finds_the_disk_full_leaves_nothing_on_it(
    tmp_path: Path, book: int, catalog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = left(tmp_path / "data", "", book, catalog)

    def full(_: object, __: object, aside: Path) -> None:
        (aside / "half").write_bytes(b"half of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("cluster.upgrade._copy", full)
    with pytest.raises(OSError, match="No space"):
        upgrade(home)
    assert not [path.name for path in home.data.iterdir() if KEPT in path.name]


def test_two_who_start_at_once_both_find_it_upgraded(
    postgres_url: str, tmp_path: Path, book: int, catalog: str
) -> None:
    """On one machine the folder's lock keeps the second out; a database may be reached from two."""
    home = left(tmp_path / "data", postgres_url, book, catalog)
    failed: list[BaseException] = []

    def start() -> None:
        try:
            upgrade(home)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    opened = Book.open(postgres_url, home.books, 0)
    assert opened.driver.query("SELECT value FROM book WHERE name = 'schema'") == [(book_schema.SCHEMA_VERSION,)]
    opened.close()


@pytest.mark.parametrize("newer", ["book", "catalog"])
def test_a_newer_program_s_folder_is_refused_and_left_alone(
    book_url: str, tmp_path: Path, book: int, catalog: str, newer: str
) -> None:
    home = left(tmp_path / "data", book_url, book, catalog)
    prepare(home)
    if newer == "book":
        opened = Book.open(book_url, home.books, 0)
        opened.driver.begin(durable=True)
        opened.driver.run("UPDATE book SET value = 99 WHERE name = 'schema'")
        opened.driver.commit()
        opened.close()
    else:
        from sqlalchemy import text

        from store.catalog.engine import open_engine

        engine = open_engine(home.catalog_url())
        with engine.begin() as connection:
            connection.execute(text("UPDATE catalog_schema SET version_num = '9999'"))
        engine.dispose()
    known = str(book_schema.SCHEMA_VERSION if newer == "book" else newest())
    with pytest.raises(BrokenWorldError, match=f"has schema 99.*knows {known} at most: start the newer program"):
        prepare(home)

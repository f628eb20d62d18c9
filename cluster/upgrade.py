"""What a former program left, brought to this one's schemas: before anything starts, under the folder's lock.

Embedded books and catalog are copied aside first, whole, into `<data>/former`: an upgrade that fails, or that is
regretted, can be gone back on (docs/operations.md). A database is its keeper's to copy; there each book and the catalog
changes in one transaction of its own, so that what fails stays as it was.
"""

import shutil
import sqlite3
from dataclasses import asdict
from pathlib import Path

import orjson
import structlog

from actors.home import Home
from store.away import ROOM_BYTES, AwayError, free_bytes, full
from store.backups.cut import BOOKS, CATALOG, SqliteCut, bytes_of
from store.backups.schemas import Found, of_database, of_files
from store.book import Book
from store.book_schema import SCHEMA_VERSION
from store.catalog.engine import open_engine
from store.catalog.schema import migrate, newest
from store.files import sync_folder, write_atomically

FORMER, NOTE = "former", "upgrade.json"


def upgrade(home: Home) -> None:
    """Bring the books and the catalog up where they are of a former program. Raises BrokenWorldError, AwayError."""
    found = _found(home)
    found.require_known()
    if not found.older:
        return
    log = structlog.get_logger().bind(catalog=found.catalog, books=found.books)
    if not home.settings.store.url:
        _copy_aside(home, found)
    _bring_up(home, found)
    if not home.settings.store.url:
        _note(home.data / FORMER, found, done=True)
    log.warning("upgraded", to_catalog=newest(), to_book=SCHEMA_VERSION)


def _bring_up(home: Home, found: Found) -> None:
    engine = open_engine(home.catalog_url())
    try:
        migrate(engine)
    finally:
        engine.dispose()
    for number in found.books:
        Book.open(home.settings.store.full_url(), home.books, number).close()


def _copy_aside(home: Home, found: Found) -> None:
    """Keep one former copy. That of an upgrade which did not come to its end stays, if nobody wrote since then.

    Raises AwayError where there is no room for it; what is written of it does not stay then, as nobody could write.
    """
    kept, aside = home.data / FORMER, home.data / f".{FORMER}.partial"
    books = [home.books / f"book-{number}.db" for number in found.books]
    if _unfinished(kept) and all(_as_copied(kept / BOOKS / book.name, book) for book in books):
        return
    shutil.rmtree(aside, ignore_errors=True)
    _require_room(home.data, [home.data / CATALOG, *books])
    try:
        aside.mkdir(mode=0o700)
        _copy(home.data / CATALOG, books, aside)
        _note(aside, found, done=False)
        for folder in (aside / BOOKS, aside):
            sync_folder(folder)
        shutil.rmtree(kept, ignore_errors=True)
        aside.rename(kept)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    sync_folder(home.data)


def _copy(catalog: Path, books: list[Path], aside: Path) -> None:
    cut = SqliteCut(catalog, books)
    try:
        cut.copy(aside, lambda step, done, total: None)
    finally:
        cut.close()


def _require_room(data: Path, files: list[Path]) -> None:
    need, free = ROOM_BYTES + bytes_of(files), free_bytes(data)
    if free < need:
        what = f"{free // 2**20} MB left, {need // 2**20} MB are needed to copy the former books aside"
        raise AwayError(f"{full(data)} ({what})")


def _as_copied(copy: Path, book: Path) -> bool:
    """Return whether nobody wrote to a book since it was copied: every writer raises its epoch first.

    Bringing up a schema does not; so a copy from before an upgrade that failed half way is known as such.
    """
    try:
        return copy.is_file() and _state(copy) == _state(book)
    except sqlite3.DatabaseError:
        return False  # a copy that cannot be read is none; of a book that cannot, copying says so


def _state(book: Path) -> list[tuple[str, int]]:
    db = sqlite3.connect(f"{book.absolute().as_uri()}?mode=rw", uri=True, timeout=5)
    try:
        words = db.execute("SELECT name, value FROM book WHERE name != 'schema'").fetchall()
        words += db.execute("SELECT ' leg', coalesce(max(seq), 0) FROM leg").fetchall()
        words += db.execute("SELECT ' segment', coalesce(max(last_seq), 0) FROM segment").fetchall()
        return sorted(words)
    finally:
        db.close()


def _note(folder: Path, found: Found, *, done: bool) -> None:
    said = {"from": asdict(found), "to": {"catalog": newest(), "book": SCHEMA_VERSION}, "done": done}
    write_atomically(
        folder / NOTE,
        [orjson.dumps(said, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)],
    )


def _unfinished(folder: Path) -> bool:
    try:
        said = orjson.loads((folder / NOTE).read_bytes())
        return not said["done"] and bool(said["to"] == {"catalog": newest(), "book": SCHEMA_VERSION})
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _found(home: Home) -> Found:
    store = home.settings.store
    if store.url:
        return of_database(store.full_url(), store.books)
    return of_files(home.data / CATALOG, home.books, store.books)

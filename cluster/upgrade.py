"""What a former program left, brought to this one's schemas: before anything starts, under the folder's lock.

Embedded books and catalog are copied aside first, whole, into `<data>/former`: an upgrade that fails, or that is
regretted, can be gone back on (docs/operations.md). A database is its keeper's to copy; there each book and the catalog
changes in one transaction of its own, so that what fails stays as it was.
"""

import shutil
from dataclasses import asdict
from pathlib import Path

import orjson
import structlog

from actors.home import Home
from store.backups.cut import BOOKS, CATALOG, SqliteCut
from store.backups.schemas import Found, of_database, of_files
from store.book import Book
from store.book_schema import SCHEMA_VERSION
from store.catalog.engine import open_engine
from store.catalog.schema import migrate, newest
from store.files import sync_folder, write_atomically

FORMER, NOTE = "former", "upgrade.json"


def upgrade(home: Home) -> None:
    """Bring the books and the catalog up where they are of a former program. Raises BrokenWorldError."""
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
    """Keep one former copy. That of an upgrade which did not come to its end stays: it is the one from before."""
    kept, aside = home.data / FORMER, home.data / f".{FORMER}.partial"
    if _unfinished(kept):
        return
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    books = [home.books / f"book-{number}.db" for number in found.books]
    cut = SqliteCut(home.data / CATALOG, books)
    try:
        cut.copy(aside, lambda step, done, total: None)
    finally:
        cut.close()
    _note(aside, found, done=False)
    for folder in (aside / BOOKS, aside):
        sync_folder(folder)
    shutil.rmtree(kept, ignore_errors=True)
    aside.rename(kept)
    sync_folder(home.data)


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

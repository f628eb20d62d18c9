"""Putting a backup back: into an empty data folder, and an empty database where one is named; else it is refused.

Everything is read and compared before anything is written. What is written lies beside until it is whole.
"""

import errno
import fcntl
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from alembic.script import ScriptDirectory

from domain.errors import BrokenWorldError, ConflictError, InputError, NotFoundError
from domain.placement import Orders
from domain.settings import ClusterSettings, Settings, StoreSettings
from store import book_schema
from store.backups import manifest as manifests
from store.backups.cut import BOOKS, CATALOG
from store.backups.manifest import BackupManifest, Tick
from store.backups.postgres_cut import empty_again, not_empty, put_book, put_catalog, single_file
from store.book import Book
from store.catalog.engine import open_engine
from store.catalog.schema import alembic_config, migrate
from store.files import sync_folder
from store.placement_file import read_orders, write_orders
from store.settings_file import NAME as SETTINGS
from store.settings_file import load_settings, settings_of_file
from store.settings_text import of_one_machine, quoted, settings_text

_NOT_BY_NAME = (errno.EBUSY, errno.EXDEV, errno.ENOTEMPTY, errno.EEXIST)
"""Why a folder cannot be given a name: a disk is mounted there, or something is in it, if only `lost+found`."""
EPOCH_LEAP = 1_000_000
"""Added to the epoch of each book: who wrote to the original since the copy, however often it began anew, is fenced."""


def readable(backup: Path, tick: Tick) -> BackupManifest:
    """Return the manifest of a backup whose every file is as it was written, and that this program can read.

    Raises NotFoundError, BrokenWorldError.
    """
    made = manifests.read(backup)
    known = {one.revision for one in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
    newer = [book for book in made.books if book.schema > book_schema.SCHEMA_VERSION]
    if made.catalog_schema not in known or newer:
        raise BrokenWorldError(f"{backup} was made by a newer program ({made.product}): restore it with that one")
    manifests.verify(backup, made, tick)
    return made


@contextmanager
def put_back(
    backup: Path, made: BackupManifest, to: Path, tick: Tick, *, store: StoreSettings | None = None
) -> Iterator[tuple[Path, Settings]]:
    """Put a verified backup back beside `to`, yield the folder and its settings to be checked, then give it its name.

    `store`: where the books are to go, instead of where the settings say; an empty URL: into the folder. If the body
    raises, nothing is left, in the folder and in the database. Raises ConflictError where either is not empty.
    """
    to = to.absolute()
    require_empty(to)
    aside = to.with_name(f".{to.name}.restoring")
    with _alone(aside), _put_aside(backup, made, aside, tick, store) as settings:
        yield aside, settings
        _rename(aside, to)


@contextmanager
def _put_aside(
    backup: Path, made: BackupManifest, aside: Path, tick: Tick, store: StoreSettings | None
) -> Iterator[Settings]:
    """Put a backup back as `aside`, and into its database; if the body raises, nothing is left of either."""
    shutil.rmtree(aside, ignore_errors=True)
    url = ""
    try:
        _copy(backup, made, aside, tick)
        on_files = store is not None and not store.url
        if on_files:
            _for_one_machine(aside)
        if store is not None:
            _name_store(aside / SETTINGS, {"url": store.url})
        # an environment that names the cluster of the original does not count for a copy that can be in none
        settings = settings_of_file(aside / SETTINGS) if on_files else load_settings(aside)
        if store is not None and store.url and store.password != settings.store.password:
            # else the switchboard that is started next would ask the database without it
            _name_store(aside / SETTINGS, {"password": store.password.get_secret_value()})
        if store is not None:
            settings = settings.model_copy(update={"store": store})
        if wanted := settings.store.full_url():
            _require_empty_database(wanted)
            url = wanted
        _put_books(aside, url, made, tick)
        yield settings
    except BaseException as error:
        shutil.rmtree(aside, ignore_errors=True)
        if url:
            empty_again(url)
        if isinstance(error, OSError):
            raise InputError(
                f"the backup was not restored ({error})", where=str(aside), mend="Nothing is left."
            ) from error
        if isinstance(error, sqlite3.Error | psycopg.Error):
            raise BrokenWorldError(f"the backup was not restored: {error}") from error
        raise


def require_empty(to: Path) -> None:
    """Raise ConflictError unless a folder is missing or has nothing in it."""
    if to.exists() and (not to.is_dir() or any(path.name != "lost+found" for path in to.iterdir())):
        mend = "Name an empty folder: a restore never overwrites."
        raise ConflictError("is not empty", where=str(to), mend=mend)


def _require_empty_database(url: str) -> None:
    try:
        found = not_empty(url)
    except psycopg.OperationalError as error:
        mend = "Make the database first, empty; name it with --store-url; its password as in the settings."
        raise NotFoundError(f"the database does not answer ({error})".replace("\n", " "), mend=mend) from None
    if found:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        mend = (
            "Name another with --store-url, or `--store-url files` for files in the folder: a restore never overwrites."
        )
        raise ConflictError(f"the database has a switchboard already ({', '.join(found[:3])}{more})", mend=mend)


def _copy(backup: Path, made: BackupManifest, aside: Path, tick: Tick) -> None:
    aside.mkdir(mode=0o700, parents=True)
    done = 0
    for entry in made.files:
        target = aside / entry.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(backup / entry.path, target)  # never a link: the backup must not change with it
        target.chmod(entry.mode & 0o700)  # as in a new folder: nobody else's, and nothing runs as another
        with target.open("rb") as file:
            os.fsync(file.fileno())
        done += entry.size
        tick("copying", done, made.size)


def _put_books(aside: Path, url: str, made: BackupManifest, tick: Tick) -> None:
    """Bring the copies to this program's schema, raise their epochs, and put them into the database if there is one."""
    catalog = open_engine(f"sqlite:///{aside / CATALOG}")
    try:
        migrate(catalog)
    finally:
        catalog.dispose()
    single_file(aside / CATALOG)
    for entry in made.books:
        _raise_epoch(aside / BOOKS, entry.number)
    if not url:
        return
    engine = open_engine(url)
    try:
        migrate(engine)
        put_catalog(engine, aside / CATALOG, tick)
    finally:
        engine.dispose()
    for entry in made.books:
        Book.open(url, aside, entry.number).close()  # makes its schema and tables
        put_book(url, entry.number, aside / BOOKS / f"book-{entry.number}.db", tick)
    shutil.rmtree(aside / BOOKS)
    (aside / BOOKS).mkdir()
    (aside / CATALOG).unlink()


def _raise_epoch(folder: Path, number: int) -> None:
    """Open a book as its writer does, which brings its schema up, and raise its epoch by far."""
    path = folder / f"book-{number}.db"
    _require_sound(path)
    book = Book.open("", folder, number)
    try:
        book.driver.begin(durable=True)
        book.driver.run("UPDATE book SET value = value + ? WHERE name = 'epoch'", (EPOCH_LEAP,))
        book.driver.commit()
    finally:
        book.close()
    single_file(path)
    path.with_suffix(".lock").unlink(missing_ok=True)


def _require_sound(path: Path) -> None:
    db = sqlite3.connect(path)
    try:
        found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        found = str(error)
    finally:
        db.close()
    if found != "ok":
        raise BrokenWorldError(f"{path.name} is damaged, and was when it was copied ({found}): take another backup")


def _for_one_machine(aside: Path) -> None:
    """Take other machines out of the settings and the orders of a copy: books in files are on one.

    What the catalog has of the orders is older than the file then, and machines without a name in the settings count
    for nothing. The settings of one machine stay as they are, to the letter.
    """
    settings = settings_of_file(aside / SETTINGS)
    if settings.cluster != ClusterSettings() or settings.shard or len(settings.machines()) > 1:
        head = "The settings of the backup without its other machines: the books of this copy are in files."
        _write_settings(aside / SETTINGS, settings_text(of_one_machine(settings), head=head))
    orders = read_orders(aside)
    if orders.machines:
        write_orders(aside, Orders(orders.epoch + 1, orders.pins))


def _name_store(path: Path, words: dict[str, str]) -> None:
    """Write words of [store] into a settings file, as of now for its owner only; all other lines stay as they are."""
    text = path.read_text("utf-8") if path.is_file() else ""
    for name, value in words.items():
        text = _with_word(text, name, f"{name} = {quoted(value)}")
    _write_settings(path, text)


def _write_settings(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _with_word(text: str, name: str, line: str) -> str:
    section = re.search(r"(?m)^\[store\][^\n]*\n(?:(?!\[)[^\n]*\n?)*", text)
    if section is None:
        return f"{text.rstrip()}\n\n[store]\n{line}\n".lstrip()
    found = section.group()
    changed, times = re.subn(rf"(?m)^\s*{name}\s*=.*$", lambda _: line, found)
    if not times:
        changed = re.sub(r"^(\[store\][^\n]*\n)", lambda head: f"{head.group()}{line}\n", found)
    return text[: section.start()] + changed + text[section.end() :]


@contextmanager
def _alone(aside: Path) -> Iterator[None]:
    """Be the only one who restores to a folder: else each would clear away what the other has written so far."""
    file = aside.with_name(f"{aside.name}.lock")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(file, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", where=str(aside.parent)) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        mend = "Wait for its end."
        raise ConflictError("another restore to this folder is under way", where=str(aside), mend=mend) from None
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
        os.close(lock)


def _rename(aside: Path, to: Path) -> None:
    """Give the folder its name; where that is a mounted disk, move what is in it, the catalog last."""
    try:
        aside.rename(to)
    except OSError as error:
        if error.errno not in _NOT_BY_NAME:
            raise
        require_empty(to)  # somebody may have begun there meanwhile
        for path in sorted(aside.iterdir(), key=lambda path: path.name == CATALOG):
            shutil.move(path, to / path.name)
        aside.rmdir()
    sync_folder(to.parent)


def with_store(settings: Settings, url: str) -> StoreSettings:
    """Return the store settings with another URL; a password in it goes before the one that is set."""
    plain = settings.store.model_dump(exclude={"url", "password"})
    given = StoreSettings(url=url, **plain)
    if not url or given.password.get_secret_value():
        return given
    return given.model_copy(update={"password": settings.store.password})

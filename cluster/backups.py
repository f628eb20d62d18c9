"""Backups of a whole installation: taken, put back, and proven by comparing with the original."""

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pydantic import SecretStr

from actors.home import Home
from domain.errors import BrokenWorldError, InputError, NotFoundError
from domain.settings import Settings, StoreSettings
from store.backups import manifest as manifests
from store.backups.cut import Cut, open_cut
from store.backups.digests import digest_of, tables_of
from store.backups.manifest import BackupManifest, Tick
from store.backups.put_back import put_back, readable, require_empty, with_store
from store.backups.take import Source, prune, read_published, take
from store.settings_file import NAME as SETTINGS
from store.settings_file import load_settings, settings_of_file
from store.settings_text import settings_text

FILES = "files"
"""Named as a database: the books go into files of the data folder."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was compared: what it is, what it must be, and what it is found to be."""

    what: str
    must: str
    found: str

    @property
    def holds(self) -> bool:
        """Return whether they are the same."""
        return self.must == self.found


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup that was taken; `gone` are older ones that were deleted for it.

    `damaged` are files of the one before it that are not as they were written: this one has copies of its own.
    """

    folder: Path
    manifest: BackupManifest
    gone: tuple[Path, ...] = ()
    damaged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """A backup that was read; `wrong` says what is not as it was written."""

    folder: Path
    files: int
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """A data folder that was made of a backup, and what was checked of it."""

    folder: Path
    backup: Path
    manifest: BackupManifest
    settings: Settings
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a drill compared. `folder` is where the copy lies, None when it was deleted again."""

    taken: BackupManifest
    checks: tuple[Check, ...]
    folder: Path | None
    took_ms: int


def back_up(
    data: Path,
    place: Path,
    tick: Tick,
    *,
    config: Path | None = None,
    keep: int = 0,
    settings: Settings | None = None,
) -> Taken:
    """Take a backup of a data folder, of a running switchboard or a stopped one, into `place`.

    `config`: the settings file, where it is not in the folder. `keep`: so many are kept there, 0: all. `settings`:
    those in force, where they are known already. Raises InputError and BrokenWorldError; nothing is left then.
    """
    data = data.absolute()
    settings = settings or load_settings(data, config)
    published = read_published(data)
    with open_cut(data, settings.store.full_url(), settings.store.books) as cut:
        written = take(_source(data, settings, config), cut, published, place, tick)
    folder = written.folder
    gone = prune(place.absolute(), keep, manifests.installation_of(data)) if keep else []
    return Taken(folder, manifests.read(folder), tuple(gone), written.damaged)


def restore(given: Path, to: Path, tick: Tick, *, store_url: str | None = None) -> Restored:
    """Make an empty data folder, and an empty database where one is named, of a backup; prove the books; name it.

    `given`: a backup, or the folder of several, of which the newest is meant. `store_url`: where the books go; None: as
    the settings say, FILES: files. Raises InputError and BrokenWorldError; nothing is left then.
    """
    backup = manifests.chosen(given.absolute(), time.time_ns() // 1_000_000)
    require_empty(to.absolute())
    made = readable(backup, tick)
    store = None
    if store_url is not None:
        before = load_settings(backup)
        store = with_store(before, "" if store_url == FILES else store_url)
    with put_back(backup, made, to, tick, store=store) as (aside, settings):
        checks = _proven(Home(aside, settings), tick)
    # a difference does not keep the copy from its owner, who may have no better one: it is said, and the command fails
    return Restored(to.absolute(), backup, made, settings, tuple(checks))


def verify(given: Path, tick: Tick) -> list[Verified]:
    """Read every file of a backup, or of all in a place, and compare it with what was written. Raises NotFoundError."""
    given = given.absolute()
    found = [given] if (given / manifests.NAME).is_file() else manifests.whole(given)
    if not found:
        mend = "Name a backup, or the folder that holds them."
        raise NotFoundError("there is no backup", where=str(given), mend=mend)
    return [_verified(folder, tick) for folder in found]


def _verified(folder: Path, tick: Tick) -> Verified:
    try:
        made = manifests.read(folder)
        return Verified(folder, len(made.files), tuple(manifests.wrongs(folder, made, tick)))
    except (BrokenWorldError, OSError) as error:
        return Verified(folder, 0, (str(error),))


def drill(data: Path, tick: Tick, *, config: Path | None = None, keep: bool = False) -> Drilled:
    """Take a backup, restore it in a folder of its own, and compare every row with the original at that moment.

    Nothing is started: no switch could reach the copy. The original's moment is held open meanwhile.
    """
    began = time.monotonic()
    data = data.absolute()
    settings = load_settings(data, config)
    scratch = Path(tempfile.mkdtemp(prefix="switchboard-drill-"))
    try:
        published = read_published(data)
        with open_cut(data, settings.store.full_url(), settings.store.books) as cut:
            source = _source(data, settings, config)
            backup = take(source, cut, published, scratch / "backups", tick, hold=True).folder
            made = readable(backup, tick)
            embedded = StoreSettings(books=settings.store.books, shards=settings.store.shards)
            with put_back(backup, made, scratch / "restored", tick, store=embedded) as (aside, restored):
                checks = [*_compared(cut, aside, backup, tick), *_proven(Home(aside, restored), tick)]
    finally:
        if not keep:
            shutil.rmtree(scratch, ignore_errors=True)
    return Drilled(made, tuple(checks), scratch if keep else None, round((time.monotonic() - began) * 1000))


def _source(data: Path, settings: Settings, config: Path | None) -> Source:
    """Say what is backed up; files that the settings name outside the folder are named, not copied."""
    named = [settings.store.password_file, settings.sip.stir_certificates, settings.mail.password_file]
    named += [settings.tls.certificate, settings.tls.key, settings.tls.clients_ca]
    outside = [path for path in named if path and data not in Path(path).absolute().parents]
    said = _settings_file(data, settings, config)
    return Source(data, version("switchboard"), said, tuple(sorted(set(outside))))


def _settings_file(data: Path, settings: Settings, config: Path | None) -> bytes | None:
    """Return the settings file of the copy; None: that of the data folder is it, as it is.

    Where the environment says some of the settings, or the file cannot be read any more, a file is written that says
    all of those in force: a copy must not come up elsewhere, with other books or in another store. Passwords that the
    environment says stay there.
    """
    try:
        alone, now = settings_of_file(config or data / SETTINGS), load_settings(data, config)
    except InputError:
        return settings_text(settings).encode()
    password = "" if alone.store.password_file else alone.store.password.get_secret_value()
    if _but_for_the_password(alone) != _but_for_the_password(now):
        return settings_text(now, password).encode()
    return config.read_bytes() if config is not None else None


def _but_for_the_password(settings: Settings) -> Settings:
    return settings.model_copy(update={"store": settings.store.model_copy(update={"password": SecretStr("")})})


def _compared(cut: Cut, restored: Path, backup: Path, tick: Tick) -> list[Check]:
    """Compare all tables of the original at its moment with those that were restored."""
    checks = []
    tables = tables_of(backup, cut.books)
    with open_cut(restored, "", cut.books) as copy:
        for done, table in enumerate(tables):
            must, found = digest_of(cut, table), digest_of(copy, table)
            both = must.text, found.text
            if must.text == found.text and must.hashes != found.hashes:
                both = f"{must.text} (digest {must.hashes:032x})", f"{found.text} (digest {found.hashes:032x})"
            checks.append(Check(table.label, *both))
            tick("comparing", done + 1, len(tables))
    return checks


def _proven(home: Home, tick: Tick) -> list[Check]:
    # Polars and the contract are for those who prove books: a backup by itself needs neither
    from cluster.books_proof import prove_folder

    prove: Callable[[Home, Tick], list[tuple[str, str, str]]] = prove_folder
    return [Check(*each) for each in prove(home, tick)]

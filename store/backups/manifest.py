"""What a backup holds: one JSON file in its folder, written last, that names every file with its sha256.

A folder without a manifest, with one that is cut short, or whose name is no moment, is no backup. Times are UTC ms.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath

import orjson

from domain.errors import BrokenWorldError, ConflictError, NotFoundError
from store.files import write_atomically

NAME = "manifest.json"
FORMAT = 1
PIECE_BYTES = 1 << 20
NAMED = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z")
"""How a backup is called: by its moment. A folder with another name is somebody else's, whatever is in it."""
AHEAD_MS = 60_000
"""A backup so much younger than now is of the future: the clock was wrong, then or now."""
OF_THE_HOUSE = "secret"
"""The random file that each data folder has of its own: its sha256 says of which installation a backup is."""

Tick = Callable[[str, int, int], None]
"""Called with a step, how much of it is done, and how much there is (0: not known)."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file: its path within the backup, and what its bytes must be. `mode` are the permissions it had."""

    path: str
    size: int
    sha256: str
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class BookEntry:
    """One book as it was copied: its schema, and the epoch of its writer at that moment."""

    number: int
    schema: int
    epoch: int


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """A whole backup. Books and catalog are as of one moment: `at_ms` by the machine, `business_ms` by our clock.

    `store`: what the books were copied from, sqlite or postgresql; in the backup they are SQLite files either way.
    `elsewhere`: files outside the data folder that the settings name and that are not in the backup.
    """

    product: str
    at_ms: int
    business_ms: int
    store: str
    catalog_schema: str
    books: tuple[BookEntry, ...]
    files: tuple[FileEntry, ...]
    elsewhere: tuple[str, ...] = ()
    linked: int = 0
    took_ms: int = 0
    format: int = field(default=FORMAT)

    @property
    def size(self) -> int:
        """Return how many bytes its files have, whether they are shared with another backup or not."""
        return sum(file.size for file in self.files)

    @property
    def installation(self) -> str:
        """Return of which installation it is, as `installation_of` names it; "": it cannot be told."""
        return next((file.sha256 for file in self.files if file.path == OF_THE_HOUSE), "")


def name_of(at_ms: int) -> str:
    """Return what a backup of a moment is called."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H-%M-%S-%f")[:-3] + "Z"


def installation_of(data: Path) -> str:
    """Name the installation of a data folder; "": it was never started."""
    path = data / OF_THE_HOUSE
    return sha256_of(path) if path.is_file() else ""


def write(folder: Path, manifest: BackupManifest) -> None:
    """Write it, with a sum of itself."""
    said = asdict(manifest)
    text = orjson.dumps({"sum": _sum(said), **said}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    write_atomically(folder / NAME, [text], mode=0o600)


def read(folder: Path) -> BackupManifest:
    """Read it. Raises NotFoundError where there is none, BrokenWorldError where it is damaged or of a newer kind."""
    path = folder / NAME
    try:
        said = orjson.loads(path.read_bytes())
        given = said.pop("sum")
        if said["format"] > FORMAT:
            raise BrokenWorldError(f"{path} is of a newer program: restore it with that one")
        if given != _sum(said):
            raise BrokenWorldError(f"{path} is damaged: it is not as it was written")
        made = BackupManifest(**said | {
            "books": tuple(BookEntry(**one) for one in said["books"]),
            "files": tuple(FileEntry(**one) for one in said["files"]),
            "elsewhere": tuple(said["elsewhere"]),
        })  # fmt: skip
        _require_own_paths(made)
        return made
    except FileNotFoundError:
        raise NotFoundError(
            "there is no backup", where=str(folder), mend="Name a folder with a manifest.json."
        ) from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenWorldError(f"{path} is no manifest of a backup: {error}") from error


def whole(place: Path) -> list[Path]:
    """Return the backups of a place, of whomever they are, the oldest first: their names are their moments."""
    if not place.is_dir():
        return []
    return sorted(path for path in place.iterdir() if NAMED.fullmatch(path.name) and (path / NAME).is_file())


def ours(place: Path, installation: str) -> Iterator[tuple[Path, BackupManifest]]:
    """Yield the backups of one installation that can be read, the newest first."""
    for folder in reversed(whole(place)):
        try:
            made = read(folder)
        except (BrokenWorldError, NotFoundError, OSError):
            continue
        if made.installation == installation:
            yield folder, made


def newest(place: Path, installation: str, now_ms: int) -> tuple[int, tuple[str, ...]]:
    """Return the moment of an installation's newest backup in a place, UTC ms by the machine, 0: there is none.

    And the names of those that are of the future: they do not count as the newest.
    """
    ahead: list[str] = []
    for folder, made in ours(place, installation):
        if made.at_ms <= now_ms + AHEAD_MS:
            return made.at_ms, tuple(ahead)
        ahead.append(folder.name)
    return 0, tuple(ahead)


def chosen(given: Path, now_ms: int) -> Path:
    """Return the backup that is meant: the folder itself, or the newest one of a place.

    Raises NotFoundError, and ConflictError where it cannot be told which is meant: a place has those of several
    installations, or one of the future.
    """
    if (given / NAME).is_file():
        return given
    found = whole(given)
    if not found:
        raise NotFoundError(
            "there is no backup", where=str(given), mend="Name a backup, or the folder that holds them."
        )
    houses: dict[str, str] = {}
    for folder in found:
        try:
            houses[read(folder).installation] = folder.name
        except (BrokenWorldError, OSError):
            continue  # the newest of all is read again by who restores it, and told to be damaged
    if len(houses) > 1:
        mend = f"Name the one that you mean; the newest of each: {', '.join(sorted(houses.values()))}."
        raise ConflictError(f"there are backups of {len(houses)} switchboards", where=str(given), mend=mend)
    if found[-1].name > name_of(now_ms + AHEAD_MS):
        mend = "This machine's clock is wrong, or that of the other was: name the backup that you mean."
        raise ConflictError(f"the newest backup, {found[-1].name}, is of the future", where=str(given), mend=mend)
    return found[-1]


def verify(folder: Path, manifest: BackupManifest, tick: Tick) -> None:
    """Read every file and compare it. Raises BrokenWorldError that names all that are missing or differ."""
    wrong = wrongs(folder, manifest, tick)
    if wrong:
        more = f" and {len(wrong) - 10} more" if len(wrong) > 10 else ""
        raise BrokenWorldError(f"the backup {folder} cannot be used: {', '.join(wrong[:10])}{more}. Take another one")


def wrongs(folder: Path, manifest: BackupManifest, tick: Tick) -> list[str]:
    """Read every file and compare it; return what is wrong with each that is not as it was written."""
    wrong: list[str] = []
    done, total, itself = 0, manifest.size, folder.resolve()
    for entry in manifest.files:
        path = folder / entry.path
        if path.resolve() != itself / entry.path:
            wrong.append(f"{entry.path} is a link")
        elif not path.is_file():
            wrong.append(f"{entry.path} is missing")
        elif sha256_of(path) != entry.sha256:
            wrong.append(f"{entry.path} is damaged")
        done += entry.size
        tick("verifying", done, total)
    return wrong


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, in hex."""
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _require_own_paths(made: BackupManifest) -> None:
    """Raise ValueError where a manifest names what cannot be a file of its backup: nothing is written beside a copy."""
    sums: dict[str, str] = {}
    for file in made.files:
        name = PurePosixPath(file.path)
        if name.is_absolute() or ".." in name.parts or str(name) != file.path or "\0" in file.path or not name.parts:
            raise ValueError(f"it names {file.path!r}, which lies outside of the backup")
        if sums.setdefault(file.path, file.sha256) != file.sha256:
            raise ValueError(f"it names {file.path} twice, with two sums")
    for book in made.books:
        if f"books/book-{int(book.number)}.db" not in sums or not isinstance(book.number, int):
            raise ValueError(f"it has no file of book {book.number!r}")


def _sum(said: dict[str, object]) -> str:
    return sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
